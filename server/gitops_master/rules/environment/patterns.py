"""Texts that several rules about the environment look for."""

from gitops_master.rules.patterns import Pattern

LOOKUP_FAILED = Pattern(
    "lookup-failed",
    r"(?:lookup (?=[\w.-]+(?: on [^\s,]+)?: "
    r"(?:server misbehaving|no such host|temporary failure in name resolution|.{0,120}?(?:i/o timeout|connection refused)))"
    r"|could not resolve host(?:name)?:? )(?P<host>[\w-]+(?:\.[\w-]+)*)",
    "Go net.DNSError (net/dnsclient_unix.go); curl and OpenSSH as git prints them; akuity/kargo#1959",
)
"""A name that could not be resolved. Go, git over HTTP and git over SSH each say it in their way."""

ARGOCD_DISABLED = Pattern(
    "argocd-integration-disabled",
    r"Argo CD integration is disabled on this controller",
    "akuity/kargo pkg/promotion/runner/builtin/argocd_updater.go:159, pkg/health/checker/builtin/argocd.go:108 (v1.0 to v1.11)",
)
ROLLOUTS_DISABLED = Pattern(
    "rollouts-integration-disabled",
    r"Rollouts integration is disabled on this controller",
    "akuity/kargo pkg/controller/stages/regular_stages.go:1465 (v1.11; a semicolon instead of the colon before 1.0)",
)
DENIED = Pattern(
    "admission-denied",
    r'admission webhook "(?P<webhook>(?![^"]*\.kargo\.akuity\.io")[^"]+)" denied the request:?\s*(?P<reason>.{0,300})'
    r'|violates PodSecurity "(?P<level>[^"]+)": ?(?P<why>[^\n]*)'
    r"|unable to validate against any security context constraint(?P<scc>[^\n]*)",
    "Kubernetes apiserver admission/plugin/webhook/errors and pod-security-admission texts; akuity/kargo#6716",
)
"""Refused by a policy of somebody else: what Kargo's own webhooks deny has other causes."""
WEBHOOK_DOWN = Pattern(
    "admission-webhook-unreachable",
    r'failed calling webhook "(?P<webhook>[^"]+)": (?P<reason>.*?(?:no endpoints available|connection refused|'
    r"context deadline exceeded|i/o timeout|x509: [^\n]*|no such host|service \"[^\"]+\" not found|EOF|"
    r"no route to host|the server could not find the requested resource)[^\n]*)",
    "Kubernetes apiserver admission/plugin/webhook/errors/statuserror.go",
)
