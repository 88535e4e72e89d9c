"""Where is my change? The state of one Stage, or of a whole project as lines and a diagram."""

from collections import defaultdict
from functools import cached_property
from urllib.parse import quote

import msgspec

from gitops_master.facts.addresses import kargo_address
from gitops_master.facts.freight import discovery_order, same_artifacts
from gitops_master.facts.promotion import queue_order
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import NotChecked, quoted
from gitops_master.model.kargo import Freight, ProjectConfig, Promotion, Warehouse
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.model.stage import FreightRequest, Stage
from gitops_master.model.state import StateAnswer
from gitops_master.ports.cluster import ClusterReader, ReadPlan
from gitops_master.usecases.graph import STAGE_SAYS_SO
from gitops_master.usecases.pipeline_state import pipeline_state
from gitops_master.usecases.stage_state import stage_state
from gitops_master.usecases.state_report import state_report
from gitops_master.usecases.targets import find_in_project, find_project

DEADLINE_S = 30.0
MOST_GAPS = 20

KINDS = frozenset({"kargo.akuity.io/*", "argoproj.io/*", "v1/Pod", "v1/ConfigMap", "networking.k8s.io/Ingress"})
"""Pods: the controller's own says where it looks for Applications. ConfigMaps, Ingresses: the address of Kargo's UI."""

_LEAVES_OPEN = {
    Stage.KIND: "whether Stages that others name exist; the counts are lower bounds",
    Promotion.KIND: "what runs, what is queued and what was tried before, beyond what the Stages record",
    Freight.KIND: "whether newer Freight exists, and its gates",
    Warehouse.KIND: "whether the Warehouses that Stages name exist",
    ProjectConfig.KIND: "which policy decides about auto-promotion",
    Application.KIND: "sync and health of the Applications, beyond what Kargo saw of them",
    AnalysisRun.KIND: "the metrics of the verification",
}


class StateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. No stage: the whole project. No project: the only one there is."""

    project: str = ""
    stage: str = ""


async def get_state(reader: ClusterReader, request: StateRequest) -> StateAnswer:
    """Reads once and answers. Raises UsageError where the name stands for nothing, UnreadableInput, Unreachable."""
    snapshot = await reader.read(ReadPlan(KINDS), deadline_s=DEADLINE_S)
    project = find_project(snapshot, request.project)
    damaged = frozenset(gap.object for gap in snapshot.gaps if gap.object)
    address = kargo_address(snapshot)
    page = f"{address}/project/{quote(project, safe='')}" if address else ""
    answer = StateAnswer(
        not_checked=[],
        context=snapshot.source,
        observed_at=snapshot.observed_at,
        clock=snapshot.clock,
        versions=snapshot.versions.as_text(),
    )
    if request.stage:
        view = StageView(find_in_project(snapshot, Stage, project, request.stage), snapshot)
        url = f"{page}/stage/{quote(view.name, safe='')}" if page else ""
        update = {
            "stage": stage_state(view, damaged, url),
            "not_checked": _not_checked(snapshot, _needed(view), project),
        }
    else:
        index = ProjectIndex(project, snapshot)
        views = [index.view(one) for one in snapshot.all(Stage, project)]
        state = pipeline_state(project, snapshot, views, index.freight, damaged, page)
        update = {"pipeline": state, "not_checked": _not_checked(snapshot, _CORE, project)}
    answer = answer.model_copy(update=update)
    return answer.model_copy(update={"report": state_report(answer)})


_CORE = (Stage.KIND, Promotion.KIND, Freight.KIND, Warehouse.KIND, ProjectConfig.KIND)


def _needed(view: StageView) -> tuple[str, ...]:
    """The kinds that this Stage's state rests on."""
    needed = list(_CORE)
    if view.links:
        needed.append(Application.KIND)
    info = view.verification_info
    if info is not None and info.analysis_run is not None:
        needed.append(AnalysisRun.KIND)
    return tuple(needed)


def _not_checked(snapshot: Snapshot, kinds: tuple[str, ...], project: str) -> list[NotChecked]:
    """Kinds that were not read in full, then objects of them in this project of which parts are missing."""
    found = []
    for kind in kinds:
        gap = snapshot.kind_gap(kind)
        if gap is not None:
            found.append(NotChecked(what=kind, reason=quoted(gap.reason, 300), leaves_open=_LEAVES_OPEN[kind]))
    for gap in snapshot.gaps:
        if gap.kind in kinds and gap.object and _is_near(gap, project):
            what = f"{gap.object} {gap.field}".strip()
            found.append(NotChecked(what=what, reason=quoted(gap.reason, 300)))
    more = len(found) - MOST_GAPS
    if more > 0:
        found[MOST_GAPS:] = [NotChecked(what=f"{more} further objects", reason="parts of them could not be read")]
    return found


def _is_near(gap: Gap, project: str) -> bool:
    """Argo CD's Applications live elsewhere than the project."""
    return gap.kind == Application.KIND or gap.object.partition(" ")[2].startswith(f"{project}/")


class ProjectIndex:
    """What belongs to whom in a project, so that each Stage finds its own without looking through everything."""

    def __init__(self, project: str, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        promotions: dict[str, list[Promotion]] = defaultdict(list)
        for promotion in snapshot.all(Promotion, project):
            promotions[promotion.spec.stage].append(promotion)
        freight: dict[str, list[Freight]] = defaultdict(list)
        for one in snapshot.all(Freight, project):
            freight[one.origin.key].append(one)
        self.promotions = {stage: queue_order(held) for stage, held in promotions.items()}
        self.freight = {origin: discovery_order(held) for origin, held in freight.items()}

    def view(self, stage: Stage) -> StageView:
        return _IndexedView(stage, self)


class _IndexedView(StageView):
    """The same facts, found through the index."""

    def __init__(self, stage: Stage, index: ProjectIndex) -> None:
        super().__init__(stage, index.snapshot)
        self._index = index

    @cached_property
    def promotions(self) -> list[Promotion]:
        return self._index.promotions.get(self.name, [])

    @cached_property
    def auto_promotion(self) -> bool:
        """The Stage's own word, where it has one: matching every policy with every Stage grows with both."""
        kargo = self.snapshot.versions.kargo
        if kargo is not None and kargo >= STAGE_SAYS_SO:
            return self.stage.status.auto_promotion_enabled
        return super().auto_promotion

    def _next_of(self, request: FreightRequest) -> Freight | None:
        ordered = self._index.freight.get(request.origin.key)
        held = self.held(request)
        if not ordered or (held is not None and (ordered[0].name == held.name or same_artifacts(ordered[0], held))):
            return None
        return ordered[0]
