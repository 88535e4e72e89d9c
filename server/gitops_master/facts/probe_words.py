"""What is said of containers that fail their kubelet's probes, of pods held by readiness gates, and of Jobs that failed."""

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human
from gitops_master.facts.probes import Gated, Probed
from gitops_master.facts.texts import fact
from gitops_master.facts.told import Told, last_words, of_app, wanted_log
from gitops_master.facts.workloads import pods_of, troubles
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.meta import Condition
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.workloads import Job


def probe_failing(one: Probed, app: str) -> Told:
    """A container that runs and is not ready, or that the kubelet restarts for a failed probe."""
    restarts = f", {one.status.restart_count} restarts" if one.status.restart_count else ""
    return Told(
        f"Container {one.status.name} of {of_app(one.resource, app)} runs but is not ready{restarts}: {one.text.value}",
        _probe_evidence(one),
        _probe_remedies(one),
    )


def _probe_evidence(one: Probed) -> list[Evidence]:
    found = [
        one.text.as_evidence(),
        fact(one.pod, f"{one.path}.ready", one.status.ready),
    ]
    if one.status.started is not None:
        found.append(fact(one.pod, f"{one.path}.started", one.status.started))
    if one.status.restart_count:
        found.append(fact(one.pod, f"{one.path}.restartCount", one.status.restart_count))
    ended = one.status.last_state.terminated
    if ended is not None:
        value = f"{ended.reason or 'Error'}, exitCode {ended.exit_code}"
        found.append(fact(one.pod, f"{one.path}.lastState.terminated", value, ended.finished_at))
    elif one.status.state.running is not None:
        value = f"running for {human(one.running)}"
        found.append(fact(one.pod, f"{one.path}.state", value, one.status.state.running.started_at))
    return found


def _probe_remedies(one: Probed) -> list[Remedy]:
    ns, pod, container = one.pod.namespace, one.pod.name, one.status.name
    return [
        advise("See what the container says while it is probed", f"kubectl -n {ns} logs {pod} -c {container} --tail=50"),
        advise("Mend what the probe asks for, or the probe's path, port and timing, in the source; then promote that Freight",
               confirm_with=f"kubectl -n {ns} get pods"),
    ]  # fmt: skip


def gate_closed(one: Gated, app: str) -> Told:
    """A pod whose containers are ready and which its readiness gates keep out."""
    ns, pod = one.pod.namespace, one.pod.name
    names = ", ".join(gate.type for gate in one.gates) or "its readiness gates"
    return Told(
        f"The containers of pod {pod} of {of_app(one.resource, app)} are ready, the pod is not: {one.text.value}",
        [
            one.text.as_evidence(),
            *(
                fact(
                    one.pod,
                    f"status.conditions[{gate.type}]",
                    f"{gate.status} {gate.reason}: {gate.message}".strip(": "),
                    gate.last_transition_time,
                )
                for gate in one.gates[:3]
            ),
        ],
        [
            advise(
                f"Find out who sets {names} (a load balancer's controller, usually) and why not to True: its log and its "
                "events of the pod",
                f"kubectl -n {ns} describe pod {pod}",
                confirm_with=f"kubectl -n {ns} get pod {pod} -o wide",
            ),
            advise(
                "If nobody is left to set it: take the readiness gate out of the pod template, in the source",
                risk=Risk.MEDIUM,
            ),
        ],
    )


def job_failed(job: Job, failed: Condition, app: str, snapshot: Snapshot, *, keeps_degraded: bool) -> Told:
    """A Job that has failed, and how its first pod ended. `keeps_degraded`: it is an ordinary resource, no hook."""
    ns, whose = job.namespace, f" of Application {app}" if app else ""
    return Told(
        f"Job {job.name}{whose} has failed ({failed.reason}){' and keeps it Degraded' if keeps_degraded else ''}.",
        [
            fact(job, "status.conditions[Failed].reason", failed.reason, failed.last_transition_time),
            fact(job, "status.conditions[Failed].message", failed.message),
            *_ends(job, snapshot),
        ],
        [
            advise(
                "Read why it failed and mend that in the source",
                f"kubectl -n {ns} logs job/{job.name} --all-containers --tail=50",
            )
        ],
    )


def job_logs(job: Job, snapshot: Snapshot) -> Iterator[Wanted]:
    """The logs of a Job's first pod, as far as they can be read."""
    for pod in pods_of(job, snapshot)[:1]:
        for container in pod.spec.containers:
            yield from wanted_log(pod, container.name, snapshot)


def _ends(job: Job, snapshot: Snapshot) -> list[Evidence]:
    found: list[Evidence] = []
    for pod in pods_of(job, snapshot)[:1]:
        found += [each.as_text().as_evidence() for each in troubles(pod)[:1]]
        for container in pod.spec.containers:
            words = last_words(pod, container.name, snapshot, 2)
            if words:
                found.append(fact(pod, f"log of container {container.name}", "\n".join(words)))
    return found
