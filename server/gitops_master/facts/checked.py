"""The workloads that a verification goes through: those of the Applications, and those that its expectations name."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property

import msgspec

from gitops_master.facts.application import ApplicationView, Managed, ref_of
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.failing_pods import pods_behind
from gitops_master.facts.health import health_of
from gitops_master.facts.rollout_progress import last_sync
from gitops_master.facts.services import wanted_pods
from gitops_master.facts.workloads import is_quiet, is_ready, unquiet
from gitops_master.model.argocd import ManagedResource
from gitops_master.model.expectations import Workloads
from gitops_master.model.meta import Object, Ref, condition
from gitops_master.model.rollouts import Rollout
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import DaemonSet, Deployment, Pod, PodTemplate, StatefulSet

SHORT = timedelta(minutes=10)
"""Kubernetes' default for a Deployment's progress (600 s), for what has no deadline of its own."""
_DEADLINES = timedelta(days=30)
"""Deployments without a deadline carry one of decades."""
_TYPES: dict[str, type[Object]] = {"Deployment": Deployment, "StatefulSet": StatefulSet, "DaemonSet": DaemonSet}


class Checked(msgspec.Struct, frozen=True, dict=True):
    """A workload with its pods, less those on their way out. `app`: the Application that manages it, if one does.

    `in_doubt`: pods of its namespace have something to tell, perhaps its own.
    """

    managed: Managed
    pods: tuple[Pod, ...]
    app: ApplicationView | None = None
    in_doubt: bool = True

    @property
    def ref(self) -> Ref:
        return self.managed.ref

    @property
    def title(self) -> str:
        return self.managed.title

    @property
    def live(self) -> Object | None:
        return self.managed.live

    @property
    def app_name(self) -> str:
        return self.app.app.name if self.app is not None else ""

    @cached_property
    def wanted(self) -> int:
        """How many pods it is to have; 0 where its own object was not found."""
        match self.live:
            case Deployment() | StatefulSet() | Rollout() | DaemonSet():
                return wanted_pods(self.live)
            case Pod():
                return 1
        return 0

    @cached_property
    def is_quiet(self) -> bool:
        """Whether all of its pods are; looked at once for all probes."""
        return not self.in_doubt or all(map(is_quiet, self.pods))

    @cached_property
    def ready(self) -> Sequence[Pod]:
        if self.is_quiet:
            return self.pods
        return [one for one in self.pods if one.status.phase == "Running" and is_ready(one)]

    @cached_property
    def unready(self) -> Sequence[Pod]:
        """Pods that should be ready and are not; those that ended are none of them."""
        if self.is_quiet:
            return ()
        return [one for one in self.pods if one.status.phase not in {"Succeeded", "Failed"} and not is_ready(one)]

    @property
    def template(self) -> PodTemplate | None:
        match self.live:
            case Deployment() | StatefulSet() | Rollout() | DaemonSet():
                return self.live.spec.template
        return None


def checked(deployed: Deployed) -> list[Checked]:
    """Each workload once, those of Applications first; bare Pods among the resources count as workloads."""
    return deployed.once(_checked)


def _checked(deployed: Deployed) -> list[Checked]:
    apps = {one.ref: app for app in reversed(deployed.apps) for one in app.managed}
    mine = [*deployed.workloads, *deployed.managed_of("v1/Pod")]
    telling = deployed.snapshot.grouped(Pod, unquiet)
    found = {
        one.ref: Checked(one, tuple(deployed.pods_of(one)), apps.get(one.ref), one.ref.namespace in telling)
        for one in mine
    }
    for one in expected(deployed):
        if one.ref not in found:
            found[one.ref] = Checked(one, tuple(pods_behind(one, deployed.snapshot)))
    return list(found.values())


def expected(deployed: Deployed) -> Iterator[Managed]:
    """The workloads that the expectations name and that are there."""
    for wanted in deployed.expected.workloads:
        for live in matching(wanted, deployed.snapshot):
            resource = ManagedResource(
                group="apps",
                version="v1",
                kind=live.ref.kind.rpartition("/")[2],
                namespace=live.namespace,
                name=live.name,
            )
            yield Managed(resource, live, health_of(live), ref_of(resource))


def kinds_of(wanted: Workloads) -> list[str]:
    return [type_.KIND for name, type_ in _TYPES.items() if wanted.kind in {"", name}]


def matching(wanted: Workloads, snapshot: Snapshot) -> list[Object]:
    """Workloads of the namespace (of any, where none is named) with all the labels and one of the names."""
    found = []
    for kind in kinds_of(wanted):
        for one in snapshot.of_kind(kind, wanted.namespace or None):
            named = not wanted.names or any(fnmatchcase(one.name, glob) for glob in wanted.names)
            if named and wanted.labels.items() <= one.labels.items():
                found.append(one)
    return found


def is_late(one: Checked, now: datetime) -> bool:
    """Whether a workload that is short of pods has been so for longer than it may: a Deployment says so itself while it rolls
    out, but no more once that was complete; others have ten minutes."""
    limit = SHORT
    if isinstance(one.live, Deployment):
        progressing = condition(one.live.status.conditions, "Progressing")
        if progressing is not None and progressing.reason == "ProgressDeadlineExceeded":
            return True
        if progressing is not None and progressing.reason != "NewReplicaSetAvailable":
            return False
        own = timedelta(seconds=one.live.spec.progress_deadline_seconds)
        limit = own if own < _DEADLINES else SHORT
    since = short_since(one)
    return since is not None and now - since > limit


def short_since(one: Checked) -> datetime | None:
    """Since when it lacks pods: its first unready one's time; where pods are missing, the last thing that made any."""
    times = [time for pod in one.unready if (time := _unready_since(pod)) is not None]
    if times:
        return min(times)
    last = [
        last_sync(one.app) if one.app is not None else None,
        one.live.created if one.live is not None else None,
        *(pod.created for pod in one.pods),
    ]
    return max((time for time in last if time is not None), default=None)


def _unready_since(pod: Pod) -> datetime | None:
    ready = condition(pod.status.conditions, "Ready")
    return (ready.last_transition_time if ready is not None else None) or pod.created
