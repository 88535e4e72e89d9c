from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import stamp
from gitops_master.facts.names import ulid_time
from gitops_master.facts.patterns import find_all, search
from gitops_master.facts.promotion import StepRun, started
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Evidence, Remedy
from gitops_master.model.kargo import Promotion, Step
from gitops_master.model.meta import Object
from gitops_master.model.stage import Stage
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, failure_evidence, promote_now, said
from gitops_master.rules.promotion.patterns import PUSH_LOST_RACE, PUSH_TARGET, REBASE_CONFLICT
from gitops_master.rules.registry import Hit, rule

SAME_MOMENTS = timedelta(minutes=3)
"""How near another Promotion must have run: a clone, a commit and a push take seconds to a few minutes."""


class Other(msgspec.Struct, frozen=True):
    """A Promotion of another Stage that ran at the same time. `holder`: where it was seen."""

    name: str
    stage: str
    at: datetime
    holder: Object
    path: str
    pushes: bool


@rule(
    "concurrent-push-to-same-branch",
    area="promotion",
    title="Another writer pushed to the same branch at the same moment",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION,
    sources=(
        "akuity/kargo#3923",
        "akuity/kargo#3119",
        "akuity/kargo#5286",
        "akuity/kargo v1.11.2 pkg/controller/git/work_tree.go",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """git-push is rejected as not a fast-forward, or its commits cannot be rebased onto the branch.

    Why: between this Promotion's clone and its push somebody else pushed to the branch, mostly a Promotion of another Stage
    that writes to it as well. Since 1.1.2 the step integrates the branch and pushes again, ten times at most; a busy branch
    defeats that, and a conflict ends the step at once.

    How to tell: `! [rejected] … (fetch first)`, `non-fast-forward`, `cannot lock ref`, `merge conflict`; Promotions of other
    Stages that ran at the same time.

    What to do: promote again; let each Stage write to a branch of its own, or give git-push a retry.errorThreshold of 3,
    which is of no use against conflicts.
    Never force the push: it would drop the other Stage's commit.

    Not this when: the server refuses by a rule of the branch (`protected branch`, `pre-receive hook declined`).
    """
    found = said(stage, PUSH_LOST_RACE)
    step, last = stage.failed_step, stage.last
    if found is None or step is None or last is None or not _pushes(step.step):
        return
    at = step.execution.finished_at or step.execution.started_at or last.finished_at
    others = _others(stage, at) if at is not None else []
    conflict = search(REBASE_CONFLICT, found.text) is not None
    what = "cannot be rebased onto the branch" if conflict else "was rejected because the branch had moved on"
    by = f": {_names(others)} ran at the same time" if others else ""
    threshold = (
        f"; its error threshold of {step.threshold} allows no retry" if step.threshold == 1 and not conflict else ""
    )
    yield Hit(
        summary=f"The push of Promotion {last.name}{_target(found.text.value)} {what}{by}{threshold}.",
        evidence=[*failure_evidence(stage, found), *_evidence(others)],
        remedies=[promote_now(stage, "it starts from the branch as it is by then"), _prevention(stage, step, conflict)],
        confidence=Confidence.HIGH if others else Confidence.MEDIUM,
    )


def _prevention(stage: StageView, step: StepRun, conflict: bool) -> Remedy:
    """A conflict is final whatever the threshold (git_pusher.go: Failed, terminal)."""
    own = "let each Stage that pushes there write to a branch of its own, in the source it is managed from"
    if conflict:
        return advise(f"Against the next time (no retry of the step helps): {own}, or to files that no other writes")
    return change_step(
        stage,
        step,
        f"Against the next time: set `retry.errorThreshold: 3` on step {step.alias} of Stage {stage.name}, or {own}",
    )


def _pushes(step: Step) -> bool:
    return step.uses in {"git-push", "github-push", "git-merge-pr", ""}


def _others(stage: StageView, at: datetime) -> list[Other]:
    """Promotions of other Stages around the time, those that push first."""
    found: dict[str, Other] = {}
    mine_too = _repositories(stage.last.steps if stage.last is not None else ())
    for one in stage.snapshot.all(Promotion):
        begun, ended = started(one), one.status.finished_at
        mine = one.namespace == stage.project and one.spec.stage == stage.name
        if begun is None or mine or begun > at + SAME_MOMENTS or (ended or at) < at - SAME_MOMENTS:
            continue
        pushes = any(_pushes(step) and step.uses for step in one.spec.steps)
        if pushes and _may_meet(mine_too, _repositories(one.spec.steps)):
            found[one.name] = Other(one.name, one.spec.stage, ended or begun, one, "status.finishedAt", pushes)
    for other in stage.snapshot.all(Stage, stage.project):
        for seen in _recorded(other) if other.name != stage.name else ():
            theirs = _repositories(other.spec.promotion_template.spec.steps)
            near = abs(seen.at - at) <= SAME_MOMENTS and _may_meet(mine_too, theirs)
            if near and stage.snapshot.get(Promotion, stage.project, seen.name) is None:
                found.setdefault(seen.name, seen)
    return sorted(found.values(), key=lambda one: (not one.pushes, abs(one.at - at), one.name))[:2]


def _repositories(steps: tuple[Step, ...]) -> frozenset[str]:
    """The Git repositories that the steps name outright."""
    named = (str(one.config.get("repoURL", "")) for one in steps if one.uses.startswith("git"))
    return frozenset(one.rstrip("/").removesuffix(".git") for one in named if one and "${{" not in one)


def _may_meet(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether the two could write to the same repository: where one does not tell, they could."""
    return not mine or not theirs or bool(mine & theirs)


def _recorded(stage: Stage) -> Iterator[Other]:
    """What a Stage itself remembers of its last and its current Promotion."""
    status = stage.status
    for reference, path in ((status.last_promotion, "lastPromotion"), (status.current_promotion, "currentPromotion")):
        if reference is None:
            continue
        begun = ulid_time(reference.name) or reference.finished_at
        ended = reference.finished_at or begun
        if begun is not None and ended is not None:
            pushes = any(_pushes(step) and step.uses for step in stage.spec.promotion_template.spec.steps)
            yield Other(reference.name, stage.name, ended, stage, f"status.{path}.name", pushes)


def _names(others: list[Other]) -> str:
    return " and ".join(f"Promotion {one.name} of Stage {one.stage}" for one in others)


def _evidence(others: list[Other]) -> list[Evidence]:
    return [fact(one.holder, one.path, f"{one.name}, at {stamp(one.at)}", one.at) for one in others]


def _target(message: str) -> str:
    """` to branch main of https://…`, as far as git's own lines tell."""
    groups: dict[str, str] = {}
    for match in find_all(PUSH_TARGET, message):
        groups.update({key: value for key, value in match.groupdict().items() if value and key not in groups})
    branch = f" to branch {groups['branch']}" if "branch" in groups else ""
    return branch + (f" of {groups['repo']}" if "repo" in groups else "")
