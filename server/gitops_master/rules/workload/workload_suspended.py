from collections.abc import Iterator
from datetime import datetime

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Managed
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.failing_pods import held_up
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Class, Evidence, Remedy, Risk, Severity
from gitops_master.model.rollouts import Rollout
from gitops_master.model.workloads import Deployment, Job
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS


@rule(
    "workload-suspended",
    area="workload",
    title="A workload is paused",
    on=ApplicationView,
    class_=Class.WAITING,
    severity=Severity.MEDIUM,
    needs={Application.KIND, Rollout.KIND, Deployment.KIND, Job.KIND},
    explains=EFFECTS,
    sources=(
        "akuity/kargo v1.11.2 pkg/health/checker/builtin/argocd.go",
        "argo-cd resource_customizations/argoproj.io/Rollout",
    ),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """The Application is Suspended and the Stage says `is suspended`; nothing is verified meanwhile.

    Why: a Rollout waits at a pause of its canary or before its blue-green switch, or a Deployment or Job is paused.

    How to tell: the resource's health is Suspended; a Rollout's status.pauseConditions give reason and start.

    What to do: whoever paused it looks at the new version and resumes or promotes the Rollout. A pause with a duration ends
    by itself.

    Not this when: another resource is Degraded or still Progressing: then that comes first.
    """
    paused = [one for one in app.troubled if one.health is not None and one.health.status == "Suspended"]
    if app.health != "Suspended" or len(paused) != len(app.troubled):
        return
    if not paused:
        yield Hit(
            summary=f"Application {app.app.name} is Suspended: one of its workloads is paused.",
            evidence=[fact(app.app, "status.health.status", app.health, app.progressing_since)],
            remedies=[advise("Find the paused workload and resume it, if that is wanted")],
            ends="when the workload is resumed",
        )
        return
    one = paused[0]
    why, since = _pause(one)
    age = f" since {stamp(since)} (for {human(app.snapshot.observed_at - since)})" if since else ""
    yield Hit(
        summary=f"{one.resource.kind} {one.resource.name} of {app.app.name} {'has been' if since else 'is'} paused{age}"
        f"{_REASONS.get(why) or (f' ({why})' if why else '')}; it goes on when somebody resumes it{_timed(why)}.",
        evidence=_evidence(app, one),
        remedies=[*_inconclusive(one, why), _resume(one)],
        ends="when it is resumed or promoted, or its pause runs out if it has a duration",
        also_explains=held_up(app),
    )


_REASONS = {
    "CanaryPauseStep": " at a pause step of its canary",
    "BlueGreenPause": " before its blue-green switch",
    "InconclusiveAnalysisRun": " because an analysis was inconclusive",
}
"""argoproj/argo-rollouts pkg/apis/rollouts/v1alpha1/types.go PauseReason."""


def _timed(why: str) -> str:
    return ", or when the step's duration is over if it has one" if why == "CanaryPauseStep" else ""


def _pause(one: Managed) -> tuple[str, datetime | None]:
    """(why, since when), as far as the Rollout says."""
    if not isinstance(one.live, Rollout) or not one.live.status.pause_conditions:
        return (one.health.message if one.health else ""), None
    first = one.live.status.pause_conditions[0]
    begun = first.get("startTime")
    return str(first.get("reason", "")), datetime.fromisoformat(str(begun)) if begun else None


def _evidence(app: ApplicationView, one: Managed) -> list[Evidence]:
    found = []
    match one.live:
        case Rollout():
            found.append(
                fact(one.live, "status.phase", f"{one.live.status.phase}: {one.live.status.message}".rstrip(": "))
            )
            for index, each in enumerate(one.live.status.pause_conditions[:2]):
                place = f"status.pauseConditions[{index}]"
                found.append(fact(one.live, f"{place}.reason", each.get("reason", "")))
                found.append(fact(one.live, f"{place}.startTime", each.get("startTime", "")))
            if one.live.spec.paused:
                found.append(fact(one.live, "spec.paused", True))
        case Deployment():
            found.append(fact(one.live, "spec.paused", one.live.spec.paused))
        case _:
            found.append(fact(one.ref, "health", f"Suspended: {one.health.message if one.health else ''}".rstrip(": ")))
    found.append(fact(app.app, "status.health.status", app.health, app.progressing_since))
    return found


def _inconclusive(one: Managed, why: str) -> list[Remedy]:
    if why != "InconclusiveAnalysisRun":
        return []
    runs = f"kubectl -n {one.resource.namespace} get analysisruns.argoproj.io --sort-by=.metadata.creationTimestamp"
    return [advise("Look at what the inconclusive AnalysisRun measured before going on", runs)]


def _resume(one: Managed) -> Remedy:
    ns, name = one.resource.namespace, one.resource.name
    if one.resource.kind == "Rollout":
        return advise(
            "If the new version is good: go on with the Rollout (its owner decides)",
            f"kubectl argo rollouts promote {name} -n {ns}",
            risk=Risk.MEDIUM,
            confirm_with=f"kubectl -n {ns} get rollouts.argoproj.io {name} -o jsonpath='{{.status.phase}}'",
        )
    if one.resource.kind == "Deployment":
        return advise(
            "If the pause is no longer wanted: take spec.paused out of the source, or resume the Deployment",
            f"kubectl -n {ns} rollout resume deployment {name}",
            risk=Risk.MEDIUM,
            confirm_with=f"kubectl -n {ns} rollout status deployment {name}",
        )
    return advise(f"Take spec.suspend of {one.title} out of its source if it is no longer wanted", risk=Risk.MEDIUM)
