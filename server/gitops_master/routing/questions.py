"""The one question that a request leaves open, and how we say that something is not our business."""

from collections.abc import Iterable, Sequence

from gitops_master.model.printable import printable
from gitops_master.model.routing import Known
from gitops_master.routing.places import Place
from gitops_master.routing.spelling import nearest
from gitops_master.routing.targets import key
from gitops_master.routing.versions import Named
from gitops_master.routing.wish import Wish

_MOST = 12
_WHAT_WE_DO = "finding out why delivery is stuck, checking a Stage, promoting Freight, or configuring the pipeline"
NOT_OURS = f"This is not about a delivery pipeline. What can be done here: {_WHAT_WE_DO}."


def which_stage(place: Place | None, known: Known) -> str:
    """Asks for the Stage; names what there is, and what is near where a word was given that no Stage is called."""
    if place is not None and len(place.names) > 1:
        return f"Which Stage is meant by {_quoted(place.text)}: {_listed(place.names)}?"
    if place is not None and not place.names:
        near = nearest(key(place.text), map(key, known.stages))
        meant = f" Did you mean {near[0]}?" if near else ""
        return f"There is no Stage {_quoted(place.text)}.{meant} Which of these: {_listed(known.stages)}?"
    return f"To which Stage: {_listed(known.stages)}?" if known.stages else "To which Stage?"


def which_freight(named: Named, known: Known) -> str:
    """Asks about a version, hash or alias that is no known one, or means several."""
    if named.freight:
        return f"Which Freight is meant by {_quoted(named.text)}: {_listed(_labels(known, named.freight))}?"
    labels = _labels(known, [one.name for one in known.freight])
    there = f"; there are {_listed(labels)}" if labels else ""
    return f"No known Freight is or carries {_quoted(named.text)}{there}. Which one is meant?"


def question_of(wishes: Sequence[Wish], stage: str, freight: str, *, is_ours: bool) -> str:
    """What to do is open, or not for us."""
    if not is_ours:
        return NOT_OURS
    what = " and ".join(
        one for one in (f"Stage {stage}" if stage else "", f"Freight {freight[:12]}" if freight else "") if one
    )
    about = f" with {what}" if what else ""
    if any(one.kind == "denied" for one in wishes):
        return f"That is left alone then. What shall be done{about}: {_WHAT_WE_DO}?"
    return f"What shall be done{about}: {_WHAT_WE_DO}?"


def _labels(known: Known, names: Iterable[str]) -> list[str]:
    wanted = frozenset(names)
    return [one.alias or one.name[:12] for one in known.freight if one.name in wanted]


def _quoted(text: str) -> str:
    return repr(printable(text)[:60])


def _listed(names: Sequence[str]) -> str:
    more = f" (and {len(names) - _MOST} more)" if len(names) > _MOST else ""
    return ", ".join(printable(one) for one in names[:_MOST]) + more if names else "none is known"
