"""Why a pod is not ready, or was never made, in one sentence; what a verification makes of it."""

from functools import partial

from gitops_master.facts.application import Managed
from gitops_master.facts.container_signals import Signal, signals
from gitops_master.facts.failing_pods import events_about, refusals_of
from gitops_master.facts.patterns import first
from gitops_master.facts.pod_patterns import ACCOUNT_MISSING, QUOTA
from gitops_master.facts.pod_words import (
    account_missing,
    evicted,
    lost_node,
    node_gone,
    quota_refusal,
    quota_remedies,
    refused_by_scheduler,
    unschedulable,
    was_evicted,
)
from gitops_master.facts.probe_words import gate_closed, probe_failing
from gitops_master.facts.probes import at_gates, told_of
from gitops_master.facts.standstill import standstill
from gitops_master.facts.texts import fact
from gitops_master.facts.told import Told, of_app
from gitops_master.facts.workloads import last_exit, statuses, unscheduled
from gitops_master.model.meta import Condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod

ROOM_COMES = ("TriggeredScaleUp", "Nominated")
"""Cluster Autoscaler and Karpenter: a node is on its way for this pod."""


def unready(resource: str, app: str, pod: Pod, snapshot: Snapshot) -> Signal:
    """FAIL for what does not pass by itself; UNKNOWN for what may, within the workload's deadline."""
    placing = _placing(resource, app, pod, snapshot)
    if placing is not None:
        return placing
    lost = lost_node(pod, snapshot)
    if lost is not None:
        return Signal("", Verdict.FAIL, "node not ready", partial(node_gone, resource, app, pod, *lost))
    found = [one for one in signals(resource, app, pod, snapshot) if one.verdict is not Verdict.WARN]
    if found:
        return min(found, key=lambda one: one.verdict is not Verdict.FAIL)
    gates = at_gates(resource, pod)
    if gates is not None:
        return Signal("", Verdict.UNKNOWN, "readiness gate closed", partial(gate_closed, gates, app))
    for path, status in statuses(pod):
        if status.state.running is not None and not status.ready:
            probed = told_of(resource, pod, status, path, snapshot)
            return Signal(status.name, Verdict.UNKNOWN, "not ready", partial(probe_failing, probed, app))
    return Signal("", Verdict.UNKNOWN, "not ready", partial(_stands_still, resource, app, pod, snapshot))


def _stands_still(resource: str, app: str, pod: Pod, snapshot: Snapshot) -> Told:
    said = standstill(pod, snapshot)
    why = f": {said[0].value}" if said else ""
    summary = f"Pod {pod.name} of {of_app(resource, app)} is {pod.status.phase or 'new'} and not ready{why}"
    return Told(summary, [one.as_evidence() for one in said[:2]], [])


def _placing(resource: str, app: str, pod: Pod, snapshot: Snapshot) -> Signal | None:
    text = refused_by_scheduler(pod, snapshot)
    if text is not None:
        words = partial(unschedulable, resource, app, pod, text, snapshot)
        coming = events_about(pod, snapshot, *ROOM_COMES)
        return Signal("", Verdict.UNKNOWN if coming else Verdict.FAIL, "Unschedulable", words)
    held = unscheduled(pod)
    if held is None or held.reason != "SchedulingGated":
        return None
    return Signal("", Verdict.UNKNOWN, held.reason, partial(_gated, resource, app, pod, held))


def _gated(resource: str, app: str, pod: Pod, held: Condition) -> Told:
    summary = f"Pod {pod.name} of {of_app(resource, app)} is kept from scheduling by its gates: {held.message}"
    return Told(
        summary, [fact(pod, "status.conditions[PodScheduled].reason", held.reason, held.last_transition_time)], []
    )


def ended(resource: str, app: str, pod: Pod, snapshot: Snapshot) -> Told:
    """A pod in phase Failed that nothing has replaced."""
    if was_evicted(pod, snapshot.observed_at):
        return evicted(resource, app, pod, snapshot)
    last = next((f"container {one.name}: {last_exit(one)}" for _, one in statuses(pod) if last_exit(one)), "")
    why = ": ".join(part for part in (pod.status.reason, pod.status.message or last) if part)
    summary = f"Pod {pod.name} of {of_app(resource, app)} is Failed{f': {why}' if why else ''}"
    return Told(summary, [fact(pod, "status.phase", f"Failed {pod.status.reason}".strip())], [])


def never_made(one: Managed, app: str, snapshot: Snapshot) -> Told | None:
    """What keeps the workload's controller from making pods, where it says so."""
    texts = refusals_of(one, snapshot)
    quota, account = first(QUOTA, texts), first(ACCOUNT_MISSING, texts)
    if quota is not None:
        name, about = quota.groups.get("quota") or quota.groups["demanding"], quota.text.object
        who = f"{about.kind.rpartition('/')[2]} {about.name}"
        summary = quota_refusal(name, about.namespace, f"pods of {of_app(who, app)}", quota.groups)
        remedies = quota_remedies(about.namespace, name, quota.groups.get("missing", ""))
        return Told(summary, [quota.text.as_evidence()], remedies)
    if account is not None:
        return account_missing(app or one.title, account)
    if not texts:
        return None
    return Told(f"Pods of {of_app(one.title, app)} cannot be made: {texts[0].value}", [texts[0].as_evidence()], [])
