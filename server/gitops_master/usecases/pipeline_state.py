"""A whole project: where each Stage and Warehouse stands, in one line each, problems first."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from gitops_master.facts.durations import human, stamp
from gitops_master.facts.progress import last_was_unsuccessful
from gitops_master.facts.promotion import StepRun
from gitops_master.facts.stage import CORE, StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import quoted
from gitops_master.model.kargo import VERIFICATION_TERMINAL, Freight, Promotion, PromotionStatus, Warehouse
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.state import PipelineState, StageLine, Standing, WarehouseLine, bounded, one_line
from gitops_master.usecases import graph
from gitops_master.usecases.graph import Key, NodeKind, freight_name, name_of, outlook
from gitops_master.usecases.mermaid import flowchart

MOST_STAGES, MOST_WAREHOUSES, MOST_NAMES = 60, 40, 20
ROOM_FOR_LINES, SHORTEST_LINE = 8000, 120
"""Characters of all Stages' lines together, and of one at least: a large project's answer stays small, too."""
OVERDUE, SHORTEST_INTERVAL = 3, timedelta(minutes=5)
"""Discoveries missed before that is said; Kargo's chart lets none run more often than every 5 minutes."""

_PASSING = frozenset({"", "Reconciling", "ActivePromotion", "NoFreight", "WaitingForHealthCheck", "Progressing",
                      "PendingVerification", "WaitingForVerification", "VerificationPending", "VerificationRunning",
                      "VerificationInconclusive", "Syncing"})  # fmt: skip
"""Reasons of Ready=False that are a stage on the way (kargo regular_stages.go)."""

Judgement = tuple[Standing, str]


def step_line(run: StepRun, total: int) -> str:
    """`step 6 of 7 (wait-for-pr, git-wait-for-pr)`."""
    kind = f", {run.uses}" if run.uses and run.uses != run.alias else ""
    return f"step {run.index + 1} of {total} ({run.alias}{kind})"


def pull_request(run: StepRun, status: PromotionStatus) -> str:
    """The pull request that a step waits for, from what the steps left in `status.state`."""
    if run.uses not in {"git-wait-for-pr", "git-merge-pr"}:
        return ""
    outputs = [status.state.get(run.alias), *reversed(status.state.values())]
    found = (one["pr"].get("url") for one in outputs if isinstance(one, dict) and isinstance(one.get("pr"), dict))
    return next((one_line(url) for url in found if isinstance(url, str) and url), "")


def judge(view: StageView, damaged: frozenset[str] = frozenset()) -> Judgement:
    """Where the Stage stands and why: the first that holds, in the order in which Kargo lets one state hide another."""
    if str(view.ref) in damaged:
        return Standing.UNKNOWN, "parts of the Stage could not be read"
    checks = _CONTROL_FLOW if view.is_control_flow else _REGULAR
    found = next((one for one in (check(view) for check in checks) if one is not None), None) or _settled(view)
    queued = len(view.waiting_promotions)
    return (found[0], f"{found[1]}; {queued} queued") if queued and "queued" not in found[1] else found


def _being_deleted(view: StageView) -> Judgement | None:
    since = view.stage.metadata.deletion_timestamp
    return (Standing.WAITING, f"is being deleted since {stamp(since)}") if since else None


def _reconcile_error(view: StageView) -> Judgement | None:
    error = view.reconcile_error
    return (Standing.BROKEN, f"cannot be reconciled: {one_line(error.value)}") if error is not None else None


def _promoting(view: StageView) -> Judgement | None:
    running = view.running
    if running is not None:
        text = f"promoting {freight_name(running, view.snapshot)}"
        step = view.running_step
        if step is None:
            return Standing.PROMOTING, f"{text}: Promotion {running.name} is Running"
        wait = pull_request(step, running.status)
        errors = f", {step.execution.error_count} of {step.threshold} errors" if step.execution.error_count else ""
        told = f", waits for {wait}" if wait else f": {one_line(step.message)}" if step.message else ""
        return Standing.PROMOTING, f"{text}: {step_line(step, len(running.spec.steps))}{errors}{told}"
    named = view.stage.status.current_promotion
    found = view.snapshot.get(Promotion, view.project, named.name) if named is not None else None
    if named is None or (found.is_terminal if found else view.snapshot.lacks(Promotion, view.project, named.name)):
        return None
    phase = (found.status.phase if found else "") or "no phase yet"
    return Standing.PROMOTING, f"Promotion {named.name} is admitted ({phase})"


def _lost_record(view: StageView) -> Judgement | None:
    lost = graph.unrecorded(view)
    if lost is None or view.last is None:
        return None
    return Standing.BROKEN, f"Promotion {lost.name} succeeded and is not recorded: the record stays at {view.last.name}"


def _last_promotion(view: StageView) -> Judgement | None:
    last = view.last
    if last is None or not last_was_unsuccessful(view):
        return None
    what = f"promotion of {name_of(last.freight)}" if last.freight else f"Promotion {last.name}"
    text = one_line(last.status.message)
    if last.status.phase == "Aborted":
        then = "" if view.waiting_promotions else ": promote again"
        return Standing.WAITING, f"the last {what} was aborted ({text or 'no reason given'}){then}"
    step = view.failed_step
    where = f" at {step_line(step, len(last.steps))}" if step else ""
    return Standing.BROKEN, f"the last {what} {last.status.phase}{where}: {one_line(step.message) if step else text}"


def _health(view: StageView) -> Judgement | None:
    if view.current is None or view.health in {"", "Healthy", "NotApplicable"}:
        return None
    issue = "; ".join(one_line(one) for one in view.health_issues[:2]) or "no issue named"
    standings = {"Unhealthy": Standing.BROKEN, "Progressing": Standing.WAITING}
    return standings.get(view.health, Standing.UNKNOWN), f"health is {view.health}: {issue}"


def _verification(view: StageView) -> Judgement | None:
    """An earlier success of the same Freight counts: a later failure does not take it back (Kargo, Verified=True)."""
    info, verified = view.verification_info, view.condition("Verified")
    if info is None or info.phase == "Successful" or (verified is not None and verified.status == "True"):
        return None
    told = one_line(info.message)
    if info.phase not in VERIFICATION_TERMINAL:
        return Standing.WAITING, f"verification is {info.phase or 'Pending'}" + (f": {told}" if told else "")
    standing = Standing.BROKEN if info.phase in {"Failed", "Error"} else Standing.WAITING
    return standing, f"verification ended {info.phase}: {told or 'no message'}"


def _misnamed(view: StageView) -> Judgement | None:
    """Names in `requestedFreight` that certainly stand for nothing."""
    for request in view.stage.spec.requested_freight:
        if view.snapshot.lacks(Warehouse, view.project, request.origin.name):
            return Standing.BROKEN, f"requests Freight of Warehouse {request.origin.name}, which does not exist"
        for key in graph.sources_of(request):
            if key.kind is NodeKind.STAGE and view.snapshot.lacks(Stage, view.project, key.name):
                return Standing.BROKEN, f"takes Freight from Stage {key.name}, which does not exist"
    return None


def _not_ready(view: StageView) -> Judgement | None:
    ready, phase = view.ready, view.stage.status.phase
    if ready is not None:
        if ready.status == "True":
            return None
        text = f"Ready is {ready.status} ({ready.reason})" + (f": {one_line(ready.message)}" if ready.message else "")
        if ready.reason == "NoFreight" and view.current is None:
            return _empty(view)
        if ready.status != "False" or ready.reason == "Unknown":
            return Standing.UNKNOWN, text
        return (Standing.WAITING if ready.reason in _PASSING else Standing.BROKEN), text
    if phase in {"Steady", "NotApplicable"}:
        return None if view.current is not None or view.is_control_flow else _empty(view)
    standings = {"Failed": Standing.BROKEN, "Promoting": Standing.PROMOTING, "Verifying": Standing.WAITING}
    text = f"phase is {phase}: {one_line(view.stage.status.message)}" if phase else "has no Ready condition yet"
    return standings.get(phase, Standing.UNKNOWN), text


def _empty(view: StageView) -> Judgement:
    return Standing.WAITING, "; ".join(["holds no Freight yet", *_prospects(view)[:2]])


def _prospects(view: StageView) -> list[str]:
    """What may come in, or that nothing can, for each origin of which the Stage lacks the newest."""
    texts = [outlook(view, one).text for one in view.next_freight]
    if view.snapshot.knows_all(Freight.KIND):
        coming = {one.request.origin.key for one in view.next_freight}
        unheld = (one.origin.key for one in view.stage.spec.requested_freight if view.held(one) is None)
        texts += [f"no Freight of {key} exists yet" for key in unheld if key not in coming]
    return texts


def _queued(view: StageView) -> Judgement | None:
    waiting = view.waiting_promotions
    if not waiting:
        return None
    more = f", {len(waiting) - 1} more queued behind it" if len(waiting) > 1 else ""
    return Standing.WAITING, f"Promotion {waiting[0].name} is queued: {graph.ahead(view, 0)}{more}"


def _coming(view: StageView) -> Judgement | None:
    texts = _prospects(view)
    return (Standing.WAITING, f"{_held(view)}; {'; '.join(texts)}") if texts else None


def _held(view: StageView) -> str:
    return "holds " + (", ".join(name_of(one) for one in view.current_freight[:3]) or "no Freight")


def _settled(view: StageView) -> Judgement:
    """Ready by its own word; fine only if nothing that could say otherwise went unread."""
    text = "passes Freight on (control flow)" if view.is_control_flow else _held(view)
    gaps = [kind.rpartition("/")[2] for kind in CORE if not view.snapshot.knows_all(kind)]
    if gaps:
        return Standing.UNKNOWN, f"{text}, Ready by its own word; not known: {', '.join(gaps)} were not read in full"
    return Standing.FINE, text


_Check = Callable[[StageView], Judgement | None]
_CONTROL_FLOW: tuple[_Check, ...] = (_being_deleted, _reconcile_error, _misnamed, _not_ready)
_REGULAR: tuple[_Check, ...] = (
    _being_deleted, _reconcile_error, _promoting, _lost_record, _last_promotion, _health, _verification,
    _misnamed, _not_ready, _queued, _coming,
)  # fmt: skip


def pipeline_state(
    project: str, snapshot: Snapshot, views: Sequence[StageView], damaged: frozenset[str], url: str
) -> PipelineState:
    """Every Stage judged, every Warehouse looked at."""
    warehouses = [WarehouseView(one, snapshot) for one in snapshot.all(Warehouse, project)]
    flow = graph.build([one.stage for one in views], [one.warehouse for one in warehouses], snapshot)
    place = {key: number for number, key in enumerate(flow.order)}
    lines = [_stage_line(one, damaged) for one in views]
    # A name that was made printable is in no place; the API server lets none of those in.
    lines.sort(key=lambda one: (_URGENCY[one.standing], place.get(Key(NodeKind.STAGE, one.name), len(place)), one.name))
    sources = [_warehouse_line(one, damaged) for one in warehouses]
    sources.sort(key=lambda one: (_URGENCY[one.standing], one.name))
    shown, more = bounded(lines, MOST_STAGES, "further Stages (ask about one)")
    room = ROOM_FOR_LINES // max(1, len(shown))
    shown = [one.model_copy(update={"line": quoted(one.line, max(SHORTEST_LINE, room))}) for one in shown]
    shown_sources, more_sources = bounded(sources, MOST_WAREHOUSES, "further Warehouses")
    names = sorted(f"{key}{'' if sure else ' (not read)'}" for key, sure in flow.absent.items())
    missing, more_missing = bounded(names, MOST_NAMES, "further missing names")
    loops, more_loops = bounded((" -> ".join((*one, one[0])) for one in flow.cycles), MOST_NAMES, "further cycles")
    counts = Counter(one.standing.value for one in lines)
    standings = [*(one.standing for one in lines), *(one.standing for one in sources)]
    worst = min(standings, key=_URGENCY.__getitem__, default=Standing.UNKNOWN)
    diagram, undrawn = flowchart(flow, lines, sources)
    return PipelineState(
        project=project,
        standing=worst,
        headline=_headline(project, counts, sources, snapshot),
        url=url,
        counts={one.value: counts[one.value] for one in Standing if counts[one.value]},
        stages=shown,
        warehouses=shown_sources,
        missing=missing,
        cycles=loops,
        mermaid=diagram,
        left_out=[*more, *more_sources, *more_missing, *more_loops, *([undrawn] if undrawn else [])],
    )


_URGENCY = {one: number for number, one in enumerate(Standing)}


def _headline(project: str, counts: Counter[str], sources: list[WarehouseLine], snapshot: Snapshot) -> str:
    told = ", ".join(f"{counts[one.value]} {one.value}" for one in Standing if counts[one.value]) or "none"
    least = "" if snapshot.knows_all(Stage.KIND) else "at least "
    broken = sum(one.standing is Standing.BROKEN for one in sources)
    trouble = f" ({broken} broken)" if broken else ""
    return f"{project}: {least}{counts.total()} Stages ({told}), {len(sources)} Warehouses{trouble}"


def _stage_line(view: StageView, damaged: frozenset[str]) -> StageLine:
    standing, why = judge(view, damaged)
    sources = (str(key) for one in view.stage.spec.requested_freight for key in graph.sources_of(one))
    return StageLine(
        name=view.name,
        standing=standing,
        line=why,
        kind="control flow" if view.is_control_flow else "",
        holds=[name_of(one) for one in view.current_freight[:MOST_NAMES]],
        upstream=list(dict.fromkeys(sources))[:MOST_NAMES],
    )


def _warehouse_line(view: WarehouseView, damaged: frozenset[str]) -> WarehouseLine:
    newest = view.freight[0] if view.freight else None
    known = view.snapshot.knows_all(Freight.KIND)
    seen = "newest Freight" if known else "newest Freight that was read"
    has = f"{seen} {name_of(newest)}" if newest else "no Freight yet" if known else "Freight was not read in full"
    unread = (Standing.UNKNOWN, "parts of the Warehouse could not be read")
    standing, why = unread if str(view.ref) in damaged else _discovery(view)
    return WarehouseLine(
        name=view.name,
        standing=standing,
        line=f"{why}; {has}",
        newest_freight=newest.name if newest else "",
        newest_at=(newest.discovered_at or newest.created) if newest else None,
        discovered_at=view.warehouse.status.discovered_artifacts.discovered_at,
    )


def _discovery(view: WarehouseView) -> Judgement:
    ready, found = view.ready, view.warehouse.status.discovered_artifacts.discovered_at
    age = view.snapshot.observed_at - found if found else None
    last = f", last discovery {human(age)} ago" if age is not None else ", no discovery yet"
    if ready is None:
        return Standing.UNKNOWN, f"has no Ready condition{last}"
    if ready.status != "True":
        passing = ready.reason in {"DiscoveryInProgress", "AwaitingFreightCreation"} and view.failure is None
        text = f"Ready is {ready.status} ({ready.reason}): {one_line(ready.message)}{last}"
        return (Standing.WAITING if passing else Standing.BROKEN), text
    criteria = view.condition("FreightCreationCriteriaSatisfied")
    if criteria is not None and criteria.status == "False":
        return Standing.WAITING, f"Ready, but what it found does not meet its creation criteria{last}"
    if age is not None and age > OVERDUE * max(view.interval, SHORTEST_INTERVAL):
        return Standing.WAITING, f"Ready, but discovery is overdue (every {human(view.interval)}){last}"
    return Standing.FINE, f"Ready{last}"
