"""What Kargo's promotion steps print, each once. Matching ignores case and looks through quoting (facts/patterns.py)."""

from gitops_master.facts.patterns import END, Pattern

KIND_UNKNOWN = Pattern(
    "step-kind-unknown",
    r"(?:step kind|getting runner for step kind|no promotion step runner found for kind"
    r'|runner not found for promotion step) (?:"(?P<kind>[^"]+)"|\d+)(?! config)',
    'akuity/kargo@v1.11.2 pkg/promotion/local_orchestrator.go: "is not registered" since 1.11, "error getting runner for step kind" 1.9 '
    'and 1.10, "no promotion step runner found for kind" 1.4 to 1.8 (1.4 gives a number), "runner not found for promotion step" before',
    vectors=(
        'step kind "no-such-step" is not registered; verify the kind is correct; if you are a Kargo Enterprise user, you may need to '
        "enable the promotion controller",
        'error getting runner for step kind "no-such-step"',
        'no promotion step runner found for kind "no-such-step"',
        'runner not found for promotion step "no-such-step"',
    ),
)
CONFIG_INVALID = Pattern(
    "step-config-invalid",
    r"invalid (?P<uses>[\w:-]+) config: |could not (?:validate|convert config into) [\w:-]+ config"
    r"|failed to build step context|failed to get step config|error checking if step .+? should be skipped"
    r"|error compiling (?:success|failure|error|output) expression|error pre-processing promotion variable",
    "akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/validation.go, local_orchestrator.go, evaluator.go; "
    '"failed to get step config" alone before 1.9',
    vectors=(
        'step "step-1": invalid argocd-update config: (root): apps is required\n(root): Additional property bogus is not allowed',
        "failed to build step context: failed to get step config: cannot fetch deep from <nil> (1:12)\n |  vars.nope.deep \n | ...........^",
    ),
)
NIL_ARTIFACT = Pattern(
    "artifact-nil",
    r"(?:cannot fetch (?P<field>\w+) from <nil>|reflect: call of reflect\.Value\.\w+ on zero Value)"
    r"(?: \(\d+:\d+\))?(?:\s*\|\s*(?P<expression>[^\n]+?)\s*(?:\n|$))?",
    "expr-lang's words for a field of nothing, with the expression quoted below it; both were seen with Kargo v1.11.2",
    vectors=(
        "failed to build step context: failed to get step config: cannot fetch Tag from <nil> (1:66)\n | "
        "imageFrom('registry.example.net/relay/ws', warehouse('ws')).Tag\n | .....^",
        "failed to get step config: reflect: call of reflect.Value.Field on zero Value (1:82)\n |  "
        'commitFrom("http://127.0.0.1:3000/quillmark/presets.git", warehouse("presets")).ID \n | ...^',
    ),
)
NULL_VALUE = Pattern(
    "config-value-null",
    r"(?<![\w().\[\]-])(?P<place>[\w().\[\]-]+): Invalid type\. Expected: [\w/]+, given: null",
    "gojsonschema, through akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/validation.go; akuity/kargo#4136",
    vectors=('step "push": invalid git-wait-for-pr config: prNumber: Invalid type. Expected: integer, given: null',),
)
APP_ABSENT = Pattern(
    "app-absent",
    r'unable to find Argo CD Application "(?P<app>[^"]+)" in namespace "(?P<namespace>[^"]+)"',
    "akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go and argocd_waiter.go",
    vectors=('error running step "sync": unable to find Argo CD Application "missing-app" in namespace "argocd"',),
)
NO_APP_SELECTED = Pattern(
    "no-app-selected",
    r'no Argo CD Applications found matching selector in namespace "(?P<selected>[^"]+)"',
    "akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go and argocd_waiter.go, since 1.9",
    versions="kargo >= 1.9",
    vectors=('error running step "sync": no Argo CD Applications found matching selector in namespace "argocd"',),
)
SOURCE_UNMATCHED = Pattern(
    "source-unmatched",
    r'no source of Argo CD Application "(?P<app>[^"]+)" in namespace "(?P<namespace>[^"]+)" matched update for source '
    r'with repoURL (?P<repo>[^\s"]+?)(?: and chart "(?P<chart>[^"]*)")?[,;.]?(?=[\s"]|$)',
    "akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go buildDesiredSources",
    vectors=(
        'error building desired sources: no source of Argo CD Application "web" in namespace "argocd" matched update for source with '
        "repoURL https://git.example.net/platform/deploy.git",
        'no source of Argo CD Application "web" in namespace "argocd" matched update for source with repoURL '
        'https://charts.example.net/stable and chart "web-app"',
    ),
)
TIMED_OUT = Pattern(
    "step-timed-out",
    r"(?:timed out after|timeout of) (?P<timeout>[0-9hms.µ]+)(?: has elapsed)?",
    'akuity/kargo@v1.11.2 pkg/promotion/local_orchestrator.go; "timeout of … has elapsed" before 1.5',
    vectors=('step "sync" timed out after 5m0s', "step 2 timeout of 5m0s has elapsed"),
)
BRANCH_ABSENT = Pattern(
    "branch-absent",
    r'(?:remote|target|source) branch "(?P<branch>[^"]+)"(?: of repo \S+)? does not exist'
    r"|Remote branch (?P<branch2>\S+) not found in upstream|couldn't find remote ref (?:refs/heads/)?(?P<branch3>\S+)"
    r"|fatal: invalid reference: (?:origin/)?(?P<branch4>\S+)|pathspec '(?P<branch5>[^']+)' did not match any",
    "akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/git_cloner.go and git_pr_opener.go; from the second alternative on they are "
    "git's own",
    vectors=(
        'error ensuring existence of remote branch env/preprod: remote branch "env/preprod" of repo '
        "https://git.example.net/platform/deploy.git does not exist; set create=true if you'd like a non-existent remote branch to be "
        "automatically created at checkout",
        "fatal: Remote branch env/preprod not found in upstream origin",
        "fatal: couldn't find remote ref refs/heads/env/preprod",
        "error: pathspec 'env/preprod' did not match any file(s) known to git",
    ),
)
KEY_ABSENT = Pattern(
    "yaml-key-absent",
    r'(?:key "?(?P<key>[^\n"]+?)"?(?: in (?:JSON|TOML|YAML) file)?: )?key path not found',
    "akuity/kargo@v1.11.2 pkg/yaml/yaml.go findScalarNode, through yaml-update",
    vectors=(
        'values file update failed: error updating image references in values file "./src/papaya/dev/values.yaml": error mutating bytes: '
        "error finding key frontend.image.tag: key path not found",
    ),
)
UPDATED_FILE = Pattern(
    "updated-file",
    r'(?:values file|file) "(?P<file>[^"]+)"',
    "akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/yaml_updater.go",
    vectors=('error updating image references in values file "./src/papaya/dev/values.yaml": error mutating bytes',),
    is_detail=True,
)
PR_CLOSED = Pattern(
    "pull-request-closed",
    r"(?:pull|merge) request (?P<number>\d+) (?:was closed without being merged|is closed but not merged)",
    "akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/git_pr_waiter.go; the second is git-merge-pr's (pkg/gitprovider)",
    vectors=(
        'step "wait-for-pr": pull request 57 was closed without being merged',
        "merge request 7 is closed but not merged",
    ),
)
REQUEST_MERGED = Pattern(
    "pull-request-merged",
    r"merge pull request #(?P<number>\d+)\b|\(#(?P<number2>\d+)\)|(?:pull|merge) request [#!]?(?P<number3>\d+)\b[^\n]*\bmerged\b"
    r"|merge request [^\n]{0,200}?!(?P<number4>\d+)\b",
    "GitHub's, GitLab's and Azure DevOps' default messages of merge commits; akuity/kargo#4139",
    vectors=(
        "Merge pull request #57 from acme/kargo/promotion/prod.01k",
        "Update image tags (#57)",
        "Merged PR: pull request 57 was merged",
        "See merge request acme/deploy!57",
    ),
    is_detail=True,
)
MERGE_405 = Pattern(
    "merge-405",
    r"error merging (?:pull|merge) request (?P<number>\d+): .*\b405\b",
    "akuity/kargo@v1.10.10 pkg/promotion/runner/builtin/git_pr_merger.go and pkg/gitprovider/github/github.go: 405 stands for every "
    "reason, only the method's refusal never passes",
    vectors=(
        "error merging pull request 12: PUT https://api.github.com/repos/acme/deploy/pulls/12/merge: 405 Pull Request is not mergeable []",
    ),
)
MERGE_METHOD_REFUSED = Pattern(
    "merge-method-refused",
    r"\bmerges?\b[^\n]{0,60}(?<!method )not allowed",
    "akuity/kargo@v1.11.2 pkg/gitprovider/github/github.go: what GitHub's refusals of a merge method have in common; the lookbehind "
    "spares HTTP's own words for 405",
    vectors=(
        "405 Merge commits are not allowed on this repository. []",
        "405 Squash merges are not allowed on this repository. []",
        "405 Rebase merges are not allowed []",
    ),
)
PUSH_LOST_RACE = Pattern(
    "push-lost-race",
    r"! \[(?:remote )?rejected\][^\n]*\((?:non-fast-forward|fetch first|cannot lock ref[^\n]*|incorrect old value provided)"
    r"|error pushing branch: non-fast-forward|cannot lock ref|failed to push some refs[^\n]*fetch first"
    r"|(?:^|: )merge conflict|rebase is unsafe and policy prohibits merge fallback",
    "akuity/kargo@v1.11.2 pkg/controller/git/work_tree.go nonFastForwardRegex and errors.go",
    vectors=(
        'failed to run step "git-push": error pushing commits to remote: error pushing branch: error executing cmd [/usr/bin/git push '
        "origin HEAD:main]: To https://git.example.net/platform/deploy.git\n ! [rejected]        HEAD -> main (fetch first)\nerror: "
        "failed to push some refs to 'https://git.example.net/platform/deploy.git'",
        " ! [remote rejected] HEAD -> main (cannot lock ref 'refs/heads/main': is at 1a2 but expected 3b4)",
        "error pushing commits to remote: merge conflict",
    ),
)
REBASE_CONFLICT = Pattern(
    "rebase-conflict",
    r"merge conflict|rebase is unsafe",
    "akuity/kargo@v1.11.2 pkg/controller/git/errors.go",
    vectors=("error pushing commits to remote: rebase is unsafe and policy prohibits merge fallback",),
    is_detail=True,
)
PUSH_TARGET = Pattern(
    "push-target",
    r"\bTo (?P<repo>(?:[a-z+]+://|[\w.-]+@)\S+)|HEAD(?: ->|:) ?(?P<branch>[^\s\]]+)",
    "git push output and command line",
    vectors=("To https://git.example.net/platform/deploy.git\n ! [rejected]        HEAD -> main (fetch first)",),
    is_detail=True,
)
PR_NUMBER_LOST = Pattern(
    "pr-number-lost",
    r'no PR number found in output from step with alias "(?P<alias>[^"]+)"',
    "akuity/kargo@v1.0.0 internal/directives/git_pr_waiter.go",
    vectors=('failed to run step "git-wait-for-pr": no PR number found in output from step with alias "open-pr"',),
)
GATE_REFUSED = Pattern(
    "http-gate-refused",
    r"HTTP (?:\((?P<status>\d+)\) )?response met failure criteria",
    "akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/http_requester.go; without the status before 1.3, with errorExpression's text "
    "behind it since 1.11",
    vectors=(
        'step "gate": HTTP (409) response met failure criteria',
        'step "gate": HTTP (409) response met failure criteria: "change window is closed"',
        'failed to run step "http": HTTP response met failure criteria',
    ),
)
CUT_OFF = Pattern(
    "step-cut-off",
    rf"execution canceled|was canceled due to context cancellation|: context canceled{END}"
    r"|step(?: \"[^\"]+\")? panicked: |runtime error: (?:invalid memory address|index out of range|slice bounds)"
    r"|assignment to entry in nil map|interface conversion: ",
    "akuity/kargo@v1.11.2 pkg/promotion/local_orchestrator.go (since 1.9), local_executor.go (the alias of a step that panicked stood "
    "behind the word step until 1.8), and promotions.go for a panic outside a step",
    vectors=(
        'error running step "clone": error cloning https://git.example.net/platform/deploy.git: context canceled',
        'an unrecoverable error occurred: error running step "render": step panicked: runtime error: invalid memory address or nil '
        "pointer dereference",
        'step "render" panicked: runtime error: invalid memory address or nil pointer dereference',
        'step "sync" execution canceled: context canceled',
    ),
)
PANICKED = Pattern(
    "promotion-panic",
    r"Promotion panic",
    "akuity/kargo@v1.11.2 pkg/controller/promotions/promotions.go: the log line of a panic outside a step",
    vectors=('2026-11-23T03:00:00Z\tERROR\tPromotion panic\t{"promotion": "prod.01k29cevc0pgqe9thj6x8k4gb4.2bdb93a"}',),
)
WILL_BE_RETRIED = Pattern(
    "step-will-be-retried",
    rf"; step will be retried{END}",
    "akuity/kargo@v1.11.2 pkg/promotion/local_orchestrator.go: a failed attempt below the error threshold",
    vectors=('error running step "refused": connect: connection refused; step will be retried',),
)
REVISION_MISMATCH = Pattern(
    "desired-revision-mismatch",
    r"sync result revisions \[[^\]]*\] do not match desired revisions \[(?P<desired>[^\]]*)\]",
    "akuity/kargo@v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go (debug log)",
    vectors=(
        "sync result revisions [048d1d75b1a748538b6e033ee09d54680df91980] do not match desired revisions [v1.2.0]",
    ),
)
INFLATE_FAILED = Pattern(
    "task-inflation-failed",
    r"inflate (?:Promotion|tasks?) steps",
    'akuity/kargo@v1.11.2 pkg/webhook/kubernetes/promotion/webhook.go and pkg/api/promotion.go ("inflate tasks steps" before 1.11)',
    vectors=(
        'failed to inflate Promotion steps: inflate task steps for task "deploy" ("task-1"): promotiontasks.kargo.akuity.io "deploy" '
        "not found",
    ),
)
NOT_IN_FREIGHT = Pattern(
    "artifact-not-in-freight",
    r"(?P<kind>commit|image|chart)(?: \"[^\"]+\")? from repo (?P<repo>\S+) not found in referenced Freight",
    "akuity/kargo@v1.4.4 internal/controller/freight/finder.go; since 1.5 only of a chart that no requested Warehouse subscribes to "
    "(v1.11.2 pkg/controller/freight/finder.go): the others come out as nil, and its field fails (artifact-nil)",
    vectors=(
        'failed to get step config: chart "web" from repo https://charts.example.net/stable not found in referenced Freight',
        "failed to get step config: image from repo registry.example.net/relay/ws not found in referenced Freight",
    ),
)
