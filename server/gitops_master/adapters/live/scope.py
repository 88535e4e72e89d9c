"""What an answer about one target rests on: from what is known so far to what should be read next. Pure, no I/O.

Asked again after each round, until it wants nothing that has not been asked for. The scope grows with the target, not with the
cluster: namespaces of the project and of what it deploys, the control planes by their labels, single objects by name. What only
adds evidence from elsewhere is read as far as one page holds it.
"""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from functools import cached_property

from msgspec import structs

from gitops_master.adapters.live import (
    scope_apps,
    scope_control,
    scope_project,
    scope_survey,
    scope_trouble,
    scope_verify,
)
from gitops_master.adapters.live.memory import Memory
from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.resources import Resource, group_version
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.apps import AUTHORIZED
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import Project, Warehouse
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.cluster import Focus, ReadPlan

KARGO = "kargo.akuity.io"


class Sight:
    """What is known between two rounds. `memory`: what was asked and what came of it, of which `snapshot` has the objects.

    `home`: the namespace that stands for the project where none can be listed. `is_here`: whether an Application's destination is
    this very cluster. `told`: namespaces of control planes, as somebody said.
    """

    def __init__(
        self,
        plan: ReadPlan,
        snapshot: Snapshot,
        memory: Memory,
        *,
        home: str,
        is_here: Callable[[str], bool],
        told: tuple[str, ...],
    ) -> None:
        self.focus: Focus = plan.focus
        self.also = plan.also
        self.snapshot = snapshot
        self.cut: AbstractSet[Read] = memory.cut
        self.refused: AbstractSet[Read] = memory.refused
        self.absent: AbstractSet[Read] = memory.absent
        self.home = home
        self.is_here = is_here
        self.told = told
        self._memory = memory
        self.project = self._project()
        self.stages = list(self._stages())
        self.warehouses = list(self._warehouses())
        self.apps = list(self._apps())

    @property
    def is_whole_project(self) -> bool:
        return not (self.focus.stage or self.focus.app or self.focus.warehouse)

    def resource(self, group: str, version: str, kind: str) -> Resource | None:
        """Where a kind lives that is in no table, once its group has been asked what it serves."""
        return self._memory.served.get(Served(group_version(group, version)), {}).get(kind)

    def unserved(self, served: Served) -> str:
        """Why it is not known what that group serves; empty where it is."""
        return self._memory.problem(served)

    def asked(self, read: Read | Served) -> bool:
        """Whether asking for it would bring nothing new."""
        return self._memory.knows(read)

    def _project(self) -> str:
        """The project in question; empty while it is not known, or not clear."""
        if self.focus.project:
            return self.focus.project
        if self.focus.app:
            named = {one.partition(":")[0] for one in self._authorised()}
            return named.pop() if len(named) == 1 else ""
        projects = [one.name for one in self.snapshot.all(Project)]
        if not projects and Read(kind=Project.KIND) in self.refused:
            return self.home
        return projects[0] if len(projects) == 1 else ""

    def _authorised(self) -> Iterator[str]:
        for app in self._focussed_apps():
            for one in app.annotations.get(AUTHORIZED, "").split(","):
                if ":" in one:
                    yield one.strip()

    def _focussed_apps(self) -> list[Application]:
        namespace, _, name = self.focus.app.rpartition("/")
        every = self.snapshot.all(Application)
        return [one for one in every if one.name == name and namespace in ("", one.namespace)]

    def _stages(self) -> Iterator[StageView]:
        if self.focus.app:
            names = {one.partition(":")[2] for one in self._authorised()}
        elif self.focus.stage:
            names = {self.focus.stage}
        elif self.focus.warehouse:
            return
        else:
            names = {one.name for one in self.snapshot.all(Stage, self.project)}
        seen: set[str] = set()
        waiting = sorted(names)
        while waiting:
            name = waiting.pop(0)
            stage = self.snapshot.get(Stage, self.project, name) if name not in seen else None
            seen.add(name)
            if stage is not None:
                view = StageView(stage, self.snapshot)
                yield view
                waiting += [one for one in view.upstream_names if self._ails(one)]

    def _ails(self, name: str) -> bool:
        """Whether a Stage may hold back those behind it."""
        stage = self.snapshot.get(Stage, self.project, name)
        return stage is not None and not _is_fine(StageView(stage, self.snapshot))

    def _warehouses(self) -> Iterator[WarehouseView]:
        names = {self.focus.warehouse} if self.focus.warehouse else set()
        for one in self.snapshot.all(Warehouse, self.project):
            fed = any(one.name == mine.name for stage in self.stages for mine in stage.warehouses)
            if one.name in names or fed or self.is_whole_project:
                yield WarehouseView(one, self.snapshot)

    def _apps(self) -> Iterator[ApplicationView]:
        of_stages = (app.app for stage in self.stages for app in stage.apps)
        every = {one.ref: one for one in (*self._focussed_apps(), *of_stages)}
        return (ApplicationView(one, self.snapshot) for one in every.values())

    @cached_property
    def is_troubled(self) -> bool:
        return (
            self.focus.troubled
            or bool(self.focus.warehouse)
            or any(not _is_fine(one) for one in self.stages)
            or any(one.failure or one.finds_nothing for one in self.warehouses)
            or any(not one.is_fine for one in self.apps)
            or self.has_next_freight
        )

    @cached_property
    def has_next_freight(self) -> bool:
        """Whether there is Freight that a Stage does not hold yet; looked for last, since it takes longest."""
        return any(one.next_freight for one in self.stages)

    @cached_property
    def places(self) -> list[str]:
        """Where the control planes are."""
        return scope_control.places(self)

    def paged(self, page: Read, narrower: Iterable[Read | Served]) -> Iterator[Read | Served]:
        """One page of a list; where it holds not all of it, what the answer rests on by other means."""
        page = structs.replace(page, one_page=True)
        yield page
        if page in self.cut:
            yield from narrower


def _is_fine(view: StageView) -> bool:
    ready = view.ready
    settled = view.running is None and not view.waiting_promotions and not view.last_failed
    return settled and ready is not None and ready.status == "True" and not view.verification_runs


def wanted(plan: ReadPlan, sight: Sight) -> list[Read | Served]:
    """Every read that the answer rests on, as far as is known by now; in a fixed order, each once."""
    kinds: dict[str, bool] = {}

    def is_planned(kind: str) -> bool:
        if kind not in kinds:
            kinds[kind] = any(fnmatchcase(kind, pattern) for pattern in plan.kinds)
        return kinds[kind]

    return list(dict.fromkeys(one for one in _reads(sight) if isinstance(one, Served) or is_planned(one.kind)))


def _reads(sight: Sight) -> Iterator[Read | Served]:
    if sight.focus.survey:
        yield from scope_survey.reads(sight)
        return
    target = _target(sight.focus)
    if target is not None and not sight.asked(target):
        yield target  # one small object first: it names what the rest can be asked for together
        return
    yield from _start(sight)
    if sight.focus.verify:
        yield from scope_verify.reads(sight)
        return
    yield from scope_control.workloads(sight)
    yield from scope_control.settings(sight)
    yield from scope_apps.reads(sight)
    if sight.project:
        yield from scope_project.reads(sight)
    if sight.is_troubled:
        yield from scope_trouble.reads(sight)


def _target(focus: Focus) -> Read | None:
    """What was asked about, where its place is known."""
    namespace, _, name = focus.app.rpartition("/")
    if focus.app:
        return Read(kind=Application.KIND, namespace=namespace, name=name) if namespace else None
    for kind, wanted_name in ((Stage.KIND, focus.stage), (Warehouse.KIND, focus.warehouse)):
        if focus.project and wanted_name:
            return Read(kind=kind, namespace=focus.project, name=wanted_name)
    return None


def _start(sight: Sight) -> Iterator[Read]:
    focus = sight.focus
    if focus.app:
        if "/" not in focus.app:
            yield Read(kind=Application.KIND)
    elif not focus.project:
        yield Read(kind=Project.KIND)
