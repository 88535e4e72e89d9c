"""One Stage in full: what it holds, what it does, how it is, what waits in front of it and what could come next."""

from collections.abc import Iterator

from gitops_master.facts import autopromotion
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.apps import AppLink
from gitops_master.facts.freight import label
from gitops_master.facts.promotion import StepRun, started
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.facts.verification import VerificationView
from gitops_master.model import state
from gitops_master.model.argocd import Application
from gitops_master.model.finding import quoted
from gitops_master.model.kargo import CREATE_ACTOR, Freight, FreightReference, Promotion, PromotionStatus, Step
from gitops_master.model.meta import condition
from gitops_master.model.rollouts import MetricResult
from gitops_master.model.state import MESSAGE_LIMIT, bounded, left_out, one_line
from gitops_master.usecases import graph
from gitops_master.usecases.graph import freight_name, name_of
from gitops_master.usecases.pipeline_state import judge, pull_request

MOST_APPLICATIONS, MOST_QUEUED, MOST_ORIGINS = 20, 20, 20
MOST_ISSUES, MOST_METRICS, MOST_GATES, MOST_COMPLAINTS = 10, 20, 20, 5
MOST_PARTS = 20
"""Commits, images or charts shown of one piece of Freight; Warehouses with more subscriptions are rare."""

_ORDER = ("Ready", "Promoting", "Healthy", "Verified")


def stage_state(view: StageView, damaged: frozenset[str], url: str = "") -> state.StageState:
    """Everything there is to say about the Stage, as far as was read."""
    standing, why = judge(view, damaged)
    notes = list(_notes(view))
    queue, more_queue = bounded(_queue(view), MOST_QUEUED, "further queued Promotions")
    links, more_apps = bounded(view.links, MOST_APPLICATIONS, "further Applications")
    coming, more_coming = bounded(view.next_freight, MOST_ORIGINS, "further origins with newer Freight")
    held, more_held = bounded(view.current_freight, MOST_ORIGINS, "further pieces of current Freight")
    return state.StageState(
        name=view.name,
        project=view.project,
        standing=standing,
        headline=f"{view.name} ({standing.value}): {why}" + (f"; {notes[0]}" if notes else ""),
        kind="control flow" if view.is_control_flow else "",
        url=url,
        upstream=_upstream(view),
        notes=notes,
        conditions=_conditions(view),
        freight_summary=view.stage.status.freight_summary,
        current_freight=[freight_state(one, view, stays=True) for one in held],
        current_promotion=_current_promotion(view),
        last_promotion=_last_promotion(view),
        verification=_verification(view.verification) if view.verification else None,
        health=_health(view),
        applications=[_application(view, one) for one in links],
        auto_promotion=None if view.is_control_flow else graph.auto_promotion_state(view),
        holds=[graph.hold_state(view, key) for key in list(autopromotion.holds(view.stage))[:MOST_ORIGINS]],
        queue=queue,
        next_freight=[_next(view, one) for one in coming],
        left_out=[*more_queue, *more_apps, *more_coming, *more_held],
    )


def _upstream(view: StageView) -> list[str]:
    keys = (str(key) for one in view.stage.spec.requested_freight for key in graph.sources_of(one))
    return list(dict.fromkeys(keys))[:MOST_ORIGINS]


def _conditions(view: StageView) -> list[state.ConditionState]:
    """By type: their order in the object means nothing."""
    given = {one.type: one for one in view.stage.status.conditions}
    types = [*(one for one in _ORDER if one in given), *sorted(set(given) - set(_ORDER))]
    return [state.ConditionState.of(given[one]) for one in types[:MOST_ISSUES]]


def _notes(view: StageView) -> Iterator[str]:
    """What a single field does not show."""
    if view.stage.status.phase and view.ready is None:
        message = one_line(view.stage.status.message)
        yield f"phase {view.stage.status.phase} (Kargo before 1.5)" + (f": {message}" if message else "")
    lost = graph.unrecorded(view)
    if lost is not None:
        yield f"Promotion {lost.name} succeeded, but neither lastPromotion nor the current Freight shows it"
    troubled = [
        f"{app.app.name} is {app.sync or 'not compared'}/{app.health or 'of unknown health'}"
        for app in view.apps
        if not app.is_fine
    ]
    if troubled and view.health in {"", "Healthy"}:
        yield f"not fine by Argo CD's own account: {', '.join(troubled[:MOST_COMPLAINTS])}"
    for one in view.warehouses:
        ready = condition(one.status.conditions, "Ready")
        if ready is None or ready.status != "True":
            reason = f" ({ready.reason})" if ready and ready.reason else ""
            yield f"Warehouse {one.name} is not Ready{reason}: there may be newer Freight that it could not find"
    wanted = view.stage.spec.requested_freight
    held = [one for one in wanted if view.held(one) is not None]
    if held and len(held) < len(wanted):
        yield f"holds Freight of {len(held)} of {len(wanted)} requested origins"


def freight_state(content: Freight | FreightReference, view: StageView, *, stays: bool = False) -> state.FreightState:
    """`stays`: it is in the Stage, so say since when. A reference knows no alias: that is on the Freight object."""
    known = view.snapshot.get(Freight, view.project, content.name)
    entered = known.status.currently_in.get(view.name) if known and stays else None
    most = max(len(content.commits), len(content.images), len(content.charts))
    return state.FreightState(
        name=content.name,
        label=one_line(label(content)),
        alias=known.alias if known else "",
        origin=content.origin.key,
        commits=[
            state.CommitState(
                repo=one.repo_url,
                id=one.id,
                branch=one.branch,
                tag=one.tag,
                message=one_line(one.message.strip().partition("\n")[0], 120),
                author=one_line(one.author, 120),
            )
            for one in content.commits[:MOST_PARTS]
        ],
        images=[state.ImageState(repo=i.repo_url, tag=i.tag, digest=i.digest) for i in content.images[:MOST_PARTS]],
        charts=[state.ChartState(repo=i.repo_url, name=i.name, version=i.version) for i in content.charts[:MOST_PARTS]],
        discovered_at=(known.discovered_at or known.created) if known else None,
        since=entered.since if entered else None,
        left_out=left_out(most - MOST_PARTS, "further artifacts of a kind"),
    )


def _step(run: StepRun | None, steps: tuple[Step, ...], status: PromotionStatus) -> state.StepState | None:
    if run is None:
        return None
    return state.StepState(
        message=quoted(run.message, MESSAGE_LIMIT),
        index=run.index + 1,
        total=len(steps),
        alias=run.alias,
        kind=run.uses,
        status=run.execution.status,
        errors=run.execution.error_count,
        threshold=run.threshold,
        waits_for=pull_request(run, status),
        started_at=run.execution.started_at,
    )


def _promotion(one: Promotion, view: StageView, step: state.StepState | None = None) -> state.PromotionState:
    return state.PromotionState(
        name=one.name,
        phase=one.status.phase,
        step=step,
        message=quoted(one.status.message, MESSAGE_LIMIT),
        freight=one.spec.freight,
        freight_label=freight_name(one, view.snapshot),
        created_by=one_line(one.annotations.get(CREATE_ACTOR, ""), 120),
        created_at=one.created,
        started_at=started(one) if one.status.phase not in {"", "Pending"} else None,
        finished_at=one.status.finished_at,
    )


def _current_promotion(view: StageView) -> state.PromotionState | None:
    """The one that runs, or that the Stage has admitted to run next."""
    running = view.running
    if running is not None:
        return _promotion(running, view, _step(view.running_step, running.spec.steps, running.status))
    named = view.stage.status.current_promotion
    if named is None:
        return None
    found = view.snapshot.get(Promotion, view.project, named.name)
    if found is None:
        missing = view.snapshot.lacks(Promotion, view.project, named.name)
        return state.PromotionState(name=named.name, message="does not exist" if missing else "not read")
    return None if found.is_terminal else _promotion(found, view)


def _last_promotion(view: StageView) -> state.PromotionState | None:
    """As the Stage recorded it; its embedded copy outlives the object."""
    last = view.last
    if last is None:
        return None
    step = _step(view.failed_step, last.steps, last.status)
    if last.object is not None:
        return _promotion(last.object, view, step).model_copy(
            update={"phase": last.status.phase, "finished_at": last.finished_at}
        )
    return state.PromotionState(
        name=last.name,
        phase=last.status.phase,
        step=step,
        message=quoted(last.status.message, MESSAGE_LIMIT),
        freight=last.freight.name if last.freight else "",
        freight_label=name_of(last.freight) if last.freight else "",
        started_at=last.status.started_at,
        finished_at=last.finished_at,
    )


def _queue(view: StageView) -> list[state.PromotionState]:
    """Those that wait, in the order in which Kargo takes them (the running one is the current Promotion)."""
    found = []
    for index, one in enumerate(view.waiting_promotions):
        update = {"position": index + 1, "ahead": graph.ahead(view, index)}
        found.append(_promotion(one, view).model_copy(update=update))
    return found


def _verification(view: VerificationView) -> state.VerificationState:
    info = view.info
    run = info.analysis_run
    unread = " (not read)" if run is not None and view.run is None else ""
    return state.VerificationState(
        phase=info.phase or "Pending",
        message=quoted(info.message, MESSAGE_LIMIT),
        actor=one_line(info.actor, 120),
        analysis_run=f"{run.namespace or view.stage.namespace}/{run.name}{unread}" if run else "",
        metrics=[_metric(one) for one in view.results[:MOST_METRICS]],
        started_at=info.start_time,
        finished_at=info.finish_time,
    )


def _metric(one: MetricResult) -> state.MetricState:
    last = one.measurements[-1].message if one.measurements else ""
    return state.MetricState(
        name=one.name,
        phase=one.phase,
        message=quoted(last or one.message, MESSAGE_LIMIT),
        successful=one.successful,
        failed=one.failed,
        error=one.error,
        inconclusive=one.inconclusive,
    )


def _health(view: StageView) -> state.HealthState | None:
    if view.stage.status.health is None:
        return None
    issues, more = bounded(view.health_issues, MOST_ISSUES, "further issues")
    return state.HealthState(status=view.health, issues=[*(quoted(one, MESSAGE_LIMIT) for one in issues), *more])


def _application(view: StageView, link: AppLink) -> state.ApplicationState:
    app = view.snapshot.get(Application, link.namespace, link.name)
    if app is None:
        sure = view.snapshot.lacks(Application, link.namespace, link.name) and _knows_where(view, link)
        found = "no" if sure else "not known"
        return state.ApplicationState(name=link.name, namespace=link.namespace, found=found, named_by=link.by)
    seen = ApplicationView(app, view.snapshot)
    operation = seen.operation_state
    current = seen.op not in {Op.SUCCEEDED, Op.FAILED_BEFORE} and operation is not None
    return state.ApplicationState(
        name=link.name,
        namespace=link.namespace,
        sync=seen.sync or "not compared",
        health=seen.health or "none",
        revisions=[one_line(one, 80) for one in app.revisions[:MOST_COMPLAINTS]],
        operation=seen.op.value,
        message=quoted(operation.message, MESSAGE_LIMIT) if operation and current else "",
        complaints=[one_line(one.value) for one in seen.complaints()[:MOST_COMPLAINTS]],
        named_by=link.by,
    )


def _knows_where(view: StageView, link: AppLink) -> bool:
    """A step without a namespace means the controller's own setting, which is on its Pod."""
    return link.namespace_given or view.snapshot.knows_all("v1/Pod")


def _next(view: StageView, coming: NextFreight) -> state.NextFreightState:
    found = graph.outlook(view, coming)
    gates = coming.availability.gates
    times = [gate.opens for gate in gates if gate.opens is not None]
    every = coming.request.sources.availability_strategy == "All"
    opens = None
    if times and not coming.availability.available:
        ends = len(times) == len(coming.availability.closed)
        opens = (max(times) if ends else None) if every else min(times)
    return state.NextFreightState(
        next=found.next,
        outlook=found.text,
        freight=freight_state(coming.freight, view),
        available=coming.availability.available,
        gates=[
            state.GateReport(
                name=gate.name, state=gate.state.value, detail=graph.gate_detail(view, gate), opens=gate.opens
            )
            for gate in gates[:MOST_GATES]
        ],
        opens=opens,
        instead=_instead(view, coming),
    )


def _instead(view: StageView, coming: NextFreight) -> str:
    """Older Freight that may enter while the newest may not."""
    if coming.availability.available or not view.auto_promotion:
        return ""
    other = autopromotion.candidate(view.stage, coming.request, view.snapshot)
    held = view.held(coming.request)
    return "" if other is None or (held is not None and held.name == other.name) else name_of(other)
