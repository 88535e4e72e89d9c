"""Level 1: do the pods' volumes exist?"""

from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.checked import checked
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import lasting
from gitops_master.facts.failing_pods import event_text, events_about
from gitops_master.facts.pod_references import claimants
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence
from gitops_master.model.kubernetes import PersistentVolumeClaim, StorageClass
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod
from gitops_master.probes.objects import absent
from gitops_master.probes.registry import Seen, probe

_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_PROVISIONING = timedelta(minutes=5)
"""Cloud disks are made within a minute or two; file shares take longer."""


@probe(
    "volumes-bound",
    level=1,
    order=12,
    kinds=[Application.KIND],
    counts="claims",
    nothing="no pod has a volume claim",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Volume claims of the pods, and those among the resources.

    Reads: `PersistentVolumeClaim.status.phase`, `PersistentVolumeClaim.spec.storageClassName`, `StorageClass.volumeBindingMode`
    PASS: `Bound`
    WARN: `Pending` and no pod wants it yet; `Bound`, but asked to go
    FAIL: `Lost`; `Pending` while a pod waits for it, for more than 5 minutes or with the event `ProvisioningFailed` or without its class; no such claim
    UNKNOWN, SKIPPED: UNKNOWN: being made; waits for its pod to be scheduled (`WaitForFirstConsumer`). SKIPPED: no claims
    Rights: list persistentvolumeclaims; get storageclasses (storage.k8s.io)
    """
    wanted = claimants(pod for one in checked(deployed) for pod in one.pods)
    for one in deployed.managed_of(PersistentVolumeClaim.KIND):
        wanted.setdefault(one.ref, [])
    for ref, pods in wanted.items():
        claim = deployed.snapshot.get(PersistentVolumeClaim, ref.namespace, ref.name)
        if claim is None:
            who = f"pod {pods[0].name} mounts it" if pods else "an Application manages it"
            yield absent(ref, deployed.snapshot, who)
        else:
            yield _seen(claim, pods, deployed.snapshot)


def _seen(claim: PersistentVolumeClaim, pods: list[Pod], snapshot: Snapshot) -> Seen:
    verdict, observed, evidence = _judged(claim, pods, snapshot)
    look = f"kubectl -n {claim.namespace} describe pvc {claim.name}"
    cure = "Mend the claim: a storage class that exists, a provisioner that runs, capacity in the right zone"
    return Seen(
        verdict=verdict,
        target=claim.ref,
        expected="Bound",
        observed=observed,
        evidence=[fact(claim, "status.phase", claim.status.phase or "empty"), *evidence],
        remedies=[advise(cure, look, confirm_with=f"kubectl -n {claim.namespace} get pvc {claim.name}")]
        if verdict is Verdict.FAIL
        else [],
        good=int(verdict in {Verdict.PASS, Verdict.WARN}),
    )


def _judged(claim: PersistentVolumeClaim, pods: list[Pod], snapshot: Snapshot) -> tuple[Verdict, str, list[Evidence]]:
    asked, now = claim.metadata.deletion_timestamp, snapshot.observed_at
    if claim.status.phase == "Bound":
        if asked is None:
            return Verdict.PASS, "Bound", []
        gone = f"{claim.ref} has been asked to go{lasting(asked, now)}: its data goes once no pod uses it"
        return Verdict.WARN, gone, [fact(claim, "metadata.deletionTimestamp", asked)]
    if claim.status.phase == "Lost":
        return Verdict.FAIL, f"{claim.ref} is Lost: its volume {claim.spec.volume_name} is gone", []
    if not claim.status.phase:
        return Verdict.UNKNOWN, f"{claim.ref} has no phase yet", []
    return _pending(claim, pods, snapshot)


def _pending(claim: PersistentVolumeClaim, pods: list[Pod], snapshot: Snapshot) -> tuple[Verdict, str, list[Evidence]]:
    texts = [event_text(one) for one in events_about(claim, snapshot, "ProvisioningFailed", "FailedBinding")[:1]]
    trouble, place = _class(claim, snapshot)
    evidence = [*place, *(one.as_evidence() for one in texts)]
    age = lasting(claim.created, snapshot.observed_at)
    waits = f"{claim.ref} has been Pending{age}"
    if not pods:
        return Verdict.WARN, f"{waits}, and no pod wants it yet", evidence
    who = f"pod {pods[0].name} waits for it"
    if trouble:
        return Verdict.FAIL, f"{waits}, {who}: {trouble}", evidence
    if texts:
        return Verdict.FAIL, f"{waits}, {who}: {texts[0].value}", evidence
    unplaced = all(not pod.spec.node_name for pod in pods)
    if unplaced and _binding(claim, snapshot) == "WaitForFirstConsumer":
        return (
            Verdict.UNKNOWN,
            f"{waits}: its volume is made where pod {pods[0].name} is scheduled, which is not yet",
            evidence,
        )
    late = claim.created is not None and snapshot.observed_at - claim.created > _PROVISIONING
    return Verdict.FAIL if late else Verdict.UNKNOWN, f"{waits}, {who}", evidence


def _class(claim: PersistentVolumeClaim, snapshot: Snapshot) -> tuple[str, list[Evidence]]:
    """What is wrong with its storage class; the field that names it."""
    name = claim.spec.storage_class_name
    if name is None:
        defaults = [one for one in snapshot.all(StorageClass) if one.annotations.get(_DEFAULT) == "true"]
        none = not defaults and snapshot.knows_all(StorageClass.KIND, "")
        return ("it names no storage class, and the cluster has no default" if none else ""), []
    place = [fact(claim, "spec.storageClassName", name or '""')]
    absent_ = bool(name) and snapshot.lacks_ref(Ref(StorageClass.KIND, "", name))
    return (f"its storage class {name} does not exist" if absent_ and not claim.spec.volume_name else ""), place


def _binding(claim: PersistentVolumeClaim, snapshot: Snapshot) -> str:
    name = claim.spec.storage_class_name
    found = [
        one for one in snapshot.all(StorageClass) if one.name == name or (name is None and _DEFAULT in one.annotations)
    ]
    return found[0].volume_binding_mode if found else ""
