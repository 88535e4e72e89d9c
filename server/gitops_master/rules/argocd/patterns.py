"""What Argo CD prints where several rules of this area have to tell neighbours apart.

Texts: argoproj/argo-cd v3.5.1 unless said otherwise; older wordings are kept as alternatives.
"""

REPO_SERVER_REFUSED = (
    r"(?::8081\b|repo-?server\S*)[^|]{0,80}?(?:connection refused|connection reset|i/o timeout|no route to host|EOF)"
    r"|code = Unavailable desc = (?!.*\blookup\b)"
    r"|transport is closing|error reading (?:from server|server preface)|failed to connect to repo server"
)
"""The controller cannot talk to the repo-server: gRPC's own words (util/grpc, common.DefaultPortRepoServer 8081;
argo-cd #12570, #10023). A failing name lookup is a matter of DNS."""

REPO_SERVER_TOO_SLOW = (
    r"code = DeadlineExceeded|failed timeout after|error acquiring repo(?:sitory)? lock|failed to acquire lock"
    r"|(?:generate manifest|load target state|Manifest generation error)(?:(?!Get \"|refs|cluster).)*?context deadline exceeded"
)
"""The repo-server answers too late: the controller's deadline, or its own for one command (util/exec/exec.go; #1641)."""

CHILD_KILLED = r"signal: killed|exit status 137"
"""A helm, kustomize or plugin process was killed (util/exec/exec.go; argo-cd #10426)."""

_UNCHANGEABLE = (
    r"(?:\bimmutable\b|updates to statefulset spec for fields other than|may not change once set|cannot change roleRef)"
)
IMMUTABLE_JOB = rf"Job\.batch \"(?P<name>[^\"]+)\" is invalid: .*?{_UNCHANGEABLE}"
IMMUTABLE = rf"(?P<kind>\w+)(?:\.[\w.]+)? \"(?P<name>[^\"]+)\" is invalid: .*?{_UNCHANGEABLE}|field is immutable"
"""Kubernetes' apimachinery and validation of apps, core and rbac: what may not change on an existing object."""

CRD_MISSING = (
    r"Make sure the \"(?P<kind>[^\"]+)\" CRD is installed"
    r"|The Kubernetes API could not find (?:version \"(?P<version>[^\"]+)\" of )?(?P<resource>\S+?) for requested resource"
    r"|no matches for kind \"(?P<kind2>[^\"]+)\" in version \"(?P<version2>[^\"]+)\""
    r"|failed to discover server resources for group version (?P<group_version>\S+?): the server could not find"
    r"|the server could not find the requested resource"
)
"""util/argo/argo.go FormatAppResource errors, client-go discovery, and kubectl's mapper."""

REFUSED_BY_PROJECT = (
    r"resource (?P<group>[^\s:]*):(?!Namespace is)(?P<kind>\w+) is not permitted in project"
    r"|application repo(?:sitory)? (?P<repo>\S+) is not permitted in project"
    r"|referencing project (?P<missing>\S+?) which does not exist"
)
DEPENDENCY_REFUSED = r"helm repos .{1,400}? (?:is|are) not permitted in project"
"""controller/sync.go, util/argo/argo.go ValidatePermissions, controller/appcontroller.go. The core group is empty
(`:Namespace`, which has a rule of its own)."""

NAMESPACE_NOT_FOUND = r"namespaces \"(?P<namespace>[^\"]+)\" not found"
NAMESPACE_ENDS = r"in namespace (?P<ending>[\w-]+) because it is being terminated"
"""The API server's answer to an object for a namespace that does not exist, or is on its way out."""

SYNC_WINDOW = r"(?:blocked|prevented) by sync window"
"""controller/sync.go, server/application/application.go."""

FORBIDDEN = (
    r"is forbidden: User \"(?P<user>[^\"]+)\" cannot (?P<verb>\w+) resource \"(?P<resource>[^\"]+)\" in API group \"[^\"]*\""
    r"(?: in the namespace \"(?P<namespace>[^\"]+)\"| at the cluster scope)"
)
"""The API server's RBAC denial."""

REJECTED = (
    r"\S+ \"[^\"]+\" is invalid: (?!metadata\.annotations: Too long)"
    r"|error validating data: |field not declared in schema|strict decoding error|unknown field \""
    r"|cannot be handled as an? \w+: |unable to decode \""
)
REJECTED_UNLESS = (
    r"\bimmutable\b|updates to statefulset spec for fields|may not change once set|cannot change roleRef|Too long"
    r"|admission webhook|failed calling webhook|exceeded quota|violates PodSecurity|is forbidden: User"
    r"|could not find the requested resource|no matches for kind|Make sure the \"|failed to list CRDs"
)
"""API machinery's refusals of an object as such; what `unless` names looks alike and has rules of its own."""

RENDER_FAILED = (
    r"failed to execute helm template command|`(?:helm template|kustomize build)[^`]*` failed exit status"
    r"|execution error at \(|Error: (?:parse error|YAML parse error|template: )|values don't meet the "
    r"specifications of the schema|chart requires kubeVersion|error (?:reading|resolving) helm value"
    r"|open \S+: no such file or directory|kustomization file not found|app path does not exist|accumulating resources"
    r"|Failed to unmarshal \"|error unmarshaling|error converting YAML to JSON|yaml: line \d+"
    r"|exceeded max combined manifest file size|out-of-bounds symlinks|is out of sync with the dependencies file"
    r"|CMP processing failed|error generating manifests in cmp|plugin sidecar failed|could not find plugin"
    r"|source referenced \"|cannot reference (?:a different revision|multiple revisions)"
    r"|(?:generate manifest|load target state|Manifest generation error).*?code = (?:Unknown|InvalidArgument|Internal) desc = "
)
"""repo-server: util/helm, util/kustomize, reposerver/repository; tails are the tools' own and vary with their versions. The
last one is whatever else a render ends with."""

REVISION_MISSING = (
    r"unable to resolve '(?P<revision>[^']+)' to a commit SHA|failed to (?:fetch revision|checkout (?:revision|FETCH_HEAD))"
    r"|(?:couldn't|could not) find remote ref|reference not found|invalid revision|failed to resolve revision"
    r"|version \"(?P<version>[^\"]+)\" not found|no version for constraints|no chart version found|no matching version"
    r"|can't get a valid version for|manifest unknown|cannot get digest for revision"
)
"""util/git/client.go, util/helm, util/oci, reposerver/repository/repository.go; helm's words for chart versions."""

_DEPENDENCIES = r"`helm (?:dependency build|pull|repo add|registry login)[^`]*` failed exit status(?!.*out of sync)"
SOURCE_UNREACHABLE = (
    r"authentication required|invalid username or password|terminal prompts disabled|HTTP Basic: Access denied"
    r"|no credentials matched this URL|repository not found|Repository .{0,120}? not found|could not read Username"
    r"|knownhosts: key (?:is unknown|mismatch)|no authorities for hostname|Host key verification failed"
    r"|ssh: handshake failed|Permission denied \(publickey\)|x509: certificate|certificate has expired"
    r"|failed to get index|failed to fetch \S*index\.yaml|is not a valid chart repository|failed to build helm dependencies"
    r"|no (?:repository definition|cached repository) for|failed to list refs: (?!unable to resolve)"
    r"|lookup \S+?(?: on \S+?)?: (?:no such host|i/o timeout|server misbehaving)|could not resolve host"
    r"|unauthorized: |denied: requested access|unknown error: remote:|remote end hung up"
    rf"|{_DEPENDENCIES}"
)
"""util/git/client.go, util/helm/client.go, util/oci; git's, ssh's and Go's own words; argo-cd #17609, #24744, #3280."""

_ELSEWHERE = (
    r"failed calling webhook|conversion webhook|admission webhook|get cluster (?:info|version)|get server version"
    r"|load live state|load initial state|:8081\b|code = Unavailable|argocd-repo-server"
)
NOT_THE_REVISION = _ELSEWHERE
NOT_THE_SOURCE = rf"{_ELSEWHERE}|{REVISION_MISSING}"
NOT_THE_TEMPLATE = (
    rf"{_ELSEWHERE}|{CHILD_KILLED}|{REPO_SERVER_TOO_SLOW}|{SOURCE_UNREACHABLE}|{REVISION_MISSING}|{DEPENDENCY_REFUSED}"
)
"""Texts that also stand in a ComparisonError but are about something else than the revision, source or templates."""

CLUSTER_UNREACHABLE = (
    r"there are no clusters with this name: (?P<name>\S+)|error getting cluster by (?:server|name)|cluster \"(?P<server>[^\"]+)\" "
    r"(?:not found|is disabled)|unable to find destination server|the server has asked for the client to provide credentials"
    r"|(?:get cluster info|get cluster version|get server version|cluster)[^|]{0,200}?Unauthorized"
    r"|error synchronizing cache state|failed to get cluster (?:info|version) for|failed to get server version"
    r"|dial tcp \S+:(?:6443|443|16443): (?:i/o timeout|connect: (?:connection refused|no route to host|network is unreachable))"
)
CLUSTER_UNKNOWN = (
    r"there are no clusters with this name|error getting cluster by (?:server|name)|cluster \"[^\"]+\" (?:not found|is disabled)"
    r"|unable to find destination server"
)
"""util/argo/argo.go GetDestinationCluster, util/db/cluster.go, gitops-engine pkg/cache/cluster.go; client-go's words."""

CACHE_LOAD_FAILED = (
    r"failed to load initial state of resource (?P<resource>[^\s:]+)"
    r"|conversion webhook for (?P<converted>[^,\s]+), Kind=(?P<kind>\w+) failed"
)
"""gitops-engine pkg/cache/cluster.go; the API server's words for a conversion webhook (argo-cd #20828, #25305, #11356)."""
