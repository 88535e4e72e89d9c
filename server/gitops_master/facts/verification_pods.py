"""Whether a verification's Job gets its pod started, and what holds it up."""

import msgspec

from gitops_master.facts.failing_pods import event_text, events_about
from gitops_master.facts.texts import Text
from gitops_master.facts.verification import JobRun, VerificationView
from gitops_master.facts.workloads import troubles, unscheduled
from gitops_master.model.kubernetes import Event
from gitops_master.model.workloads import Pod

_NEVER_STARTED = frozenset({
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError",
    "CreateContainerError", "RunContainerError",
})  # fmt: skip
_POD_EVENTS = ("FailedScheduling", "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "Failed")


class NotStarting(msgspec.Struct, frozen=True):
    """Why a pod of a verification does not start: a short reason and the words that say so."""

    reason: str
    text: Text
    job: JobRun | None = None


def not_starting(view: VerificationView) -> NotStarting | None:
    """The newest Job's obstacle; None where its pod started, or nothing says that it did not."""
    for job in view.jobs[:1]:
        if any(_has_run(pod) for pod in job.pods):
            return None
        for pod in job.pods:
            found = _of_pod(view, pod)
            if found is not None:
                return msgspec.structs.replace(found, job=job)
        refused = _of_job(view, job)
        if refused is not None:
            return refused
    return None


def _has_run(pod: Pod) -> bool:
    return any(
        one.state.running or one.state.terminated or one.last_state.terminated for one in pod.status.container_statuses
    )


def _of_pod(view: VerificationView, pod: Pod) -> NotStarting | None:
    for one in troubles(pod):
        if one.reason in _NEVER_STARTED:
            return NotStarting(one.reason, Text(pod.ref, f"{one.path}.message", one.message or one.reason))
    scheduled = unscheduled(pod)
    if scheduled is not None and scheduled.reason == "Unschedulable":
        return NotStarting("Unschedulable", Text(pod.ref, "status.conditions[PodScheduled].message", scheduled.message))
    events = [
        one
        for one in events_about(pod, view.snapshot, *_POD_EVENTS)
        if not (pod.spec.node_name and "Scheduling" in one.reason)
    ]
    return NotStarting(events[0].reason, event_text(events[0])) if events else None


def _of_job(view: VerificationView, job: JobRun) -> NotStarting | None:
    """A Job without a pod: what its own events say, or those of pods that are gone."""
    if job.pods:
        return None
    events = events_about(job.job, view.snapshot, "FailedCreate") or _of_gone_pods(view, job)
    return NotStarting(events[0].reason, event_text(events[0]), job) if events else None


def _of_gone_pods(view: VerificationView, job: JobRun) -> list[Event]:
    mine = [
        one
        for one in view.snapshot.all(Event, job.job.namespace)
        if one.about.kind == "Pod" and one.about.name.startswith(f"{job.job.name}-")
    ]
    if any(one.reason == "Started" for one in mine):
        return []
    return [one for one in mine if one.reason in _POD_EVENTS]
