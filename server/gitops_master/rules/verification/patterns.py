"""What Kargo, Argo Rollouts and metric providers print about a verification."""

from gitops_master.facts.patterns import Pattern

TEMPLATE_NOT_FOUND = Pattern(
    "analysis-template-not-found",
    r'(?P<scope>cluster)?analysistemplates?(?:\.argoproj\.io)? "(?P<name>[^"]+)"(?: in namespace "[^"]+")? not found',
    "akuity/kargo@v1.11.2 pkg/rollouts/analysis_run_builder.go getAnalysisTemplates (says AnalysisRun, means the template); behind it "
    'the not-found text of whoever answered: the controller\'s cache names the kind, `AnalysisTemplate.argoproj.io "t" not found` '
    '(seen on a live v1.11.2), the API server the resource, `analysistemplates.argoproj.io "t" not found`',
    vectors=(
        'error building AnalysisRun for Stage "e" and Freight collection "5e6a4121d85e1cad25b5eba5910d2814137d6c11" in namespace "demo": '
        'get analysis templates: get AnalysisRun "no-such-template" in namespace "demo": AnalysisTemplate.argoproj.io '
        '"no-such-template" not found',
        'get analysis templates: get ClusterAnalysisRun "smoke": ClusterAnalysisTemplate.argoproj.io "smoke" not found',
        'error building AnalysisRun for Stage "dev" and Freight collection "5e6a4121d85e1cad25b5eba5910d2814137d6c11" in namespace '
        '"saffron": get analysis templates: get AnalysisRun "load-test" in namespace "saffron": analysistemplates.argoproj.io '
        '"load-test" not found',
        'get analysis templates: get ClusterAnalysisRun "smoke": clusteranalysistemplates.argoproj.io "smoke" not found',
    ),
)
UNRESOLVED = Pattern(
    "argument-unresolved",
    r"failed to resolve \{\{\s*args\.(?P<arg>[\w.-]+)\s*\}\}",
    "argoproj/argo-rollouts@v1.9.1 utils/template/template.go resolve; the same at v1.10.0-rc1",
    vectors=("Unable to resolve metric arguments: failed to resolve {{args.exit-code}}",),
)
NAMED_ARGUMENT = Pattern(
    "argument-named",
    r'evaluated? argument "(?P<arg>[^"]+)"|unresolved argument "(?P<open>[^"]+)": neither Value nor ValueFrom is set'
    r'|conflicting values for argument "(?P<conflict>[^"]+)"|argument "(?P<unsupplied>[^"]+)" was not supplied'
    r"|args\.(?P<unresolved>[\w.-]+) was not resolved|Argument `(?P<twice>[^`]+)` specified multiple times"
    r"|key '(?P<key>[^']+)' does not exist in secret '(?P<secret>[^']+)'",
    "akuity/kargo@v1.11.2 pkg/rollouts/analysis_run_builder.go, analysis_template.go validateArgsResolution and validateAndUpdateArg "
    "(since 1.1; before, akuity/kargo@v1.0.0 internal/controller/stages/verification.go: `was not resolved`, `specified multiple times`); "
    "argoproj/argo-rollouts@v1.9.1 utils/template/template.go ResolveArgs, analysis/analysis.go resolveArgs; the same at v1.10.0-rc1",
    vectors=(
        'build arguments: evaluate argument "host": failed to compile expression: unexpected token (1:3)',
        'build arguments: evaluated argument "exit-code" value is not a string but float64',
        'Unable to resolve metric arguments: argument "token" was not supplied',
        'build spec: build arguments: merge arguments: validate merged arguments: unresolved argument "token": neither Value nor ValueFrom '
        "is set",
        'build spec: flatten templates: flatten arguments: conflicting values for argument "host": "a" and "b"',
        "args.url was not resolved",
        "key 'token' does not exist in secret 'datadog'",
    ),
)
NOT_A_STRING = Pattern(
    "argument-not-a-string",
    r"value is not a string but",
    "akuity/kargo@v1.11.2 pkg/rollouts/analysis_run_builder.go; pkg/expressions/json_templates.go EvaluateTemplate makes numbers and booleans "
    "of what only looks so, unless it is quoted",
    vectors=('evaluated argument "exit-code" value is not a string but float64',),
    is_detail=True,
)
ARGUMENT = Pattern(
    "argument-invalid",
    r"evaluate variable|(?:build|merge|flatten) arguments:|Unable to resolve metric arguments",
    "akuity/kargo@v1.11.2 pkg/rollouts/analysis_run_builder.go, analysis_template.go; argoproj/argo-rollouts@v1.9.1 "
    "analysis/analysis.go, the same at v1.10.0-rc1",
    vectors=(
        "Unable to resolve metric arguments: failed to resolve {{args.host}}",
        'build spec: build arguments: evaluate variable "base": unexpected token',
    ),
)
STAGE_VARS = Pattern(
    "stage-vars-nil",
    r"cannot fetch (?P<var>[\w.-]+) from <nil>",
    "akuity/kargo#4124: expr-lang over an environment without `vars`, as akuity/kargo@v1.5.0 internal/controller/stages/regular_stages.go "
    "startVerification builds it",
    vectors=(
        'build spec: build arguments: evaluate argument "host": cannot fetch baseHost from <nil> (1:7) | vars.baseHost | ......^',
    ),
)
REFUSED = Pattern(
    "analysisrun-refused",
    r"error creating AnalysisRun|Analysis spec invalid|flatten (?:metrics|dry-run metrics|measurement retention metrics):",
    "akuity/kargo@v1.11.2 pkg/controller/stages/regular_stages.go startVerification, pkg/rollouts/analysis_template.go; argoproj/argo-rollouts@v1.9.1 analysis/analysis.go "
    "reconcileAnalysisRun with the words of utils/analysis/factory.go ValidateMetrics; the same at v1.10.0-rc1",
    vectors=(
        'error creating AnalysisRun "prod.01k.2bdb93a" in namespace "shop": admission webhook "validate.policy.example.net" denied the '
        "request: no owner label",
        "Analysis spec invalid: metrics[0]: interval must be specified when count > 1",
        'build spec: flatten templates: flatten metrics: duplicate metric name: "smoke"',
    ),
)
RUN_GONE = Pattern(
    "analysisrun-gone",
    r'error getting AnalysisRun "(?P<run>[^"]+)" in namespace "[^"]+": .*not found',
    "akuity/kargo@v1.11.2 pkg/controller/stages/regular_stages.go getVerificationResult",
    vectors=(
        'error getting AnalysisRun "prod.01k.2bdb93a" in namespace "shop": AnalysisRun.argoproj.io "prod.01k.2bdb93a" not found',
        'error getting AnalysisRun "prod.01k.2bdb93a" in namespace "shop": analysisruns.argoproj.io "prod.01k.2bdb93a" not found',
    ),
)
NO_DATA = Pattern(
    "metric-without-data",
    r"slice index out of range|index out of range|no data returned from the metric provider|reflect: call of reflect\.Value"
    r"|cannot fetch \d+ from <nil>|invalid operation: <nil>",
    "argoproj/argo-rollouts#1466; antonmedv/expr v1.9.0 to v1.15.5 run on an empty array, which argo-rollouts has up to v1.9.1; in words "
    "argoproj/argo-rollouts@v1.10.0-rc1 utils/evaluate/evaluate.go formatEvalError, with expr-lang/expr's own text for an empty array "
    "inside the result",
    vectors=(
        'Metric "success-rate" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): "Error Message: reflect: slice '
        'index out of range"',
        'could not evaluate successCondition "result.data[0] > 1": index out of range: 0 (array length is 0)',
        'could not evaluate successCondition "result[0] >= 0.95": metric result is nil or empty: no data returned from the metric provider',
    ),
)
REQUEST_FAILED = Pattern(
    "metric-request-failed",
    r"received (?:non 2xx|authentication error) response code:? ?:?(?P<code>\d*)|dial tcp|no such host|connection refused|i/o timeout"
    r"|context deadline exceeded|Client\.Timeout exceeded|TLS handshake|x509:|certificate|server gave HTTP response"
    r"|\b(?:40[13]|429|50[0234])\b|unauthori[sz]ed|forbidden|bad_response|client_error|server_error|error response:|Invalid Response: HTTP"
    r"|(?:API|App|personal API|authToken)[\w ,]{0,200} not found|secrets? \"[^\"]+\" not found"
    r"|address is not (?:configured|is url format)|missing mandatory parameter in metric for|\bEOF\b|unsupported protocol scheme",
    "argoproj/argo-rollouts@v1.9.1 metricproviders/* (webmetric, prometheus, datadog, newrelic, wavefront, influxdb, kayenta, graphite), "
    "the same at v1.10.0-rc1; Go net/http and prometheus/client_golang error texts",
    vectors=(
        'Metric "smoke" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): "Error Message: received non 2xx '
        'response code: 503"',
        'Post "http://prometheus.monitoring:9090/api/v1/query": dial tcp: lookup prometheus.monitoring on 10.96.0.10:53: no such host',
        "API token not found",
        "received authentication error response code: 403 Forbidden",
        "prometheus address is not is url format",
    ),
)
CREDENTIALS = Pattern(
    "metric-credentials-refused",
    r"authentication error|\b40[13]\b|unauthori[sz]ed|forbidden|(?:API|App|personal API|authToken)[\w ,]{0,200} not found"
    r"|secrets? \"[^\"]+\" not found|missing mandatory parameter in metric for",
    "argoproj/argo-rollouts@v1.9.1 metricproviders/datadog, newrelic, wavefront, influxdb, prometheus; the same at v1.10.0-rc1",
    vectors=(
        "received authentication error response code: 403 Forbidden",
        "account ID or personal API key not found",
        "missing mandatory parameter in metric for OAuth2 setup",
    ),
    is_detail=True,
)
POD_TERMINAL = Pattern(
    "job-pod-terminal-error",
    r"Pod (?P<pod>\S+), container (?P<container>\S+) has terminal error \((?P<reason>\w+)\): ?(?P<message>.*)",
    "argoproj/argo-rollouts@v1.10.0-rc1 metricproviders/job/job.go processJobPods (#4692), absent at v1.9.1: such a Job makes the "
    "measurement Inconclusive",
    versions="argo-rollouts >= 1.10",
    vectors=(
        "Pod 07f0-x7k2p, container check has terminal error (ErrImagePull): registry.example.net/tools/kubectl:1.33: not found",
    ),
)
ASSESSED_FAILED = Pattern(
    "metric-assessed-failed",
    r'Metric "(?P<metric>[^"]+)" assessed Failed due to',
    "argoproj/argo-rollouts@v1.9.1 analysis/analysis.go assessRunStatus; the same at v1.10.0-rc1",
    vectors=('Metric "smoke" assessed Failed due to failed (1) > failureLimit (0)',),
)
JOB_REFUSED = Pattern(
    "job-refused",
    r"exceeded quota: |failed quota: |(?:jobs\.batch|pods) \"[^\"]+\" is forbidden",
    "argoproj/argo-rollouts@v1.9.1 metricproviders/job/job.go Run, the same at v1.10.0-rc1: a Job metric's Error message is the API server's own text",
    vectors=(
        'jobs.batch "07f0.smoke.1" is forbidden: User "system:serviceaccount:argo-rollouts:argo-rollouts" cannot create resource "jobs"',
        'Error creating: pods "07f0.smoke.1-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=5, limited: pods=5',
    ),
)
