"""Sync hooks of an operation: what it waits for, which failed, and what their Jobs and pods say."""

import re
from collections.abc import Iterable

import msgspec

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.workloads import pods_of, troubles, unscheduled
from gitops_master.model.argocd import ResourceResult
from gitops_master.model.finding import Evidence
from gitops_master.model.kubernetes import Event
from gitops_master.model.meta import Condition, condition
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.model.workloads import Job, Pod

_WAITS = re.compile(r"waiting for completion of hook (?P<group>[^/\s]*)/(?P<kind>\w+)/(?P<name>[\w.-]+)")
"""gitops-engine pkg/sync/sync_context.go."""


class Hook(msgspec.Struct, frozen=True):
    """One hook. `namespace` falls back to the Application's destination: the message that waits names no namespace."""

    kind: str
    namespace: str
    name: str
    phase: str
    text: Text

    def job(self, snapshot: Snapshot) -> Job | None:
        return snapshot.get(Job, self.namespace, self.name) if self.kind == "Job" else None

    def pods(self, snapshot: Snapshot) -> list[Pod]:
        if self.kind == "Pod":
            pod = snapshot.get(Pod, self.namespace, self.name)
            return [pod] if pod is not None else []
        job = self.job(snapshot)
        owned = pods_of(job, snapshot) if job is not None else []
        labels = ("batch.kubernetes.io/job-name", "job-name")
        return owned or [
            pod for pod in snapshot.all(Pod, self.namespace) if self.name in {pod.labels.get(one, "") for one in labels}
        ]


def awaited(app: ApplicationView, texts: Iterable[Text]) -> Hook | None:
    """The hook that the operation says it waits for."""
    for text in texts:
        match = _WAITS.search(text.value)
        if match is not None:
            return Hook(match["kind"], _namespace(app, match["kind"], match["name"]), match["name"], "Running", text)
    return None


def _namespace(app: ApplicationView, kind: str, name: str) -> str:
    for one in _results(app):
        if (one.kind, one.name) == (kind, name) and one.namespace:
            return one.namespace
    return app.app.spec.destination.namespace


def _results(app: ApplicationView) -> tuple[ResourceResult, ...]:
    state = app.operation_state
    return state.sync_result.resources if state is not None and state.sync_result is not None else ()


def failed_hooks(app: ApplicationView) -> list[Hook]:
    """Real hooks that ended badly. Ordinary resources of a wave carry a hookPhase, too, but no hookType."""
    found = []
    for index, one in enumerate(_results(app)):
        if one.hook_type and one.hook_phase in {"Failed", "Error"}:
            path = f"status.operationState.syncResult.resources[{index}]"
            at = app.operation_state.finished_at if app.operation_state else None
            value = f"{one.hook_type} hook {one.kind}/{one.name}: hookPhase {one.hook_phase}: {one.message}".rstrip(
                ": "
            )
            found.append(Hook(one.kind, one.namespace, one.name, one.hook_phase, Text(app.ref, path, value, at)))
    return found


def failure_of(job: Job) -> Condition | None:
    failed = condition(job.status.conditions, "Failed")
    return failed if failed is not None and failed.status == "True" else None


def pod_evidence(hook: Hook, snapshot: Snapshot) -> list[Evidence]:
    """Why the hook's pods do not finish well: containers in trouble, no node, attempts that failed."""
    found: list[Evidence] = []
    for pod in hook.pods(snapshot):
        found += [one.as_text().as_evidence() for one in troubles(pod)]
        scheduled = unscheduled(pod)
        if scheduled is not None:
            found.append(fact(pod, "status.conditions[PodScheduled].message", scheduled.message or scheduled.reason))
    job = hook.job(snapshot)
    if job is not None and job.status.failed:
        found.append(fact(job, "status.failed", job.status.failed))
    return found


def log_keys(hook: Hook, snapshot: Snapshot) -> list[LogKey]:
    return [LogKey(pod.namespace, pod.name, one.name) for pod in hook.pods(snapshot) for one in pod.spec.containers]


def completion_event(hook: Hook, snapshot: Snapshot) -> Event | None:
    """The job controller's own word that the Job completed, which stays when the Job is gone."""
    for event in snapshot.all(Event, hook.namespace):
        about = event.about
        if about.kind == "Job" and about.name == hook.name and event.reason == "Completed":
            return event
    return None
