"""What Kargo's promotion steps print, each once. Matching ignores case and looks through quoting (rules/patterns.py)."""

KIND_UNKNOWN = (
    r"(?:step kind|getting runner for step kind|no promotion step runner found for kind"
    r'|runner not found for promotion step) (?:"(?P<kind>[^"]+)"|\d+)(?! config)'
)
# akuity/kargo local_orchestrator.go: "is not registered" since 1.11, "error getting runner for step kind" 1.8 to 1.10,
# "no promotion step runner found for kind" 1.4 to 1.7 (1.4 gives a number), "runner not found for promotion step" before.

CONFIG_INVALID = (
    r"invalid (?P<uses>[\w:-]+) config: |could not (?:validate|convert config into) [\w:-]+ config"
    r"|failed to build step context|failed to get step config|error checking if step .+? should be skipped"
    r"|error compiling (?:success|failure|error|output) expression|error pre-processing promotion variable"
)
# runner/builtin/validation.go, local_orchestrator.go, evaluator.go (v1.11.2); "failed to get step config" alone before 1.8.

NIL_ARTIFACT = (
    r"(?:cannot fetch (?P<field>\w+) from <nil>|reflect: call of reflect\.Value\.\w+ on zero Value)"
    r"(?: \(\d+:\d+\))?(?:\s*\|\s*(?P<expression>[^\n]+?)\s*(?:\n|$))?"
)
# expr-lang's words for a field of nothing, with the expression quoted below it; both were seen with Kargo v1.11.2.

NULL_VALUE = r"(?P<place>[\w().\[\]-]+): Invalid type\. Expected: [\w/]+, given: null"
# gojsonschema, through runner/builtin/validation.go; akuity/kargo#4136.

APP_ABSENT = r'unable to find Argo CD Application "(?P<app>[^"]+)" in namespace "(?P<namespace>[^"]+)"'
NO_APP_SELECTED = r'no Argo CD Applications found matching selector in namespace "(?P<namespace>[^"]+)"'
# runner/builtin/argocd_updater.go and argocd_waiter.go; the selector since 1.9.

SOURCE_UNMATCHED = (
    r'no source of Argo CD Application "(?P<app>[^"]+)" in namespace "(?P<namespace>[^"]+)" matched update for source '
    r'with repoURL (?P<repo>\S+?)(?: and chart "(?P<chart>[^"]*)")?(?:[\s,;.]|$)'
)
# runner/builtin/argocd_updater.go buildDesiredSources.

TIMED_OUT = r"(?:timed out after|timeout of) (?P<timeout>[0-9hms.µ]+)(?: has elapsed)?"
# local_orchestrator.go; "timeout of … has elapsed" before 1.5.

BRANCH_ABSENT = (
    r'(?:remote|target|source) branch "(?P<branch>[^"]+)"(?: of repo \S+)? does not exist'
    r"|Remote branch (?P<branch2>\S+) not found in upstream|couldn't find remote ref (?:refs/heads/)?(?P<branch3>\S+)"
    r"|fatal: invalid reference: (?:origin/)?(?P<branch4>\S+)|pathspec '(?P<branch5>[^']+)' did not match any"
)
# runner/builtin/git_cloner.go and git_pr_opener.go; from the second line on they are git's own.

KEY_ABSENT = r'(?:key "?(?P<key>[^\n"]+?)"?(?: in (?:JSON|TOML|YAML) file)?: )?key path not found'
# pkg/yaml/yaml.go findScalarNode, through yaml-update.

PR_CLOSED = r"(?:pull|merge) request (?P<number>\d+) (?:was closed without being merged|is closed but not merged)"
# runner/builtin/git_pr_waiter.go; the second is git-merge-pr's (pkg/gitprovider).

MERGE_405 = r"error merging (?:pull|merge) request (?P<number>\d+): .*\b405\b"
MERGE_METHOD_REFUSED = r"merges? (?:commits )?(?:is|are) not allowed|not allowed on this repository"
# pkg/gitprovider/github/github.go: 405 stands for every reason, only the method's refusal never passes.

PUSH_LOST_RACE = (
    r"! \[(?:remote )?rejected\][^\n]*\((?:non-fast-forward|fetch first|cannot lock ref[^\n]*|incorrect old value provided)"
    r"|error pushing branch: non-fast-forward|cannot lock ref|failed to push some refs[^\n]*fetch first"
    r"|(?:^|: )merge conflict|rebase is unsafe and policy prohibits merge fallback"
)
# pkg/controller/git/work_tree.go nonFastForwardRegex and errors.go (v1.11.2).

PR_NUMBER_LOST = r'no PR number found in output from step with alias "(?P<alias>[^"]+)"'
# internal/directives/git_pr_waiter.go (v1.0).

GATE_REFUSED = r"HTTP \((?P<status>\d+)\) response met failure criteria"
# runner/builtin/http_requester.go.

CUT_OFF = (
    r"execution canceled|was canceled due to context cancellation|: context canceled\s*$"
    r"|step(?: \"[^\"]+\")? panicked: |runtime error: (?:invalid memory address|index out of range|slice bounds)"
    r"|assignment to entry in nil map|interface conversion: "
)
# local_orchestrator.go, local_executor.go, and promotions.go for a panic outside a step.

WILL_BE_RETRIED = r"; step will be retried\s*$"
# local_orchestrator.go: a failed attempt below the error threshold.

NETWORK_TROUBLE = (
    r"connection refused|connection reset by peer|i/o timeout|TLS handshake timeout|no route to host|network is unreachable"
    r"|temporary failure in name resolution|could not resolve host|no such host|server misbehaving|broken pipe"
    r"|code = Unavailable|context deadline exceeded|Client\.Timeout exceeded|\btimed? ?out\b(?! after)|unexpected EOF|: EOF\s*$"
    r"|(?:error|code|status|HTTP)[ :=(]+50[0234]\b|\b50[0234] (?:Internal|Bad|Service|Gateway)"
    r"|Service Unavailable|Bad Gateway|Gateway Time-?out|Internal Server Error"
    r"|(?:connection|remote end) (?:closed|hung up)"
)
NAME_UNRESOLVED = r"(?:could not resolve host:? *|lookup )(?P<host>[\w.-]+)"
NOT_TRANSIENT = (
    r"\b(?:401|403|404)\b|unauthori[sz]ed|forbidden|authentication|permission denied|could not read (?:Username|Password)"
    r"|does not exist|not found|x509|certificate|failed calling webhook|is invalid|Invalid value|early EOF|index-pack"
    r"|Manifest generation|DeadlineExceeded|rate limit|too ?many ?requests|\b429\b|timed out waiting for the condition"
)
# Go's net package, gRPC, libcurl under git, and HTTP; what the second names stays wrong until somebody mends it.

NOT_IN_FREIGHT = r"(?P<kind>commit|image|chart) from repo (?P<repo>\S+) not found in referenced Freight"
# internal/controller/freight/finder.go until 1.6; later releases give nil and fail on its field (NIL_ARTIFACT).
