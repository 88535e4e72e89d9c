"""Why is it stuck? One Stage, Application, Warehouse or piece of Freight, or a whole project: one root cause with evidence."""

import logging
import re
from collections.abc import Iterable, Sequence

import msgspec

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.project import ProjectView
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.errors import UsageError
from gitops_master.model.finding import Class, Diagnosis
from gitops_master.model.kargo import Project, Warehouse
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan
from gitops_master.rules.engine import Match, Run, run
from gitops_master.rules.ranking import Ranked, rank
from gitops_master.rules.registry import Rule, View, rules_asking_for_logs
from gitops_master.usecases import diagnosis, incidents
from gitops_master.usecases.deadline import DEADLINE_S, Before
from gitops_master.usecases.targets import (
    find_application,
    find_freight,
    find_in_project,
    find_project,
    mentioned_freight,
)

log = logging.getLogger(__name__)
SOMETHING_NEW = frozenset(
    [
        "freight",
        "warehouse",
        "commit",
        "commits",
        "image",
        "images",
        "tag",
        "tags",
        "chart",
        "push",
        "pushed",
        "merged",
        "merge",
        "build",
        "built",
        "published",
    ]
)
"""Words of people who miss what a Warehouse should have found."""

EVERYTHING = frozenset({"*"})
"""Managed custom resources can be of any kind. What of it is read is for the source to narrow, by the focus."""


class AnalyzeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. At most one of stage, app and warehouse; none means the whole project. `freight` needs a stage.

    `deadline_s`: for everything that is read, together.
    """

    project: str = ""
    stage: str = ""
    app: str = ""
    warehouse: str = ""
    freight: str = ""
    symptom: str = ""
    deadline_s: float = DEADLINE_S


class Analysis(msgspec.Struct, frozen=True):
    """One target, analysed."""

    view: View
    ranked: Ranked
    run: Run


async def analyze(reader: ClusterReader, request: AnalyzeRequest) -> Diagnosis:
    """Reads, runs the rules (those that ask for logs once before, to read these), ranks, answers. Raises UsageError, UnreadableInput."""
    _check(request)
    reader = Before(reader, request.deadline_s)
    snapshot = await reader.read(ReadPlan(EVERYTHING, _focus(request)), deadline_s=request.deadline_s)
    if not (request.stage or request.app or request.warehouse):
        return await _analyze_project(reader, snapshot, request)
    view = _target(snapshot, request)
    snapshot, (analysis,) = await analyze_views(reader, snapshot, [view], request.symptom)
    if request.symptom.strip() and _is_fine(analysis, request.symptom):
        analysis = await _behind(reader, snapshot, view, request.symptom) or analysis
    if isinstance(view, StageView):
        upstream = await _upstream(reader, snapshot, analysis, request.symptom)
        return diagnosis.for_stage(analysis.view, analysis.ranked, analysis.run, upstream)
    return diagnosis.for_view(analysis.view, analysis.ranked, analysis.run)


def _check(request: AnalyzeRequest) -> None:
    given = [name for name in ("stage", "app", "warehouse") if getattr(request, name)]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} cannot be asked about together", "ask about one of them at a time")
    if request.freight and not request.stage:
        raise UsageError("which Stage does the Freight not reach?", "name the Stage beside --freight")


def _focus(request: AnalyzeRequest) -> Focus:
    return Focus(
        project=request.project,
        stage=request.stage,
        app=request.app,
        warehouse=request.warehouse,
        troubled=bool(request.symptom.strip() or request.freight),
    )


def _target(snapshot: Snapshot, request: AnalyzeRequest) -> View:
    if request.app:
        return ApplicationView(find_application(snapshot, request.app), snapshot)
    project = find_project(snapshot, request.project)
    if request.warehouse:
        return WarehouseView(find_in_project(snapshot, Warehouse, project, request.warehouse), snapshot)
    stage = find_in_project(snapshot, Stage, project, request.stage)
    if request.freight:
        return StageView(stage, snapshot, find_freight(snapshot, project, request.freight))
    return StageView(stage, snapshot, mentioned_freight(StageView(stage, snapshot), request.symptom))


def _rebuilt(view: View, snapshot: Snapshot) -> View:
    match view:
        case StageView():
            return StageView(view.stage, snapshot, view.wanted)
        case ApplicationView():
            return ApplicationView(view.app, snapshot)
        case ProjectView():
            return ProjectView(view.of, snapshot)
    return WarehouseView(view.warehouse, snapshot, asked=view.asked)


def neighbourhood(view: View, *, asked: bool = False) -> list[View]:
    """What can hold the target back: itself, its Applications, its Warehouses (`asked`: as if they were asked about)."""
    if not isinstance(view, StageView):
        return [view]
    return [view, *view.apps, *(WarehouseView(one, view.snapshot, asked=asked) for one in view.warehouses)]


async def analyze_views(
    reader: ClusterReader, snapshot: Snapshot, views: Sequence[View], symptom: str
) -> tuple[Snapshot, list[Analysis]]:
    """The rules over each target, after those that ask for logs have said which: the logs of all are read together."""
    asking = rules_asking_for_logs()
    wanted = {one.log for view in views for one in run(neighbourhood(view), snapshot, asking).wanted}
    readable = sorted(one for one in wanted if snapshot.may_read(one))
    if readable:
        read = await reader.read_logs(readable, deadline_s=DEADLINE_S)
        snapshot = snapshot.with_logs(read.logs, read.gaps)
        views = [_rebuilt(view, snapshot) for view in views]
    results = [run(neighbourhood(view), snapshot) for view in views]
    return snapshot, [_concluded(view, result, symptom) for view, result in zip(views, results, strict=True)]


def _concluded(view: View, result: Run, symptom: str) -> Analysis:
    fine = all(one.rule.reassures for one in result.matches)
    if fine and isinstance(view, StageView) and _misses_something_new(symptom):
        # Nothing is wrong with the Stage, yet somebody misses something new: perhaps Freight that was never made.
        result = run(neighbourhood(view, asked=True), view.snapshot)
    for failure in result.failures:
        log.error("rule %s failed on %s", failure.rule.id, failure.subject, exc_info=failure.error)
    asked = bool(symptom.strip()) or _is_question(view)
    return Analysis(view, rank(result.matches, preferred(symptom, result.matches), asked=asked), result)


def _is_question(view: View) -> bool:
    """Whether the target itself asks why something is not so: a Warehouse without new Freight, Freight not in a Stage."""
    if isinstance(view, StageView):
        return view.wanted is not None
    return isinstance(view, WarehouseView) and view.asked


def _misses_something_new(symptom: str) -> bool:
    return bool(SOMETHING_NEW & set(re.findall(r"[a-z]+", symptom.lower())))


def _is_fine(analysis: Analysis, symptom: str) -> bool:
    """Whether the target itself has no answer: nothing is wrong with it, nor is it asked why it has found nothing new."""
    root = analysis.ranked.root
    match analysis.view:
        case ApplicationView():
            return root is None
        case WarehouseView():
            return root is None or (root.class_ is Class.HEALTHY and not _misses_something_new(symptom))
    return False


async def _behind(reader: ClusterReader, snapshot: Snapshot, view: View, symptom: str) -> Analysis | None:
    """Nothing is wrong with the target itself: what is with a Stage that feeds it, or that it feeds, if one is broken."""
    for stage in _concerned(snapshot, view):
        _, (found,) = await analyze_views(reader, snapshot, [stage], symptom)
        if found.ranked.root is not None and found.ranked.root.class_ is Class.FAULT:
            return Analysis(view, found.ranked, found.run)
    return None


def _concerned(snapshot: Snapshot, view: View) -> list[StageView]:
    """The Stages that deploy an Application; those that take a Warehouse's Freight, the ones that take it directly first."""
    if isinstance(view, ApplicationView):
        feeding = (StageView(one, snapshot) for one in snapshot.all(Stage))
        return [one for one in feeding if view.ref in {app.ref for app in one.apps}]
    taking = [
        (not request.sources.direct, one.name, one)
        for one in snapshot.all(Stage, view.ref.namespace)
        for request in one.spec.requested_freight
        if request.origin.name == view.ref.name
    ]
    return [StageView(one, snapshot) for *_, one in sorted(taking, key=lambda found: found[:2])]


async def _upstream(
    reader: ClusterReader, snapshot: Snapshot, analysis: Analysis, symptom: str
) -> list[tuple[StageView, Ranked]]:
    """The patients upstream, if the target only waits for them: followed until one is found that ails by itself."""
    found: list[tuple[StageView, Ranked]] = []
    seen = {str(analysis.view.ref)}
    current = analysis
    while True:
        name = incidents.waits_for(current.ranked)
        stage = next((one for one in snapshot.all(Stage, current.view.ref.namespace) if str(one.ref) == name), None)
        if stage is None or name in seen:
            return found
        seen.add(name)
        snapshot, (current,) = await analyze_views(reader, snapshot, [StageView(stage, snapshot)], symptom)
        if isinstance(current.view, StageView):
            found.append((current.view, current.ranked))


async def _analyze_project(reader: ClusterReader, snapshot: Snapshot, request: AnalyzeRequest) -> Diagnosis:
    project = find_project(snapshot, request.project)
    stages = sorted(snapshot.all(Stage, project), key=lambda one: one.name)
    warehouses = sorted(snapshot.all(Warehouse, project), key=lambda one: one.name)
    itself = snapshot.get(Project, "", project)
    views: list[View] = [
        *([ProjectView(itself, snapshot)] if itself is not None else []),
        *(StageView(one, snapshot) for one in stages),
        *(WarehouseView(one, snapshot, asked=False) for one in warehouses),
    ]
    snapshot, analyses = await analyze_views(reader, snapshot, views, request.symptom)
    grouped = incidents.group([(str(one.view.ref), one.ranked) for one in analyses])
    return diagnosis.for_project(
        project, snapshot, grouped, [one.view for one in analyses], [one.run for one in analyses]
    )


def preferred(symptom: str, matches: Iterable[Match]) -> frozenset[str]:
    """Ids among the findings whose own words the reported symptom uses. They win ties; they invent nothing."""
    words = _words(symptom)
    if not words:
        return frozenset()
    return frozenset(one.rule.id for one in matches if len(words & _rule_words(one.rule)) >= 2)


_COMMON = frozenset({"with", "that", "this", "from", "does", "stage", "promotion", "freight", "after", "the", "not"})


def _words(text: str) -> frozenset[str]:
    split = (word.strip(".,:;!?()\"'`").lower() for word in text.replace("-", " ").split())
    return frozenset(word for word in split if len(word) >= 4 and word not in _COMMON)


def _rule_words(rule: Rule) -> frozenset[str]:
    """Its id, its title and the first line of its manual, which is what people see of it."""
    return _words(rule.id) | _words(rule.title) | _words(rule.doc.partition("\n")[0])
