"""What comes next for a Stage: the Freight that is on its way, what already happens to it, whether the Stage is at rest."""

from collections.abc import Iterable
from datetime import timedelta

from gitops_master.facts import autopromotion
from gitops_master.facts.availability import GateState, availability
from gitops_master.facts.durations import human
from gitops_master.facts.freight import same_freight
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import CREATE_ACTOR, Freight, Promotion
from gitops_master.model.meta import Ref
from gitops_master.model.stage import FreightRequest, Stage

_PROGRESS = {GateState.OPEN: 0, GateState.WAITING: 1, GateState.CLOSED: 2}


def newer_freight(view: StageView, request: FreightRequest) -> list[Freight]:
    """Freight of the origin that was discovered after what the Stage holds, newest first."""
    ordered = autopromotion.freight_of(request, view.project, view.snapshot)
    held = view.held(request)
    if held is None:
        return ordered
    found: list[Freight] = []
    for one in ordered:
        if same_freight(one, held):
            return found
        found.append(one)
    # The held Freight itself is gone (garbage collected): only the newest is surely newer.
    return found[:1]


def upcoming(view: StageView) -> list[NextFreight]:
    """Per requested origin the Freight that will come next: an available one before a soaking before an unverified one.

    Newer Freight that has only just been discovered does not hide the one that can go out already. If a piece of Freight
    was asked about, it is that one.
    """
    if view.wanted is not None:
        return view.next_freight
    found = []
    for request in view.stage.spec.requested_freight:
        every = [
            NextFreight(request, one, availability(view.stage, one, view.snapshot))
            for one in newer_freight(view, request)
        ]
        if every:
            found.append(min(every, key=_distance))
    return found


def _distance(one: NextFreight) -> int:
    if one.availability.available:
        return 0
    return 1 + min((_PROGRESS[gate.state] for gate in one.availability.closed), default=2)


def in_flight(view: StageView, freight: str) -> Promotion | None:
    """A Promotion of the Freight to the Stage that has not ended."""
    return next((one for one in view.promotions_of(freight) if not one.is_terminal), None)


def newest_attempt(view: StageView, freight: str) -> Promotion | None:
    """The newest finished Promotion of exactly this Freight: what the anti-loop rule looks at."""
    return next((one for one in view.promotions_of(freight) if one.is_terminal), None)


def unsuccessful_attempt(view: StageView, freight: str) -> Promotion | None:
    newest = newest_attempt(view, freight)
    return newest if newest is not None and newest.status.phase != "Succeeded" else None


def is_idle(view: StageView) -> bool:
    """Nothing runs and nothing waits in the queue."""
    return view.running is None and not view.waiting_promotions


def last_was_unsuccessful(view: StageView) -> bool:
    return view.last is not None and view.last.status.phase in {"Failed", "Errored", "Aborted"}


def is_settled(view: StageView) -> bool:
    """Idle after a success, healthy, no verification running: what comes next is all that can be asked."""
    return (
        is_idle(view)
        and not last_was_unsuccessful(view)
        and not view.verification_runs
        and view.health in {"", "Healthy", "NotApplicable"}
        and view.reconcile_error is None
        and view.stage.metadata.deletion_timestamp is None
    )


def request_path(view: StageView, request: FreightRequest) -> str:
    """`spec.requestedFreight[0]`, as it stands in the object."""
    return f"spec.requestedFreight[{view.stage.spec.requested_freight.index(request)}]"


def upstream(view: StageView, name: str) -> Stage | None:
    return view.snapshot.get(Stage, view.project, name)


def upstream_ref(view: StageView, name: str) -> Ref:
    return Ref(Stage.KIND, view.project, name)


def is_control_flow(stage: Stage) -> bool:
    """A Stage without promotion steps that has never held or been promoted anything."""
    status = stage.status
    return not (stage.spec.promotion_template.spec.steps or status.freight_history or status.last_promotion)


def actor(promotion: Promotion) -> str:
    """Who made the Promotion; empty for one that auto-promotion made."""
    made_by = promotion.annotations.get(CREATE_ACTOR, "")
    return "" if made_by.startswith("controller:") else made_by


def roughly(span: timedelta) -> str:
    """`15 hours`, `40 minutes`: a remaining time as people say it."""
    seconds = max(0, int(span.total_seconds()))
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = round(seconds / size)
        if seconds >= size * 1.5 or (count == 1 and seconds >= size):
            return f"{count} {word}{'s' if count != 1 else ''}"
    return human(span)


def listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def apps_gone(view: StageView) -> bool:
    """Whether an Application that the Stage names with its namespace certainly does not exist."""
    return any(
        link.namespace_given and view.snapshot.lacks(Application, link.namespace, link.name) for link in view.links
    )


def available_because(view: StageView, one: NextFreight) -> Evidence:
    """What lets the Freight into the Stage: an approval, a verification upstream, or that it is taken from the Warehouse."""
    status, created = one.freight.status, one.freight.created
    if view.name in status.approved_for:
        return fact(one.freight, "status.approvedFor", listed(sorted(status.approved_for)), created)
    if one.request.sources.stages and not one.request.sources.direct:
        return fact(one.freight, "status.verifiedIn", listed(sorted(status.verified_in)), created)
    return fact(one.freight, "origin", f"{one.request.origin.key}, which the Stage takes directly", created)
