from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import component_pods
from gitops_master.facts.durations import lasting
from gitops_master.facts.memory import NEAR, OomKill, doubled, oom_kills
from gitops_master.facts.processing import grown_old, hampers, unprocessed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import is_ready, troubles
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk, Severity
from gitops_master.model.kubernetes import ConfigMap
from gitops_master.model.workloads import Pod
from gitops_master.rules.app_faults import APP_EFFECTS, apps_of, stage_effects
from gitops_master.rules.registry import Hit, rule


@rule(
    "argocd-application-controller-oom",
    area="argocd",
    title="The application controller is killed for memory and reconciles nothing",
    on=(StageView, ApplicationView),
    severity=Severity.CRITICAL,
    risk=Risk.MEDIUM,
    needs={Application.KIND, ConfigMap.KIND, Pod.KIND},
    explains=APP_EFFECTS
    | {"argocd-application-controller-not-processing", "stage-not-yet-re-evaluated", "recorded-health-check-outdated"},
    sources=("akuity/kargo#5995", "akuity/kargo#2196", "argoproj/argo-cd controller/appcontroller.go"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The Application looks Synced and Healthy, but that dates from before its last operation, and nothing renews it.

    Why: the application controller keeps the state of whole clusters in memory; over its limit it is killed, starts, loads
    everything again and is killed again. Kargo >= 1.10 does not trust health that is older than the last operation, asks
    for a hard refresh, and waits.

    How to tell: reconciledAt is older than operationState.finishedAt, a refresh annotation or a requested operation stays;
    the container of argocd-application-controller was OOM-killed within the last hour, or waits to be restarted after it.

    What to do: more memory for the controller, or shard it. Health and verification then follow by themselves.

    Not this when: the controller's pods are down for another reason (argocd-application-controller-not-processing); the
    kill is long past and the Application is being reconciled.
    """
    stage = view if isinstance(view, StageView) else None
    for app in apps_of(view):
        signs = unprocessed(app, stage) or (grown_old(app) if hampers(app, stage) else [])
        kill = _kill(component_pods(app.app, view.snapshot, "application-controller"), app)
        if not signs or kill is None:
            continue
        seen = app.app.status.reconciled_at
        since = lasting(seen, view.snapshot.observed_at)
        limit = f"limit {kill.limit}" if kill.limit else "no limit of its own"
        yield Hit(
            summary=f"Argo CD's application controller {kill.pod.name} is OOM-killed again and again ({limit}, "
            f"{kill.status.restart_count} restarts), so Application {app.app.name} has not been reconciled{since}; the "
            "state that Argo CD shows is from before",
            evidence=[*signs[:3], *kill.evidence(), *_waits(kill)],
            remedies=_remedies(kill),
            subject=kill.pod.ref,
            also_explains=stage_effects(view, app),
        )


def _kill(pods: list[Pod], app: ApplicationView) -> OomKill | None:
    """A kill that still matters: recent, or the container has not come up since."""
    now = app.snapshot.observed_at
    for one in oom_kills(pods):
        if (one.at is not None and now - one.at <= NEAR) or not is_ready(one.pod):
            return one
    return None


def _waits(kill: OomKill) -> list[Evidence]:
    found = [trouble.as_text().as_evidence() for trouble in troubles(kill.pod)]
    return found[:1] or ([] if is_ready(kill.pod) else [fact(kill.pod, "status.conditions[Ready].status", "False")])


def _remedies(kill: OomKill) -> list[Remedy]:
    place, more = kill.pod.namespace, doubled(kill.limit)
    selector = "app.kubernetes.io/name=" + kill.pod.labels.get(
        "app.kubernetes.io/name", "argocd-application-controller"
    )
    raise_it = (
        f"kubectl -n {place} set resources statefulset -l {selector} -c {kill.status.name} --limits=memory={more}"
    )
    return [
        advise(
            "Give the application controller more memory (for good: in the values or manifests that install Argo CD)",
            *([raise_it] if more else []),
            risk=Risk.MEDIUM,
            destroys="nothing; the controller restarts and loads its clusters anew",
            confirm_with=f"kubectl -n {place} get pod {kill.pod.name}",
        ),
        advise(
            "Or spread the clusters over several controllers (sharding: replicas and ARGOCD_CONTROLLER_REPLICAS), or keep "
            "kinds it need not watch out of its cache (resource.exclusions in argocd-cm)",
            risk=Risk.MEDIUM,
        ),
        advise("Then wait: the pending refresh is handled, health is judged anew and verification starts by itself"),
    ]
