"""What a verification looks at: the Applications of a Stage (or of a whole project), and what they deploy."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from gitops_master.facts.application import ApplicationView, Managed
from gitops_master.facts.failing_pods import pods_behind
from gitops_master.facts.stage import StageView
from gitops_master.model.asking import Ask, Reply
from gitops_master.model.expectations import Expectations
from gitops_master.model.gateways import Gateway
from gitops_master.model.meta import Object, Ref
from gitops_master.model.networking import Ingress, Service
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Job, Pod

T = TypeVar("T", bound=Object)
M = TypeVar("M")
WORKLOADS = ("apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "argoproj.io/Rollout")


class Deployed:
    """`stages`: whose verification it is; one, or all of a project. `http`, `proxy`: whether probes may ask outside of the
    Kubernetes API, from here and through its proxy. `replies`: what came back so far.
    """

    def __init__(
        self,
        apps: Sequence[ApplicationView],
        snapshot: Snapshot,
        *,
        stages: Sequence[StageView] = (),
        expected: Expectations = Expectations(),  # noqa: B008 - immutable
        http: bool = False,
        proxy: bool = False,
        replies: Mapping[Ask, Reply] | None = None,
    ) -> None:
        self.apps = tuple(apps)
        self.snapshot = snapshot
        self.stages = tuple(stages)
        self.expected = expected
        self.http = http
        self.proxy = proxy
        self.replies: Mapping[Ask, Reply] = replies or {}
        self._made: dict[Callable[[Deployed], object], object] = {}

    def once(self, make: "Callable[[Deployed], M]") -> M:
        """What the function makes of all this; made once for all probes. Not for what looks at logs or replies."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]

    def with_more(self, snapshot: Snapshot, replies: Mapping[Ask, Reply]) -> "Deployed":
        """The same with logs that were read and replies that came. Shares what was computed: neither changes objects."""
        other = object.__new__(Deployed)
        other.__dict__.update(self.__dict__)
        other.snapshot = snapshot
        other.replies = {**self.replies, **replies}
        return other

    @cached_property
    def managed(self) -> tuple[Managed, ...]:
        """Resources of all its Applications, each once; what two of them claim is looked at once."""
        found: dict[Ref, Managed] = {}
        for app in self.apps:
            for one in app.managed:
                found.setdefault(one.ref, one)
        return tuple(found.values())

    def managed_of(self, *kinds: str) -> list[Managed]:
        """Those of kinds (`group/Kind`), with or without their live object."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        return [one for one in self.managed if one.ref.kind in kinds]

    @cached_property
    def _by_kind(self) -> dict[str, list[Managed]]:
        found: dict[str, list[Managed]] = {}
        for one in self.managed:
            found.setdefault(one.ref.kind, []).append(one)
        return found

    def live(self, type_: type[T]) -> list[T]:
        """The live objects of a kind among the resources."""
        return [one.live for one in self.managed_of(type_.KIND) if isinstance(one.live, type_)]

    @cached_property
    def workloads(self) -> list[Managed]:
        """Deployments, StatefulSets, DaemonSets and Rollouts of the Applications, also those that could not be found."""
        return self.managed_of(*WORKLOADS)

    @cached_property
    def _pods(self) -> dict[Ref, list[Pod]]:
        return {one.ref: pods_behind(one, self.snapshot) for one in [*self.workloads, *self.managed_of("v1/Pod")]}

    def pods_of(self, workload: Managed) -> list[Pod]:
        """Pods of a workload (or the bare Pod itself) that are not on their way out."""
        return self._pods.get(workload.ref, [])

    @cached_property
    def pods(self) -> list[Pod]:
        """Pods of all workloads, each once."""
        found = {pod.ref: pod for pods in self._pods.values() for pod in pods}
        return list(found.values())

    @cached_property
    def private_addresses(self) -> frozenset[str]:
        """Addresses, and names of load balancers, that the status of an Ingress, Gateway or Service shows: where users are
        meant to get in. Of all that were read: the way in often belongs to somebody else's Application."""
        balanced: list[Ingress | Service] = [*self.snapshot.all(Ingress), *self.snapshot.all(Service)]
        entries = [each for one in balanced for each in one.status.load_balancer.ingress]
        found = {str(each.get(key) or "") for each in entries for key in ("ip", "hostname")}
        found |= {each.value for one in self.snapshot.all(Gateway) for each in one.status.addresses}
        return frozenset(found - {""})

    @cached_property
    def jobs(self) -> list[Job]:
        """Jobs among the resources."""
        return self.live(Job)

    @cached_property
    def namespaces(self) -> list[str]:
        """Where its resources live."""
        named = {one.resource.namespace for one in self.managed} | {
            one.app.spec.destination.namespace for one in self.apps
        }
        return sorted(named - {""})
