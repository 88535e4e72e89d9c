"""Level 2: whether Ready says anything of the containers behind Services."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.services import by_owner, containers
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Remedy
from gitops_master.model.meta import Ref
from gitops_master.model.networking import Service
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Container, Pod
from gitops_master.probes.backends import service_view
from gitops_master.probes.registry import Seen, probe

_EVER = datetime.fromtimestamp(0, UTC)


@probe(
    "readiness-probed",
    level=2,
    order=4,
    kinds=[Service.KIND, Pod.KIND],
    counts="containers",
    nothing="no pods behind Services",
    manages=[Service.KIND],
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Whether Ready means anything.

    Reads: `Pod.spec.containers[].readinessProbe`
    PASS: each container that a Service's ports lead to has one (where none declares such a port: one of the pod's containers)
    WARN: one has none: Ready then only says that the process runs
    FAIL: –
    UNKNOWN, SKIPPED: SKIPPED: no pods behind Services, or the Service asks for pods that are not ready, too
    Rights: list services, pods
    """
    for one in _behind(deployed):
        lacking = [each for each in one.serving if each.readiness_probe is None]
        probed, every = len(one.serving) - len(lacking), len(one.serving)
        if not lacking or (probed and not one.declared):
            yield Seen(verdict=Verdict.PASS, target=one.owner, observed="probed", good=every, of=every)
            continue
        names = ", ".join(each.name for each in lacking)
        yield Seen(
            verdict=Verdict.WARN,
            target=one.owner,
            expected="a readiness probe",
            observed=f"container {names} has no readiness probe: Ready only says that its process runs",
            evidence=[fact(one.pod, f"spec.containers[{each.name}].readinessProbe", "none") for each in lacking],
            remedies=[Remedy(title=f"Give container {names} of {one.owner} a readiness probe, in its source")],
            good=probed,
            of=every,
        )


class _Serving(msgspec.Struct, frozen=True):
    """One of a workload's pods, and those of its containers that Services lead to; all, where none declares the port."""

    owner: Ref
    pod: Pod
    serving: list[Container]
    declared: bool


def _behind(deployed: Deployed) -> Iterator[_Serving]:
    """Each workload behind Services once, by its newest pod."""
    pods: dict[Ref, list[Pod]] = {}
    served: dict[Ref, set[int | str]] = {}
    for service in deployed.live(Service):
        if service.spec.publish_not_ready_addresses:
            continue
        targets = {one.target_port or one.port for one in service.spec.ports}
        for owner, mine in by_owner(service_view(deployed, service).pods, deployed.snapshot).items():
            pods.setdefault(owner, []).extend(mine)
            served.setdefault(owner, set()).update(targets)
    for owner, found in pods.items():
        pod = max(reversed(found), key=_made)
        every = containers(pod.spec)
        serving = [one for one in every if any({each.name, each.container_port} & served[owner] for each in one.ports)]
        yield _Serving(owner, pod, serving or list(every), bool(serving))


def _made(pod: Pod) -> datetime:
    return pod.metadata.creation_timestamp or _EVER
