"""What Kargo, Argo Rollouts and metric providers print about a verification."""

TEMPLATE_NOT_FOUND = (
    r'(?P<scope>cluster)?analysistemplates?(?:\.argoproj\.io)? "(?P<name>[^"]+)"(?: in namespace "[^"]+")? not found'
)
"""kargo pkg/rollouts/analysis_run_builder.go: `get AnalysisRun "t" in namespace "n": analysistemplates.argoproj.io "t" not found`
(says AnalysisRun, means the template), `get ClusterAnalysisRun "t": clusteranalysistemplates.argoproj.io "t" not found`."""

UNRESOLVED = r"failed to resolve \{\{\s*args\.(?P<arg>[\w.-]+)\s*\}\}"
"""argo-rollouts utils/template/template.go."""

NAMED_ARGUMENT = (
    r'evaluated? argument "(?P<arg>[^"]+)"|argument "(?P<unsupplied>[^"]+)" was not supplied|args\.(?P<unresolved>[\w.-]+) was not resolved'
    r"|Argument `(?P<twice>[^`]+)` specified multiple times|key '(?P<key>[^']+)' does not exist in secret '(?P<secret>[^']+)'"
)
ARGUMENT = NAMED_ARGUMENT + r"|evaluate variable|build arguments:|merge arguments:|Unable to resolve metric arguments"
"""kargo pkg/rollouts/analysis_run_builder.go; argo-rollouts utils/template/template.go, utils/analysis/helpers.go, analysis/analysis.go."""

STAGE_VARS = r"cannot fetch (?P<var>[\w.-]+) from <nil>"
"""expr-lang over an environment without `vars` (akuity/kargo#4124)."""

REFUSED = r"error creating AnalysisRun|Analysis spec invalid"
"""kargo pkg/controller/stages/regular_stages.go; argo-rollouts analysis/analysis.go."""

RUN_GONE = r'error getting AnalysisRun "(?P<run>[^"]+)" in namespace "[^"]+": .*not found'
"""kargo pkg/controller/stages/regular_stages.go getVerificationResult."""

NO_DATA = (
    r"slice index out of range|index out of range|no data returned from the metric provider|reflect: call of reflect\.Value"
    r"|cannot fetch \d+ from <nil>|invalid operation: <nil>"
)
"""expr-lang on an empty result (argoproj/argo-rollouts#1466); argo-rollouts utils/evaluate/evaluate.go since 1.9."""

REQUEST_FAILED = (
    r"received (?:non 2xx|authentication error) response code:? ?:?(?P<code>\d*)|dial tcp|no such host|connection refused|i/o timeout"
    r"|context deadline exceeded|Client\.Timeout exceeded|TLS handshake|x509:|certificate|server gave HTTP response"
    r"|\b(?:40[13]|429|50[0234])\b|unauthori[sz]ed|forbidden|bad_response|client_error|server_error|error response:|Invalid Response: HTTP"
    r"|(?:API|App|api|personal API|authToken)[\w ,]* (?:token|key|ID|address)?[\w ,]*not found|secrets? \"[^\"]+\" not found"
    r"|address is not (?:configured|is url format)|missing mandatory parameter in metric for|EOF|unsupported protocol scheme"
)
"""argo-rollouts metricproviders/*; Go net/http and prometheus/client_golang error texts."""

POD_TERMINAL = (
    r"Pod (?P<pod>\S+), container (?P<container>\S+) has terminal error \((?P<reason>\w+)\): ?(?P<message>.*)"
)
"""argo-rollouts metricproviders/job/job.go since 1.10 (#4692): such a Job makes the measurement Inconclusive."""

ASSESSED_FAILED = r'Metric "(?P<metric>[^"]+)" assessed Failed due to'
"""argo-rollouts analysis/analysis.go."""

JOB_REFUSED = r"exceeded quota: |failed quota: |(?:jobs\.batch|pods) \"[^\"]+\" is forbidden"
"""A Job metric's Error message is the API server's own text."""

TERMINATED = r"Metric Terminated|Run Terminated"
"""argo-rollouts analysis/analysis.go: a run that was told to end, not one that could not decide."""
