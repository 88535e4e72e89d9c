"""Where is my change? The state of one Stage, or of a whole project as lines and a diagram."""

from functools import cached_property
from urllib.parse import quote

import msgspec

from gitops_master.facts.addresses import kargo_address
from gitops_master.facts.stage import CORE, StageView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import NotChecked, quoted
from gitops_master.model.kargo import Freight, ProjectConfig, Promotion, Warehouse
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.state import StateAnswer
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan
from gitops_master.usecases.deadline import DEADLINE_S
from gitops_master.usecases.graph import STAGE_SAYS_SO
from gitops_master.usecases.pipeline_state import pipeline_state
from gitops_master.usecases.size import fitting_state
from gitops_master.usecases.stage_state import stage_state
from gitops_master.usecases.state_report import state_report
from gitops_master.usecases.targets import find_in_project, find_project

MOST_GAPS = 20
MOST_REASON = 500
UNKNOWN = 3

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
    """What is asked. No stage: the whole project. No project: the only one there is. `deadline_s`: for reading."""

    project: str = ""
    stage: str = ""
    deadline_s: float = DEADLINE_S


async def get_state(reader: ClusterReader, request: StateRequest) -> StateAnswer:
    """Reads once and answers. Raises UsageError where the name stands for nothing, UnreadableInput, Unreachable."""
    focus = Focus(project=request.project, stage=request.stage)
    snapshot = await reader.read(ReadPlan(KINDS, focus), deadline_s=request.deadline_s)
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
        views = [_ListedView(one, snapshot) for one in snapshot.all(Stage, project)]
        state = pipeline_state(project, snapshot, views, damaged, page)
        update = {"pipeline": state, "not_checked": _not_checked(snapshot, _NEEDED, project)}
    answer = answer.model_copy(update=update)
    return fitting_state(answer, lambda one: one.model_copy(update={"report": state_report(one)}))


def exit_code(answer: StateAnswer) -> int:
    """The one table of docs/architecture.md: a state of which parts are not known is not simply done."""
    return UNKNOWN if answer.not_checked else 0


_NEEDED = (*CORE, ProjectConfig.KIND)


def _needed(view: StageView) -> tuple[str, ...]:
    """The kinds that this Stage's state rests on."""
    needed = list(_NEEDED)
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
            found.append(NotChecked(what=kind, reason=quoted(gap.reason, MOST_REASON), leaves_open=_LEAVES_OPEN[kind]))
    for gap in snapshot.gaps:
        if gap.kind in kinds and gap.object and _is_near(gap, project):
            what = f"{gap.object} {gap.field}".strip()
            found.append(NotChecked(what=what, reason=quoted(gap.reason, MOST_REASON)))
    more = len(found) - MOST_GAPS
    if more > 0:
        found[MOST_GAPS:] = [NotChecked(what=f"{more} further objects", reason="parts of them could not be read")]
    return found


def _is_near(gap: Gap, project: str) -> bool:
    """Argo CD's Applications live elsewhere than the project."""
    return gap.kind == Application.KIND or gap.object.partition(" ")[2].startswith(f"{project}/")


class _ListedView(StageView):
    """A Stage as one of many."""

    @cached_property
    def auto_promotion(self) -> bool:
        """The Stage's own word, where it has one: matching every policy with every Stage grows with both."""
        kargo = self.snapshot.versions.kargo
        if kargo is not None and kargo >= STAGE_SAYS_SO:
            return self.stage.status.auto_promotion_enabled
        return super().auto_promotion
