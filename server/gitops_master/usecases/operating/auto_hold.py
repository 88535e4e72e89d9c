"""What a promotion by a person does to auto-promotion: holds since Kargo 1.11 (promotion webhook, syncHoldAnnotations)."""

import msgspec

from gitops_master.facts.autopromotion import candidate, holds
from gitops_master.facts.availability import availability, request_for
from gitops_master.facts.freight import discovery_order
from gitops_master.facts.stage import StageView
from gitops_master.model.kargo import Freight
from gitops_master.model.stage import FreightRequest
from gitops_master.model.state import one_line
from gitops_master.model.versions import Version
from gitops_master.usecases.graph import auto_promotion_state, hold_state, name_of

HOLDS_SINCE = Version(1, 11, 0)


class HoldOutlook(msgspec.Struct, frozen=True):
    """`hold`: the hold that would follow, explained. `detail`: what becomes of auto-promotion, in a line.

    `warning`: what one should know before. `word`: the same in one word, for comparing plans.
    """

    detail: str
    hold: str = ""
    warning: str = ""
    word: str = "none"


def hold_outlook(view: StageView, freight: Freight) -> HoldOutlook:
    """Of promoting the Freight to the Stage, by a person."""
    origin, state = freight.origin.key, auto_promotion_state(view).enabled
    kargo = view.snapshot.versions.kargo
    request = request_for(view.stage, freight)
    if request is None:
        return HoldOutlook(f"{origin} is not requested")
    if state == "off":
        return HoldOutlook("auto-promotion is off")
    if kargo is not None and kargo < HOLDS_SINCE:
        return _before_holds(view, freight, candidate(view.stage, request, view.snapshot))
    on = "" if kargo is not None else ", if this is Kargo 1.11 or later"
    if state == "unknown":
        text = (
            f"whether auto-promotion is on is not known; if it is, it stops for {origin} unless this is its candidate"
        )
        return HoldOutlook(text, warning=text, word="unknown")
    if not view.snapshot.knows_all(Freight.KIND):
        text = f"auto-promotion is on; Freight was not read in full, so whether it stops for {origin} is not known"
        return HoldOutlook(text, warning=text, word="unknown")
    wanted = _candidate_then(view, request, freight)
    if wanted is not None and wanted.name == freight.name:
        return _released(view, origin)
    return _held(view, freight, wanted, on)


def _candidate_then(view: StageView, request: FreightRequest, freight: Freight) -> Freight | None:
    """The candidate once the Freight is available, which it may have to wait for."""
    wanted = candidate(view.stage, request, view.snapshot)
    is_newest = request.sources.auto_promotion_options.selection_policy != "MatchUpstream"
    if is_newest and not availability(view.stage, freight, view.snapshot).available:
        return discovery_order([freight, *([wanted] if wanted is not None else [])])[0]
    return wanted


def _released(view: StageView, origin: str) -> HoldOutlook:
    if origin not in holds(view.stage):
        return HoldOutlook(f"auto-promotion goes on: this is its candidate for {origin}", word="goes on")
    held = hold_state(view, origin)
    who = f" that {held.actor} made" if held.actor else ""
    name = held.freight_label or held.freight[:7]
    text = f"releases the auto-promotion hold of {origin} on {name}{who}: newer Freight is promoted by itself again"
    return HoldOutlook(text, warning=text, word="releases")


def _held(view: StageView, freight: Freight, wanted: Freight | None, on: str) -> HoldOutlook:
    origin, name = freight.origin.key, name_of(freight)
    instead = f"the candidate, now {name_of(wanted)}" if wanted is not None else "the candidate, once there is one"
    before = holds(view.stage).get(origin)
    moves = before is not None and before.freight_name != freight.name
    replaced = f" It replaces the hold on {one_line(before.freight_name)[:7]}." if moves and before is not None else ""
    text = (
        f"auto-promotion of {origin} stops at {name}{on}: it is not the candidate, so Kargo holds the Stage there and newer "
        f"Freight is no longer promoted by itself. To release the hold, promote {instead}.{replaced}"
    )
    there = f"; there is one now, on {one_line(before.freight_name)[:7]}" if before is not None else ""
    return HoldOutlook(f"an auto-promotion hold on {origin} follows{there}", hold=text, word="holds")


def _before_holds(view: StageView, freight: Freight, wanted: Freight | None) -> HoldOutlook:
    """Until 1.10 auto-promotion leaves Freight alone that was ever promoted to the Stage, and knows no holds."""
    if wanted is None or wanted.name == freight.name or view.promotions_of(wanted.name):
        return HoldOutlook("auto-promotion is on", word="on")
    text = f"auto-promotion may replace it by its candidate {name_of(wanted)}: Kargo before 1.11 knows no holds"
    return HoldOutlook(text, warning=text, word="replaces")
