"""What has been asked and what came of it, and the snapshot that it makes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from types import MappingProxyType

from gitops_master.adapters.detect_versions import InstalledVersions
from gitops_master.adapters.live import decoding
from gitops_master.adapters.live.failures import NO_ANSWER, NOT_FOUND, UNAUTHORIZED, Failure, gaps_of, problem_of
from gitops_master.adapters.live.objects import Objects
from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.resources import Resource
from gitops_master.model.errors import GitOpsError
from gitops_master.model.meta import Object
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Gap, Held, Keys, LogKey, Place, Snapshot
from gitops_master.model.versions import Versions
from gitops_master.model.workloads import Pod
from gitops_master.ports.api import Reply

_TELL_VERSIONS = frozenset({"v1/Pod", "apps/Deployment", "apps/StatefulSet"})
_NOT_SERVED = frozenset({"kargo.akuity.io", "argoproj.io"})
"""Groups whose absence is worth a word: without them there may be nothing to look at, or it is in another cluster."""
_GATEWAY = "gateway.networking.k8s.io"
"""Named like a group of every server, yet brought by custom resource definitions: many clusters have no Gateway API."""


class Memory:
    """Filled round by round. A read that failed is known to have failed, and is not tried again."""

    def __init__(self, prepared: Mapping[str, Sequence[Keys]] = MappingProxyType({})) -> None:
        """`prepared`: what the objects of a kind will be grouped by."""
        self.cut: set[Read] = set()
        self.refused: set[Read] = set()
        self.absent: set[Read] = set()
        self.served: dict[Served, Mapping[str, Resource]] = {}
        self.has_read = False
        self._objects = Objects(prepared)
        self._asked: set[Read | Served] = set()
        self._places: set[Place] = set()
        self._bare: set[Place] = set()
        """Those of which only metadata was read: enough to tell what is absent."""
        self._gaps: dict[Gap, None] = {}
        self._failures: dict[Read | Served, Failure] = {}
        self._versions = InstalledVersions()

    def knows(self, read: Read | Served) -> bool:
        """Whether asking would bring nothing new: it was asked, or a longer list holds it."""
        if read in self._asked:
            return True
        if isinstance(read, Served) or read.cluster:
            return False
        wider = [Place(read.kind)] if read.namespace or read.narrowed else []
        wider += [Place(read.kind, read.namespace)] if read.narrowed and read.namespace else []
        return any(place in self._places and (read.metadata_only or place not in self._bare) for place in wider)

    def has(self, read: Read | Served) -> bool:
        """Whether what was asked for came back, all of it."""
        return read in self._asked and not any(
            read in one for one in (self.cut, self.refused, self.absent, self._failures)
        )

    def take(self, read: Read | Served, reply: Reply) -> None:
        """Keeps what came back, or why nothing did."""
        self._asked.add(read)
        try:
            if isinstance(read, Served):
                self._take_kinds(read, reply)
            elif reply.ok:
                self._keep(read, reply)
            else:
                self._miss(read, reply)
        except ValueError as error:
            self.fail(read, f"what came back cannot be read ({error})")
            return
        if reply.ok or _is_absence(read, reply):
            self.has_read = True

    def _take_kinds(self, read: Served, reply: Reply) -> None:
        """A group that the server does not know serves nothing; of one that did not answer nobody knows."""
        if not reply.ok and reply.status != NOT_FOUND:
            self.fail(read, problem_of(reply), reply.status)
            return
        self.served[read] = decoding.kinds(reply.bodies[0], read.group_version) if reply.ok else {}

    def problem(self, read: Served) -> str:
        """Why it is not known what is served there; empty where it is known, or was not asked."""
        failure = self._failures.get(read)
        return f"{read.what}: {failure.problem}" if failure is not None else ""

    @property
    def failures(self) -> list[Failure]:
        """What failed of the own cluster."""
        return [one for one in self._failures.values() if not (isinstance(one.read, Read) and one.read.cluster)]

    @property
    def is_hopeless(self) -> bool:
        """Nothing was read yet, and what went wrong is no matter of the object that was asked for."""
        return not self.has_read and any(one.status in (NO_ANSWER, UNAUTHORIZED) for one in self.failures)

    def fail(self, read: Read | Served, reason: str, status: int = NO_ANSWER, error: GitOpsError | None = None) -> None:
        """Nothing came of a read. `error`: where the way to the cluster itself failed."""
        self._asked.add(read)
        self._failures[read] = Failure(read, status, printable(reason), error)
        if isinstance(read, Served):
            self.served[read] = {}
        else:
            self.refused.add(read)

    def fail_all(self, reads: Iterable[Read | Served], reason: str, error: GitOpsError | None = None) -> None:
        """As `fail`, of reads that got no answer for one reason."""
        for one in reads:
            self.fail(one, reason, error=error)

    def _keep(self, read: Read, reply: Reply) -> None:
        known = {place[:2] for place in self._places} if read.cluster and not read.alone else set()
        is_cut = False
        for body in reply.bodies:
            found, gaps, is_cut = decoding.page(read, body)
            if known or read.metadata_only:
                found = [one for one in found if not self._keeps_other(read, one, known)]
            self._objects.put(found)
            self._gaps.update(dict.fromkeys(gaps))
            if read.labels and read.kind in _TELL_VERSIONS:
                for item in decoding.telling_versions(body, read.kind):
                    self._versions.see(item)
        self._objects.prepare()
        if read.one_page and is_cut:
            self.cut.add(read)
        elif (read.alone or not read.cluster) and not (read.labels or read.fields):
            self._looked_at(read)

    def _keeps_other(self, read: Read, one: Object, known: set[tuple[str, str]]) -> bool:
        """Whether what is held already tells more: of the own cluster, or the whole object beside its metadata."""
        if (read.kind, one.namespace) in known:
            return True
        return read.metadata_only and self._objects.has(one.ref.kind, one.namespace, one.name)

    def _miss(self, read: Read, reply: Reply) -> None:
        group = read.kind.rpartition("/")[0]
        if reply.status != NOT_FOUND or (not read.name and is_always_served(group)):
            self.fail(read, problem_of(reply), reply.status)
            return
        if not _is_absence(read, reply):
            self._failures[read] = Failure(read, reply.status, printable(reply.problem))
        self.absent.add(read)
        if read.alone or not read.cluster:
            self._looked_at(read)
        if group in _NOT_SERVED and not (read.name and _is_absence(read, reply)):
            self._gaps[Gap(read.kind, "not served by this cluster: no such custom resource definition")] = None

    def _looked_at(self, read: Read) -> None:
        place = Place(read.kind, read.namespace, read.name)
        if read.metadata_only:
            self._bare |= {place} - self._places
        else:
            self._bare.discard(place)
        self._places.add(place)

    def sort(self) -> None:
        """Replies come in any order; answers must not depend on it."""
        self._gaps = dict.fromkeys(sorted(self._gaps, key=lambda gap: (gap.kind, gap.object, gap.field, gap.reason)))

    def snapshot(self, *, source: str, observed_at: datetime, told: Versions) -> Snapshot:
        """All that is known by now. Kinds count as read in full unless a gap says otherwise; places narrow that."""
        held = self._objects.held()
        return Snapshot(
            held,
            source=source,
            observed_at=observed_at,
            clock="now",
            versions=told.or_else(self._versions.versions()),
            complete=("*",),
            gaps=[*gaps_of([one for one in self._failures.values() if one.read not in self.absent]), *self._gaps],
            log_index=PodLogs(held.get(Pod.KIND)),
            places=frozenset(self._places),
        )


def _is_absence(read: Read | Served, reply: Reply) -> bool:
    """Whether the server says of an object that it does not exist; of a path that it does not know, it names no object."""
    return (
        reply.status == NOT_FOUND and isinstance(read, Read) and bool(read.name) and f'"{read.name}"' in reply.problem
    )


def is_always_served(group: str) -> bool:
    """Groups that every API server has: no such path there means that it is not one."""
    return group in ("v1", "apps", "batch") or (group.endswith(".k8s.io") and group != _GATEWAY)


class PodLogs(Set[LogKey]):
    """The logs of all containers of these pods; of thousands, most are never asked about."""

    def __init__(self, pods: Held | None) -> None:
        self._pods = pods

    def __contains__(self, key: object) -> bool:
        if self._pods is None or not isinstance(key, LogKey):
            return False
        pod = self._pods.by_name.get((key.namespace, key.pod))
        return isinstance(pod, Pod) and key in _logs(pod)

    def __iter__(self) -> Iterator[LogKey]:
        for pod in self._pods.every if self._pods is not None else ():
            if isinstance(pod, Pod):
                yield from dict.fromkeys(_logs(pod))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @classmethod
    def _from_iterable(cls, it: Iterable[LogKey]) -> frozenset[LogKey]:  # type: ignore[override]
        """What is made of it together with another set."""
        return frozenset(it)


def _logs(pod: Pod) -> list[LogKey]:
    spec = pod.spec
    every = (*spec.init_containers, *spec.containers) if spec.init_containers else spec.containers
    return [LogKey(pod.namespace, pod.name, one.name) for one in every]
