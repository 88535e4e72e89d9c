"""Level 2: whether autoscalers can do their work."""

from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.conditions import as_evidence, in_words
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Remedy
from gitops_master.model.meta import Condition, Ref, condition
from gitops_master.model.operators import HorizontalPodAutoscaler
from gitops_master.model.registry import kind_of
from gitops_master.model.rollouts import Rollout
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Deployment, StatefulSet
from gitops_master.probes.objects import Fault, judged, not_live
from gitops_master.probes.registry import Seen, probe

PATIENCE = timedelta(minutes=3)
"""Metrics of a pod that has just started come with the second collection, after a minute by default."""


@probe(
    "autoscalers-working",
    level=2,
    order=8,
    kinds=[HorizontalPodAutoscaler.KIND],
    counts="autoscalers",
    nothing="no HorizontalPodAutoscaler belongs to it",
    manages=[HorizontalPodAutoscaler.KIND],
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """HorizontalPodAutoscalers.

    Reads: `HorizontalPodAutoscaler ScalingActive=True`, `HorizontalPodAutoscaler AbleToScale=True`
    PASS: both
    WARN: `HorizontalPodAutoscaler ScalingLimited=True` at the maximum, where that is above the minimum
    FAIL: one is False
    UNKNOWN, SKIPPED: UNKNOWN: no conditions yet, or False for less than 3 minutes. SKIPPED: none, or workload scaled to zero
    Rights: list horizontalpodautoscalers (autoscaling)
    """
    for one in deployed.managed_of(HorizontalPodAutoscaler.KIND):
        if not isinstance(one.live, HorizontalPodAutoscaler):
            yield from not_live(one, deployed.snapshot)
        elif _is_idle(one.live, deployed.snapshot):
            why = f"{_target(one.live)} is scaled to zero, and autoscaling is off until somebody scales it up"
            yield Seen(verdict=Verdict.SKIPPED, target=one.ref, observed=why, good=0, of=0)
        else:
            status = one.live.status
            well = f"{status.current_replicas} replicas, {status.desired_replicas} wanted"
            yield from judged(one.ref, _faults(one.live, deployed.snapshot), well)


def _target(one: HorizontalPodAutoscaler) -> Ref:
    target = one.spec.scale_target_ref
    return Ref(kind_of(target.api_version, target.kind), one.namespace, target.name)


def _is_idle(one: HorizontalPodAutoscaler, snapshot: Snapshot) -> bool:
    active = condition(one.status.conditions, "ScalingActive")
    if active is not None and active.reason == "ScalingDisabled":
        return True
    live = snapshot.find(_target(one))
    return isinstance(live, Deployment | StatefulSet | Rollout) and not live.spec.replicas


def _faults(one: HorizontalPodAutoscaler, snapshot: Snapshot) -> Iterator[Fault]:
    held = [condition(one.status.conditions, type_) for type_ in ("AbleToScale", "ScalingActive")]
    for each in held:
        if each is not None and each.status != "True":
            yield _fault(one, each, snapshot)
    if held[0] is None:
        yield Fault(
            Verdict.UNKNOWN, "it has no conditions yet: its controller has not looked at it", "AbleToScale=True"
        )
    elif held[1] is None and held[0].status == "True":
        yield Fault(Verdict.UNKNOWN, "it has not computed a size yet", "ScalingActive=True")
    limited = condition(one.status.conditions, "ScalingLimited")
    most = one.spec.max_replicas
    if limited is not None and limited.status == "True" and one.spec.min_replicas < most <= one.status.current_replicas:
        said = f"it is at its maximum of {most} replicas and would take more ({limited.message or limited.reason})"
        yield Fault(
            Verdict.WARN, said, f"fewer than {most} replicas", [as_evidence(one, limited), fact(one, "spec.maxReplicas", most)]
        )  # fmt: skip


def _fault(one: HorizontalPodAutoscaler, bad: Condition, snapshot: Snapshot) -> Fault:
    since = bad.last_transition_time
    young = since is not None and snapshot.observed_at - since < PATIENCE
    verdict = Verdict.FAIL if bad.status == "False" and not young else Verdict.UNKNOWN
    place = f"kubectl -n {one.namespace}"
    remedy = Remedy(
        title="Mend what the condition names: the target, its metrics, or its containers' resource requests",
        commands=[f"{place} describe horizontalpodautoscalers.autoscaling {one.name}"],
        confirm_with=f"{place} get horizontalpodautoscalers.autoscaling {one.name}",
    )
    return Fault(
        verdict,
        in_words(bad),
        f"{bad.type}=True",
        [as_evidence(one, bad)],
        [remedy] if verdict is Verdict.FAIL else [],
    )
