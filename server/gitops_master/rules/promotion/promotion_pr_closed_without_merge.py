from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.freight import label
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, failure_evidence, said
from gitops_master.rules.promotion.patterns import PR_CLOSED
from gitops_master.rules.promotion.pull_requests import PullRequest, pull_request
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "promotion-pr-closed-without-merge",
    area="promotion",
    title="The Promotion's pull request was closed without being merged",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/git_pr_waiter.go",),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The Promotion is Failed because somebody closed its pull request instead of merging it.

    Why: Kargo takes a closed pull request for a rejection and ends the Promotion at once, whatever its retries. The steps
    after it are Skipped, so the Stage's Applications stay on the Freight they had.

    How to tell: the step's message `pull request N was closed without being merged`; `merged: false` in status.state.

    What to do: ask who closed it and why. If that was a mistake, promote the Freight again: that opens a new pull request.
    Reopening the old one changes nothing, the Promotion is over.

    Not this when: the pull request is still open (it is being waited for), or merging it was refused.
    """
    found = said(stage, PR_CLOSED)
    step, last = stage.failed_step, stage.last
    if found is None or last is None:
        return
    number = found.groups["number"]
    pull = pull_request(last.status, step.alias if step else "")
    evidence = [*failure_evidence(stage, found), *_states(pull, stage)]
    kept = ", ".join(label(one) for one in stage.current_freight)
    yield Hit(
        summary=(
            f"Pull request {number} of Promotion {last.name} was closed without being merged, which Kargo takes for a "
            f"rejection{f'; {stage.name} still holds {kept}' if kept else ''}."
        ),
        evidence=evidence,
        remedies=[
            advise(f"Find out who closed pull request {number}{f' ({pull.url})' if pull and pull.url else ''} and why"),
            repromote(stage),
        ],
    )


def _states(pull: PullRequest | None, stage: StageView) -> list[Evidence]:
    if pull is None or stage.last is None:
        return []
    known = [(key, value) for key, value in (("merged", pull.merged), ("url", pull.url)) if value != ""]
    return [fact(stage.last.ref, f"{pull.path}.{key}", value) for key, value in known]
