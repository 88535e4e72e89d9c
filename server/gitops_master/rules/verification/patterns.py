"""What Kargo, Argo Rollouts and metric providers print about a verification."""

from gitops_master.rules.patterns import Pattern

TEMPLATE_NOT_FOUND = Pattern(
    "analysis-template-not-found",
    r'(?P<scope>cluster)?analysistemplates?(?:\.argoproj\.io)? "(?P<name>[^"]+)"(?: in namespace "[^"]+")? not found',
    'akuity/kargo@v1.11.2 pkg/rollouts/analysis_run_builder.go: `get AnalysisRun "t" in namespace "n": analysistemplates.argoproj.io '
    '"t" not found` (says AnalysisRun, means the template), `get ClusterAnalysisRun "t": clusteranalysistemplates.argoproj.io "t" '
    "not found`",
    vectors=(
        'error building AnalysisRun for Stage "dev" and Freight collection "5e6a4121d85e1cad25b5eba5910d2814137d6c11" in namespace '
        '"saffron": get analysis templates: get AnalysisRun "load-test" in namespace "saffron": analysistemplates.argoproj.io '
        '"load-test" not found',
        'get analysis templates: get ClusterAnalysisRun "smoke": clusteranalysistemplates.argoproj.io "smoke" not found',
    ),
)
UNRESOLVED = Pattern(
    "argument-unresolved",
    r"failed to resolve \{\{\s*args\.(?P<arg>[\w.-]+)\s*\}\}",
    "argoproj/argo-rollouts@v1.10.1 utils/template/template.go",
    vectors=("Unable to resolve metric arguments: failed to resolve {{args.exit-code}}",),
)
NAMED_ARGUMENT = Pattern(
    "argument-named",
    r'evaluated? argument "(?P<arg>[^"]+)"|argument "(?P<unsupplied>[^"]+)" was not supplied|args\.(?P<unresolved>[\w.-]+) was not resolved'
    r"|Argument `(?P<twice>[^`]+)` specified multiple times|key '(?P<key>[^']+)' does not exist in secret '(?P<secret>[^']+)'",
    "akuity/kargo@v1.11.2 pkg/rollouts/analysis_run_builder.go; argoproj/argo-rollouts@v1.10.1 utils/template/template.go, "
    "utils/analysis/helpers.go, analysis/analysis.go",
    vectors=(
        'build arguments: evaluate argument "host": failed to compile expression: unexpected token (1:3)',
        'args "url" and argument "token" was not supplied',
        "key 'token' does not exist in secret 'datadog'",
    ),
)
ARGUMENT = Pattern(
    "argument-invalid",
    r"evaluate variable|build arguments:|merge arguments:|Unable to resolve metric arguments",
    "akuity/kargo@v1.11.2 pkg/rollouts/analysis_run_builder.go; argoproj/argo-rollouts@v1.10.1 analysis/analysis.go",
    vectors=("Unable to resolve metric arguments: failed to resolve {{args.host}}",),
)
STAGE_VARS = Pattern(
    "stage-vars-nil",
    r"cannot fetch (?P<var>[\w.-]+) from <nil>",
    "expr-lang over an environment without `vars` (akuity/kargo#4124)",
    vectors=('evaluate argument "host": cannot fetch baseHost from <nil> (1:7)\n | vars.baseHost\n | ....^',),
)
REFUSED = Pattern(
    "analysisrun-refused",
    r"error creating AnalysisRun|Analysis spec invalid",
    "akuity/kargo@v1.11.2 pkg/controller/stages/regular_stages.go; argoproj/argo-rollouts@v1.10.1 analysis/analysis.go",
    vectors=(
        'error creating AnalysisRun "prod.01k.2bdb93a" in namespace "shop": admission webhook "validate.policy.example.net" denied the '
        "request: no owner label",
        "Analysis spec invalid: metrics[0]: count must be >= failureLimit",
    ),
)
RUN_GONE = Pattern(
    "analysisrun-gone",
    r'error getting AnalysisRun "(?P<run>[^"]+)" in namespace "[^"]+": .*not found',
    "akuity/kargo@v1.11.2 pkg/controller/stages/regular_stages.go getVerificationResult",
    vectors=(
        'error getting AnalysisRun "prod.01k.2bdb93a" in namespace "shop": analysisruns.argoproj.io "prod.01k.2bdb93a" not found',
    ),
)
NO_DATA = Pattern(
    "metric-without-data",
    r"slice index out of range|index out of range|no data returned from the metric provider|reflect: call of reflect\.Value"
    r"|cannot fetch \d+ from <nil>|invalid operation: <nil>",
    "expr-lang on an empty result (argoproj/argo-rollouts#1466); argoproj/argo-rollouts utils/evaluate/evaluate.go since 1.9",
    vectors=(
        'Metric "success-rate" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): "Error Message: reflect: slice '
        'index out of range"',
        "no data returned from the metric provider",
    ),
)
REQUEST_FAILED = Pattern(
    "metric-request-failed",
    r"received (?:non 2xx|authentication error) response code:? ?:?(?P<code>\d*)|dial tcp|no such host|connection refused|i/o timeout"
    r"|context deadline exceeded|Client\.Timeout exceeded|TLS handshake|x509:|certificate|server gave HTTP response"
    r"|\b(?:40[13]|429|50[0234])\b|unauthori[sz]ed|forbidden|bad_response|client_error|server_error|error response:|Invalid Response: HTTP"
    r"|(?:API|App|personal API|authToken)[\w ,]{0,200} not found|secrets? \"[^\"]+\" not found"
    r"|address is not (?:configured|is url format)|missing mandatory parameter in metric for|EOF|unsupported protocol scheme",
    "argoproj/argo-rollouts@v1.10.1 metricproviders/*; Go net/http and prometheus/client_golang error texts",
    vectors=(
        'Metric "smoke" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): "Error Message: received non 2xx '
        'response code: 503"',
        'Post "http://prometheus.monitoring:9090/api/v1/query": dial tcp: lookup prometheus.monitoring on 10.96.0.10:53: no such host',
        "API token not found",
        "received authentication error response code: 403",
    ),
)
POD_TERMINAL = Pattern(
    "job-pod-terminal-error",
    r"Pod (?P<pod>\S+), container (?P<container>\S+) has terminal error \((?P<reason>\w+)\): ?(?P<message>.*)",
    "argoproj/argo-rollouts metricproviders/job/job.go since 1.10 (#4692): such a Job makes the measurement Inconclusive",
    versions="argo-rollouts >= 1.10",
    vectors=(
        "Pod 07f0-x7k2p, container check has terminal error (ErrImagePull): registry.example.net/tools/kubectl:1.33: not found",
    ),
)
ASSESSED_FAILED = Pattern(
    "metric-assessed-failed",
    r'Metric "(?P<metric>[^"]+)" assessed Failed due to',
    "argoproj/argo-rollouts@v1.10.1 analysis/analysis.go",
    vectors=('Metric "smoke" assessed Failed due to failed (1) > failureLimit (0)',),
)
JOB_REFUSED = Pattern(
    "job-refused",
    r"exceeded quota: |failed quota: |(?:jobs\.batch|pods) \"[^\"]+\" is forbidden",
    "argoproj/argo-rollouts@v1.10.1 metricproviders/job/job.go: a Job metric's Error message is the API server's own text",
    vectors=(
        'jobs.batch "07f0.smoke.1" is forbidden: User "system:serviceaccount:argo-rollouts:argo-rollouts" cannot create resource "jobs"',
        'Error creating: pods "07f0.smoke.1-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=5, limited: pods=5',
    ),
)
TERMINATED = Pattern(
    "analysisrun-terminated",
    r"Metric Terminated|Run Terminated",
    "argoproj/argo-rollouts@v1.10.1 analysis/analysis.go: a run that was told to end, not one that could not decide",
    vectors=(
        'Metric "smoke" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0): "Error Message: Metric Terminated"',
        "Run Terminated",
    ),
)
