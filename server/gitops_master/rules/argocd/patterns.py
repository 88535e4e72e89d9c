"""What Argo CD and the API server print about a sync, a cluster or a permission (rendering: source_patterns.py)."""

from gitops_master.facts.patterns import Pattern

_UNCHANGEABLE = (
    r"(?:\bimmutable\b|updates to statefulset spec for fields other than|may not change once set|cannot change roleRef)"
)
_SAME = r"(?:(?!\" is invalid: ).)*?"
"""Up to the next object that is invalid; the objects that are printed in between may be long."""
_APPLY = "one or more objects failed to apply, reason: "

IMMUTABLE_JOB = Pattern(
    "job-immutable",
    rf"Job\.batch \"(?P<name>[^\"]+)\" is invalid: {_SAME}{_UNCHANGEABLE}",
    "Kubernetes apimachinery pkg/api/validation, pkg/apis/batch/validation: what may not change on an existing Job",
    vectors=(
        f'{_APPLY}Job.batch "migrate" is invalid: spec.template: Invalid value: core.PodTemplateSpec{{...}}: field is immutable',
        'error when patching "/dev/shm/1977312619": Job.batch "seed-data" is invalid: spec.template: Invalid value: '
        '{"labels":{"controller-uid":"45bb106e"}}: field is immutable',
    ),
)
IMMUTABLE = Pattern(
    "field-immutable",
    rf"(?<![\w.])(?P<kind>\w+)(?:\.(?P<group>[\w.]+))? \"(?P<name>[^\"]+)\" is invalid: {_SAME}{_UNCHANGEABLE}|field is immutable",
    "Kubernetes apimachinery and validation of apps, core and rbac: what may not change on an existing object",
    vectors=(
        f'{_APPLY}Deployment.apps "web" is invalid: spec.selector: Invalid value: v1.LabelSelector{{}}: field is immutable',
        f"{_APPLY}StatefulSet.apps \"db\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', "
        "'ordinals', 'template' are forbidden",
        f'{_APPLY}Service "web" is invalid: spec.clusterIPs[0]: Invalid value: []string{{"10.0.0.1"}}: may not change once set',
        'RoleBinding.rbac.authorization.k8s.io "web" is invalid: roleRef: Invalid value: rbac.RoleRef{}: cannot change roleRef',
    ),
)
CRD_MISSING = Pattern(
    "crd-missing",
    r"Make sure the \"(?P<kind>[^\"]+)\" CRD is installed"
    r"|The Kubernetes API could not find (?:version \"(?P<version>[^\"]+)\" of )?(?P<resource>\S+?) for requested resource"
    r"|no matches for kind \"(?P<kind2>[^\"]+)\" in version \"(?P<version2>[^\"]+)\""
    r"|failed to discover server resources for group version (?P<group_version>\S+?): the server could not find"
    r"|the server could not find the requested resource",
    "argoproj/argo-cd@v3.5.1 util/argo/argo.go FormatAppResource errors; client-go discovery; kubectl's mapper",
    vectors=(
        "The Kubernetes API could not find external-secrets.io/ClusterSecretStore for requested resource /aws. Make sure the "
        '"ClusterSecretStore" CRD is installed on the destination cluster.',
        'The Kubernetes API could not find version "v1beta1" of networking.k8s.io/Ingress for requested resource shop/web. '
        'Version "v1" of networking.k8s.io/Ingress is installed on the destination cluster.',
        "one or more synchronization tasks are not valid: failed to discover server resources for group version example.test/v1: "
        "the server could not find the requested resource",
        'resource mapping not found for name: "w" namespace: "": no matches for kind "Widget" in version "example.test/v1"',
    ),
)
WEBHOOK_TROUBLE = Pattern(
    "some-webhook-fails",
    r"failed calling webhook|conversion webhook",
    "Kubernetes apiserver admission/plugin/webhook/errors; apiextensions-apiserver conversion",
    vectors=(
        f'{_APPLY}Internal error occurred: failed calling webhook "validate.policy.example.net": context deadline exceeded',
        "conversion webhook for s3.example.io/v1beta1, Kind=Bucket failed: the server could not find the requested resource",
    ),
)
"""The words after it are the webhook's trouble, not the object's."""
ADMISSION = Pattern(
    "admission-webhook-named",
    r"admission webhook",
    "Kubernetes apiserver admission/plugin/webhook/errors/statuserror.go",
    vectors=(f'{_APPLY}admission webhook "validate.kyverno.svc" denied the request: label team is immutable',),
)
REFUSED_BY_PROJECT = Pattern(
    "appproject-refuses-kind-or-repo",
    r"resource (?P<group>[^\s:]*):(?!Namespace is)(?P<kind>\w+) is not permitted in project"
    r"|(?:application|sync source) repo(?:sitory)? (?P<repo>\S+) is not permitted in project"
    r"|referencing project (?P<missing>\S+?) which does not exist",
    "argoproj/argo-cd@v3.5.1 controller/sync.go, util/argo/argo.go ValidatePermissions, controller/appcontroller.go. The core "
    "group is empty (`:Namespace`, which has a rule of its own)",
    vectors=(
        "resource rbac.authorization.k8s.io:ClusterRole is not permitted in project parcels",
        "application repo https://git.example.net/platform/deploy.git is not permitted in project 'default'",
        "sync source repo https://git.example.net/platform/rendered.git is not permitted in project 'default'",
        "Application referencing project default which does not exist",
    ),
)
DEPENDENCY_REFUSED = Pattern(
    "appproject-refuses-helm-repository",
    r"helm repos .{1,400}? (?:is|are) not permitted in project",
    "argoproj/argo-cd@v3.5.1 reposerver/repository/repository.go",
    vectors=("helm repos https://charts.example.net are not permitted in project 'shop'",),
)
NAMESPACE_KIND = Pattern(
    "appproject-refuses-namespace",
    r"resource :Namespace is not permitted in project '?(?P<project>[\w.-]+)",
    "argoproj/argo-cd@v3.5.1 controller/sync.go",
    vectors=("resource :Namespace is not permitted in project foxtrot",),
)
DESTINATION_REFUSED = Pattern(
    "appproject-refuses-destination",
    r"application destination (?:server )?.{0,300}?(?:do not match any of the allowed destinations in project|"
    r"is not permitted in project) '?(?P<in_project>[\w.-]+)"
    r"|namespace (?P<namespace>\S+) is not permitted in project '?(?P<project_of_object>[\w.-]+)",
    "argoproj/argo-cd@v3.5.1 util/argo/argo.go ValidatePermissions, controller/sync.go; argo-cd #11510",
    vectors=(
        "application destination server 'https://kubernetes.default.svc' and namespace 'shop-test' do not match any of the allowed "
        "destinations in project 'shop'",
        "namespace kube-system is not permitted in project 'default'",
    ),
)
NAMESPACE_NOT_FOUND = Pattern(
    "namespace-not-found",
    r"namespaces \"(?P<namespace>[^\"]+)\" not found",
    "The API server's answer to an object for a namespace that does not exist",
    vectors=(f'{_APPLY}namespaces "shop-test" not found. Retrying attempt #1 at 6:27AM.',),
)
NAMESPACE_ENDS = Pattern(
    "namespace-terminating",
    r"in namespace (?P<ending>[\w-]+) because it is being terminated",
    "Kubernetes plugin/pkg/admission/namespace/lifecycle: a namespace on its way out takes nothing new",
    vectors=(
        f'{_APPLY}configmaps "web" is forbidden: unable to create new content in namespace shop-test because it is being terminated',
    ),
)
SYNC_WINDOW = Pattern(
    "sync-window",
    r"(?:blocked|prevented) by sync window",
    "argoproj/argo-cd@v3.5.1 controller/sync.go, server/application/application.go",
    vectors=("Sync operation blocked by sync window", "Sync prevented by sync window"),
)
FORBIDDEN = Pattern(
    "rbac-forbidden",
    r"is forbidden: User \"(?P<user>[^\"]+)\" cannot (?P<verb>\w+) resource \"(?P<resource>[^\"]+)\" in API group \"[^\"]*\""
    r"(?: in the namespace \"(?P<namespace>[^\"]+)\"| at the cluster scope)",
    "The API server's RBAC denial (kubernetes apiserver endpoints/handlers/responsewriters/errors.go)",
    vectors=(
        f'{_APPLY}deployments.apps is forbidden: User "system:serviceaccount:argocd:argocd-application-controller" cannot create '
        'resource "deployments" in API group "apps" in the namespace "shop"',
        'secrets is forbidden: User "system:serviceaccount:argocd:c" cannot list resource "secrets" in API group "" at the cluster '
        "scope",
    ),
)
NO_ACCOUNT = Pattern(
    "impersonation-without-account",
    r"no matching service account found for destination server",
    "argoproj/argo-cd@v3.5.1 controller/sync.go deriveServiceAccountToImpersonate",
    vectors=(
        "no matching service account found for destination server https://kubernetes.default.svc and namespace shop-test",
    ),
)
REJECTED = Pattern(
    "object-invalid",
    r"\S \"[^\"]+\" is invalid: (?!metadata\.annotations: Too long)"
    r"|error validating data: |field not declared in schema|strict decoding error|unknown field \""
    r"|cannot be handled as an? \w+: |unable to decode \"",
    "Kubernetes API machinery's refusals of an object as such; argoproj/argo-cd@v3.5.1 gitops-engine/pkg/sync/sync_context.go",
    vectors=(
        f'{_APPLY}Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        'error validating data: ValidationError(Deployment.spec): unknown field "replica" in io.k8s.api.apps.v1.DeploymentSpec',
        "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema",
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
    ),
)
REJECTED_ELSEWHERE = Pattern(
    "object-invalid-for-a-reason-of-its-own",
    r"\bimmutable\b|updates to statefulset spec for fields|may not change once set|cannot change roleRef|Too long"
    r"|admission webhook|failed calling webhook|exceeded quota|violates PodSecurity|is forbidden: User"
    r"|could not find the requested resource|no matches for kind|Make sure the \"|failed to list CRDs",
    "Kubernetes API machinery: what looks like object-invalid and has rules of its own",
    vectors=(
        'Service "web" is invalid: metadata.name: Too long: may not be more than 63 bytes',
        f'{_APPLY}pods "web" is forbidden: exceeded quota: small, requested: cpu=1, used: cpu=1, limited: cpu=1',
    ),
)
ANNOTATION_TOO_LONG = Pattern(
    "annotation-too-long",
    r"(?:(?<![\w.-])(?P<object>\w[\w.-]* \"[^\"]+\") is invalid: )?metadata\.annotations: Too long: (?:must have at most|"
    r"may not be more than) \d+ (?:bytes|characters)",
    "Kubernetes apimachinery pkg/api/validation/objectmeta.go; cloudnative-pg/charts#325, prometheus-operator#4355",
    vectors=(
        f'{_APPLY}CustomResourceDefinition.apiextensions.k8s.io "prometheuses.monitoring.coreos.com" is invalid: '
        "metadata.annotations: Too long: may not be more than 262144 bytes",
        'ConfigMap "dashboards" is invalid: metadata.annotations: Too long: must have at most 262144 bytes',
    ),
)
SYNC_GAVE_UP = Pattern(
    "auto-sync-gave-up",
    r"Failed (?:last )?sync attempt to \[?(?P<revision>[^\]]*?)\]?: ",
    "argoproj/argo-cd@v3.5.1 controller/appcontroller.go autoSync (a list in brackets); @v2.14.0 without `last` and brackets; "
    "argo-cd #4101",
    vectors=(
        'Failed last sync attempt to [4f0c9be]: one or more objects failed to apply, reason: Job.batch "migrate" is invalid: '
        "spec.template: Invalid value: {}: field is immutable (retried 5 times).",
        "Failed sync attempt to a8cd41eb19f39d862009029df940d881ed0dfd3c: one or more objects failed to apply, reason: etcdserver "
        "request timed out",
    ),
)
CLUSTER_UNREACHABLE = Pattern(
    "cluster-unreachable",
    r"there are no clusters with this name: (?P<name>\S+)|error getting cluster by (?:server|name)|cluster \"(?P<server>[^\"]+)\" "
    r"(?:not found|is disabled)|unable to find destination server|the server has asked for the client to provide credentials"
    r"|(?:get cluster info|get cluster version|get server version|cluster)[^|]{0,200}?Unauthorized"
    r"|error synchronizing cache state|failed to get cluster (?:info|version) for|failed to get server version"
    r"|dial tcp \S+:(?:6443|443|16443): (?:i/o timeout|connect: (?:connection refused|no route to host|network is unreachable))",
    "argoproj/argo-cd@v3.5.1 util/argo/argo.go GetDestinationCluster, util/db/cluster.go, gitops-engine pkg/cache/cluster.go; "
    "client-go's words",
    vectors=(
        "unable to find destination server: there are no clusters with this name: prod-eu",
        'Failed to load live state: failed to get cluster info for "https://10.0.0.1": error synchronizing cache state : failed to '
        "get server version: dial tcp 10.0.0.1:6443: i/o timeout",
        "Failed to load live state: the server has asked for the client to provide credentials",
        'error getting cluster by server "https://10.0.0.1": cluster "https://10.0.0.1" not found',
    ),
)
CLUSTER_UNKNOWN = Pattern(
    "cluster-unknown",
    r"there are no clusters with this name|error getting cluster by (?:server|name)|cluster \"[^\"]+\" (?:not found|is disabled)"
    r"|unable to find destination server",
    "argoproj/argo-cd@v3.5.1 util/argo/argo.go GetDestinationCluster, util/db/cluster.go; @v2.14.0 applicationset/utils/clusterUtils.go "
    "(`unable to find destination server`, not since 3.0)",
    vectors=(
        "there are no clusters with this name: old-eu",
        "unable to find destination server: there are no clusters with this name: old-eu",
    ),
)
CLUSTER_REFUSES = Pattern(
    "cluster-refuses-credentials",
    r"the server has asked for the client to provide credentials|\bUnauthorized\b",
    "client-go: HTTP 401 of the destination's API server",
    vectors=("Failed to load live state: the server has asked for the client to provide credentials",),
    is_detail=True,
)
CLUSTER_UNTRUSTED = Pattern(
    "cluster-certificate-not-trusted",
    r"x509: ",
    "Go crypto/x509: the destination's API server shows a certificate that its cluster Secret does not trust",
    vectors=('Get "https://10.0.0.1:6443/version": tls: failed to verify certificate: x509: certificate has expired',),
    is_detail=True,
)
CLUSTER_SILENT = Pattern(
    "cluster-does-not-answer",
    r"dial tcp|i/o timeout|connection refused|no route to host|network is unreachable|context deadline exceeded|no such host|EOF",
    "Go net: nothing answers at the address of the destination's API server",
    vectors=('Get "https://10.0.0.1:6443/version?timeout=32s": dial tcp 10.0.0.1:6443: i/o timeout',),
    is_detail=True,
)
CACHE_LOAD_FAILED = Pattern(
    "cluster-cache-load-failed",
    r"failed to load initial state of resource (?P<resource>[^\s:]+)"
    r"|conversion webhook for (?P<converted>[^,\s]+), Kind=(?P<kind>\w+) failed",
    "argoproj/argo-cd@v3.5.1 gitops-engine pkg/cache/cluster.go; the API server's words for a conversion webhook (argo-cd #20828, "
    "#25305, #11356)",
    vectors=(
        'ComparisonError: Failed to load live state: failed to get cluster info for "https://10.0.0.1": error synchronizing cache '
        "state : failed to sync cluster https://10.0.0.1: failed to load initial state of resource Bucket.s3.aws.upbound.io: "
        "conversion webhook for s3.aws.upbound.io/v1beta1, Kind=Bucket failed: Post "
        '"https://provider.crossplane-system.svc:9443/convert": no endpoints available for service "provider"',
    ),
)
NOT_THE_CLUSTER = Pattern(
    "target-state-or-webhook",
    r"failed calling webhook|Failed to load target state: (?!.*get cluster)",
    "argoproj/argo-cd@v3.5.1 controller/state.go: the target state comes from the repo-server, not from the cluster",
    vectors=(
        "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = failed to list "
        'refs: Get "https://git.example.net/x": dial tcp 10.1.1.1:443: i/o timeout',
    ),
)
NEW_IMAGE = Pattern(
    "image-in-printed-object",
    r'"Image":"([^"]+)"',
    "Kubernetes apimachinery field.Invalid prints the whole pod template (seen on a live stack)",
    vectors=(
        'Job.batch "seed-data" is invalid: spec.template: Invalid value: {"Containers":[{"Image":"example.net/seed:2"}]}',
    ),
    is_detail=True,
)
RENDER_TIME = Pattern(
    "grpc-time",
    r"grpc\.time_ms\"?[=:]\s*\"?(?P<ms>\d+(?:\.\d+)?)",
    "argoproj/argo-cd@v3.5.1 util/grpc/logging.go: how long the repo-server took for one call",
    vectors=(
        'time="2026-11-23T03:00:00Z" level=info msg="finished unary call with code OK" grpc.method=GenerateManifest '
        "grpc.time_ms=88123.4 span.kind=server",
    ),
    is_detail=True,
)
