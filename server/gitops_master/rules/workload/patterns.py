"""What kubelets, schedulers, quotas and rollout controllers print."""

IMAGE_REASONS = frozenset({
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
})  # fmt: skip
"""kubernetes pkg/kubelet/images/types.go"""

IMAGE_CAUSES = (
    (r"toomanyrequests|too many requests|pull rate limit|\b429\b", "the registry throttles the node"),
    (r"no match(?:ing manifest)? for (?:platform|linux)|does not match the specified platform",
     "the image has no variant for the node's platform"),
    (r"unauthorized|authentication required|no basic auth|pull access denied|insufficient_scope|\bdenied\b|forbidden|\b40[13]\b",
     "the registry refuses the node"),
    (r"manifest unknown|not found|notfound|name unknown|does not exist|repository name not known", "it does not exist in the registry"),
    (r"invalid reference format|couldn't parse image|InvalidImageName", "the image name is not valid"),
    (r"ErrImageNeverPull|not present with pull policy", "it is not on the node and the pull policy is Never"),
    (r"x509|certificate|tls:|server gave HTTP response", "the registry's certificate or protocol is not accepted"),
    (r"no such host|dial tcp|i/o timeout|connection refused|deadline exceeded|EOF", "the registry cannot be reached from the node"),
)  # fmt: skip
"""Words of containerd and the registries inside the kubelet's message, in the order in which they exclude each other."""

PULLED_IMAGE = r'(?:pull(?:ing)?(?: and unpack)? image|parse image(?: name)?|Container image) "(?P<image>[^"]+)"'
"""kubernetes pkg/kubelet/images/image_manager.go; containerd's `failed to pull and unpack image "…"`."""

MISSING_CONFIG = (
    r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found'
    r"|couldn't find key (?P<key>\S+) in (?P<keykind>Secret|ConfigMap) (?:[^/\s]+/)?(?P<keyname>[\w.-]+)"
    r"|references non-existent (?P<refkind>secret|config) key: ?(?P<refkey>\S+)"
)
"""kubernetes pkg/kubelet/kubelet_pods.go (env), pkg/volume/{secret,configmap} (mounts)."""

QUOTA = (
    r"exceeded quota: (?P<quota>[\w.-]+)(?:, requested: (?P<requested>.+?), used: (?P<used>.+?), limited: (?P<limited>[^\s\"]+))?"
    r"(?=$|[\s\"])"
)
"""kubernetes plugin resourcequota/controller.go: `exceeded quota: %s, requested: %s, used: %s, limited: %s`."""

FAILED_QUOTA = r"failed quota: (?P<quota>[\w.-]+): must specify (?P<requested>[\w.,]+)"

ABORTED = r"RolloutAborted|[Rr]ollout aborted update"
"""argo-rollouts utils/conditions/conditions.go; the phase message is `<reason>: <message>`."""

ANALYSIS_FAILED = r"analysis phase error/failed|assessed (?:Failed|Error|Inconclusive)"
"""argo-rollouts rollout/analysis.go: step-based, background, blue/green pre- and post-promotion."""
