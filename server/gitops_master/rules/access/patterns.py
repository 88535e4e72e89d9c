"""How Kargo and Git servers refuse, each once."""

NOT_AUTHORIZED = (
    r'Argo CD Application "(?P<app>[^"]+)" in namespace "(?P<namespace>[^"]+)" '
    r"(?:is not authorized|does not permit mutation by Kargo Stage)"
    r'|unable to parse value of annotation "kargo\.akuity\.io/authorized-stage" .*?'
    r'Argo CD Application "(?P<app2>[^"]+)" in namespace "(?P<namespace2>[^"]+)"'
    r'|matching selector in namespace "(?P<selected>[^"]+)", but none are authorized for Stage'
)
# akuity/kargo runner/builtin/argocd_updater.go: "does not permit mutation" until 1.8 and in the log since.

MAY_NOT_PROMOTE = (
    r'subject "(?P<subject>[^"]+)" is not permitted to (?:create|update|delete) Promotions for Stage "(?P<stage>[^"]+)"'
    r'|stages\.kargo\.akuity\.io "(?P<stage2>[^"]+)" is forbidden: promote is not permitted'
)
# pkg/webhook/kubernetes/promotion/webhook.go; pkg/server/kubernetes/client.go.

MAY_NOT_ABORT = r'promotions\.kargo\.akuity\.io "(?P<promotion>[^"]+)" is forbidden: (?:patch is not permitted|User .* cannot patch)'
# pkg/server/kubernetes/client.go (v1.6.2).

BRANCH_PROTECTED = (
    r"protected branch|GH006|GH013|repository rule violations|pre-receive hook declined|protected branch hook declined"
    r"|not allowed to (?:force[- ]?)?push[^\n]*branch|push(?:es|ing)? (?:directly )?to (?:this|the|a) (?:branch|ref)[^.\n]* not (?:permitted|allowed)"
    r"|TF402455|VS402377|can only be (?:modified|updated) through (?:a )?pull requests?|only through pull requests"
    r"|must be (?:made|done) through a (?:pull|merge) request|changes must be made through a pull request"
    r"|commits? must (?:have (?:verified|valid) signatures|be signed)|unsigned commit|reviews? (?:is|are) required|push rule"
    r"|at least \d+ approving reviews? (?:is|are) required|required status check"
)
# What GitHub, GitLab, Azure DevOps, Bitbucket and Gitea answer to a push, or a merge, that a rule of the branch forbids.

OWNER_ENFORCED = r"cannot set (?:an ownerRef|blockOwnerDeletion)[^\n]*finalizers on"
# Kubernetes plugin/pkg/admission/gc/gc_admission.go (OwnerReferencesPermissionEnforcement).
