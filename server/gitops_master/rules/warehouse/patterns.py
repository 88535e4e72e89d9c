"""What discovery fails with. The patterns exclude each other: one message has one cause."""

from gitops_master.rules.patterns import Pattern

RATE_LIMITED = Pattern(
    "registry-rate-limit",
    r"TOOMANYREQUESTS|\b429\b[^\n]{0,10}Too Many|status code:? 429|returned error: 429|too many requests|rate limit(?:ed| exceeded)|(?:exceeded|reached)[\w ]{1,40}rate limit",
    "distribution spec error codes; go-containerregistry transport errors; akuity/kargo#4490",
)
REFUSED = Pattern(
    "access-refused",
    r"\b40[13] (?:Unauthorized|Forbidden)|status code:? 40[13]\b|returned error: 40[13]\b|UNAUTHORIZED:|DENIED:|"
    r"authentication (?:is )?required|authentication failed|no basic auth credentials|could not read (?:Username|Password)|"
    r"terminal prompts disabled|invalid username or (?:password|token)|HTTP Basic: Access denied|Permission denied \(publickey|"
    r"requested access to the resource is denied|insufficient_scope|Bad credentials|Write access to repository not granted|"
    r"Resource not accessible by|could not be read with the given credentials|authorization token has expired|"
    r"support for password authentication was removed|token (?:is|was|has) (?:expired|revoked)|"
    r"Permission to \S+ denied|required scope|does not have .{0,60}scope",
    "git 2.x and GitHub/GitLab/Gitea remote texts; go-containerregistry; GitHub and GitLab API errors; akuity/kargo#1950",
)
"""A Git server or registry that does not let Kargo in: which of the credential faults it is, the Secrets tell."""
ANONYMOUS = Pattern(
    "access-anonymous",
    r"could not read Username|terminal prompts disabled|no basic auth credentials",
    "git credential.c; distribution client: asked for a name, so none was sent",
)
"""Nothing was sent, so no credential matched at all."""
NOT_FOUND_GIT = Pattern(
    "git-repository-not-found",
    r"Repository not found|repository '[^']+' not found|could not be found or you don't have permission|TF401019|"
    r"may not have access to this repository or it no longer exists|project you were "
    r"looking for could not be found",
    "GitHub, GitLab and git texts: private repositories hide behind them from anonymous readers",
)
UNREACHABLE = Pattern(
    "repository-unreachable",
    r"not found|\b404\b|does not exist|no longer exists|NAME_UNKNOWN|NAME_INVALID|MANIFEST_UNKNOWN|repository name not known|no such host|server misbehaving|"
    r"could not resolve host|connection refused|connection reset|no route to host|i/o timeout|context deadline exceeded|"
    r"TLS handshake|x509: |certificate (?:signed by|verify|has expired|problem)|SSL certificate|\b50[234] |status code:? 50[0234]|"
    r"returned error: 50[0234]|does not appear to be a git repository|unexpected disconnect|\bEOF\b|Failed to connect|"
    r"Host key verification failed|server gave HTTP response to HTTPS client|timed out|is not a valid chart repository|network is unreachable",
    "Go net and crypto/x509 errors; distribution spec codes; git and curl texts",
)
STARVED = Pattern(
    "clone-killed",
    r"signal: (?:killed|terminated)|context (?:deadline exceeded|canceled)|timed out|early EOF|index-pack failed|"
    r"No space left on device|unexpected disconnect",
    "akuity/kargo#6790: what a clone of a repository with tens of thousands of tags ends with",
)
REMOVED_FIELD = Pattern(
    "removed-tag-filter",
    r"(?P<field>AllowTags|IgnoreTags) is deprecated and unsupported",
    "akuity/kargo v1.11.2 pkg/controller/git/commit/tag_based_selector.go:78, pkg/image/tag_based_selector.go:60",
)
TAG_CAP = Pattern(
    "observed-tag-count-exceeds-cap",
    r"observed tag count exceeds cap",
    "akuity/kargo v1.11.2 pkg/controller/git/commit/tag_based_selector.go:139",
)
