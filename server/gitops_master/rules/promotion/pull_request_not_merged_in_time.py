from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import peel
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, record, said
from gitops_master.rules.promotion.patterns import TIMED_OUT
from gitops_master.rules.promotion.pull_requests import PULL_REQUEST_STEPS, pull_request
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "pull-request-not-merged-in-time",
    area="promotion",
    title="The pull request was not merged before the step's timeout",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/local_orchestrator.go",
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/git_pr_waiter.go",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The Promotion failed in git-wait-for-pr or git-merge-pr with `timed out after`; the pull request may still be open.

    Why: these steps have no timeout of their own; this one has been given a retry.timeout, and nobody merged the pull
    request (or its checks did not pass) within it. The Promotion is over: merging now changes git, but Kargo no longer
    records it.

    How to tell: the failed step's kind and its message.

    What to do: settle the pull request first. Merged or not, promote the Freight again: the new Promotion opens one or finds
    nothing to change. Give the step a timeout that people can meet.

    Not this when: the pull request was closed without being merged, or the step still waits.
    """
    step, last = stage.failed_step, stage.last
    if step is None or last is None or said(stage, TIMED_OUT, *PULL_REQUEST_STEPS) is None:
        return
    pull = pull_request(last.status, step.alias)
    which = f"pull request {pull.number}" if pull else "its pull request"
    limit = step.step.retry.timeout if step.step.retry else ""
    evidence: list[Evidence] = [fact(last.ref, record(step, "message"), step.message, step.execution.finished_at)]
    if pull and pull.url:
        evidence.append(fact(last.ref, f"{pull.path}.url", pull.url))
    if limit:
        evidence.append(fact(last.ref, f"spec.steps[{step.index}].retry.timeout", limit))
    yield Hit(
        summary=f"Promotion {last.name} gave up because {which} was not merged in time: {peel(step.message)}",
        evidence=evidence,
        remedies=[
            advise(
                f"Settle {which} ({pull.url if pull and pull.url else 'see the step that opened it'}): merge it, which this "
                "Promotion no longer records, or close it"
            ),
            repromote(stage),
            change_step(
                stage,
                step,
                f"Give step {step.alias} of Stage {stage.name} a longer `retry.timeout`, or none: then it waits until somebody decides",
            ),
        ],
    )
