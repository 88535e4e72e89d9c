"""Every condition between a piece of Freight and a Stage, with its verdict: Kargo's own, and what would fail for certain."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from gitops_master.facts.availability import Availability, GateState, availability, request_for
from gitops_master.facts.availability import Gate as Opening
from gitops_master.facts.durations import parse_duration, stamp
from gitops_master.facts.names import earliest_name
from gitops_master.facts.progress import in_flight
from gitops_master.facts.stage import StageView
from gitops_master.facts.template_steps import AppTarget, TaskFault, TemplateStep, app_targets, template_steps
from gitops_master.model.kargo import VERIFICATION_TERMINAL, Freight, Project, Promotion
from gitops_master.model.meta import Object, Ref
from gitops_master.model.operating import Gate, GateVerdict
from gitops_master.model.stage import Stage
from gitops_master.model.state import one_line
from gitops_master.usecases.graph import SETTLES, gate_detail, name_of
from gitops_master.usecases.operating.step_back import StepBack, step_back

OPEN, CLOSED, WAITING, UNREADABLE = GateVerdict.OPEN, GateVerdict.CLOSED, GateVerdict.WAITING, GateVerdict.UNREADABLE
_SKEW = timedelta(hours=1)
"""Names are made by the clock of Kargo's servers; it may differ from that of whoever read them."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Freight on its way into a Stage. `rollback`: a step back is meant. `again`: it repeats the Stage's last Promotion.

    `steps`, `faults`, `targets`: what the Stage's template comes to.
    """

    view: StageView
    freight: Freight
    rollback: bool = False
    again: bool = False
    steps: Sequence[TemplateStep] = ()
    faults: Sequence[TaskFault] = ()
    targets: Sequence[AppTarget] = ()

    @property
    def back(self) -> StepBack:
        return step_back(self.view, self.freight)


def attempt(view: StageView, freight: Freight, *, rollback: bool = False, again: bool = False) -> Attempt:
    steps, faults = template_steps(view.stage, view.snapshot)
    targets = app_targets(steps, view.stage, view.snapshot)
    return Attempt(
        view=view, freight=freight, rollback=rollback, again=again, steps=steps, faults=faults, targets=targets
    )


def kargo_gates(of: Attempt) -> Iterator[Gate]:
    """What Kargo itself asks, in the order in which it would."""
    yield _stage_gate(of)
    yield from _task_gates(of)
    yield _freight_gate(of)
    yield from _availability_gates(of)
    yield from _window_gate(of)
    yield _record_gate(of)
    yield _current_gate(of)
    yield _direction_gate(of)
    yield from _queue_gates(of)


def gate(
    name: str, verdict: GateVerdict, detail: str, about: Object | Ref | str, opens: datetime | None = None
) -> Gate:
    who = about.ref if isinstance(about, Object) else about
    return Gate(name=name, verdict=verdict, detail=detail, object=str(who), opens_at=opens)


def damaged(of: Object, view: StageView) -> str:
    """The fields of the object that could not be read; empty where it is whole."""
    fields = [gap.field or gap.reason for gap in view.snapshot.gaps if gap.object == str(of.ref)]
    return ", ".join(fields)


def _stage_gate(of: Attempt) -> Gate:
    view, stage = of.view, of.view.stage
    project = view.snapshot.get(Project, "", view.project)
    if project is not None and project.metadata.deletion_timestamp is not None:
        return gate("stage", CLOSED, "its project is being deleted", project)
    if stage.metadata.deletion_timestamp is not None:
        return gate("stage", CLOSED, f"is being deleted since {stamp(stage.metadata.deletion_timestamp)}", stage)
    broken = damaged(stage, view)
    if broken:
        return gate("stage", UNREADABLE, f"could not be read in full: {broken}", stage)
    if view.is_control_flow:
        why = "has no promotion steps (a control-flow Stage): Kargo refuses Promotions to it, Freight passes through by itself"
        return gate("stage", CLOSED, why, stage)
    return gate("stage", OPEN, "exists and has promotion steps", stage)


def _task_gates(of: Attempt) -> Iterator[Gate]:
    for fault in of.faults:
        about = f"{fault.reference.kind} {fault.reference.name}"
        then = ": Kargo refuses to create the Promotion" if fault.certain else ""
        detail = f"step {fault.alias}: {about} {fault.why}{then}"
        yield gate("tasks", CLOSED if fault.certain else UNREADABLE, detail, about)


def _freight_gate(of: Attempt) -> Gate:
    broken = damaged(of.freight, of.view)
    if broken:
        return gate("freight", UNREADABLE, f"could not be read in full: {broken}", of.freight)
    if of.freight.metadata.deletion_timestamp is not None:
        return gate("freight", CLOSED, "is being deleted", of.freight)
    return gate("freight", OPEN, "exists", of.freight)


def _availability_gates(of: Attempt) -> Iterator[Gate]:
    stage, freight = of.view.stage, of.freight
    request, origin = request_for(stage, freight), freight.origin.key
    if request is None:
        asked = ", ".join(one.origin.key for one in stage.spec.requested_freight) or "nothing"
        yield gate("origin", CLOSED, f"{origin} is not requested by {stage.name} (requested: {asked})", stage)
        return
    yield gate("origin", OPEN, f"{origin} is requested", stage)
    found = availability(stage, freight, of.view.snapshot)
    soak = request.sources.required_soak_time
    if found.gates and found.gates[0].upstream and soak and parse_duration(soak) is None:
        yield gate("available", UNREADABLE, f"its required soak time {one_line(soak)!r} is no duration", stage)
        return
    yield _available(of, found, every=request.sources.availability_strategy == "All")


def _available(of: Attempt, found: Availability, *, every: bool) -> Gate:
    if found.available:
        said = [one.detail for one in found.gates if one.state is GateState.OPEN]
        return gate("available", OPEN, ", ".join(said) or "all of no Stages upstream are asked for", of.freight)
    if not found.gates:
        return gate("available", CLOSED, "the Stage names no source to take it from", of.view.stage)
    details = [f"{gate_detail(of.view, one)}{_underway(of, one)}" for one in found.closed]
    detail = (", and " if every else ", or ").join(details)
    need = f" (all of {len(found.gates)} Stages upstream are needed)" if every and len(found.gates) > 1 else ""
    waits = [one.opens for one in found.closed if one.state is GateState.WAITING and one.opens is not None]
    if waits and (not every or len(waits) == len(found.closed)):
        return gate("available", WAITING, detail + need, of.freight, max(waits) if every else min(waits))
    return gate("available", CLOSED, detail + need, of.freight)


def _underway(of: Attempt, one: Opening) -> str:
    """Whether what is missing upstream is being done there."""
    upstream = next((stage for stage in _stages(of) if stage.name == one.upstream), None)
    if upstream is None or one.state is not GateState.CLOSED or not upstream.status.freight_history:
        return ""
    entry = upstream.status.freight_history[0]
    if of.freight.name not in {held.name for held in entry.items.values()}:
        return ""
    phase = entry.verification_history[0].phase if entry.verification_history else ""
    if phase and phase not in VERIFICATION_TERMINAL:
        return f" (its verification there is {phase})"
    return f" (its verification there: {phase})" if phase else ""


def _stages(of: Attempt) -> Sequence[Stage]:
    return of.view.snapshot.all(Stage, of.view.project)


def _window_gate(of: Attempt) -> Iterator[Gate]:
    """Promotion windows, whose state a Stage shows from Kargo 1.12 on."""
    window = of.view.stage.status.promotion_window_status
    if not window:
        return
    if window.get("closed") is not True:
        yield gate("promotion windows", OPEN, "not closed", of.view.stage)
        return
    reason = one_line(str(window.get("reason") or "no reason given"))
    opens = parse_time(str(window.get("nextOpen") or ""))
    detail = f"closed at present: {reason}" + ("" if opens else "; when they open is not known")
    yield gate("promotion windows", WAITING if opens else CLOSED, detail, of.view.stage, opens)


def parse_time(text: str) -> datetime | None:
    """RFC 3339 with a zone; None for anything else."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None


def _record_gate(of: Attempt) -> Gate:
    """Kargo takes up finished Promotions from the greatest name down to the one in lastPromotion (syncPromotions).

    Below a name that sorts after all new ones a Promotion would run and never be recorded: neither verified nor passed on.
    """
    view, last = of.view, of.view.stage.status.last_promotion
    if last is None or last.name <= earliest_name(view.name, view.snapshot.observed_at + _SKEW):
        return gate("record", OPEN, "the Stage will record the Promotion", view.stage)
    detail = (
        f"lastPromotion is {one_line(last.name)}, which sorts after every name that Kargo generates: the Promotion would run, "
        "but the Stage would never record it (analyze_stage tells the cure)"
    )
    return gate("record", CLOSED, detail, view.stage)


def _current_gate(of: Attempt) -> Gate:
    view, name = of.view, name_of(of.freight)
    held = next((one for one in view.current_freight if one.name == of.freight.name), None)
    if held is None:
        return gate(
            "current", OPEN, "the Stage holds other Freight" if view.current else "the Stage holds none", view.stage
        )
    last = view.last
    if of.again or view.last_failed or (last is not None and last.status.phase == "Aborted"):
        return gate("current", OPEN, f"the Stage holds {name} already; its steps run once more", view.stage)
    before = ahead_of(of)
    if before:
        detail = f"the Stage holds {name} now, but Promotion {before[0].name} comes before"
        return gate("current", OPEN, detail, view.stage)
    if view.health == "Progressing":
        detail = f"the Stage holds {name} already and is Progressing: watch it come to rest"
        return gate("current", CLOSED, detail, view.stage)
    if view.health not in {"", "Healthy", "NotApplicable"}:
        return gate("current", OPEN, f"the Stage holds {name} already and is {one_line(view.health)}", view.stage)
    detail = f"the Stage holds {name} already; operation repromote runs its steps once more"
    return gate("current", CLOSED, detail, view.stage)


def _direction_gate(of: Attempt) -> Gate:
    back = of.back
    if not back.certain:
        return gate("direction", UNREADABLE if back.unread else OPEN, back.detail, of.freight)
    if not back.older or of.again or of.rollback:
        return gate("direction", OPEN, back.detail, of.freight)
    return gate(
        "direction", CLOSED, f"{back.detail}: a step back is made only with rollback=true (--rollback)", of.freight
    )


def _queue_gates(of: Attempt) -> Iterator[Gate]:
    view = of.view
    gap = view.snapshot.kind_gap(Promotion.KIND)
    same = in_flight(view, of.freight.name)
    if same is not None:
        phase = same.status.phase or "not taken up yet"
        yield gate(
            "duplicate", CLOSED, f"is being promoted already: Promotion {same.name} is {phase}; watch that one", same
        )
    elif _is_unclear(of):
        yield gate("duplicate", UNREADABLE, "of a Promotion could not be read what it promotes, or whereto", view.stage)
    elif gap is not None:
        detail = f"whether it is being promoted already is not known: Promotions: {gap.reason}"
        yield gate("duplicate", UNREADABLE, detail, view.stage)
    else:
        yield gate("duplicate", OPEN, "no Promotion of this Freight to the Stage is under way", view.stage)
    yield gate("queue", OPEN, queue_line(of) or "nothing is before it", view.stage)


def _is_unclear(of: Attempt) -> bool:
    """Whether a Promotion that is under way might be of this Freight: what does not fit its type is left out of an object."""
    every = of.view.snapshot.all(Promotion, of.view.project)
    return any(
        not one.is_terminal and (not one.spec.stage or (one.spec.stage == of.view.name and not one.spec.freight))
        for one in every
    )


def ahead_of(of: Attempt) -> list[Promotion]:
    """Promotions that run or wait and would come before a new one: waiting ones go by name."""
    new = earliest_name(of.view.name, of.view.snapshot.observed_at + _SKEW)
    running = [of.view.running] if of.view.running is not None else []
    return [*running, *(one for one in of.view.waiting_promotions if one.name <= new)]


def queue_line(of: Attempt) -> str:
    """What has to end before the new Promotion starts (kargo regular_stages.go, syncPromotions); empty where nothing."""
    view, before = of.view, ahead_of(of)
    if before:
        first = f"{before[0].name} is {before[0].status.phase or 'not taken up yet'}"
        more = f", and {len(before) - 1} more wait before it" if len(before) > 1 else ""
        return f"it queues: {first}{more}"
    if view.verification_runs:
        phase = view.verification_info.phase if view.verification_info else ""
        return f"it queues until the verification of the current Freight ends ({phase or 'Pending'} now)"
    # Before 1.1.2 an unverified Freight held the queue whatever the health.
    any_health = (view.snapshot.versions.kargo or SETTLES) < SETTLES
    if view.current is not None and view.verification_info is None and (any_health or view.health in {"", "Healthy"}):
        return "it queues until the current Freight is verified, which has not begun"
    return ""
