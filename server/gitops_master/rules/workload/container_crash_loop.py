from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.crashes import crashing, killed_by_probe, last_end
from gitops_master.facts.failing_pods import Failing, held_up
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import memory_limit, was_oom_killed
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.snapshot import LogKey, Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "container-crash-loop",
    area="workload",
    title="A container exits again and again",
    on=ApplicationView,
    needs=NEEDS,
    explains=EFFECTS | {"readiness-probe-failing"},
    sources=("argoproj/argo-cd#6527", "kubernetes pkg/kubelet/kuberuntime"),
)
def check(app: ApplicationView) -> Iterator[Hit | Wanted]:
    """Containers of the new version exit again and again; the rollout does not finish, the Application is not Healthy.

    Why: the process ends with an error or is killed for its memory; the kubelet restarts it with growing pauses. Argo CD
    shows Progressing, and Degraded only after the Deployment's progress deadline (a StatefulSet never).

    How to tell: state.waiting CrashLoopBackOff, or restarts with a recent lastState.terminated; reason, exit code, the last
    words of the log.

    What to do: mend what the last words name (or raise the memory limit if it was OOMKilled) and promote the new Freight.

    Not this when: a liveness or startup probe kills the container (readiness-probe-failing), or it never started.
    """
    found = [one for one in crashing(app) if not killed_by_probe(app, one.pod, one.trouble.status)]
    if not found:
        return
    one = found[0]
    key = LogKey(one.pod.namespace, one.pod.name, one.container)
    log = app.snapshot.log(key)
    if log is None and app.snapshot.may_read(key):
        yield Wanted(key)
    words = [line.strip() for line in log.lines if line.strip()][-3:] if log else []
    evidence = _evidence(one, has_log=bool(words))
    if words:
        evidence.append(fact(one.pod, f"log of container {one.container}", "\n".join(words)))
    yield Hit(
        summary=_summary(app, one, words),
        evidence=evidence,
        remedies=_remedies(one),
        also_explains=held_up(app),
    )


def _evidence(one: Failing, *, has_log: bool) -> list[Evidence]:
    status, path = one.trouble.status, one.trouble.path
    found = []
    if status.state.waiting is not None:
        found.append(fact(one.pod, f"{path}.state.waiting.reason", status.state.waiting.reason))
    ended = last_end(status)
    if ended is not None:
        where = f"{path}.{'state' if status.state.terminated else 'lastState'}.terminated"
        value = f"{ended.reason or 'Error'}, exitCode {ended.exit_code}"
        found.append(fact(one.pod, where, value, ended.finished_at))
        if ended.message and not has_log:
            found.append(fact(one.pod, f"{where}.message", ended.message, ended.finished_at))
    found.append(fact(one.pod, f"{path}.restartCount", status.restart_count))
    limit = memory_limit(one.pod, one.container)
    if was_oom_killed(status) and limit:
        found.append(fact(one.pod, f"spec.containers[{one.container}].resources.limits.memory", limit))
    return found


def _summary(app: ApplicationView, one: Failing, words: list[str]) -> str:
    status = one.trouble.status
    ending = one.trouble.reason or "its end is not recorded"
    text = f"Container {one.container} of {one.resource} ({app.app.name}, image {status.image}) exits again and again: {ending}, "
    text += f"{status.restart_count} restarts"
    limit = memory_limit(one.pod, one.container)
    if was_oom_killed(status) and limit:
        text += f", memory limit {limit}"
    return f"{text}; its last words: {words[-1]}" if words else f"{text}."


def _remedies(one: Failing) -> list[Remedy]:
    ns, pod = one.pod.namespace, one.pod.name
    cure = (
        f"Raise the memory limit of container {one.container} in its source, or find what needs the memory"
        if was_oom_killed(one.trouble.status)
        else "Mend what the last words name, in the source or the image, and promote the Freight that carries it"
    )
    return [
        advise(
            "Read what the container said before it ended",
            f"kubectl -n {ns} logs {pod} -c {one.container} --previous --tail=50",
        ),
        advise(cure, confirm_with=f"kubectl -n {ns} get pods"),
        advise("If users are hit meanwhile: promote the Freight that ran before once more"),
    ]
