from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import find
from gitops_master.facts.pinned import sharing_stages
from gitops_master.facts.promotion import failed_step
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Evidence, Severity
from gitops_master.model.stage import Stage
from gitops_master.rules.promotion.patterns import PUSH_LOST_RACE
from gitops_master.rules.registry import Hit, rule

_LOOKS_BACK = 10


@rule(
    "several-stages-push-to-one-branch",
    area="hints",
    title="Several Stages push to one branch and have got in each other's way",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=("akuity/kargo#3923", "akuity/kargo#3119"),
    is_hint=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """An earlier Promotion lost a race for the branch that other Stages of the project push to as well.

    Why: git-push rebases and tries again, but Promotions that begin together (one piece of Freight, several Stages) can
    still collide, and changes to the same file cannot be rebased.

    How to tell: other Stages with git-push whose Applications track the same branch; a Promotion of this one that failed in
    git-push for it.

    What to do: a branch for each Stage, or different files for each, and retry.errorThreshold on git-push.

    Not this when: no Promotion has failed so, or the last one has: that is a fault.
    """
    last = stage.last.name if stage.last else ""
    for one in stage.by_age[:_LOOKS_BACK]:
        step = failed_step(one.spec.steps, one.status) if one.name != last else None
        if step is None or step.uses != "git-push" or find(PUSH_LOST_RACE, step.message) is None:
            continue
        others = sorted({name for app in stage.apps for name in sharing_stages(stage, app.app)})
        if not others:
            return
        yield Hit(
            summary=f"Stages {' and '.join([stage.name, *others[:3]])} push to one branch; Promotion {one.name} lost the race for it.",
            evidence=[
                fact(
                    one, f"status.stepExecutionMetadata[{step.index}].message", step.message, step.execution.finished_at
                ),
                *_tracked(stage, others[:3]),
            ],
            remedies=[
                advise(
                    f"Give Stage {stage.name} a branch of its own (or files of its own), and step {step.alias} a retry.errorThreshold above 1"
                )
            ],
        )
        return


def _tracked(stage: StageView, others: list[str]) -> Iterator[Evidence]:
    """What the Applications of this Stage and of the others follow: a line a Stage."""
    sharing = (stage.snapshot.get(Stage, stage.project, name) for name in others)
    views = [stage, *(StageView(one, stage.snapshot) for one in sharing if one is not None)]
    own = {(one.repo_url, one.target_revision) for app in stage.apps for one in app.app.all_sources}
    for view in views:
        for app in view.apps:
            shared = [one for one in app.app.all_sources if (one.repo_url, one.target_revision) in own]
            if shared:
                told = f"{shared[0].repo_url} {shared[0].target_revision or 'HEAD'} (Stage {view.name})"
                yield fact(app.app, "spec.sources" if app.app.spec.sources else "spec.source", told)
                break
