"""Texts that several rules about the environment look for."""

from gitops_master.facts.patterns import Pattern

LOOKUP_FAILED = Pattern(
    "lookup-failed",
    r"(?:lookup (?=[\w.-]+(?: on [^\s,]+)?: "
    r"(?:server misbehaving|no such host|temporary failure in name resolution|.{0,120}?(?:i/o timeout|connection refused)))"
    r"|could not resolve host(?:name)?:? )(?P<host>[\w-]+(?:\.[\w-]+)*)",
    "Go net.DNSError (net/dnsclient_unix.go); curl and OpenSSH as git prints them; akuity/kargo#1959",
    vectors=(
        "dial tcp: lookup git.example.net on 10.96.0.10:53: server misbehaving",
        "fatal: unable to access 'https://git.example.net/conf.git/': Could not resolve host: git.example.net",
        "ssh: Could not resolve hostname git.example.net: Temporary failure in name resolution",
    ),
)
"""A name that could not be resolved. Go, git over HTTP and git over SSH each say it in their way."""

ARGOCD_DISABLED = Pattern(
    "argocd-integration-disabled",
    r"Argo CD integration is disabled on this controller",
    "akuity/kargo pkg/promotion/runner/builtin/argocd_updater.go:159, pkg/health/checker/builtin/argocd.go:108 (v1.0 to v1.11)",
    vectors=(
        'failed to run step "argocd-update": Argo CD integration is disabled on this controller; cannot update Argo CD Application resources',
    ),
)
ARGOCD_CRDS_ABSENT = Pattern(
    "argocd-crds-absent-at-start",
    r"Argo CD integration was enabled, but no Argo CD CRDs were found",
    "akuity/kargo cmd/controlplane/controller.go (v1.0 to v1.11): the controller looks once, when it starts",
    vectors=(
        'level=info msg="Argo CD integration was enabled, but no Argo CD CRDs were found. Proceeding without Argo CD integration."',
    ),
    is_detail=True,
)
ROLLOUTS_DISABLED = Pattern(
    "rollouts-integration-disabled",
    r"Rollouts integration is disabled on this controller",
    "akuity/kargo pkg/controller/stages/regular_stages.go:1452 (v1.1 to v1.11; in v1.0 a semicolon instead of the colon)",
    vectors=(
        "Rollouts integration is disabled on this controller: cannot start verification",
        "Rollouts integration is disabled on this controller; cannot start verification",
        "Rollouts integration is disabled on this controller: cannot get verification result",
    ),
)
ROLLOUTS_CRDS_ABSENT = Pattern(
    "rollouts-crds-absent-at-start",
    r"Argo Rollouts integration was enabled, but no Argo Rollouts CRDs were found",
    "akuity/kargo cmd/controlplane/controller.go:223 (v1.0 to v1.11): the controller looks once, when it starts",
    vectors=(
        'level=info msg="Argo Rollouts integration was enabled, but no Argo Rollouts CRDs were found. Proceeding without Argo Rollouts integration."',
    ),
    is_detail=True,
)
DENIED = Pattern(
    "admission-denied",
    r'admission webhook "(?P<webhook>(?![^"]*\.kargo\.akuity\.io")[^"]+)" denied the request:?\s*(?P<reason>.{0,600})'
    r'|violates PodSecurity "(?P<level>[^"]+)": ?(?P<why>[^\n]*)'
    r"|unable to validate against any security context constraint(?P<scc>[^\n]*)"
    r"|ValidatingAdmissionPolicy '(?P<policy>[^']+)'(?: with binding '[^']+')? denied request: (?P<said>.{0,600})",
    "Kubernetes apiserver admission/plugin/webhook/errors, plugin/policy/validating/dispatcher.go and pod-security-admission texts; "
    "akuity/kargo#6716",
    vectors=(
        "deployments.apps \"web\" is invalid: : ValidatingAdmissionPolicy 'replica-limit' with binding 'replica-limit-all' denied request: "
        "failed expression: object.spec.replicas <= 5",
        'error creating Promotion for Freight "5f2a" in namespace "shop": admission webhook "validate.policy.example.net" denied the request: resource must carry the label team',
        'pods "job" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or container "job" must set securityContext.runAsNonRoot=true)',
        'pods "web-1" is forbidden: unable to validate against any security context constraint: [provider restricted-v2: .spec.securityContext.fsGroup: Invalid value]',
    ),
)
"""Refused by a policy of somebody else: what Kargo's own webhooks deny has other causes."""
KYVERNO_DENIED = Pattern(
    "kyverno-denied",
    r"was blocked due to the following policies:?\s+(?P<policy>[\w.-]+):\s*(?P<why>.*)",
    "Kyverno's webhooks validate.kyverno.svc-fail and mutate.kyverno.svc-fail: the policies that refuse, each with its rules",
    vectors=(
        "resource Deployment/shop/web was blocked due to the following policies \n\nrequire-labels:\n  autogen-check-labels: 'validation "
        "error: label team is required'",
    ),
    is_detail=True,
)
GATEKEEPER_DENIED = Pattern(
    "gatekeeper-denied",
    r"denied the request:?\s*\[(?:denied by )?(?P<constraint>[\w.-]+)\]\s*(?P<why>.*)",
    "OPA Gatekeeper's webhook validation.gatekeeper.sh: `[<constraint>] <message>`, `[denied by <constraint>]` in old releases",
    vectors=(
        'admission webhook "validation.gatekeeper.sh" denied the request: [ns-must-have-team] you must provide labels: {"team"}',
        'admission webhook "validation.gatekeeper.sh" denied the request: [denied by ns-must-have-team] you must provide labels',
    ),
    is_detail=True,
)
WEBHOOK_DOWN = Pattern(
    "admission-webhook-unreachable",
    r'failed calling webhook "(?P<webhook>[^"]+)": (?P<reason>.{0,800}?(?:no endpoints available|connection refused|'
    r"context deadline exceeded|i/o timeout|x509: [^\n]*|no such host|service \"[^\"]+\" not found|EOF|"
    r"no route to host|the server could not find the requested resource)[^\n]*)",
    "Kubernetes apiserver admission/plugin/webhook/errors/statuserror.go",
    vectors=(
        'Internal error occurred: failed calling webhook "validate.policy.example.net": failed to call webhook: Post "https://policy.policy-system.svc:443/validate?timeout=10s": no endpoints available for service "policy"',
        'Internal error occurred: failed calling webhook "validate.policy.example.net": context deadline exceeded',
    ),
)
WEBHOOK_SERVICE = Pattern(
    "webhook-service",
    r"https://(?P<service>[\w-]+)\.(?P<namespace>[\w-]+)\.svc|service \"(?P<named>[\w-]+)\"",
    "Kubernetes apiserver: the URL of a webhook that is a Service",
    vectors=(
        'Post "https://policy.policy-system.svc:443/validate?timeout=10s": no endpoints available for service "policy"',
    ),
    is_detail=True,
)
TRANSFER_BROKEN = Pattern(
    "git-transfer-broken",
    r"early EOF|index-pack (?:failed|output)|invalid index-pack|RPC failed|unexpected disconnect|remote end hung up|"
    r"bytes of body are still expected|curl (?:18|56|92)|transfer closed|Operation too slow|low speed",
    "git and libcurl: a transfer that broke off (akuity/kargo#3347)",
    vectors=(
        "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)\nfatal: early EOF\nfatal: fetch-pack: "
        "invalid index-pack output",
    ),
)
PATH_EXISTS = Pattern(
    "path-exists",
    r"(?:already exists|file exists)",
    "git worktree and Go os errors (akuity/kargo#5282)",
    vectors=(
        "fatal: '/tmp/promotion-144f63fd-46e0-45da-99c2-b682764e7226/src' already exists",
        "mkdir /tmp/promotion-1/out: file exists",
    ),
)
PROMOTION_BEGUN = Pattern(
    "promotion-begun",
    r"began promotion|continuing promotion",
    "akuity/kargo@v1.9 pkg/controller/promotions/promotions.go (log)",
    vectors=(
        'time="2026-11-23T03:00:00Z" level=info msg="continuing Promotion" promotion=prod.01k',
        'level=debug msg="began promotion"',
    ),
    is_detail=True,
)
STATUS_WRITE = Pattern(
    "status-write-failed",
    r"(?:failed to (?:update|patch)|error (?:updating|patching)) [\w ]*status",
    "akuity/kargo@v1.11.2 pkg/controller/promotions/promotions.go, pkg/controller/stages/regular_stages.go",
    vectors=(
        "failed to update Stage status: the server could not find the requested resource",
        "error updating status: etcd",
    ),
    is_detail=True,
)
WRITTEN_KIND = Pattern(
    "kargo-kind-written",
    r"\b(?P<kind>Stage|Promotion|Warehouse|Freight|Project|ProjectConfig|PromotionTask|ClusterPromotionTask|ClusterConfig)"
    r"\.kargo\.akuity\.io \"(?P<name>[^\"]+)\"",
    "Kubernetes apimachinery errors.NewInvalid: kind, group and name of what was refused",
    vectors=('Promotion.kargo.akuity.io "prod.01k" is invalid: status.phase: Unsupported value: "Aborted"',),
    is_detail=True,
)
SCHEMA_REFUSED = Pattern(
    "status-refused-by-schema",
    r"unknown field \"(?:status|spec)\.[^\"]+\"|Unsupported value: |(?:status|spec)\.[\w.\[\]]+: (?:Invalid value|Required value)|"
    r"is invalid: (?:status|spec)\.[\w.\[\]]+(?:: [A-Z][a-z]+ value(?:: \"[^\"]*\")?)?|no matches for kind \"\w+\" in version \"kargo\.akuity\.io|"
    r"could not find the requested resource",
    "Kubernetes apiextensions-apiserver validation of what the controller writes",
    vectors=(
        'error updating status: Promotion.kargo.akuity.io "prod.01k" is invalid: status.phase: Unsupported value: "Aborted": supported '
        'values: "Pending", "Running"',
        'no matches for kind "ClusterConfig" in version "kargo.akuity.io/v1alpha1"',
    ),
)
TOO_LONG = Pattern(
    "status-refused-as-too-long",
    r"Too long",
    "Kubernetes apiextensions-apiserver; has a rule of its own",
    vectors=(
        'Stage.kargo.akuity.io "prod" is invalid: status.conditions[1].message: Too long: may not be more than 32768 bytes',
    ),
)
VERIFICATION_ID = Pattern(
    "status-refused-for-verification-id",
    r"verificationHistory\[\d+\]\.id",
    "akuity/kargo#4383; has a rule of its own",
    versions="kargo = 1.5.2",
    vectors=(
        'Stage.kargo.akuity.io "prod" is invalid: status.freightHistory[0].verificationHistory[0].id: Required value',
    ),
)
INDEX_MISSING = Pattern(
    "field-index-missing",
    r"index with name (?P<index>[\w:.]+) does not exist",
    "akuity/kargo#5935, #5968; controller-runtime pkg/cache/internal/cache_reader.go",
    versions="kargo >= 1.8, < 1.9.6",
    vectors=("error listing Freight: Index with name field:currentlyIn does not exist",),
)
