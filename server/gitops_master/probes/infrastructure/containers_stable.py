"""Level 1: does every container stay up?"""

from collections.abc import Iterator

from gitops_master.facts.checked import Checked, checked
from gitops_master.facts.container_signals import Signal, signals
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.told import of_app
from gitops_master.facts.workloads import statuses
from gitops_master.model.argocd import Application
from gitops_master.model.snapshot import Wanted
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod
from gitops_master.probes.registry import Seen, probe

_STABLE = "neither waiting for a bad reason nor ended"


@probe(
    "containers-stable",
    level=1,
    order=5,
    kinds=[Application.KIND, Pod.KIND],
    counts="containers",
    nothing="there are no pods",
)
def check(deployed: Deployed) -> Iterator[Seen | Wanted]:
    """Containers, init containers and sidecars of these pods.

    Reads: `Pod.status.containerStatuses[].state.waiting.reason`, `Pod.status.initContainerStatuses[].state.waiting.reason`, `Pod.status.containerStatuses[].lastState.terminated.reason`
    PASS: none of the signals below
    WARN: runs again after `OOMKilled`, exit code 137 or 143 within the hour
    FAIL: a signal that the table of pod failure signals calls FAIL
    UNKNOWN, SKIPPED: UNKNOWN: `ContainerCreating` or `PodInitializing` for more than 2 minutes; ended once and about to start again. Pods that have ended do not count
    Rights: list pods
    """
    for one in checked(deployed):
        asked = False
        told: set[tuple[str, str]] = set()
        for pod in one.pods:
            found = signals(one.title, one.app_name, pod, deployed.snapshot)
            for signal in found:
                if signal.wanted and not asked:
                    asked = True  # the pods of one workload run the same program: one log tells
                    yield from signal.wanted
                same = (signal.container, signal.reason)
                yield _counted(one, pod, signal) if same in told else _seen(pod, signal)
                told.add(same)
            rest = sum(1 for _ in statuses(pod)) - len(found)
            if rest > 0 and pod.status.phase not in {"Succeeded", "Failed"}:
                yield Seen(
                    verdict=Verdict.PASS,
                    target=pod.ref,
                    expected=_STABLE,
                    observed=f"{pod.ref}: {rest}",
                    good=rest,
                    of=rest,
                )


def _counted(one: Checked, pod: Pod, signal: Signal) -> Seen:
    """What was told in full of another pod of the workload: making evidence is slow, and an answer lists few."""
    return Seen(
        verdict=signal.verdict,
        target=pod.ref,
        expected=f"{signal.container}: {_STABLE}",
        observed=f"Container {signal.container} of {of_app(one.title, one.app_name)}: {signal.reason}",
        good=int(signal.verdict is Verdict.WARN),
    )


def _seen(pod: Pod, signal: Signal) -> Seen:
    told = signal.told
    return Seen(
        verdict=signal.verdict,
        target=pod.ref,
        expected=f"{signal.container}: {_STABLE}",
        observed=told.summary.removesuffix("."),
        evidence=told.evidence,
        remedies=told.remedies,
        good=int(signal.verdict is Verdict.WARN),
    )
