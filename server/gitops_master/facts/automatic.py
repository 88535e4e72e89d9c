"""Promotions that Kargo made by itself, and what they followed."""

from datetime import timedelta

import msgspec

from gitops_master.facts.autopromotion import freight_of
from gitops_master.facts.freight import discovery_order
from gitops_master.facts.progress import actor
from gitops_master.facts.stage import StageView
from gitops_master.model.kargo import Freight, Promotion

SOON = timedelta(minutes=10)
"""Auto-promotion acts at the next reconciliation of the Stage: within seconds, at most its 5-minute resync."""


class Override(msgspec.Struct, frozen=True):
    """The Stage's latest Promotion, automatic and of newer Freight, and the earlier one whose result it undid."""

    automatic: Promotion
    before: Promotion
    newer: Freight
    older: Freight


def override(view: StageView) -> Override | None:
    """An automatic Promotion as the last word over a successful one of Freight that is older by discovery."""
    ended = [one for one in view.by_age if one.status.phase == "Succeeded"]
    if len(ended) < 2 or view.last is None or ended[0].name != view.last.name or actor(ended[0]):
        return None
    automatic, before = ended[0], ended[1]
    newer = view.snapshot.get(Freight, view.project, automatic.spec.freight)
    older = view.snapshot.get(Freight, view.project, before.spec.freight)
    if newer is None or older is None or newer.origin.key != older.origin.key or newer.name == older.name:
        return None
    order = [one.name for one in discovery_order([newer, older])]
    return Override(automatic, before, newer, older) if order[0] == newer.name else None


def was_newest_known(view: StageView, freight: Freight, at: Promotion) -> bool:
    """Whether the Freight had been discovered before that Promotion was made: it was passed over on purpose."""
    seen = freight.discovered_at or freight.created
    return bool(seen and at.created and seen < at.created) and any(
        freight.name == one.name
        for request in view.stage.spec.requested_freight
        for one in freight_of(request, view.project, view.snapshot)
    )
