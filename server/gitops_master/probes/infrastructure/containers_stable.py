"""Level 1: does every container stay up?"""

from collections.abc import Iterator, Sequence
from functools import partial

from gitops_master.facts.checked import Checked, checked
from gitops_master.facts.container_signals import Signal, signals
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.told import Told, of_app
from gitops_master.model.argocd import Application
from gitops_master.model.snapshot import Wanted
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod
from gitops_master.probes.registry import MOST_TOLD, Seen, probe

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
    failed = 0
    for one in checked(deployed):
        if one.is_quiet:
            yield from _stable(one.pods)
            continue
        asked = False
        told: set[tuple[str, str]] = set()
        for pod in one.pods:
            found = signals(one.title, one.app_name, pod, deployed.snapshot)
            for signal in found:
                failed += signal.verdict is Verdict.FAIL
                if signal.wanted and not asked and failed <= MOST_TOLD:
                    asked = True  # the pods of one workload run the same program: one log tells
                    yield from signal.wanted
                same = (signal.container, signal.reason)
                yield _seen(one, pod, signal, first=same not in told)
                told.add(same)
            rest = len(pod.status.init_container_statuses) + len(pod.status.container_statuses) - len(found)
            if rest > 0 and pod.status.phase not in {"Succeeded", "Failed"}:
                yield _passed(pod, rest)


def _stable(pods: Sequence[Pod]) -> Iterator[Seen]:
    """Of pods of which nothing is told but how many containers they have: the first, and the others together."""
    counts = [len(pod.status.init_container_statuses) + len(pod.status.container_statuses) for pod in pods]
    told = [(pod, count) for pod, count in zip(pods, counts, strict=True) if count]
    for pod, count in told[:1]:
        yield _passed(pod, count)
    if len(told) > 1:
        yield _passed(told[1][0], sum(counts) - told[0][1])


def _passed(pod: Pod, count: int) -> Seen:
    ref = pod.ref
    return Seen(verdict=Verdict.PASS, target=ref, expected=_STABLE, observed=f"{ref}: {count}", good=count, of=count)


def _seen(one: Checked, pod: Pod, signal: Signal, *, first: bool) -> Seen:
    """`first`: nothing was told of this yet; of the workload's other pods, one line is enough."""
    return Seen(
        verdict=signal.verdict,
        target=pod.ref,
        expected=f"{signal.container}: {_STABLE}",
        observed=f"Container {signal.container} of {of_app(one.title, one.app_name)}: {signal.reason}",
        good=int(signal.verdict is Verdict.WARN),
        words=partial(_in_full, signal) if first else None,
    )


def _in_full(signal: Signal) -> Told:
    told = signal.told
    return Told(told.summary.removesuffix("."), told.evidence, told.remedies)
