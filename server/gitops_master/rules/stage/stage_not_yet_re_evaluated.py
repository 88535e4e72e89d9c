from collections.abc import Iterator

from gitops_master.facts.durations import lasting
from gitops_master.facts.progress import is_idle
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Class, Confidence, Evidence, Risk, Severity
from gitops_master.model.kargo import VERIFICATION_TERMINAL
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.rules.patterns import find
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_stage
from gitops_master.rules.stage.patterns import ISSUE_PASSING


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

    What to do: refresh the Stage, or wait up to 5 minutes.

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
    text, evidence = found
    since = lasting(last.finished_at, view.snapshot.observed_at)
    yield Hit(
        summary=f"Stage {view.name} is fine as far as can be seen, but Kargo has not evaluated it since{since}: {text}.",
        evidence=[*evidence, fact(last.ref, "status.phase", "Succeeded", last.finished_at)],
        remedies=[refresh_stage(view)],
        ends="at the Stage's next reconciliation, at most 5 minutes later, or at once after a refresh",
        confidence=Confidence.MEDIUM,
    )


def _stale_verification(view: StageView) -> tuple[str, list[Evidence]] | None:
    """A record that is not final although its AnalysisRun is; or no record at all of healthy, unverified Freight."""
    one = view.verification
    if one is not None and one.phase not in VERIFICATION_TERMINAL and one.run is not None:
        ended = {"Successful", "Failed", "Error", "Inconclusive"}
        run: AnalysisRun = one.run
        if run.status.phase in ended:
            evidence = [
                fact(view.stage, f"{one.path}.phase", one.phase or "empty", one.info.start_time),
                fact(run, "status.phase", run.status.phase, run.status.completed_at),
            ]
            return (
                f"its verification is recorded as {one.phase or 'empty'}, its AnalysisRun {run.name} ended {run.status.phase}",
                evidence,
            )
    verified = view.condition("Verified")
    if (
        one is None
        and view.health == "Healthy"
        and verified is not None
        and verified.reason == "WaitingForVerification"
    ):
        return "it waits for a verification that has not been started", [
            fact(view.stage, "status.conditions[Verified]", f"{verified.status} {verified.reason}: {verified.message}")
        ]
    return None


def _stale_health(view: StageView) -> tuple[str, list[Evidence]] | None:
    healthy = view.condition("Healthy")
    if healthy is not None and healthy.reason == "WaitingForHealthCheck":
        return "its health has not been assessed", [
            fact(view.stage, "status.conditions[Healthy]", f"{healthy.status} {healthy.reason}: {healthy.message}"),
            *(
                fact(app.app, "status", f"health {app.health}, sync {app.sync}", app.app.status.reconciled_at)
                for app in view.apps[:2]
            ),
        ]
    if view.health not in {"Unknown", "Progressing"} or not view.apps or any(app.health_is_stale for app in view.apps):
        return None
    for index, issue in enumerate(view.health_issues):
        if find(ISSUE_PASSING, issue):
            return "its health was taken while an Application was still busy or had just been synced", [
                fact(view.stage, f"status.health.issues[{index}]", issue),
                *(
                    fact(app.app, "status", f"health {app.health}, sync {app.sync}", app.app.status.reconciled_at)
                    for app in view.apps[:1]
                ),
            ]
    return None
