from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import component_pods, home, parameters
from gitops_master.facts.memory import oom_kills
from gitops_master.facts.processing import SKIP_RECONCILE, grown_old, hampers, unprocessed
from gitops_master.facts.stage import StageView
from gitops_master.facts.standstill import raise_it, standstill
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.workloads import is_ready
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence, Remedy, Severity
from gitops_master.model.kubernetes import ConfigMap, Event
from gitops_master.model.workloads import Pod
from gitops_master.rules.app_faults import APP_EFFECTS, apps_of, stage_effects
from gitops_master.rules.registry import Hit, rule

_NAMESPACES = "application.namespaces"


@rule(
    "argocd-application-controller-not-processing",
    area="argocd",
    title="The application controller does not process the Application",
    on=(StageView, ApplicationView),
    severity=Severity.CRITICAL,
    needs={Application.KIND, ConfigMap.KIND, Event.KIND, Pod.KIND},
    explains=APP_EFFECTS | {"stage-not-yet-re-evaluated", "recorded-health-check-outdated"},
    sources=("argoproj/argo-cd controller/appcontroller.go canProcessApp", "akuity/kargo#2196"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """An operation that nobody starts, a refresh that nobody takes up, a comparison that grows old.

    Why: the application controller is down or not ready, does not watch the Application's namespace, or was told to leave
    the Application alone. Kargo sets an operation or asks for a refresh and waits.

    How to tell: `operation` is set while operationState is absent; the refresh annotation stays; reconciledAt is older than
    the last operation. Then the reason: annotation skip-reconcile, application.namespaces, the controller's pods.

    What to do: take the obstacle away; nothing has to be promoted again where a Promotion still waits.

    Not this when: the controller is OOM-killed (argocd-application-controller-oom); a sync window parks the operation; the
    request is only seconds old.
    """
    stage = view if isinstance(view, StageView) else None
    for app in apps_of(view):
        signs = unprocessed(app, stage)
        old = grown_old(app) if hampers(app, stage) else []
        pods = component_pods(app.app, view.snapshot, "application-controller")
        found = _skipped(app) if signs or hampers(app, stage) else None
        if found is None and signs and not oom_kills(pods):
            found = _unwatched(app) or _down(app, pods) or _unseen(app, pods)
        elif found is None and old and not oom_kills(pods):
            found = _down(app, pods)
        if found is None:
            continue
        reason, evidence, remedy = found
        yield Hit(
            summary=f"Argo CD's application controller does not process Application {app.app.name}: {reason}",
            evidence=[*evidence, *(signs[:3] or old)],
            remedies=[remedy],
            confidence=Confidence.HIGH if evidence else Confidence.MEDIUM,
            subject=app.ref,
            also_explains=stage_effects(view, app),
        )


_Reason = tuple[str, list[Evidence], Remedy]


def _skipped(app: ApplicationView) -> _Reason | None:
    if app.app.annotations.get(SKIP_RECONCILE, "").lower() != "true":
        return None
    shown = fact(app.app, f"metadata.annotations[{SKIP_RECONCILE}]", "true")
    target = f"-n {app.app.namespace} annotate applications.argoproj.io {app.app.name}"
    cure = advise(
        "Find out who paused it; when they agree, remove the annotation (in the Application's source of truth, too)",
        f"kubectl {target} {SKIP_RECONCILE}-",
        confirm_with=f"kubectl -n {app.app.namespace} get applications.argoproj.io {app.app.name} "
        "-o jsonpath='{.status.reconciledAt}'",
    )
    return f"it is marked {SKIP_RECONCILE}", [shown], cure


def _unwatched(app: ApplicationView) -> _Reason | None:
    """An Application outside Argo CD's own namespace needs that namespace in application.namespaces."""
    settings = parameters(None, app.snapshot)
    if settings is None or app.app.namespace == settings.namespace:
        return None
    watched = [one.strip() for one in settings.data.get(_NAMESPACES, "").split(",") if one.strip()]
    if any(one in {"*", app.app.namespace} or "*" in one or one.startswith("/") for one in watched):
        return None
    shown = fact(settings, f"data[{_NAMESPACES}]", ", ".join(watched) or "not set")
    cure = advise(
        f"Add {app.app.namespace} to {_NAMESPACES} in {settings.name} and restart the controller and the server, or keep the "
        f"Application in namespace {settings.namespace}"
    )
    return f"namespace {app.app.namespace} is not among those it watches", [shown], cure


def _down(app: ApplicationView, pods: list[Pod]) -> _Reason | None:
    bad = [pod for pod in pods if not is_ready(pod)]
    if bad:
        said = standstill(bad[0], app.snapshot)
        shown = [fact(bad[0], "status.conditions[Ready].status", "False"), *(text.as_evidence() for text in said[:2])]
        detail = f" ({said[0].value})" if said else ""
        return f"its pod {bad[0].name} is not ready{detail}", shown, _raise(bad[0], said)
    if not pods and app.snapshot.knows_all(Pod.KIND):
        shown = [fact(f"Namespace {home(app.app, app.snapshot)}", "Pods named argocd-application-controller", "none")]
        return "it has no pods", shown, _look(app, pods)
    return None


def _unseen(app: ApplicationView, pods: list[Pod]) -> _Reason:
    return "why is not visible here (its pods look well or were not read)", [], _look(app, pods)


def _raise(pod: Pod, said: list[Text]) -> Remedy:
    confirm = f"kubectl -n {pod.namespace} get pod {pod.name}"
    return advise(raise_it(pod, said), f"kubectl -n {pod.namespace} describe pod {pod.name}", confirm_with=confirm)


def _look(app: ApplicationView, pods: list[Pod]) -> Remedy:
    place = pods[0].namespace if pods else home(app.app, app.snapshot)
    return advise(
        "Bring the controller up: see its pods, their events and logs; with several shards the one of this cluster counts",
        f"kubectl -n {place} get pods -l app.kubernetes.io/name=argocd-application-controller",
    )
