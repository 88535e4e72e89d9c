from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controller_restarts import ended_between
from gitops_master.facts.promotion import started
from gitops_master.facts.release import release, release_evidence
from gitops_master.facts.stage import StageView
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, failure_evidence, said
from gitops_master.rules.promotion.patterns import PR_NUMBER_LOST
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "pr-number-lost-on-step-reexecution",
    area="promotion",
    title="The number of the open pull request was lost when the steps ran again",
    on=StageView,
    needs={Promotion.KIND},
    versions=("kargo < 1.1.0",),
    explains=FAILED_PROMOTION | {"controller-restart-reruns-promotion-steps"},
    sources=("akuity/kargo#2845", "akuity/kargo#2896 (fixed in v1.1.0)"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """git-wait-for-pr ends with `no PR number found` although the pull request is open.

    Why: a restart of the controller makes all steps run again. git-open-pr of this release then finds the pull request
    already open and returns nothing, so the waiting step has no number.

    How to tell: the step's message; the pull request exists at the Git host.

    What to do: merge or close the open pull request by hand, upgrade to 1.1 or later, promote again.

    Not this when: the alias in the message is not that of a git-open-pr step.
    """
    found = said(stage, PR_NUMBER_LOST)
    last = stage.last
    if found is None or last is None:
        return
    openers = {one.as_ or f"step-{index + 1}" for index, one in enumerate(last.steps) if one.uses == "git-open-pr"}
    alias = found.groups["alias"]
    if last.steps and openers and alias not in openers:
        return
    yield Hit(
        summary=(
            f"Promotion {last.name} lost the number of its open pull request: its steps ran again, and git-open-pr of "
            f"{release(stage.snapshot)} (step {alias}) returns none for a pull request that is already open."
        ),
        evidence=[*failure_evidence(stage, found), *_restart(stage), *release_evidence(stage.snapshot)],
        remedies=[
            advise("Merge or close the pull request that the Promotion opened, at the Git host"),
            advise("Upgrade Kargo to 1.1 or later"),
            repromote(stage),
        ],
    )


def _restart(stage: StageView) -> list[Evidence]:
    """The restart of the controller in the middle of the Promotion, which made the steps run again."""
    last = stage.last
    begun = started(last.object) if last is not None and last.object is not None else None
    if last is None or begun is None or last.finished_at is None:
        return []
    return ended_between(stage.snapshot, begun, last.finished_at)[:1]
