"""What discovery fails with. The patterns exclude each other: one message has one cause."""

from gitops_master.facts.patterns import Pattern

RATE_LIMITED = Pattern(
    "registry-rate-limit",
    r"TOOMANYREQUESTS|\b429\b[^\n]{0,10}Too Many|status code:? 429|returned error: 429|too many requests|rate limit(?:ed| exceeded)|(?:exceeded|reached)[\w ]{1,40}rate limit",
    "distribution spec error codes; go-containerregistry transport errors; akuity/kargo#4490",
    vectors=(
        "error listing tags for repo URL hub.registry.example.org/bakery/oven: GET https://hub.registry.example.org/v2/bakery/oven/tags/list?n=1000: TOOMANYREQUESTS: You have reached your unauthenticated pull rate limit.",
        "fatal: unable to access 'https://git.example.net/shop/conf.git/': The requested URL returned error: 429",
    ),
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
    vectors=(
        "remote: Invalid username or token. Password authentication is not supported for Git operations.\nfatal: Authentication failed for 'https://github.com/acme/deploy.git/'",
        "fatal: could not read Username for 'https://git.example.net': terminal prompts disabled",
        "GET https://ghcr.io/token?scope=repository%3Aacme%2Fweb%3Apull&service=ghcr.io: DENIED: requested access to the resource is denied",
        "remote: HTTP Basic: Access denied. The provided password or token is incorrect or your account has 2FA enabled",
        "git@github.com: Permission denied (publickey).",
        "GET https://registry.example.net/v2/web/tags/list?n=1000: unexpected status code 401 Unauthorized",
    ),
)
"""A Git server or registry that does not let Kargo in: which of the credential faults it is, the Secrets tell."""
ANONYMOUS = Pattern(
    "access-anonymous",
    r"could not read Username|terminal prompts disabled|no basic auth credentials",
    "git credential.c; distribution client: asked for a name, so none was sent",
    vectors=(
        "fatal: could not read Username for 'https://git.example.net': terminal prompts disabled",
        "no basic auth credentials",
    ),
)
"""Nothing was sent, so no credential matched at all."""
NOT_FOUND_GIT = Pattern(
    "git-repository-not-found",
    r"Repository not found|repository '[^']+' not found|could not be found or you don't have permission|TF401019|"
    r"may not have access to this repository or it no longer exists|project you were "
    r"looking for could not be found",
    "GitHub, GitLab and git texts: private repositories hide behind them from anonymous readers",
    vectors=(
        "remote: Repository not found.\nfatal: repository 'https://github.com/acme/deploy.git/' not found",
        "remote: The project you were looking for could not be found or you don't have permission to view it.",
    ),
)
UNREACHABLE = Pattern(
    "repository-unreachable",
    r"not found|\b404\b|does not exist|no longer exists|NAME_UNKNOWN|NAME_INVALID|MANIFEST_UNKNOWN|repository name not known|no such host|server misbehaving|"
    r"could not resolve host|connection refused|connection reset|no route to host|i/o timeout|context deadline exceeded|"
    r"TLS handshake|x509: |certificate (?:signed by|verify|has expired|problem)|SSL certificate|\b50[234] |status code:? 50[0234]|"
    r"returned error: 50[0234]|does not appear to be a git repository|unexpected disconnect|\bEOF\b|Failed to connect|"
    r"Host key verification failed|server gave HTTP response to HTTPS client|timed out|is not a valid chart repository|network is unreachable",
    "Go net and crypto/x509 errors; distribution spec codes; git and curl texts",
    vectors=(
        "fatal: repository 'http://127.0.0.1:18090/nosuch.git/' not found",
        'Get "https://registry.example.net/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
        "fatal: unable to access 'https://git.example.net/conf.git/': Could not resolve host: git.example.net",
        "GET https://registry.example.net/v2/web/tags/list?n=1000: NAME_UNKNOWN: repository name not known to registry",
    ),
)
STARVED = Pattern(
    "clone-killed",
    r"signal: (?:killed|terminated)|context (?:deadline exceeded|canceled)|timed out|early EOF|index-pack failed|"
    r"No space left on device|unexpected disconnect",
    "akuity/kargo#6790: what a clone of a repository with tens of thousands of tags ends with",
    vectors=(
        'error cloning git repo "https://git.example.net/big.git": error executing cmd [/usr/bin/git clone]: signal: killed',
        "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
    ),
)
REMOVED_FIELD = Pattern(
    "removed-tag-filter",
    r"(?P<field>AllowTags|IgnoreTags) is deprecated and unsupported",
    "akuity/kargo v1.11.2 pkg/controller/git/commit/tag_based_selector.go:78, pkg/image/tag_based_selector.go:60; first at v1.11.0",
    versions="kargo >= 1.11.0",
    vectors=(
        "AllowTags is deprecated and unsupported as of v1.11.0; use AllowTagsRegexes instead",
        "IgnoreTags is deprecated and unsupported as of v1.11.0; use IgnoreTagsRegexes instead",
    ),
)
TAG_CAP = Pattern(
    "observed-tag-count-exceeds-cap",
    r"observed tag count exceeds cap",
    "akuity/kargo v1.11.2 pkg/controller/git/commit/tag_based_selector.go:139 (level info; the cap is 1000, line 27); first at v1.11.0",
    versions="kargo >= 1.11.0",
    vectors=(
        "2026-11-23T03:00:00Z\tINFO\tcommit/tag_based_selector.go:138\tobserved tag count exceeds cap; ref short-circuit disabled for "
        'subscription\t{"repo": "https://git.example.net/big.git", "count": 48211, "cap": 1000}',
    ),
)
TAG_COUNT = Pattern(
    "observed-tag-count",
    r'"?count"?[:=] ?"?(?P<count>\d+).{0,300}?"?cap"?[:=] ?"?(?P<cap>\d+)',
    "akuity/kargo v1.11.2 pkg/controller/git/commit/tag_based_selector.go:139, fields of the log line",
    vectors=(
        'observed tag count exceeds cap; ref short-circuit disabled for subscription\t{"repo": "https://git.example.net/big.git", '
        '"count": 48211, "cap": 1000}',
    ),
    is_detail=True,
)
REFRESHED_NONE = Pattern(
    "webhook-refreshed-none",
    r'refreshed 0 warehouse|found Warehouses to refresh\b.{0,300}?"?count"?[:=] ?"?0\b',
    "akuity/kargo@v1.10.10 pkg/webhook/external/refresh.go: the log (level debug) counts the Warehouses, the response to the sender says "
    "how many were refreshed (akuity/kargo#6109)",
    versions="kargo >= 1.6",
    vectors=(
        '2026-11-23T03:00:00Z\tDEBUG\texternal/refresh.go:153\tfound Warehouses to refresh\t{"path": "/bitbucket/f06", "count": 0}',
        '{"msg":"refreshed 0 warehouse(s)"}',
    ),
)
SEMVER_REFUSED = Pattern(
    "semver-constraint-refused",
    r'Warehouse(?:\.kargo\.akuity\.io)? "(?P<warehouse>[^"]+)" is invalid: '
    r'(?P<path>spec\.subscriptions\[\d+\]\.image\.semverConstraint): Invalid value: "(?P<value>[^"]*)"',
    "akuity/kargo@v1.6.4 internal/webhook/kubernetes/warehouse/webhook.go validateSemverConstraint; akuity/kargo#4622, #3783, #4541",
    versions="kargo < 1.7.0",
    vectors=(
        'admission webhook "warehouse.kargo.akuity.io" denied the request: Warehouse.kargo.akuity.io "api-latest" is invalid: '
        'spec.subscriptions[0].image.semverConstraint: Invalid value: "latest"',
    ),
)
SEMVER = Pattern(
    "looks-like-semver",
    r"^[\^~=<>!v]*\s*\d",
    "Masterminds/semver constraints: begin with an operator and a number",
    vectors=("^1.2.0", ">= 1.4"),
    is_detail=True,
)
HTTPS_ONLY = Pattern(
    "chart-registry-https-only",
    r"server gave HTTP response to HTTPS client|https://.{0,300}?(?::443: |dial tcp)[^\n]{0,300}?(?:i/o timeout|connection refused)",
    "akuity/kargo#4783, #4832; Go net/http",
    versions="kargo < 1.7.3",
    vectors=(
        'error retrieving versions of chart from repository "oci://oci-registry.registry.svc.cluster.local/helm/invoicing": Get '
        '"https://oci-registry.registry.svc.cluster.local/v2/helm/invoicing/tags/list": dial tcp 10.96.3.4:443: i/o timeout',
    ),
)
PLAIN_HTTP = Pattern(
    "http-response-to-https",
    r"server gave HTTP response to HTTPS client",
    "Go net/http/transport.go",
    vectors=('Get "https://registry.example.net:5000/v2/": http: server gave HTTP response to HTTPS client',),
    is_detail=True,
)
_GO = (
    "Go net and crypto/x509 errors; distribution spec codes; git (2.39) and curl texts, which Kargo passes on as they are "
    "(akuity/kargo@v1.11.2 pkg/exec/exec.go: `error executing cmd [...]: <output>`)"
)
BY_TLS = Pattern(
    "unreachable-by-tls",
    r"x509|certificate|TLS|SSL|HTTP response to HTTPS",
    _GO,
    vectors=("tls: failed to verify certificate: x509: certificate signed by unknown authority",),
    is_detail=True,
)
BY_NAME = Pattern(
    "unreachable-by-name",
    r"no such host|could not resolve|server misbehaving",
    _GO,
    vectors=("Could not resolve host: git.example.net",),
    is_detail=True,
)
BY_ABSENCE = Pattern(
    "unreachable-by-absence",
    r"not found|\b404\b|NAME_UNKNOWN|NAME_INVALID|MANIFEST_UNKNOWN|not known|not appear to be",
    _GO,
    vectors=("fatal: repository 'http://127.0.0.1:18090/nosuch.git/' not found",),
    is_detail=True,
)
BY_SILENCE = Pattern(
    "unreachable-by-silence",
    r"refused|reset|timeout|timed out|deadline|no route|unreachable|Failed to connect",
    _GO,
    vectors=("dial tcp 10.96.3.4:443: i/o timeout",),
    is_detail=True,
)
SECRET_KEY_MISSING = Pattern(
    "receiver-secret-key-missing",
    r'missing (?:data key "[^"]+"|"[^"]+" data key) for \S+ WebhookReceiver|secret data is not valid for an? \S+ WebhookReceiver',
    "akuity/kargo@v1.11.2 pkg/webhook/external/*.go, the constructor of each receiver",
    versions="kargo >= 1.6",
    vectors=(
        'missing data key "secret-token" for GitLab WebhookReceiver',
        'missing "secret" data key for GitHub WebhookReceiver',
        "secret data is not valid for a Gitea WebhookReceiver",
    ),
    is_detail=True,
)
SECRET_UNSEEN = Pattern(
    "receiver-secret-outside-cache",
    r"unable to get: (?P<secret>\S+) because of unknown namespace for the cache",
    "akuity/kargo#5700, #5843: akuity/kargo@v1.9.0 cmd/controlplane/management_controller.go keeps Secrets of Kargo's own namespaces only; "
    "mended at v1.9.6",
    versions="kargo >= 1.9.0, < 1.9.6",
    vectors=(
        'error syncing WebhookReceiver "harbor-images": error getting Secret "harbor-webhook" in namespace "shop": unable to get: '
        "shop/harbor-webhook because of unknown namespace for the cache",
    ),
    is_detail=True,
)
RECEIVER_NAMED = Pattern(
    "receiver-named",
    r'error syncing WebhookReceiver "(?P<name>[^"]+)"',
    "akuity/kargo@v1.11.2 pkg/controller/management/projectconfigs",
    versions="kargo >= 1.6",
    vectors=('Failed to sync WebhookReceivers: error syncing WebhookReceiver "on-push": secrets "hook" not found',),
    is_detail=True,
)
