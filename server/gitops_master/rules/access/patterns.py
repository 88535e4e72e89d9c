"""How Kargo and Git servers refuse, each once."""

from gitops_master.facts.patterns import Pattern

NOT_AUTHORIZED = Pattern(
    "app-not-authorized-for-stage",
    r'Argo CD Application "(?P<app>[^"]+)" in namespace "(?P<namespace>[^"]+)" '
    r"(?:is not authorized|does not permit mutation by Kargo Stage)"
    r'|unable to parse value of annotation "kargo\.akuity\.io/authorized-stage" .{0,500}?'
    r'Argo CD Application "(?P<app2>[^"]+)" in namespace "(?P<namespace2>[^"]+)"'
    r'|matching selector in namespace "(?P<selected>[^"]+)", but none are authorized for Stage',
    'akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go, pkg/api/stage.go: "does not permit mutation" until 1.8 and in '
    "the log since, `is not authorized` since 1.9",
    vectors=(
        'step "sync" met error threshold of 1: error running step "sync": Argo CD Application "unauth-app" in namespace "argocd" is '
        "not authorized",
        'Argo CD Application "web" in namespace "argocd" does not permit mutation by Kargo Stage prod in namespace shop',
        'unable to parse value of annotation "kargo.akuity.io/authorized-stage" ("shop") on Argo CD Application "web" in namespace '
        '"argocd"',
        'found 2 Application(s) matching selector in namespace "argocd", but none are authorized for Stage shop:prod',
    ),
)
MAY_NOT_PROMOTE = Pattern(
    "may-not-promote",
    r'subject "(?P<subject>[^"]+)" is not permitted to (?:create|update|delete) Promotions for Stage "(?P<stage>[^"]+)"'
    r'|stages\.kargo\.akuity\.io "(?P<stage2>[^"]+)" is forbidden: promote is not permitted',
    "akuity/kargo@v1.11.2 pkg/webhook/kubernetes/promotion/webhook.go; pkg/server/kubernetes/client.go",
    vectors=(
        'admission webhook "promotion.kargo.akuity.io" denied the request: promotions.kargo.akuity.io "prod.01k" is forbidden: '
        'subject "system:serviceaccount:ci:deployer" is not permitted to create Promotions for Stage "prod"',
        'stages.kargo.akuity.io "prod" is forbidden: promote is not permitted',
    ),
)
MAY_NOT_ABORT = Pattern(
    "may-not-abort",
    r'promotions\.kargo\.akuity\.io "(?P<promotion>[^"]+)" is forbidden: (?:patch is not permitted|User .* cannot patch)',
    "akuity/kargo@v1.6.2 pkg/server/kubernetes/client.go",
    vectors=(
        'promotions.kargo.akuity.io "prod.01k29cevc0pgqe9thj6x8k4gb4.2bdb93a" is forbidden: patch is not permitted',
    ),
)
BRANCH_PROTECTED = Pattern(
    "branch-protected",
    r"protected branch|GH006|GH013|repository rule violations|pre-receive hook declined|protected branch hook declined"
    r"|not allowed to (?:force[- ]?)?push[^\n]*branch|push(?:es|ing)? (?:directly )?to (?:this|the|a) (?:branch|ref)[^.\n]* not (?:permitted|allowed)"
    r"|TF402455|VS402377|can only be (?:modified|updated) through (?:a )?pull requests?|only through pull requests"
    r"|must be (?:made|done) through a (?:pull|merge) request|changes must be made through a pull request"
    r"|commits? must (?:have (?:verified|valid) signatures|be signed)|unsigned commit|reviews? (?:is|are) required|push rule"
    r"|at least \d+ approving reviews? (?:is|are) required|required status check",
    "What GitHub, GitLab, Azure DevOps, Bitbucket and Gitea answer to a push, or a merge, that a rule of the branch forbids",
    vectors=(
        "error pushing branch: error executing cmd [/usr/bin/git push origin HEAD:main]: remote: error: GH006: Protected branch update "
        "failed for refs/heads/main.\nremote: error: Changes must be made through a pull request.\nTo https://github.com/acme/deploy\n"
        " ! [remote rejected] HEAD -> main (protected branch hook declined)",
        "remote: GitLab: You are not allowed to push code to protected branches on this project.",
        "remote: error: GH013: Repository rule violations found for refs/heads/main.",
        "! [remote rejected] main -> main (TF402455: Pushes to this branch are not permitted; you must use a pull request to update "
        "this branch.)",
        "remote: Branch refs/heads/main can only be modified through pull requests.",
    ),
)
NAMED_PROTECTION = Pattern(
    "rejection-names-protection",
    r"remote rejected[^\n]{0,300}?(?:protected|declined)|GH0\d\d",
    "git push output: a rejection that a rule, not a race, is the reason of",
    vectors=(" ! [remote rejected] HEAD -> main (pre-receive hook declined)",),
    is_detail=True,
)
PUSHED_BRANCH = Pattern(
    "branch-of-push",
    r"HEAD(?: ->|:) ?(?P<branch>[^\s\]]+)|refs/heads/(?P<ref>[^\s:'\"]+)",
    "git push output and command line",
    vectors=(
        " ! [remote rejected] HEAD -> main (protected branch hook declined)",
        "update failed for refs/heads/main.",
    ),
    is_detail=True,
)
OWNER_ENFORCED = Pattern(
    "owner-reference-enforced",
    r"cannot set (?:an ownerRef|blockOwnerDeletion)[^\n]*finalizers on",
    "kubernetes/kubernetes@v1.36.3 plugin/pkg/admission/gc/gc_admission.go (OwnerReferencesPermissionEnforcement)",
    vectors=(
        'promotions.kargo.akuity.io "prod.01k" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource '
        "you can't set finalizers on: , <nil>",
    ),
)
