"""What Argo CD's repo-server, and the tools it runs, print about a source: the server itself, the revision, the templates."""

from gitops_master.facts.patterns import Pattern
from gitops_master.rules.argocd.patterns import DEPENDENCY_REFUSED

_GENERATE = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = "

REPO_SERVER_REFUSED = Pattern(
    "repo-server-refused",
    r"(?::8081\b|repo-?server\S{0,100})[^|]{0,80}?(?:connection refused|connection reset|i/o timeout|no route to host|EOF)"
    r"|code = Unavailable desc = (?!.*\blookup\b)"
    r"|transport is closing|error reading (?:from server|server preface)|failed to connect to repo server",
    "argoproj/argo-cd@v3.5.1 util/grpc, common.DefaultPortRepoServer 8081: the controller cannot talk to the repo-server, in gRPC's "
    "own words (argo-cd #12570, #10023). A failing name lookup is a matter of DNS",
    vectors=(
        f'{_GENERATE}Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.96.7.3:8081: connect: '
        'connection refused"',
        f"{_GENERATE}Unavailable desc = transport is closing",
        f"{_GENERATE}Unavailable desc = error reading from server: EOF",
    ),
)
REPO_SERVER_TOO_SLOW = Pattern(
    "repo-server-too-slow",
    r"code = DeadlineExceeded|failed timeout after|error acquiring repo(?:sitory)? lock|failed to acquire lock"
    r"|(?:generate manifest|load target state|Manifest generation error)(?:(?!Get \"|refs|cluster|load target).)*?context deadline exceeded",
    "argoproj/argo-cd@v3.5.1 reposerver/apiclient/clientset.go (the controller's deadline), util/exec/exec.go (the repo-server's own "
    "for one command), reposerver/repository/repository.go (its locks); argo-cd #1641",
    vectors=(
        "ComparisonError: rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        f"{_GENERATE}Unknown desc = `helm dependency build` failed timeout after 1m30s",
        f"{_GENERATE}Unknown desc = context deadline exceeded",
    ),
)
COMMAND_TIMED_OUT = Pattern(
    "render-command-timed-out",
    r"`(?P<command>[\w./-]+(?: [a-z]\w*){0,2})[^`]*` failed timeout after (?P<after>[\dhms.]+)",
    "argoproj/argo-cd@v3.5.1 util/exec/exec.go: ARGOCD_EXEC_TIMEOUT of the repo-server, 90 seconds by default",
    vectors=(f"{_GENERATE}Unknown desc = `helm dependency build` failed timeout after 1m30s",),
    is_detail=True,
)
CHILD_KILLED = Pattern(
    "render-child-killed",
    r"signal: killed|exit status 137",
    "argoproj/argo-cd@v3.5.1 util/exec/exec.go: a helm, kustomize or plugin process was killed (argo-cd #10426)",
    vectors=(f"{_GENERATE}Unknown desc = `helm template . --name-template web` failed signal: killed",),
)
RENDER_FAILED = Pattern(
    "render-failed",
    r"failed to execute helm template command|`(?:helm template|kustomize build)[^`]*` failed exit status"
    r"|execution error at \(|Error: (?:parse error|YAML parse error|template: )|values don't meet the "
    r"specifications of the schema|chart requires kubeVersion|error (?:reading|resolving) helm value"
    r"|open \S+: no such file or directory|kustomization file not found|app path does not exist|accumulating resources"
    r"|Failed to unmarshal \"|error unmarshaling|error converting YAML to JSON|yaml: line \d+"
    r"|exceeded max combined manifest file size|out-of-bounds symlinks|is out of sync with the dependencies file"
    r"|CMP processing failed|error generating manifests in cmp|plugin sidecar failed|could not find plugin"
    r"|source referenced \"|cannot reference (?:a different revision|multiple revisions)"
    r"|(?:generate manifest|load target state|Manifest generation error).*?code = (?:Unknown|InvalidArgument|Internal) desc = ",
    "argoproj/argo-cd@v3.5.1 util/helm, util/kustomize, reposerver/repository/repository.go (`plugin sidecar failed` until "
    "3.1); argo-cd #12039, #4238, #16012. Tails are "
    "the tools' own and vary with their versions; the last alternative is whatever else a render ends with",
    vectors=(
        f"{_GENERATE}Unknown desc = failed to execute helm template command: `helm template . --name-template web` failed exit status "
        "1: Error: execution error at (web/templates/deploy.yaml:3:4): image.tag is required",
        "Failed to load target state: failed to generate manifest for source 2 of 3: rpc error: code = Unknown desc = Manifest "
        "generation error (cached): apps/web/overlays/uat: app path does not exist",
        f"{_GENERATE}Unknown desc = `kustomize build /tmp/x` failed exit status 1: Error: accumulating resources: accumulation "
        "err='accumulating resources from ../base'",
        "Manifest generation error (cached): plugin sidecar failed. error generating manifests in cmp: rpc error",
        "Error: values don't meet the specifications of the schema(s) in the following chart(s): web",
    ),
)
REVISION_MISSING = Pattern(
    "revision-missing",
    r"unable to resolve '(?P<revision>[^']+)' to a commit SHA|failed to (?:fetch revision|checkout (?:revision|FETCH_HEAD))"
    r"|(?:couldn't|could not) find remote ref|reference not found|invalid revision|failed to resolve revision"
    r"|version \"(?P<version>[^\"]+)\" not found|no version for constraints|no chart version found|no matching version"
    r"|can't get a valid version for|manifest unknown|cannot get digest for revision",
    "argoproj/argo-cd@v3.5.1 util/git/client.go, util/helm, util/oci, reposerver/repository/repository.go; helm's words for chart "
    "versions; argo-cd #7282",
    vectors=(
        f"{_GENERATE}Unknown desc = failed to list refs: unable to resolve 'env/preprod' to a commit SHA",
        f"{_GENERATE}Unknown desc = failed to fetch revision abc: `git fetch origin abc` failed exit status 128: fatal: couldn't find "
        "remote ref abc",
        f"{_GENERATE}Unknown desc = `helm pull --version 1.0.6 --repo https://charts.example.net web` failed exit status 1: Error: "
        'chart "web" version "1.0.6" not found in https://charts.example.net repository',
    ),
)
_DEPENDENCIES = r"`helm (?:dependency build|pull|repo add|registry login)[^`]*` failed exit status(?!.*out of sync)"
SOURCE_UNREACHABLE = Pattern(
    "source-unreachable",
    r"authentication required|invalid username or password|terminal prompts disabled|HTTP Basic: Access denied"
    r"|no credentials matched this URL|repository not found|Repository .{0,120}? not found|could not read Username"
    r"|knownhosts: key (?:is unknown|mismatch)|no authorities for hostname|Host key verification failed"
    r"|ssh: handshake failed|Permission denied \(publickey\)|x509: certificate|certificate has expired"
    r"|failed to get index|failed to fetch \S*index\.yaml|is not a valid chart repository|failed to build helm dependencies"
    r"|no (?:repository definition|cached repository) for|failed to list refs: (?!unable to resolve)"
    r"|lookup \S+?(?: on \S+?)?: (?:no such host|i/o timeout|server misbehaving)|could not resolve host"
    r"|unauthorized: |denied: requested access|unknown error: remote:|remote end hung up"
    rf"|{_DEPENDENCIES}",
    "argoproj/argo-cd@v3.5.1 util/git/client.go, util/helm/client.go, util/oci (`no credentials matched this URL` is in no release up to "
    "that); git's, ssh's and Go's own words; argo-cd #17609, "
    "#24744, #3280, #9229, #7723, #7078",
    vectors=(
        f"{_GENERATE}Unknown desc = failed to list refs: authentication required: Repository not found.",
        f"{_GENERATE}Unknown desc = failed to list refs: ssh: handshake failed: knownhosts: key is unknown",
        f"{_GENERATE}Unknown desc = `helm dependency build` failed exit status 1: Error: no repository definition for "
        "https://charts.example.net. Please add the missing repos via 'helm repo add'",
        f'{_GENERATE}Unknown desc = failed to list refs: Get "https://git.example.net/x/info/refs": dial tcp: lookup git.example.net '
        "on 10.96.0.10:53: no such host",
    ),
)
HOST_KEY = Pattern(
    "host-key-not-trusted",
    r"knownhosts: key (?:is unknown|mismatch)|no authorities for hostname|Host key verification failed",
    "golang.org/x/crypto ssh/knownhosts, OpenSSH: the server's key is not the one that is known, or none is",
    vectors=(f"{_GENERATE}Unknown desc = failed to list refs: ssh: handshake failed: knownhosts: key is unknown",),
    is_detail=True,
)
UNTRUSTED = Pattern(
    "certificate-not-trusted",
    r"x509: |certificate has expired|certificate signed by unknown authority|SSL certificate problem",
    "Go crypto/x509, libcurl",
    vectors=(
        f'{_GENERATE}Unknown desc = failed to list refs: Get "https://git.example.net/x/info/refs": tls: failed to verify certificate: '
        "x509: certificate signed by unknown authority",
    ),
    is_detail=True,
)
NO_SUCH_NAME = Pattern(
    "source-name-lookup",
    r"lookup \S+?(?: on \S+?)?: (?:no such host|i/o timeout|server misbehaving)|could not resolve host",
    "Go net.DNSError, libcurl",
    vectors=("dial tcp: lookup git.example.net on 10.96.0.10:53: no such host",),
    is_detail=True,
)
UNKNOWN_DEPENDENCY = Pattern(
    "chart-repository-not-defined",
    r"no (?:repository definition|cached repository) for",
    "Helm pkg/downloader/manager.go: a chart's dependency comes from a repository that is not known here",
    vectors=(
        "Error: no repository definition for https://charts.example.net. Please add the missing repos via 'helm repo add'",
    ),
    is_detail=True,
)
CREDENTIALS_REFUSED = Pattern(
    "source-credentials-refused",
    r"authentication required|invalid username or password|terminal prompts disabled|HTTP Basic: Access denied"
    r"|no credentials matched this URL|could not read Username|Permission denied \(publickey\)|unable to authenticate"
    r"|repository .{0,120}?not found|unauthorized|denied: requested access|40[13] (?:Unauthorized|Forbidden)",
    "go-git plumbing/transport, git, OpenSSH, registries; argo-cd #9229, #7723",
    vectors=(
        f"{_GENERATE}Unknown desc = failed to list refs: authentication required: Repository not found.",
        "unauthorized: authentication required",
    ),
    is_detail=True,
)
ELSEWHERE = Pattern(
    "comparison-fails-elsewhere",
    r"failed calling webhook|conversion webhook|admission webhook|get cluster (?:info|version)|get server version"
    r"|load live state|load initial state|:8081\b|code = Unavailable|argocd-repo-server",
    "argoproj/argo-cd@v3.5.1 controller/state.go: texts that also stand in a ComparisonError but are about the cluster, a webhook or "
    "the repo-server",
    vectors=(
        'Failed to load live state: failed to get cluster info for "https://10.0.0.1": error synchronizing cache state : failed to '
        "get server version: dial tcp 10.0.0.1:6443: i/o timeout",
        'Internal error occurred: failed calling webhook "v.example.net": Post "https://v.svc:443": x509: certificate signed by '
        "unknown authority",
    ),
)
NOT_THE_SOURCE = (ELSEWHERE, REVISION_MISSING)
NOT_THE_TEMPLATE = (
    ELSEWHERE,
    CHILD_KILLED,
    REPO_SERVER_TOO_SLOW,
    SOURCE_UNREACHABLE,
    REVISION_MISSING,
    DEPENDENCY_REFUSED,
)
"""Texts that also stand in a ComparisonError but are about something else than the source or its templates."""
REPO_SERVER_SYMPTOMS = (REPO_SERVER_REFUSED, REPO_SERVER_TOO_SLOW, CHILD_KILLED)
"""What a repo-server that runs out of memory looks like from outside."""
NAME_LOOKUP = Pattern(
    "name-lookup",
    r"\blookup \S+",
    "Go net.DNSError: a failing name lookup inside a connection error is DNS, not the server that was looked up",
    vectors=(
        f'{_GENERATE}Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp: lookup argocd-repo-server '
        'on 10.96.0.10:53: no such host"',
    ),
)
