"""Why a pod does not become ready, in the words of the scheduler, the kubelet and its containers."""

import re
from collections.abc import Sequence

from gitops_master.facts.failing_pods import event_text, events_about
from gitops_master.facts.texts import Text
from gitops_master.facts.workloads import is_ready, troubles, unscheduled
from gitops_master.model.meta import condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod

_TELLING = ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "FailedScheduling", "Unhealthy")
_ABSENT = re.compile(r"(?P<kind>configmap|secret) \"(?P<name>[^\"]+)\" not found", re.IGNORECASE)


def standstill(pod: Pod, snapshot: Snapshot) -> list[Text]:
    """The most telling first; the bare Ready condition only where nothing else is known. Empty for a pod that is ready."""
    if is_ready(pod) or pod.status.phase == "Succeeded":
        return []
    found = [trouble.as_text() for trouble in troubles(pod)]
    scheduled = unscheduled(pod)
    if scheduled is not None:
        said = f"{scheduled.reason}: {scheduled.message}".strip(": ")
        found.append(Text(pod.ref, "status.conditions[PodScheduled].message", said, scheduled.last_transition_time))
    if not found:
        found = [_of_event(event_text(one), one.reason) for one in events_about(pod, snapshot, *_TELLING)[:2]]
    if not found:
        ready = condition(pod.status.conditions, "Ready")
        said = f"{ready.reason}: {ready.message}".strip(": ") if ready is not None else ""
        found = [Text(pod.ref, "status.conditions[Ready].message", said)] if said else []
    return found


def _of_event(text: Text, reason: str) -> Text:
    return Text(text.object, text.path, f"{reason}: {text.value}", text.at)


def raise_it(pod: Pod, said: Sequence[Text]) -> str:
    """What has to be done for this pod, in words."""
    text = said[0].value if said else ""
    absent = _ABSENT.search(text)
    if absent is not None:
        kind = "ConfigMap" if absent["kind"].lower() == "configmap" else "Secret"
        return f"Create {kind} {absent['name']} in namespace {pod.namespace} again, or take it out of what pod {pod.name} mounts"
    if "Insufficient" in text or "Too many pods" in text:
        return f"Make room for pod {pod.name}: add a node, or lower requests (its own or those of others)"
    return f"Bring pod {pod.name} up: mend what is said of it"
