from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.failing_pods import event_text
from gitops_master.facts.rollout_progress import Progress, last_sync, progressing, scalings
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import is_ready
from gitops_master.model.finding import Class, Confidence, Evidence, Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import NEEDS

AUTOSCALERS = ("autoscaling/HorizontalPodAutoscaler", "keda.sh/ScaledObject")
SETTLED = timedelta(minutes=10)
"""After a sync this old (Kubernetes' default progress deadline) pods that start are not its rollout any more, where the
workload itself does not say that its rollout is complete."""


@rule(
    "transient-progressing-from-autoscaling",
    area="workload",
    title="The Application is Progressing because an autoscaler added pods",
    on=ApplicationView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    needs=NEEDS | set(AUTOSCALERS),
    explains={"application-not-fine", "stage-unhealthy", "waiting-for-workload-rollout"},
    sources=("akuity/kargo#5108", "kubernetes pkg/controller/deployment/progress.go"),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """Without any Promotion or sync the Application turned Progressing and the Stage with it.

    Why: an autoscaler changed the number of replicas and the added pods are still starting. Argo CD calls a Deployment
    Progressing until all are available, and Kargo takes that over. The Freight stays verified.

    How to tell: the revision is unchanged and was rolled out long ago (the Deployment's progress reason is still
    NewReplicaSetAvailable), an autoscaler's event or a ScalingReplicaSet event is newer than the last sync, and no container
    fails.

    What to do: nothing; it passes when the pods are ready.

    Not this when: there was a sync shortly before (a rollout), or containers of the new pods fail.
    """
    synced, now = last_sync(app), app.snapshot.observed_at
    settled = synced is None or now - synced >= SETTLED
    moving = progressing(app) if app.op in {Op.SUCCEEDED, Op.NEVER, Op.FAILED_BEFORE} else []
    if not moving or not all(one.is_complete or (settled and one.deployment is None) for one in moving):
        return
    one = moving[0]
    scaled = [event_text(event) for event in scalings(app, one.managed.resource.namespace)]
    scalers = [each for kind in AUTOSCALERS for each in app.snapshot.of_kind(kind, one.managed.resource.namespace)]
    if not scaled and not scalers:
        return
    ago = f", {human(now - synced)} after the last sync at {stamp(synced)}" if synced else ""
    told = f": {scaled[0].value}" if scaled else ""
    yield Hit(
        summary=f"{one.managed.title} of {app.app.name} is Progressing{ago}, because the autoscaler changed its number of pods{told}; "
        "revision and verified Freight are unchanged.",
        evidence=[*(text.as_evidence() for text in scaled[:1]), *_evidence(app, one)],
        remedies=[advise("Nothing to do: it passes when the added pods are ready", confirm_with=_watch(one))],
        ends="when the added pods are ready, usually within minutes",
        confidence=Confidence.HIGH if scaled else Confidence.MEDIUM,
    )


def _evidence(app: ApplicationView, one: Progress) -> list[Evidence]:
    found = [fact(app.app, "status.health.status", app.health, app.progressing_since)]
    synced = last_sync(app)
    if synced is not None:
        found.append(fact(app.app, "status.operationState.finishedAt", synced))
    if one.deployment is not None:
        status = one.deployment.status
        value = f"{status.available_replicas} of spec.replicas {one.deployment.spec.replicas}, reason NewReplicaSetAvailable"
        found.append(fact(one.deployment, "status.availableReplicas", value))
    if one.pods:
        value = f"{len(one.pods)}, {sum(is_ready(pod) for pod in one.pods)} ready, none failing"
        found.append(fact(one.managed.ref, "pods", value))
    return found


def _watch(one: Progress) -> str:
    resource = one.managed.resource
    return f"kubectl -n {resource.namespace} get {resource.kind.lower()} {resource.name}"
