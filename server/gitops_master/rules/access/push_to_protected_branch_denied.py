import re
from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import find, search
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.versions import Version
from gitops_master.rules.access.patterns import BRANCH_PROTECTED, NAMED_PROTECTION, PUSHED_BRANCH
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, failure_evidence, said, step_name
from gitops_master.rules.promotion.patterns import MERGE_405, PUSH_LOST_RACE
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote

_STEPS = ("git-push", "github-push", "git-merge-pr", "git-tag", "git-clone", "")
MERGE_WAITS = Version(1, 11, 0)
"""Before, git-merge-pr takes each 405 for final, also one that passes (git-merge-pr-treats-405-as-terminal)."""


@rule(
    "push-to-protected-branch-denied",
    area="access",
    title="A rule of the Git server forbids the push or merge",
    on=StageView,
    risk=Risk.MEDIUM,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION
    | {"credentials-rejected", "concurrent-push-to-same-branch", "transient-error-without-step-retry"},
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/git_pusher.go",),
    unless=PUSH_LOST_RACE,
)
def check(stage: StageView) -> Iterator[Hit]:
    """git-push (or a merge) is refused each time by the server's rules for the branch.

    Why: the branch is protected: only certain identities may push, changes need a pull request, commits need a signature or
    passed checks. The credentials themselves are accepted.

    How to tell: `protected branch`, `GH006`, `GH013`, `pre-receive hook declined`, `not allowed to push` and the like below
    `! [remote rejected]`.

    What to do: push to a branch of its own and open a pull request (git-open-pr, git-wait-for-pr), let Kargo sign its commits
    if that is the rule, or have the branch's owners let Kargo's identity through.

    Not this when: the push lost a race (`fetch first`, `non-fast-forward`), or the credentials are refused (401, 403).
    """
    found = said(stage, BRANCH_PROTECTED, *_STEPS)
    step, last = stage.failed_step, stage.last
    kargo = stage.snapshot.versions.kargo
    if found is None or last is None:
        return
    if search(MERGE_405, found.text) and (kargo is None or kargo < MERGE_WAITS):
        return
    if search(PUSH_LOST_RACE, found.text) and not search(NAMED_PROTECTION, found.text):
        return
    match = find(PUSHED_BRANCH, found.text.value)
    branch = (match["branch"] or match["ref"]) if match else ""
    evidence = failure_evidence(stage, found)
    if step is not None and step.step.config.get("targetBranch"):
        evidence.append(
            fact(last.ref, f"spec.steps[{step.index}].config.targetBranch", step.step.config["targetBranch"])
        )
    where = step_name(step) if step else "The push"
    to = f" to branch {branch}" if branch else ""
    yield Hit(
        summary=f"{where} was refused{to} by a rule of the Git server: {_reason(found.text.value) or found.span}.",
        evidence=evidence,
        remedies=[
            advise(
                f"Let Stage {stage.name} push to a branch of its own (git-push with generateTargetBranch) and open a pull request "
                "(git-open-pr, git-wait-for-pr), in the source the Stage is managed from"
            ),
            advise("Or have the branch's owners decide whether Kargo's identity may push there", risk=Risk.MEDIUM),
            repromote(stage),
        ],
    )


def _reason(message: str) -> str:
    """The server's own words: the lines after `remote:`, else the line that tells of the rule."""
    lines = message.replace("\\n", "\n").replace("remote:", "\nremote:").splitlines()
    said = [line.partition("remote:")[2].strip().removeprefix("error:").strip() for line in lines if "remote:" in line]
    first = next((index for index, line in enumerate(said) if find(BRANCH_PROTECTED, line)), None)
    if first is None:
        return next((line.strip() for line in lines if find(BRANCH_PROTECTED, line)), "").rstrip(".")
    told = [said[first], *(line for line in said[first + 1 :] if find(BRANCH_PROTECTED, line))]
    return " ".join(dict.fromkeys(re.split(r" (?:To (?:https?|ssh)://| ?! \[)", line)[0] for line in told)).rstrip(".")
