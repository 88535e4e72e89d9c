"""What stands behind a Service: its ports, its endpoints, its pods and the workload that makes them."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

from gitops_master.facts.durations import later
from gitops_master.facts.endpoints import slices_of
from gitops_master.facts.selectors import has
from gitops_master.facts.workloads import is_ready, labelled, troubles, unquiet, unscheduled
from gitops_master.model.meta import Object, Ref, condition
from gitops_master.model.networking import EndpointSlice, Service, ServicePort
from gitops_master.model.rollouts import Rollout
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Container, DaemonSet, Deployment, Pod, PodSpec, ReplicaSet, StatefulSet

T = TypeVar("T", bound=Object)
Workload = Deployment | StatefulSet | DaemonSet | Rollout
PATIENCE = timedelta(minutes=10)
"""How long pods may take to become ready where their workload has no deadline of its own: Kubernetes' default for a Deployment."""
LISTED = timedelta(seconds=30)
"""How long a pod that became ready may be missing from the slices: its controller writes them within seconds."""
_POD_NAME = "statefulset.kubernetes.io/pod-name"
GIVEN_TO_PODS = frozenset({
    _POD_NAME, "apps.kubernetes.io/pod-index", "pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash",
})  # fmt: skip
"""Labels that controllers put on pods; no pod template has them. Argo Rollouts puts the last one into Services' selectors."""
_GROUPS = {"Deployment": "apps", "StatefulSet": "apps", "DaemonSet": "apps", "ReplicaSet": "apps", "Job": "batch",
           "Rollout": "argoproj.io"}  # fmt: skip


class ServiceView:
    """Facts of one Service, computed when first asked for."""

    def __init__(self, service: Service, snapshot: Snapshot) -> None:
        self.service = service
        self.snapshot = snapshot
        self._ready: dict[ServicePort | None, int] = {}

    @property
    def ref(self) -> Ref:
        return self.service.ref

    @property
    def is_external(self) -> bool:
        """Only another name for a host: it has neither pods nor endpoints."""
        return self.service.spec.type == "ExternalName"

    @property
    def selects(self) -> bool:
        """Whether Kubernetes finds its endpoints, by a selector; without one somebody else writes them, or nobody."""
        return bool(self.service.spec.selector) and not self.is_external

    @cached_property
    def pods(self) -> list[Pod]:
        """Pods that its selector takes; not those on their way out, nor those that have ended."""
        if not self.selects:
            return []
        found = labelled(self.service.spec.selector, self.service.namespace, self.snapshot)
        if self.service.namespace not in self.snapshot.grouped(Pod, unquiet):
            return found
        return [
            one
            for one in found
            if one.metadata.deletion_timestamp is None and one.status.phase not in {"Succeeded", "Failed"}
        ]

    @property
    def ready_pods(self) -> list[Pod]:
        return [one for one in self.pods if is_ready(one)]

    @property
    def slices(self) -> Sequence[EndpointSlice]:
        return slices_of(self.service.namespace, self.service.name, self.snapshot)

    def port(self, wanted: int | str) -> ServicePort | None:
        """The port of that number or name."""
        ports = self.service.spec.ports
        return next((one for one in ports if wanted in {one.port, one.name} and wanted), None)

    def ready(self, port: ServicePort | None = None) -> int:
        """Ready endpoints of a port, each once; of any port, and of a Service without ports, where none is given."""
        if port not in self._ready:
            self._ready[port] = self._counted(port)
        return self._ready[port]

    def _counted(self, port: ServicePort | None) -> int:
        found: set[Hashable] = set()
        for one in self.slices:
            if port is None or any(each.name == port.name for each in one.ports or ()):
                found |= {(each.target_ref.namespace, each.target_ref.name) if each.target_ref.name else each.addresses[:1]
                          for each in one.ready}  # fmt: skip
        return len(found)

    @property
    def is_up(self) -> bool:
        """Whether each of its ports has a ready endpoint."""
        return all(self.ready(one) for one in self.service.spec.ports or (None,))

    @cached_property
    def workloads(self) -> list[Workload]:
        """What makes its pods, by the labels of the pod templates."""
        selector = {key: value for key, value in self.service.spec.selector.items() if key not in GIVEN_TO_PODS}
        if not self.selects:
            return []
        if not selector:
            name = self.service.spec.selector.get(_POD_NAME, "").rpartition("-")[0]
            found = self.snapshot.get(StatefulSet, self.service.namespace, name)
            return [found] if found is not None else []
        place = self.service.namespace
        deployments = _having(self.snapshot.grouped(Deployment, _template_labels), place, selector)
        stateful = _having(self.snapshot.grouped(StatefulSet, _template_labels), place, selector)
        daemons = _having(self.snapshot.grouped(DaemonSet, _template_labels), place, selector)
        rollouts = _having(self.snapshot.grouped(Rollout, _template_labels), place, selector)
        every: list[Workload] = [*deployments, *stateful, *daemons, *rollouts]
        return [one for one in every if has(labels_of(one), selector)]

    @property
    def is_scaled_to_zero(self) -> bool:
        """Whether somebody wants no pods behind it."""
        return bool(self.workloads) and not any(wanted_pods(one) for one in self.workloads)

    @property
    def unknown_ports(self) -> list[ServicePort]:
        """Ports whose named targetPort no container has: of the pods, of the pod templates where there are no pods."""
        specs = [one.spec for one in self.pods] or [one.spec.template.spec for one in self.workloads]
        specs = [one for one in specs if one.containers]
        named = {port.name for spec in specs for each in containers(spec) for port in each.ports if port.name}
        ports = self.service.spec.ports if specs else ()
        return [one for one in ports if isinstance(one.target_port, str) and one.target_port not in named]

    @property
    def behind(self) -> str:
        """`Deployment shop-prod/web`, or the owners of its pods; empty where neither is known."""
        refs = [one.ref for one in self.workloads] or [owner_of(one, self.snapshot) for one in self.pods]
        return ", ".join(dict.fromkeys(str(one) for one in refs))

    @property
    def settles_until(self) -> datetime | None:
        """By when pods that are still starting have to be ready and listed; None where nothing is under way, or something went wrong."""
        if any(troubles(one) or unscheduled(one) is not None for one in self.pods):
            return None
        if any(_is_late(one) for one in self.workloads):
            return None
        sets = [each for one in self.workloads if isinstance(one, Deployment) for each in self._sets(one)]
        ready = [condition(one.status.conditions, "Ready") for one in self.pods]
        times = [one.created for one in (*self.pods, *self.workloads, *sets)]
        times += [one.last_transition_time for one in ready if one is not None]
        moved = max((one for one in times if one is not None), default=None)
        if moved is None:
            return None
        deadline = max((_deadline(one) for one in self.workloads), default=PATIENCE)
        until = later(moved, LISTED if self.ready_pods else deadline)
        return until if until > self.snapshot.observed_at else None

    def _sets(self, one: Deployment) -> list[ReplicaSet]:
        return [each for each in self.snapshot.owned_by(ReplicaSet, one) if each.spec.replicas]


def containers(spec: PodSpec) -> tuple[Container, ...]:
    """Those that run as long as the pod does: containers and sidecars."""
    return (*(one for one in spec.init_containers if one.restart_policy == "Always"), *spec.containers)


def target_port(port: ServicePort, pod: Pod) -> int | None:
    """The number of the pod's port that a Service's port leads to; None where no container has the name."""
    return container_port(port.target_port or port.port, pod)


def container_port(wanted: int | str, pod: Pod) -> int | None:
    """The number of a container's port by number or name; None where no container has one of that name."""
    if isinstance(wanted, int) or wanted.isdecimal():
        return int(wanted)
    found = (each.container_port for one in containers(pod.spec) for each in one.ports if each.name == wanted)
    return next(found, None)


def wanted_pods(workload: Workload) -> int:
    """How many pods a workload is to have."""
    return workload.status.desired_number_scheduled if isinstance(workload, DaemonSet) else workload.spec.replicas


def labels_of(workload: Workload) -> dict[str, str]:
    """Labels of its pods; its selector's where it has no pod template of its own (a Rollout with a workloadRef)."""
    return workload.spec.template.metadata.labels or workload.spec.selector.match_labels


def owner_of(pod: Pod, snapshot: Snapshot) -> Ref:
    """Who made a pod in the end: a Deployment rather than its ReplicaSet; the pod itself where nobody did."""
    one: Object = pod
    for _ in range(2):
        owner = next((each for each in one.metadata.owner_references if each.controller), None)
        if owner is None:
            return one.ref
        ref = Ref(f"{_GROUPS.get(owner.kind, '?')}/{owner.kind}", pod.namespace, owner.name)
        replica_set = snapshot.get(ReplicaSet, pod.namespace, owner.name) if owner.kind == "ReplicaSet" else None
        if replica_set is None:
            return ref
        one = replica_set
    return one.ref


def makers(pod: Pod) -> tuple[tuple[str, str, str]]:
    """Namespace, kind and name of what controls it, or of the pod itself."""
    metadata = pod.metadata
    for one in metadata.owner_references:
        if one.controller:
            return ((metadata.namespace, one.kind, one.name),)
    return ((metadata.namespace, "Pod", metadata.name),)


def by_owner(pods: list[Pod], snapshot: Snapshot) -> dict[Ref, list[Pod]]:
    """The pods of each `owner_of`, which is looked up once for those that the same ReplicaSet made."""
    if pods and snapshot.grouped(Pod, makers).get(*makers(pods[0])) == pods:  # as with most Services
        return {owner_of(pods[0], snapshot): pods}
    made: dict[tuple[str, str, str], list[Pod]] = {}
    for pod in pods:
        for maker in makers(pod):
            made.setdefault(maker, []).append(pod)
    found: dict[Ref, list[Pod]] = {}
    for mine in made.values():
        found.setdefault(owner_of(mine[0], snapshot), []).extend(mine)
    return found


def _is_late(one: Workload) -> bool:
    progressing = condition(one.status.conditions, "Progressing")
    return progressing is not None and progressing.status == "False" and progressing.reason != "DeploymentPaused"


def _deadline(one: Workload) -> timedelta:
    return timedelta(seconds=one.spec.progress_deadline_seconds) if isinstance(one, Deployment) else PATIENCE


def _having(index: Mapping[Hashable, Sequence[T]], namespace: str, labels: dict[str, str]) -> Sequence[T]:
    """Candidates: the fewest that have one of the labels."""
    if not index:
        return ()
    return min((index.get((namespace, *label), ()) for label in labels.items()), key=len, default=())


def _template_labels(workload: Workload) -> Iterable[Hashable]:
    return ((workload.namespace, *label) for label in labels_of(workload).items())
