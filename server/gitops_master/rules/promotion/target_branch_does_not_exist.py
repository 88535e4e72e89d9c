from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.promotion import StepRun
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, failure_evidence, said, step_name
from gitops_master.rules.promotion.patterns import BRANCH_ABSENT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote

_GIT_STEPS = ("git-clone", "git-push", "git-open-pr", "git-merge-pr", "github-push", "")


@rule(
    "target-branch-does-not-exist",
    area="promotion",
    title="A branch that a step names does not exist in the repository",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/git_cloner.go",
        "akuity/kargo#3012",
        "akuity/kargo#5847",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """git-clone, git-push or git-open-pr ends because a branch is not there.

    Why: git-clone makes a missing branch only with `create: true` on that checkout. git-open-pr never makes its target
    branch (its option createTargetBranch made one without history, which nothing can be merged into). A new Stage's own branch is missing before its first Promotion.

    How to tell: `remote branch "…" does not exist` or `target branch "…" does not exist` in the step's message. An
    Application that tracks the same branch cannot resolve it either; that is a further effect.

    What to do: allow git-clone to create the branch, or create it; then promote again. The Application recovers with the
    first push.

    Not this when: the repository itself is not found or refuses access.
    """
    found = said(stage, BRANCH_ABSENT, *_GIT_STEPS)
    step, last = stage.failed_step, stage.last
    if found is None or last is None:
        return
    branch = next(
        found.groups[name] for name in ("branch", "branch2", "branch3", "branch4", "branch5") if name in found.groups
    )
    evidence, tracked = failure_evidence(stage, found), [app for app in stage.apps if _tracks(app, branch)]
    for app in tracked[:2]:
        evidence += _tracking(app, branch)
    where = step_name(step) if step else "A step"
    also = f"; Application {tracked[0].app.name} tracks it, too" if tracked else ""
    yield Hit(
        summary=f"{where} needs branch {branch}, which does not exist in {_repository(step)} and is not created by the step{also}.",
        evidence=evidence[:5],
        remedies=[
            change_step(stage, step, _mend(stage, step, branch))
            if _by_clone(step)
            else advise(_mend(stage, step, branch)),
            repromote(stage),
        ],
        also_explains=frozenset({"target-revision-unresolvable", "application-not-fine"} if tracked else ()),
    )


def _by_clone(step: StepRun | None) -> bool:
    return step is not None and step.uses == "git-clone"


def _repository(step: StepRun | None) -> str:
    url = str(step.step.config.get("repoURL", "")) if step is not None else ""
    return url if url and "${{" not in url else "the repository"


def _mend(stage: StageView, step: StepRun | None, branch: str) -> str:
    """Only git-clone can make a branch: a target branch needs history in common with the source (akuity/kargo#5847)."""
    name = (
        f"correct its name in {f'step {step.alias}' if step else 'the step'} of Stage {stage.name} if it is a mistake"
    )
    if step is not None and _by_clone(step):
        return f"Set `create: true` on the checkout of branch {branch} in step {step.alias} of Stage {stage.name}, or create it; {name}"
    history = (
        ", from one that shares history with the source branch"
        if step is not None and step.uses == "git-open-pr"
        else ""
    )
    return f"Create branch {branch} in {_repository(step)}{history}; {name}"


def _tracks(app: ApplicationView, branch: str) -> bool:
    return any(one.target_revision in {branch, f"refs/heads/{branch}"} for one in app.app.all_sources)


def _tracking(app: ApplicationView, branch: str) -> list[Evidence]:
    texts = [text for text in app.complaints() if branch in text.value]
    return [fact(app.app, "spec.source.targetRevision", branch), *(text.as_evidence() for text in texts[:1])]
