"""What plans about an Application have in common: the Stages that deploy it, what keeps Argo CD from acting, sync windows."""

from functools import cached_property

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.apps import AUTHORIZED
from gitops_master.facts.argocd import home
from gitops_master.facts.authorized_stages import entries
from gitops_master.facts.processing import SKIP_RECONCILE
from gitops_master.facts.stage import StageView
from gitops_master.facts.sync_windows import Barrier, barrier, unreadable_windows
from gitops_master.model.argocd import Application, AppProject
from gitops_master.model.kargo import Promotion
from gitops_master.model.operating import Gate, GateVerdict
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.writing import RefreshApplication, SyncApplication, TerminateOperation, Write
from gitops_master.usecases.operating.neighbour_plan import KARGO_KINDS, gate, unreadable
from gitops_master.usecases.targets import existing, find_application

APP_KINDS = KARGO_KINDS | {Application.KIND, AppProject.KIND, "v1/Pod", "v1/ConfigMap"}


class Deployment:
    """An Application, and whose it is."""

    def __init__(self, app: Application, snapshot: Snapshot) -> None:
        self.view = ApplicationView(app, snapshot)
        self.app = app
        self.snapshot = snapshot

    @property
    def title(self) -> str:
        return f"{self.app.namespace}/{self.app.name}"

    @cached_property
    def permitted(self) -> list[tuple[str, str]]:
        """`(project, Stage)` that may update it, as its annotation says."""
        named = entries(self.app.annotations.get(AUTHORIZED, ""))
        return [(one.project, one.stage) for one in named if one.project and one.stage]

    @cached_property
    def stages(self) -> list[StageView]:
        """Those that were read and deploy it, or may."""
        place = (self.app.namespace, self.app.name)
        every = (StageView(one, self.snapshot) for one in self.snapshot.all(Stage))
        return [
            one
            for one in every
            if (one.project, one.name) in self.permitted or place in {(link.namespace, link.name) for link in one.links}
        ]

    @cached_property
    def names(self) -> list[tuple[str, str]]:
        """`(project, name)` of all Stages that protection counts for."""
        return sorted({*self.permitted, *((one.project, one.name) for one in self.stages)})

    @property
    def is_kargos(self) -> bool:
        return bool(self.names or self.view.promotion)

    @property
    def running(self) -> list[Promotion]:
        return [one.running for one in self.stages if one.running is not None]

    @property
    def queued(self) -> list[Promotion]:
        return [one for view in self.stages for one in view.waiting_promotions]

    def processed(self) -> Gate:
        skips = self.app.annotations.get(SKIP_RECONCILE, "").lower() in {"true", "t", "1"}
        shut = f"its annotation {SKIP_RECONCILE} makes Argo CD leave it alone" if skips else ""
        return gate("processed", shut, "nothing tells Argo CD to leave it alone", self.app)

    def promotions_known(self) -> Gate:
        """Whether Kargo waits for it; of an Application that no Stage may update that is no question."""
        missing = [f"{project}/{name}" for project, name in self.permitted if self._is_unknown(project, name)]
        gap = self.snapshot.kind_gap(Promotion.KIND) if self.names else None
        if missing or gap is not None:
            why = f"Stage {existing(missing)} was not read" if missing else f"Promotions: {gap.reason if gap else ''}"
            return unreadable("Promotions", f"whether Kargo waits for it is not known: {why}", self.app)
        count = len(self.running) + len(self.queued)
        return gate("Promotions", "", f"{count} of its Stages run or wait" if count else "none runs or waits", self.app)

    def _is_unknown(self, project: str, name: str) -> bool:
        seen = self.snapshot.get(Stage, project, name) is not None
        return not seen and not self.snapshot.lacks(Stage, project, name)

    def window(self, *, is_manual: bool, otherwise: str) -> Gate:
        """Whether the AppProject lets Argo CD act now. `otherwise`: what comes of it while it does not."""
        place, name = home(self.app, self.snapshot), self.app.spec.project or "default"
        about = f"AppProject {place}/{name}"
        if self.snapshot.get(AppProject, place, name) is None:
            if self.snapshot.lacks(AppProject, place, name):
                return gate("sync windows", f"{about} does not exist: Argo CD does nothing without it", "", self.app)
            return unreadable(
                "sync windows", f"{about} was not read: whether it lets syncs pass is not known", self.app
            )
        broken = unreadable_windows(self.view)
        if broken:
            return unreadable(
                "sync windows", f"{', '.join(broken)} of {about} cannot be evaluated: {otherwise}", self.app
            )
        wall = barrier(self.view)
        if wall is None or (is_manual and wall.manual_passes):
            by_hand = " a manual sync" if wall is not None else ""
            return gate("sync windows", "", f"{about} lets{by_hand or ' it'} pass", self.app)
        return _held(wall, about, otherwise)


def _held(wall: Barrier, about: str, otherwise: str) -> Gate:
    what = "an active deny window" if wall.kind == "deny" else "an allow window that is closed"
    return Gate(
        name="sync windows",
        verdict=GateVerdict.WAITING if wall.opens is not None else GateVerdict.CLOSED,
        detail=f"{about} keeps it back: {what}, spec.syncWindows[{wall.index}] ({wall.schedule} for {wall.duration}); {otherwise}",
        object=str(wall.project.ref),
        opens_at=wall.opens,
    )


def deployment(name: str, snapshot: Snapshot) -> Deployment:
    """Raises as `find_application` does."""
    return Deployment(find_application(snapshot, name), snapshot)


def seen(write: Write, snapshot: Snapshot) -> ApplicationView | None:
    """The Application that the write is for."""
    if not isinstance(write, RefreshApplication | TerminateOperation | SyncApplication):
        return None
    found = snapshot.get(Application, write.namespace, write.app)
    return ApplicationView(found, snapshot) if found is not None else None
