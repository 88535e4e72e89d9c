"""Level 1: did what should run once run to its end?"""

from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.container_signals import signals
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import human, lasting
from gitops_master.facts.failing_pods import event_text, events_about
from gitops_master.facts.hooks import failure_of
from gitops_master.facts.pod_signals import unready
from gitops_master.facts.probe_words import job_failed, job_logs
from gitops_master.facts.texts import fact
from gitops_master.facts.told import Told
from gitops_master.facts.workloads import is_ready, pods_of
from gitops_master.model.argocd import Application, ResourceResult
from gitops_master.model.meta import Condition, Ref, condition
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Job, Pod
from gitops_master.probes.objects import absent
from gitops_master.probes.registry import Seen, probe

_HELD_OPEN = timedelta(minutes=10)
"""A sidecar that ends with its neighbour does so within the grace period, 30 s by default."""


@probe(
    "jobs-succeeded",
    level=1,
    order=6,
    kinds=[Application.KIND],
    counts="Jobs",
    nothing="no Jobs are among the resources or the last sync's hooks",
)
def check(deployed: Deployed) -> Iterator[Seen | Wanted]:
    """Jobs among the resources, and of sync hooks.

    Reads: `Job Complete=True`, `Job Failed=True`, `Application.status.operationState.syncResult.resources[].hookPhase`
    PASS: complete
    WARN: suspended
    FAIL: failed; active, and its pod cannot be made or started; active, and a sidecar has kept its pod alive for 10 minutes
    UNKNOWN, SKIPPED: UNKNOWN: active. SKIPPED: no Jobs, or removed after they ended
    Rights: list jobs (batch)
    """
    seen: set[Ref] = set()
    for app in deployed.apps:
        for one in app.managed:
            if one.ref.kind == Job.KIND and one.ref not in seen:
                seen.add(one.ref)
                yield from _managed(one.ref, one.live, app)
        for result in _hooks(app):
            yield from _hook(result, app)


def _managed(ref: Ref, job: object, app: ApplicationView) -> Iterator[Seen | Wanted]:
    if isinstance(job, Job):
        yield from _judged(job, app, keeps_degraded=True)
    elif app.snapshot.lacks_ref(ref):
        gone = f"{ref} is not there: removed after it ended (ttlSecondsAfterFinished), or never made"
        yield Seen(verdict=Verdict.SKIPPED, target=ref, observed=gone, good=0, of=0)
    else:
        yield absent(ref, app.snapshot, "")


def _hooks(app: ApplicationView) -> list[ResourceResult]:
    """Jobs that were hooks of the last operation. Of one that failed before something mended it, they are history."""
    state = app.operation_state
    if state is None or state.sync_result is None or app.op is Op.FAILED_BEFORE:
        return []
    return [one for one in state.sync_result.resources if one.hook_type and one.kind == "Job"]


def _hook(result: ResourceResult, app: ApplicationView) -> Iterator[Seen | Wanted]:
    ref = Ref(Job.KIND, result.namespace, result.name)
    job = app.snapshot.get(Job, result.namespace, result.name)
    if job is not None:
        yield from _judged(job, app, keeps_degraded=False)
        return
    phases = {"Succeeded": Verdict.PASS, "Failed": Verdict.FAIL, "Error": Verdict.FAIL}
    verdict = phases.get(result.hook_phase, Verdict.UNKNOWN)
    said = f": {result.message}" if result.message else ""
    place = f"status.operationState.syncResult.resources[{result.kind}/{result.name}].hookPhase"
    yield Seen(
        verdict=verdict,
        target=ref,
        expected="Succeeded",
        observed=f"{result.hook_type} hook {ref} of {app.app.name}: {result.hook_phase or 'no phase yet'}{said}",
        evidence=[fact(app.app, place, f"{result.hook_phase}{said}")],
        good=int(verdict is Verdict.PASS),
    )


def _judged(job: Job, app: ApplicationView, *, keeps_degraded: bool) -> Iterator[Seen | Wanted]:
    failed, snapshot = failure_of(job), app.snapshot
    if failed is not None:
        yield from job_logs(job, snapshot)
        told = job_failed(
            job, failed, app.app.name, snapshot, keeps_degraded=keeps_degraded and app.health == "Degraded"
        )
        yield _seen(job, Verdict.FAIL, told)
    elif _holds(job, "Complete"):
        yield _seen(job, Verdict.PASS, Told("complete", [], []))
    elif (suspended := _holds(job, "Suspended")) is not None:
        evidence = [fact(job, "status.conditions[Suspended]", suspended.message or suspended.reason)]
        yield _seen(job, Verdict.WARN, Told(f"{job.ref} is suspended: it does not run", evidence, []))
    else:
        verdict, told = _active(job, app.app.name, snapshot)
        yield _seen(job, verdict, told)


def _seen(job: Job, verdict: Verdict, told: Told) -> Seen:
    return Seen(
        verdict=verdict,
        target=job.ref,
        expected="complete",
        observed=told.summary.removesuffix("."),
        evidence=told.evidence,
        remedies=told.remedies,
        good=int(verdict in {Verdict.PASS, Verdict.WARN}),
    )


def _holds(job: Job, type_: str) -> Condition | None:
    found = condition(job.status.conditions, type_)
    return found if found is not None and found.status == "True" else None


def _active(job: Job, app: str, snapshot: Snapshot) -> tuple[Verdict, Told]:
    title = f"Job/{job.name}"
    pods = [pod for pod in pods_of(job, snapshot) if pod.status.phase in {"Pending", "Running"}]
    for pod in pods:
        held = _held_open(pod, snapshot)
        if held is not None:
            return held
        if pod.status.phase == "Pending" and not is_ready(pod):
            one = unready(title, app, pod, snapshot)
            if one.verdict is Verdict.FAIL:
                return Verdict.FAIL, one.told
    refused = events_about(job, snapshot, "FailedCreate")
    if refused and not pods:
        text = event_text(refused[0])
        return Verdict.FAIL, Told(f"Pods of {title} ({app}) cannot be made: {text.value}", [text.as_evidence()], [])
    tried = f", {job.status.failed} of its pods failed" if job.status.failed else ""
    crashing = [one.told.summary for pod in pods for one in signals(title, app, pod, snapshot)]
    why = f". {crashing[0]}" if crashing else ""
    age = lasting(job.status.start_time, snapshot.observed_at)
    counts = f"{job.status.active} active, {job.status.failed} failed"
    return Verdict.UNKNOWN, Told(f"{job.ref} has been active{age}{tried}{why}", [fact(job, "status", counts)], [])


def _held_open(pod: Pod, snapshot: Snapshot) -> tuple[Verdict, Told] | None:
    """The Job's own container is done, another one keeps the pod, and so the Job, from completing."""
    statuses = pod.status.container_statuses
    done = [one for one in statuses if one.state.terminated is not None and one.state.terminated.exit_code == 0]
    alive = [one for one in statuses if one.state.running is not None]
    ends = [
        one.state.terminated.finished_at for one in done if one.state.terminated and one.state.terminated.finished_at
    ]
    if not done or not alive or not ends or len(done) + len(alive) < len(statuses):
        return None
    since = snapshot.observed_at - max(ends)
    if since < _HELD_OPEN:
        return None
    summary = (
        f"Container {done[0].name} of pod {pod.name} ended {human(since)} ago, but its pod lives on: container {alive[0].name} "
        "does not end, so the Job never completes"
    )
    evidence = [
        fact(pod, f"status.containerStatuses[{done[0].name}].state.terminated.exitCode", 0, max(ends)),
        fact(pod, f"status.containerStatuses[{alive[0].name}].state.running", f"image {alive[0].image}"),
    ]
    return Verdict.FAIL, Told(summary, evidence, [])
