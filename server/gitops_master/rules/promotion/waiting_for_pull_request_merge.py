from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import lasting
from gitops_master.facts.promotion import StepRun, started
from gitops_master.facts.release import release, release_evidence
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Evidence, Remedy, Risk, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.model.versions import Version
from gitops_master.rules.promotion.failure import RUNNING_PROMOTION, running_evidence, running_text
from gitops_master.rules.promotion.pull_requests import PULL_REQUEST_STEPS, PullRequest, pull_request
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

NOT_REQUEUED = frozenset({Version(1, 5, 0)})
"""Releases with the fault of running-promotion-not-requeued: they never notice the merge by themselves."""


@rule(
    "waiting-for-pull-request-merge",
    area="promotion",
    title="The Promotion waits for its pull request to be merged",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Promotion.KIND},
    explains=RUNNING_PROMOTION,
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/git_pr_waiter.go", "akuity/kargo#4997"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Promotion is Running in git-wait-for-pr or git-merge-pr, for hours or days.

    Why: the step polls the pull request (every 30 s since 1.11, every 5 min before) and has no timeout unless one is set. It
    waits for a person, or for the provider's checks.

    How to tell: the running step's kind; number, address and state of the pull request in status.state.

    What to do: review the pull request and merge it, or close it to reject the Freight. The Promotion goes on by itself.

    Not this when: the pull request is merged already and the Promotion still does not move.
    """
    running, step = stage.running, stage.running_step
    if running is None or step is None or step.uses not in PULL_REQUEST_STEPS:
        return
    pull = pull_request(running.status, step.alias)
    if pull is not None and (pull.merged == "true" or pull.open == "false"):
        return
    begun = step.execution.started_at or started(running)
    since = lasting(begun, stage.snapshot.observed_at)
    named = f"pull request {pull.number}{f' ({pull.url})' if pull.url else ''}" if pull else "its pull request"
    yield Hit(
        summary=f'Promotion {running.name} has been waiting{since} in step "{step.alias}" for {named} to be merged.',
        evidence=[*_evidence(running, step, pull), *(release_evidence(stage.snapshot) if _stays(stage) else [])],
        remedies=[
            advise(
                f"Review {named} and merge it, or close it to reject the Freight"
                + ("" if _stays(stage) else "; the Promotion then goes on by itself")
            ),
            _look_again(stage, running),
        ],
        ends=f"when {named} is merged (the Promotion goes on{' once refreshed' if _stays(stage) else ''}) or closed (it fails)",
    )


def _stays(stage: StageView) -> bool:
    """Whether this release does not look again by itself at a Promotion whose wait is over."""
    return stage.snapshot.versions.kargo in NOT_REQUEUED


def _evidence(running: Promotion, step: StepRun, pull: PullRequest | None) -> list[Evidence]:
    evidence = [running_evidence(running, step)]
    if pull is not None:
        named = ("url", pull.url) if pull.url else ("id", pull.number)
        fields = (("open", pull.open), ("merged", pull.merged), named)
        evidence += [fact(running, f"{pull.path}.{key}", value) for key, value in fields if value]
    text = running_text(running, step)
    return [*evidence, text.as_evidence()] if text else evidence


def _look_again(stage: StageView, running: Promotion) -> Remedy:
    target = f"promotions.kargo.akuity.io {running.name}"
    return advise(
        f"If it is merged already, or once it is: refresh the Promotion, since {release(stage.snapshot)} does not look again by "
        "itself (running-promotion-not-requeued)"
        if _stays(stage)
        else "After the merge, if you do not want to wait for the next poll: refresh the Promotion",
        f"kubectl -n {stage.project} annotate {target} kargo.akuity.io/refresh=$(date +%s) --overwrite",
        confirm_with=get("promotions.kargo.akuity.io", stage.project, running.name, ".status.lastHandledRefresh"),
    )
