"""What kubelets, admission and volume controllers print of pods: rules match it, and facts/container_words.py words it."""

from gitops_master.facts.patterns import Pattern

_KUBELET = "Words of containerd and the registries inside the kubelet's message (kubernetes pkg/kubelet/images/image_manager.go)"

IMAGE_REASONS = frozenset({
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
})  # fmt: skip
"""kubernetes pkg/kubelet/images/types.go"""

IMAGE_THROTTLED = Pattern(
    "image-throttled",
    r"toomanyrequests|too many requests|pull rate limit|\b429\b",
    _KUBELET,
    vectors=("toomanyrequests: You have reached your unauthenticated pull rate limit.",),
    is_detail=True,
)
IMAGE_PLATFORM = Pattern(
    "image-platform",
    r"no match(?:ing manifest)? for (?:platform|linux)|does not match the specified platform",
    _KUBELET,
    vectors=(
        "no match for platform in manifest: not found",
        "no matching manifest for linux/arm64/v8 in the manifest list entries",
    ),
    is_detail=True,
)
IMAGE_REFUSED = Pattern(
    "image-refused",
    r"unauthorized|authentication required|no basic auth|pull access denied|insufficient_scope|\bdenied\b|forbidden|\b40[13]\b",
    _KUBELET,
    vectors=(
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request: 401 Unauthorized",
    ),
    is_detail=True,
)
IMAGE_ABSENT = Pattern(
    "image-absent",
    r"manifest unknown|not found|notfound|name unknown|does not exist|repository name not known",
    _KUBELET,
    vectors=(
        'failed to resolve reference "registry.example.net/apps/portal:2.3.0-rc9": registry.example.net/apps/portal:2.3.0-rc9: not found',
    ),
    is_detail=True,
)
IMAGE_NAME = Pattern(
    "image-name-invalid",
    r"invalid reference format|couldn't parse image|InvalidImageName",
    _KUBELET,
    vectors=(
        'Failed to apply default image tag "Shop/Web:1": couldn\'t parse image name "Shop/Web:1": invalid reference format',
    ),
    is_detail=True,
)
IMAGE_NEVER = Pattern(
    "image-never-pulled",
    r"ErrImageNeverPull|not present with pull policy",
    _KUBELET,
    vectors=('Container image "shop/web:1" is not present with pull policy of Never',),
    is_detail=True,
)
IMAGE_TLS = Pattern(
    "image-registry-tls",
    r"x509|certificate|tls:|server gave HTTP response",
    _KUBELET,
    vectors=("tls: failed to verify certificate: x509: certificate signed by unknown authority",),
    is_detail=True,
)
IMAGE_UNREACHABLE = Pattern(
    "image-registry-unreachable",
    r"no such host|dial tcp|i/o timeout|connection refused|deadline exceeded|EOF",
    _KUBELET,
    vectors=("failed to do request: Head: dial tcp: lookup registry.example.net on 10.96.0.10:53: no such host",),
    is_detail=True,
)
IMAGE_CAUSES = (
    (IMAGE_THROTTLED, "the registry throttles the node"),
    (IMAGE_PLATFORM, "the image has no variant for the node's platform"),
    (IMAGE_REFUSED, "the registry refuses the node"),
    (IMAGE_ABSENT, "it does not exist in the registry"),
    (IMAGE_NAME, "the image name is not valid"),
    (IMAGE_NEVER, "it is not on the node and the pull policy is Never"),
    (IMAGE_TLS, "the registry's certificate or protocol is not accepted"),
    (IMAGE_UNREACHABLE, "the registry cannot be reached from the node"),
)
"""In the order in which they exclude each other."""
PULL_ERROR = Pattern(
    "image-pull-error-words",
    r"err|fail|code =",
    "kubernetes pkg/kubelet/images/image_manager.go: a waiting message that tells the error, not only `Back-off pulling image`",
    vectors=(
        'Back-off pulling image "x:1": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "x:1"',
    ),
    is_detail=True,
)
PULLED_IMAGE = Pattern(
    "image-pulled",
    r'(?:pull(?:ing)?(?: and unpack)? image|parse image(?: name)?|Container image) "(?P<image>[^"]+)"',
    'kubernetes pkg/kubelet/images/image_manager.go; containerd\'s `failed to pull and unpack image "…"`',
    vectors=(
        'Failed to pull image "registry.example.net/apps/portal:2.3.0-rc9": rpc error: code = NotFound desc = failed to pull and unpack '
        'image "registry.example.net/apps/portal:2.3.0-rc9": not found',
        'Back-off pulling image "registry.example.net/apps/portal:2.3.0-rc9"',
    ),
)
MISSING_CONFIG = Pattern(
    "config-missing",
    r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found'
    r"|couldn't find key (?P<key>\S+) in (?P<keykind>Secret|ConfigMap) (?:[^/\s]+/)?(?P<keyname>[\w.-]+)"
    r"|references non-existent (?P<refkind>secret|config) key: ?(?P<refkey>\S+)",
    "kubernetes pkg/kubelet/kubelet_pods.go (env), pkg/volume/{secret,configmap} (mounts)",
    vectors=(
        'secret "portal-db" not found',
        "couldn't find key mode in ConfigMap kestova-staging/portal-settings",
        'MountVolume.SetUp failed for volume "conf" : references non-existent secret key: tls.crt',
    ),
)
QUOTA = Pattern(
    "quota-exceeded",
    r"(?:(?P<resource>[\w.-]+) \"(?P<name>[^\"]+)\" is forbidden: )?(?:exceeded quota: (?P<quota>[\w.-]+)(?:, requested: (?P<requested>[^\s\"]+), used: (?P<used>[^\s\"]+), limited: (?P<limited>[^\s\"]+))?"
    r"(?=$|[\s\"])|failed quota: (?P<demanding>[\w.-]+): must specify (?P<missing>[^\n\"]{1,200}))",
    "kubernetes plugin resourcequota/controller.go: `exceeded quota: %s, requested: %s, used: %s, limited: %s`; `failed quota: %s: %v`",
    vectors=(
        'Error creating: pods "web-1" is forbidden: failed quota: team: must specify limits.cpu for: web; limits.memory for: web',
        'pods "web" is forbidden: exceeded quota: small, requested: cpu=1, used: cpu=1, limited: cpu=1',
    ),
)
MULTI_ATTACH = Pattern(
    "volume-multi-attach",
    r"Multi-Attach error for volume",
    "kubernetes pkg/volume/util/operationexecutor/operation_generator.go",
    vectors=(
        'Multi-Attach error for volume "pvc-7c1f" Volume is already used by pod(s) web-5d9c-x2x4v',
        'Multi-Attach error for volume "pvc-7c1f" Volume is already exclusively attached to one node and can\'t be attached to another',
    ),
)
ACCOUNT_MISSING = Pattern(
    "pod-service-account-missing",
    r"error looking up service account (?P<namespace>[^/\s]+)/(?P<name>[^:\s]+)",
    "kubernetes plugin/pkg/admission/serviceaccount/admission.go",
    vectors=(
        'Error creating: pods "web-5d9c-" is forbidden: error looking up service account shop/web: serviceaccount "web" not found',
    ),
)
