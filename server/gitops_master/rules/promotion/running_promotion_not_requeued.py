from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.application import Op
from gitops_master.facts.controllers import kargo_controllers
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.patterns import find_all
from gitops_master.facts.promotion import StepRun, started
from gitops_master.facts.release import release, release_evidence
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Confidence, Remedy
from gitops_master.model.kargo import Freight, Promotion, Warehouse
from gitops_master.model.kubernetes import Event
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.promotion.app_operations import ARGOCD_STEPS, apps_of
from gitops_master.rules.promotion.failure import RUNNING_PROMOTION, running_evidence
from gitops_master.rules.promotion.patterns import REQUEST_MERGED
from gitops_master.rules.promotion.pull_requests import PULL_REQUEST_STEPS, PullRequest, pull_request
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

NEXT_LOOK = timedelta(minutes=6)
"""Kargo looks again after 5 minutes at the latest (pkg/controller/promotions/promotions.go)."""


@rule(
    "running-promotion-not-requeued",
    area="promotion",
    title="Kargo does not look again at a Promotion whose wait is over",
    on=StageView,
    needs={Promotion.KIND},
    versions=("kargo >= 1.5.0, < 1.5.1",),
    explains=RUNNING_PROMOTION
    | {"waiting-for-pull-request-merge", "waiting-for-step-in-progress", "waiting-for-argocd-sync"},
    sources=("akuity/kargo#4139", "akuity/kargo#3303", "akuity/kargo#4160 (fixed in v1.5.1)"),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """A Promotion stays Running in a step that polls although what it waits for has happened long ago.

    Why: for a step without a timeout, as git-wait-for-pr is by default, this release computes a next look in the past, so
    the Promotion is not reconciled again by itself.

    How to tell: the pull request is merged (its merge commit is in the Warehouse's or the Freight's commits, a log or event
    says so, or the step has recorded it), or the Argo CD operation of this Promotion succeeded minutes ago.

    What to do: refresh the Promotion, it goes on at once; upgrade.

    Not this when: the pull request is still open, or the operation is still running.
    """
    running, step = stage.running, stage.running_step
    if running is None or step is None:
        return
    begun = step.execution.started_at or started(running)
    pull = pull_request(running.status, step.alias) if step.uses in PULL_REQUEST_STEPS else None
    over: Text | None = None
    if begun is not None and pull is not None:
        number = pull.number
        over = _recorded(running, pull) or _merge_seen(stage, number, begun)
        for log in logs_of(kargo_controllers(stage.snapshot), stage.snapshot) if over is None else ():
            if isinstance(log, Wanted):
                yield log
            else:
                over = next((one for one in matching(log, number) if _says_merged(one.value, number)), over)
    elif begun is not None and step.uses in ARGOCD_STEPS:
        over = _synced(stage, step, running)
    if over is None or begun is None:
        return
    what = f"Pull request {pull.number} of" if pull else "The sync that"
    state = "is merged" if pull else "waits for has succeeded"
    yield Hit(
        summary=(
            f"{what} Promotion {running.name} {state}, but {release(stage.snapshot)} has not looked at the Promotion again; it "
            f"has been in step {step.alias} for {human(stage.snapshot.observed_at - begun)}."
        ),
        evidence=[
            running_evidence(running, step),
            *([fact(running, pull.path, f"pull request {pull.number}")] if pull else []),
            over.as_evidence(),
            *release_evidence(stage.snapshot),
        ],
        remedies=[_refresh(stage, running), advise("Upgrade Kargo to 1.5.1 or later")],
        confidence=Confidence.HIGH if pull else Confidence.MEDIUM,
    )


def _refresh(stage: StageView, running: Promotion) -> Remedy:
    target = f"promotions.kargo.akuity.io {running.name}"
    return advise(
        "Refresh the Promotion: it goes on at once",
        f"kubectl -n {stage.project} annotate {target} kargo.akuity.io/refresh=$(date +%s) --overwrite",
        confirm_with=get("promotions.kargo.akuity.io", stage.project, running.name, ".status.phase"),
    )


def _synced(stage: StageView, step: StepRun, running: Promotion) -> Text | None:
    """The successful end of this Promotion's own operation, longer ago than Kargo's next look may take."""
    for app in apps_of(stage, step):
        state = app.operation_state
        ended = state.finished_at if state is not None else None
        mine = app.promotion == running.name and app.op is Op.SUCCEEDED
        if mine and ended is not None and stage.snapshot.observed_at - ended > NEXT_LOOK:
            return Text(app.ref, "status.operationState.phase", f"Succeeded at {stamp(ended)}", ended)
    return None


def _says_merged(text: str, number: str) -> bool:
    return any(number in match.groups() for match in find_all(REQUEST_MERGED, text))


def _recorded(running: Promotion, pull: PullRequest) -> Text | None:
    return Text(running.ref, f"{pull.path}.merged", "true") if pull.merged == "true" else None


def _merge_seen(stage: StageView, number: str, since: datetime) -> Text | None:
    """A commit that a Warehouse or Freight shows and whose message says that it merges the pull request."""
    for event in stage.snapshot.all(Event, stage.project):
        if event.seen is not None and event.seen >= since and _says_merged(event.text, number):
            return Text(event.ref, "message", event.text, event.seen)
    for one in stage.snapshot.all(Warehouse, stage.project):
        for found in one.status.discovered_artifacts.git:
            for commit in found.commits:
                after = commit.creator_date is None or commit.creator_date >= since
                if after and _says_merged(commit.subject, number):
                    return Text(
                        one.ref,
                        "status.discoveredArtifacts.git[].commits[].subject",
                        commit.subject,
                        commit.creator_date,
                    )
    for freight in stage.snapshot.all(Freight, stage.project):
        for carried in freight.commits if freight.created and freight.created >= since else ():
            if _says_merged(carried.message, number):
                return Text(freight.ref, "commits[].message", carried.message, freight.created)
    return None
