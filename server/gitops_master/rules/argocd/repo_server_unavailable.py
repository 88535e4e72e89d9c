from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import component_pods
from gitops_master.facts.memory import NEAR
from gitops_master.facts.stage import StageView
from gitops_master.facts.standstill import raise_it, standstill
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import is_ready
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence, Remedy, Severity
from gitops_master.model.kubernetes import ConfigMap, Event
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod
from gitops_master.rules.app_faults import (
    APP_EFFECTS,
    AppFault,
    afterwards,
    app_faults,
    excerpt,
    shared_fact,
)
from gitops_master.rules.argocd.restarts import ready
from gitops_master.rules.argocd.source_patterns import NAME_LOOKUP, REPO_SERVER_REFUSED
from gitops_master.rules.registry import Hit, rule


@rule(
    "repo-server-unavailable",
    area="argocd",
    title="Argo CD cannot talk to its repo-server",
    on=(StageView, ApplicationView),
    severity=Severity.CRITICAL,
    needs={Application.KIND, ConfigMap.KIND, Event.KIND, Pod.KIND},
    explains=APP_EFFECTS | {"transient-error-without-step-retry"},
    sources=("argoproj/argo-cd#12570", "argoproj/argo-cd#10023", "argoproj/argo-cd v3.5.1 common/common.go"),
    unless=NAME_LOOKUP,
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Every comparison ends with a refused, dropped or unanswered connection to the repo-server.

    Why: the application controller renders nothing itself; it asks the repo-server over gRPC (port 8081). Pods that are not
    ready, a Service without endpoints, a network policy or a TLS mismatch stop all Applications alike.

    How to tell: `:8081 … connection refused`, `i/o timeout` or `code = Unavailable` in a condition that holds now, or in a
    failed operation while the repo-server's pods are not ready or crashed at about that time. `connection refused` means
    that nothing listens, `i/o timeout` that something on the way drops the packets.

    What to do: bring the repo-server's pods up, or open the way to them; then compare again.

    Not this when: the container was OOM-killed (repo-server-oomkilled); the error has passed and the pods are well
    (transient-error-without-step-retry); the name lookup failed.
    """
    for fault in app_faults(view, REPO_SERVER_REFUSED, NAME_LOOKUP):
        pods = component_pods(fault.application, view.snapshot, "repo-server")
        defects = [found for pod in pods for found in _defects(pod, fault)]
        down = next((pod for pod in pods if standstill(pod, view.snapshot)), None)
        none = not pods and view.snapshot.knows_all(Pod.KIND)
        if not (fault.holds_now or defects or none):
            continue
        yield Hit(
            summary=f"Argo CD cannot reach its repo-server ({_state(pods, defects, none=none)}), so Application "
            f"{fault.name} cannot be rendered or compared",
            evidence=[
                excerpt(fault.found),
                *defects[:3],
                *shared_fact(view.snapshot, REPO_SERVER_REFUSED),
            ],
            remedies=[
                *([_raise(down, view.snapshot)] if down is not None else []),
                advise(
                    "Bring the repo-server up or open the way to it: pods and their logs, endpoints of its Service, the "
                    "NetworkPolicy that admits only Argo CD's own pods, its TLS certificate",
                    f"kubectl -n {_place(fault, pods)} get pods,endpointslices -o wide -l "
                    "app.kubernetes.io/name=argocd-repo-server",
                    confirm_with=ready(_place(fault, pods), "argocd-repo-server"),
                ),
                *afterwards(view, fault, refresh=True),
            ],
            confidence=Confidence.HIGH if defects else Confidence.MEDIUM,
            subject=pods[0].ref if pods else fault.trouble.ref,
            also_explains=fault.effects,
        )


def _defects(pod: Pod, fault: AppFault) -> list[Evidence]:
    """What is wrong with the pod now, and crashes near the error."""
    found = [text.as_evidence() for text in standstill(pod, fault.trouble.app.snapshot)] if fault.trouble.app else []
    if not is_ready(pod) and pod.status.phase != "Succeeded":
        found.append(fact(pod, "status.conditions[Ready].status", "False"))
    at = fault.found.text.at
    for index, status in enumerate(pod.status.container_statuses):
        ended = status.last_state.terminated
        if ended is None or ended.exit_code == 0 or ended.finished_at is None or at is None:
            continue
        if abs(ended.finished_at - at) <= NEAR:
            path = f"status.containerStatuses[{index}].lastState.terminated"
            found.append(fact(pod, path, f"{ended.reason}, exit code {ended.exit_code}", ended.finished_at))
    return found


def _raise(pod: Pod, snapshot: Snapshot) -> Remedy:
    confirm = f"kubectl -n {pod.namespace} get pod {pod.name}"
    title = raise_it(pod, standstill(pod, snapshot))
    return advise(title, f"kubectl -n {pod.namespace} describe pod {pod.name}", confirm_with=confirm)


def _state(pods: list[Pod], defects: list[Evidence], *, none: bool) -> str:
    if none:
        return "it has no pods"
    if not pods:
        return "its pods were not read"
    ready = sum(is_ready(pod) for pod in pods)
    return f"{ready} of {len(pods)} pods ready" + (
        f"; {defects[0].value}" if defects and defects[0].value != "False" else ""
    )


def _place(fault: AppFault, pods: list[Pod]) -> str:
    return pods[0].namespace if pods else fault.trouble.ref.namespace
