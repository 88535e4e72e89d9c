from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.durations import human
from gitops_master.facts.patterns import find
from gitops_master.facts.progress import is_idle
from gitops_master.facts.stage import LastPromotion, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Class, Confidence, Evidence, Risk, Severity
from gitops_master.model.kargo import VERIFICATION_TERMINAL
from gitops_master.model.meta import Condition
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_stage
from gitops_master.rules.stage.patterns import ISSUE_PASSING

OVERDUE = timedelta(minutes=10)
"""Two rounds of the resync (regular_stages.go:397 at v1.11.2: requeued after 5 minutes)."""

_ENDED = frozenset({"Successful", "Failed", "Error", "Inconclusive"})


class Stale(msgspec.Struct, frozen=True):
    """What the Stage shows although it is over, and since when."""

    text: str
    evidence: list[Evidence]
    since: datetime | None


@rule(
    "stage-not-yet-re-evaluated",
    area="stage",
    title="Kargo has not looked at the Stage again yet",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Application.KIND},
    explains={
        "stage-unhealthy",
        "waiting-for-running-verification",
        "freight-not-verified-upstream",
    },
    sources=(
        "akuity/kargo#5347",
        "akuity/kargo#4673",
        "seen on a live v1.11.2: a verification of a second stays Pending for minutes",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """The last Promotion succeeded and the Applications are fine, but health or verification still shows an earlier state.

    Why: some ends do not wake the Stage: a verification that is over within a second, a cool-down after an operation. It
    looks again at its periodic reconciliation, every 5 minutes.

    How to tell: health is empty or reason WaitingForHealthCheck; or the verification is recorded as Pending or Running while
    its AnalysisRun has ended; or the issues speak of an Application that is busy, which is Synced and Healthy by now.

    What to do: refresh the Stage, or wait up to 5 minutes. If it has lasted longer than that, see what the controller does.

    Not this when: a controller is down, an Application is not fine or was not reconciled since its last operation.
    """
    last = view.last
    if (
        last is None
        or last.status.phase != "Succeeded"
        or not is_idle(view)
        or not all(app.is_fine for app in view.apps)
    ):
        return
    found = _stale_verification(view) or _stale_health(view)
    if found is None:
        return
    yield _hit(view, last, found)


def _hit(view: StageView, last: LastPromotion, found: Stale) -> Hit:
    """Within two rounds of the resync it will pass by itself; later something keeps the controller from coming round."""
    overdue = found.since is not None and view.snapshot.observed_at - found.since > OVERDUE
    ago = f" {human(view.snapshot.observed_at - found.since)} ago" if found.since else ""
    late = (
        "; Kargo looks at each Stage every 5 minutes, so something keeps its controller from this one"
        if overdue
        else ""
    )
    refreshed = refresh_stage(view)
    look = advise(
        "If the refresh is not handled within seconds, see whether the Kargo controller runs, serves this Stage's shard and what it logs",
        "kubectl get pods -A -l app.kubernetes.io/name=kargo,app.kubernetes.io/component=controller",
        risk=Risk.NONE,
    )
    return Hit(
        summary=f"Stage {view.name} still shows an earlier state: {found.text}{ago}{late}.",
        evidence=[*found.evidence, fact(last.ref, "status.phase", "Succeeded", last.finished_at)],
        remedies=[refreshed, look] if overdue else [refreshed],
        ends="not by itself, as it seems: the resync every 5 minutes has not ended it"
        if overdue
        else "at the Stage's next reconciliation, at most 5 minutes later, or at once after a refresh",
        confidence=Confidence.MEDIUM,
    )


def _stale_verification(view: StageView) -> Stale | None:
    """A record that is not final although its AnalysisRun is; or no record at all of healthy, unverified Freight."""
    one = view.verification
    if one is not None and one.phase not in VERIFICATION_TERMINAL and one.run is not None:
        run: AnalysisRun = one.run
        if run.status.phase in _ENDED:
            return Stale(
                f"its verification is recorded as {one.phase or 'empty'}, but AnalysisRun {run.name} ended {run.status.phase}",
                [
                    fact(view.stage, f"{one.path}.phase", one.phase or "empty", one.info.start_time),
                    fact(run, "status.phase", run.status.phase, run.status.completed_at),
                ],
                run.status.completed_at,
            )
    verified = view.condition("Verified")
    if (
        one is None
        and view.last is not None
        and view.health == "Healthy"
        and verified is not None
        and verified.reason == "WaitingForVerification"
    ):
        return Stale(
            f"no verification has been started since Promotion {view.last.name} succeeded",
            [_condition(view, verified)],
            view.last.finished_at,
        )
    return None


def _stale_health(view: StageView) -> Stale | None:
    healthy = view.condition("Healthy")
    if healthy is not None and healthy.reason == "WaitingForHealthCheck" and view.last is not None:
        return Stale(
            f"its health has not been assessed since Promotion {view.last.name} succeeded",
            [_condition(view, healthy), *map(_fine, view.apps[:2])],
            view.last.finished_at,
        )
    if view.health not in {"Unknown", "Progressing"} or not view.apps or any(app.health_is_stale for app in view.apps):
        return None
    for index, issue in enumerate(view.health_issues):
        if find(ISSUE_PASSING, issue):
            app = next((one for one in view.apps if f'"{one.app.name}"' in issue), view.apps[0])
            since = app.progressing_since
            return Stale(
                f"its health was taken while Application {app.app.name} was busy, which "
                + ("became Healthy" if since else "is Synced and Healthy by now"),
                [fact(view.stage, f"status.health.issues[{index}]", issue), _fine(app)],
                since,
            )
    return None


def _condition(view: StageView, one: Condition) -> Evidence:
    return fact(view.stage, f"status.conditions[{one.type}]", f"{one.status} {one.reason}: {one.message}")


def _fine(app: ApplicationView) -> Evidence:
    return fact(app.app, "status", f"health {app.health}, sync {app.sync}", app.app.status.reconciled_at)
