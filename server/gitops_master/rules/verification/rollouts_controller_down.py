from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import live, rollouts_controllers
from gitops_master.facts.durations import human
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import begun, in_progress
from gitops_master.facts.workloads import is_ready, last_exit, troubles
from gitops_master.model.finding import Confidence, Evidence, Remedy, Severity
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Deployment, Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.verification.effects import HELD, NEEDS

INSTANCE_ID = "argo-rollouts.argoproj.io/controller-instance-id"
PATIENCE = timedelta(seconds=30)
"""A live controller gives a new AnalysisRun its first status within a second or two (seen on v1.10.1)."""


@rule(
    "rollouts-controller-down",
    area="verification",
    title="No Argo Rollouts controller works on the AnalysisRun",
    on=StageView,
    severity=Severity.CRITICAL,
    needs=NEEDS | {Pod.KIND, Deployment.KIND},
    explains=HELD,
    sources=("argoproj/argo-rollouts manifests", "akuity/kargo v1.11.2 pkg/rollouts"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification stays Pending; its AnalysisRun has no status at all.

    Why: Kargo only creates AnalysisRuns; Argo Rollouts' controller carries them out. Its pods are absent, not ready, or it is
    limited to another namespace.

    How to tell: status of the AnalysisRun is empty more than half a minute after its creation; the controller's pods (label
    app.kubernetes.io/name=argo-rollouts) are missing or not ready.

    What to do: bring the controller back; it takes up waiting runs by itself.

    Not this when: the run carries a controller-instance-id and a controller is running; or the run has ended and only the
    Stage has not noticed.
    """
    run = untouched_run(stage)
    if run is None:
        return
    pods = rollouts_controllers(stage.snapshot)
    if run.labels.get(INSTANCE_ID) and (live(pods) or not down(stage.snapshot)):
        return
    age = human(stage.snapshot.observed_at - run.created) if run.created else "a while"
    if live(pods):
        state = f"though its controller {pods[0].name} is running: it may be limited to other namespaces"
    elif pods:
        state = f"because its controller {pods[0].name} is not ready"
    else:
        state = "and no controller of Argo Rollouts is there"
    yield Hit(
        summary=f"AnalysisRun {run.name} of the verification in {stage.name} has had no status for {age}: Argo Rollouts does not work on "
        f"it, {state}.",
        evidence=[fact(run, "status", "empty (no phase)", run.created), *_controller(stage.snapshot)],
        remedies=[_bring_back(stage.snapshot, run)],
        confidence=Confidence.HIGH if down(stage.snapshot) else Confidence.MEDIUM,
    )


def _bring_back(snapshot: Snapshot, run: AnalysisRun) -> Remedy:
    """By what is there: a Deployment at zero, pods that do not get ready, a controller that looks elsewhere, or none."""
    pods, stopped = rollouts_controllers(snapshot), [one for one in _deployments(snapshot) if one.spec.replicas == 0]
    takes = "(it takes the waiting run up by itself)"
    look = "kubectl get deployments,pods -A -l app.kubernetes.io/name=argo-rollouts"
    title = f"Bring the Argo Rollouts controller back {takes}"
    if live(pods):
        title = f"Let controller {pods[0].name} watch namespace {run.namespace} (it may run with --namespaced) {takes}"
        look = f"kubectl -n {pods[0].namespace} get pod {pods[0].name} -o jsonpath='{{.spec.containers[*].args}}'"
    elif stopped:
        title = f"Scale Deployment {stopped[0].name} up again {takes}"
        look = f"kubectl -n {stopped[0].namespace} scale deployment {stopped[0].name} --replicas=1"
    elif pods:
        title = f"Mend what keeps {pods[0].name} from getting ready {takes}"
        look = f"kubectl -n {pods[0].namespace} describe pod {pods[0].name}"
    confirm = get("analysisruns.argoproj.io", run.namespace, run.name, ".status.phase")
    return advise(title, look, confirm_with=confirm)


def untouched_run(stage: StageView) -> AnalysisRun | None:
    """The run of the verification in progress, if no controller has touched it in time."""
    view = in_progress(stage)
    if view is None or view.run is None or view.run.status.phase:
        return None
    since = begun(view)
    return view.run if since is not None and stage.snapshot.observed_at - since >= PATIENCE else None


def down(snapshot: Snapshot) -> bool:
    """Whether it is certain that no controller is working: pods that are not ready, a Deployment at zero, or none at all."""
    pods = rollouts_controllers(snapshot)
    if pods:
        return not live(pods)
    return any(not one.status.available_replicas for one in _deployments(snapshot)) or snapshot.knows_all(Pod.KIND)


def _deployments(snapshot: Snapshot) -> list[Deployment]:
    named = "app.kubernetes.io/name"
    return [one for one in snapshot.all(Deployment) if "argo-rollouts" in {one.labels.get(named), one.name}]


def _controller(snapshot: Snapshot) -> list[Evidence]:
    found = []
    for pod in rollouts_controllers(snapshot)[:2]:
        why = next((one.reason for one in troubles(pod)), "")
        ends = [last_exit(one) for one in pod.status.container_statuses if last_exit(one)]
        state = f"{pod.status.phase}, Ready {str(is_ready(pod)).lower()}"
        found.append(fact(pod, "status.phase", ", ".join([state, *([why] if why else []), *ends[:1]])))
    for one in _deployments(snapshot)[:1]:
        found.append(
            fact(
                one, "status.availableReplicas", f"{one.status.available_replicas} of spec.replicas {one.spec.replicas}"
            )
        )
    if not found and snapshot.knows_all(Pod.KIND):
        found.append(fact("Pods", "metadata.labels[app.kubernetes.io/name]", "none is argo-rollouts"))
    return found
