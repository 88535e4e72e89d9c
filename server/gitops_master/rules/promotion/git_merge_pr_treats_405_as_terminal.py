from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import search
from gitops_master.facts.release import release, release_evidence
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.kargo import Promotion, PromotionStatus
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, failure_evidence, said
from gitops_master.rules.promotion.patterns import MERGE_405, MERGE_METHOD_REFUSED
from gitops_master.rules.promotion.pull_requests import pull_request
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "git-merge-pr-treats-405-as-terminal",
    area="promotion",
    title="git-merge-pr gave up on a pull request that was only not mergeable yet",
    on=StageView,
    needs={Promotion.KIND},
    versions=("kargo >= 1.8, < 1.11.0",),
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo#5761", "akuity/kargo#6397", "akuity/kargo#6490 (fixed in v1.11.0)"),
    unless=MERGE_METHOD_REFUSED,
)
def check(stage: StageView) -> Iterator[Hit]:
    """git-merge-pr with `wait: true` fails within seconds with the provider's answer 405.

    Why: GitHub answers 405 for everything that keeps a pull request from being merged, also for a required check that is
    still pending. These releases look at conflicts and drafts only before they try, and take each 405 for final; retries do
    not apply to a step that is Failed.

    How to tell: `error merging pull request N: … 405 …` of a git-merge-pr step.

    What to do: merge the pull request by hand once its checks have passed, or promote again then; upgrade to 1.11, which waits.

    Not this when: the 405 says that the merge method is not allowed in this repository: that never passes by waiting.
    """
    found = said(stage, MERGE_405, "git-merge-pr")
    step, last = stage.failed_step, stage.last
    if found is None or step is None or last is None or search(MERGE_METHOD_REFUSED, found.text):
        return
    waits = step.step.config.get("wait")
    if waits is False:
        return
    evidence = failure_evidence(stage, found)
    if waits is not None:
        evidence.append(fact(last.ref, f"spec.steps[{step.index}].config.wait", waits))
    number = found.groups["number"]
    yield Hit(
        summary=(
            f"git-merge-pr gave up on pull request {number} because the provider answered 405 (not mergeable yet), which "
            f"{release(stage.snapshot)} takes for final although the step is told to wait."
        ),
        evidence=[*evidence, *release_evidence(stage.snapshot)],
        remedies=[
            advise(f"Let the required checks and reviews of pull request {number}{_at(last.status)} pass"),
            repromote(stage),
            advise("Upgrade Kargo to 1.11 or later, which goes on waiting"),
        ],
    )


def _at(status: PromotionStatus) -> str:
    """` (https://…)`, where a step recorded the address."""
    pull = pull_request(status, "")
    return f" ({pull.url})" if pull and pull.url else ""
