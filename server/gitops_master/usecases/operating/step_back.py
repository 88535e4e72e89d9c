"""Whether Freight is older than what a Stage holds."""

import msgspec

from gitops_master.facts.freight import discovery_order
from gitops_master.facts.stage import StageView
from gitops_master.model.kargo import Freight
from gitops_master.usecases.graph import name_of


class StepBack(msgspec.Struct, frozen=True):
    """`older`: than what the Stage holds of the same origin. `certain`: that could be told; `unread`: only for want of reading."""

    older: bool
    detail: str
    certain: bool = True
    unread: bool = False


def step_back(view: StageView, freight: Freight) -> StepBack:
    """By discovery, as auto-promotion orders Freight; what was here before is older where the present Freight is gone."""
    held = view.current.items.get(freight.origin.key) if view.current is not None else None
    if held is None:
        return StepBack(older=False, detail=f"the Stage holds nothing of {freight.origin.key} yet")
    if held.name == freight.name:
        return StepBack(older=False, detail="the same Freight once more")
    present = view.snapshot.get(Freight, view.project, held.name)
    if present is not None:
        newest = discovery_order([freight, present])[0]
        older = newest.name == present.name
        return StepBack(
            older=older, detail=f"{'older' if older else 'newer'} than {name_of(held)}, which the Stage holds"
        )
    past = {one.name for entry in view.stage.status.freight_history[1:] for one in entry.items.values()}
    if freight.name in past:
        return StepBack(older=True, detail=f"was in the Stage before {name_of(held)}, which it holds now")
    gone = view.snapshot.lacks(Freight, view.project, held.name)
    why = "no longer exists" if gone else "was not read"
    detail = f"{name_of(held)}, which the Stage holds, {why}: whether this is a step back cannot be told"
    return StepBack(older=False, detail=detail, certain=False, unread=not gone)
