"""Level 4: whether Kargo does its work."""

from collections.abc import Iterator

from gitops_master.facts.controllers import is_stale, serving, shard_of
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import human
from gitops_master.facts.reconciliation import bring_back, heartbeat_in_charge, kargo_namespace, micros, silence
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence
from gitops_master.model.kubernetes import Lease
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.versions import Version
from gitops_master.model.workloads import Pod
from gitops_master.probes.registry import Seen, probe

_HEARTBEATS = Version(1, 10, 4)


@probe(
    "kargo-controllers-alive",
    level=4,
    order=3,
    kinds=[Lease.KIND],
    counts="controllers",
    nothing="no Stage of Kargo is looked at",
    when=lambda deployed: bool(deployed.stages),
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Kargo works, not only runs.

    Reads: `Lease.spec.renewTime` of Leases with the label `kargo.akuity.io/controller` (Kargo ≥ 1.10.4)
    PASS: the one of the controller in charge of the Stage is younger than 2 minutes
    FAIL: older, or the controller's own pods are down ([kargo-controller-down](gitops://rules/kargo-controller-down))
    UNKNOWN, SKIPPED: UNKNOWN: none there (older Kargo, or stopped in good order)
    Rights: list leases (coordination.k8s.io) in Kargo's namespace
    """
    for shard in sorted({shard_of(one.stage) for one in deployed.stages}):
        yield _judged(shard, deployed.snapshot)


def _judged(shard: str, snapshot: Snapshot) -> Seen:
    lease, quiet = heartbeat_in_charge(snapshot, shard), silence(snapshot, shard)
    renewed = lease.spec.renew_time if lease is not None else None
    wanted = "a heartbeat in the last 2 minutes"
    if lease is not None and renewed is not None and not is_stale(lease, snapshot):
        return Seen(
            verdict=Verdict.PASS,
            target=lease.ref,
            expected=wanted,
            observed=f"heartbeat {human(snapshot.observed_at - renewed)} ago",
            evidence=[fact(lease, "spec.renewTime", micros(renewed), renewed)],
        )
    who = f"the controller of shard {shard}" if shard else "the controller of what has no shard"
    # Where Kargo's own namespace was not looked at, that no pod is seen there means nothing.
    looked = lease is not None or serving(shard, snapshot) or snapshot.knows_all(Pod.KIND, kargo_namespace(snapshot))
    if quiet is not None and quiet.confidence is Confidence.HIGH and looked:
        return Seen(
            verdict=Verdict.FAIL,
            target=quiet.subject,
            expected=wanted,
            observed=f"{who} does not work: {quiet.detail}",
            evidence=quiet.signs[:3],
            remedies=bring_back(snapshot, shard),
            good=0,
        )
    target = (
        lease.ref
        if lease is not None
        else Ref(Lease.KIND, kargo_namespace(snapshot), f"kargo-controller-{shard or 'unnamed'}")
    )
    return Seen(verdict=Verdict.UNKNOWN, target=target, expected=wanted, observed=f"{who}: {_why(snapshot)}", good=0)


def _why(snapshot: Snapshot) -> str:
    version = snapshot.versions.kargo
    if version is not None and version < _HEARTBEATS:
        return f"Kargo {version} writes no heartbeats, {_HEARTBEATS} is the first that does"
    return "no heartbeat: an older Kargo, one that was stopped in good order, or one that runs elsewhere"
