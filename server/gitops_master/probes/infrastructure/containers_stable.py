"""Level 1: does every container stay up?"""

from collections.abc import Iterator

from gitops_master.facts.checked import checked
from gitops_master.facts.container_signals import Signal, signals
from gitops_master.facts.deployed import Deployed
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
        for pod in one.pods:
            found = signals(one.title, one.app_name, pod, deployed.snapshot)
            for signal in found:
                if signal.wanted and not asked:
                    asked = True  # the pods of one workload run the same program: one log tells
                    yield from signal.wanted
                yield _seen(pod, signal)
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


def _seen(pod: Pod, signal: Signal) -> Seen:
    return Seen(
        verdict=signal.verdict,
        target=pod.ref,
        expected=f"{signal.container}: {_STABLE}",
        observed=signal.told.summary.removesuffix("."),
        evidence=signal.told.evidence,
        remedies=signal.told.remedies,
        good=int(signal.verdict is Verdict.WARN),
    )
