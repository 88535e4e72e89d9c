from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.durations import human
from gitops_master.facts.failing_pods import held_up
from gitops_master.facts.probes import Probed, gated, probed
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "readiness-probe-failing",
    area="workload",
    title="A container fails its probes, or a pod its readiness gates",
    on=ApplicationView,
    needs=NEEDS,
    explains=EFFECTS,
    sources=("kubernetes pkg/kubelet/prober/prober.go", "kubernetes pkg/kubelet/status/generate.go"),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """New pods run but do not become ready, or are restarted again and again by the kubelet; the rollout does not complete.

    Why: the readiness, startup or liveness probe fails: wrong path or port, a dependency that does not answer, a start that
    takes longer than the probe allows. With readiness gates a pod is ready only once others (a load balancer's controller, say)
    have set the conditions that it names.

    How to tell: Ready is False though the container runs, and events Unhealthy quote the probe's answer; with a liveness or
    startup probe, restarts with exit code 137 or 143 and the event Killing. A closed gate: the reason ReadinessGatesNotReady.

    What to do: mend what the probe asks for, or the probe, in the source; promote that Freight. A gate is mended at whoever sets
    its condition.

    Not this when: the process exits by itself (a crash loop), or it has only just started.
    """
    found = sorted(probed(app), key=lambda one: -one.running)
    if not found:
        yield from _closed_gates(app)
        return
    one = found[0]
    restarts = f", {one.status.restart_count} restarts" if one.status.restart_count else ""
    yield Hit(
        summary=f"Container {one.status.name} of {one.resource} ({app.app.name}) runs but is not ready{restarts}: "
        f"{one.text.value}",
        evidence=_evidence(one),
        remedies=_remedies(one),
        confidence=Confidence.HIGH if one.text.path.startswith("event") else Confidence.MEDIUM,
        also_explains=held_up(app),
    )


def _closed_gates(app: ApplicationView) -> Iterator[Hit]:
    for one in gated(app):
        ns, pod = one.pod.namespace, one.pod.name
        names = ", ".join(gate.type for gate in one.gates) or "its readiness gates"
        yield Hit(
            summary=f"The containers of pod {pod} of {one.resource} ({app.app.name}) are ready, the pod is not: {one.text.value}",
            evidence=[
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
            remedies=[
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
            also_explains=held_up(app),
        )
        return


def _evidence(one: Probed) -> list[Evidence]:
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


def _remedies(one: Probed) -> list[Remedy]:
    ns, pod, container = one.pod.namespace, one.pod.name, one.status.name
    return [
        advise("See what the container says while it is probed", f"kubectl -n {ns} logs {pod} -c {container} --tail=50"),
        advise("Mend what the probe asks for, or the probe's path, port and timing, in the source; then promote that Freight",
               confirm_with=f"kubectl -n {ns} get pods"),
    ]  # fmt: skip
