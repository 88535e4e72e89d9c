"""Which piece of Freight is meant: one, or an error that lists what it could be. Nothing is guessed."""

import re
from collections.abc import Callable, Iterable, Sequence

from gitops_master.facts.autopromotion import candidate, freight_of
from gitops_master.facts.availability import availability
from gitops_master.facts.durations import human
from gitops_master.facts.freight import discovery_order, label, matches
from gitops_master.facts.stage import StageView
from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.model.kargo import Freight
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import FreightRequest, HistoryEntry
from gitops_master.model.state import one_line
from gitops_master.usecases.targets import SHOWN

_OF = r"(?:\s+(?:of\s+|from\s+)?(?:Warehouse/)?(?P<origin>[a-z0-9][a-z0-9.-]*))?"
_CANDIDATE = re.compile(rf"(?:the\s+)?(?:auto-promotion\s+)?(?:candidate|newest){_OF}", re.IGNORECASE)
_LAST_VERIFIED = re.compile(rf"(?:the\s+)?(?:last[\s-]verified(?:\s+here)?|rollback){_OF}", re.IGNORECASE)
WORDS = "a name or its start (7 characters), alias, commit, tag, digest, chart version, `candidate` or `last verified`"

_Choice = Callable[[StageView, FreightRequest], Freight | None]


def which_freight(words: str, views: Sequence[StageView], snapshot: Snapshot) -> Freight:
    """The Freight that `words` mean for the Stages (one at least, all of one project).

    Raises UsageError where they mean nothing, or several; Forbidden or Unreachable where that could not be read.
    """
    words = " ".join(words.split())
    project = views[0].project
    if not words:
        raise UsageError(
            f"which Freight is to be promoted to {_names(views)}? Nothing is promoted by guess",
            f"name it ({WORDS}). {_what_could_go(views)}",
        )
    for pattern, choice, what in (
        (_CANDIDATE, _candidate, "candidate"),
        (_LAST_VERIFIED, _last_verified, "last verified Freight"),
    ):
        match = pattern.fullmatch(words)
        if match is not None and not any(one.alias == words for one in snapshot.all(Freight, project)):
            return _chosen(choice, what, match["origin"] or "", views, snapshot)
    return _named(words, views, snapshot)


def _named(words: str, views: Sequence[StageView], snapshot: Snapshot) -> Freight:
    project = views[0].project
    exact = snapshot.get(Freight, project, words)
    if exact is not None:
        return exact
    every = snapshot.all(Freight, project)
    found = [one for one in every if matches(one, words)]
    # What no Stage here requests cannot be meant as long as something is there that can.
    asked = {request.origin.key for view in views for request in view.stage.spec.requested_freight}
    found = [one for one in found if one.origin.key in asked] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{words!r} means several pieces of Freight: {listed(found, snapshot)}", "name one of them in full"
        )
    _check_known(snapshot, f"whether there is Freight {words!r}")
    raise UsageError(
        f"no Freight in project {project!r} is, carries or begins with {words!r}",
        f"Freight there: {listed(discovery_order(list(every)), snapshot)}",
    )


def _chosen(choice: _Choice, what: str, origin: str, views: Sequence[StageView], snapshot: Snapshot) -> Freight:
    """What a rule chooses, where it chooses the same for every Stage and there is one origin that can be meant."""
    _check_known(snapshot, f"which is the {what}")
    found: dict[str, Freight] = {}
    without: list[str] = []
    for view in views:
        for request in _requests(view, origin):
            one = choice(view, request)
            if one is None:
                without.append(f"{view.name} ({request.origin.key})")
            else:
                found[one.name] = one
    if len(found) == 1 and not without:
        return next(iter(found.values()))
    if found and (len(found) > 1 or not origin):
        lacking = f"; none for {', '.join(without)}" if without else ""
        raise UsageError(
            f"{what} may mean several pieces of Freight: {listed(found.values(), snapshot)}{lacking}",
            f"name one, or its origin: `{what.partition(' Freight')[0]} of <warehouse>`",
        )
    raise UsageError(f"there is no {what} for {', '.join(without)}", _what_could_go(views))


def _requests(view: StageView, origin: str) -> list[FreightRequest]:
    every = view.stage.spec.requested_freight
    found = [one for one in every if not origin or one.origin.name == origin]
    if not found:
        asked = ", ".join(one.origin.name for one in every) or "none"
        raise UsageError(f"Stage {view.name} does not request Freight of {origin!r}", f"its origins: {asked}")
    return found


def _candidate(view: StageView, request: FreightRequest) -> Freight | None:
    return candidate(view.stage, request, view.snapshot)


def _last_verified(view: StageView, request: FreightRequest) -> Freight | None:
    """The newest Freight of the origin that was here before, other than today's, and had passed the Stage's verification.

    Raises UsageError where it no longer exists: an older one is a decision, not a substitute.
    """
    held = view.held(request)
    for entry in view.stage.status.freight_history[1:]:
        one = entry.items.get(request.origin.key)
        if one is None or (held is not None and one.name == held.name) or not was_verified(view, entry):
            continue
        found = view.snapshot.get(Freight, view.project, one.name)
        if found is None:
            there = [
                known
                for name in dict.fromkeys(past.name for past in _past(view, request))
                if (known := view.snapshot.get(Freight, view.project, name)) is not None
            ]
            raise UsageError(
                f"the last verified Freight of {request.origin.key} in {view.name}, {one_line(label(one))}, no longer exists",
                f"what was there before and still exists: {listed(there, view.snapshot)}",
            )
        return found
    return None


def was_verified(view: StageView, entry: HistoryEntry) -> bool:
    """Whether what a Stage held passed its verification; where it has none, having been held is all there is."""
    if any(one.phase == "Successful" for one in entry.verification_history):
        return True
    return view.stage.spec.verification is None and not entry.verification_history


def _past(view: StageView, request: FreightRequest) -> Iterable[Freight]:
    held = view.held(request)
    for entry in view.stage.status.freight_history[1:]:
        one = entry.items.get(request.origin.key)
        found = view.snapshot.get(Freight, view.project, one.name) if one is not None else None
        if found is not None and (held is None or found.name != held.name):
            yield found


def _what_could_go(views: Sequence[StageView]) -> str:
    """Freight that Kargo would let in now and that is not there already, newest first."""
    snapshot, found = views[0].snapshot, {}
    for view in views:
        held = {one.name for one in view.current_freight}
        for request in view.stage.spec.requested_freight:
            for one in freight_of(request, view.project, snapshot):
                if one.name not in held and availability(view.stage, one, snapshot).available:
                    found[one.name] = one
    return f"Available to {_names(views)}: {listed(found.values(), snapshot)}"


def listed(freight: Iterable[Freight], snapshot: Snapshot) -> str:
    """`1.4.2 (f4a1b2c, 3h old), …` or `none`."""
    every = list(freight)
    shown = [f"{one_line(label(one), 80)}{_age(one, snapshot)} as {one.name}" for one in every[:SHOWN]]
    more = f" (and {len(every) - SHOWN} more)" if len(every) > SHOWN else ""
    return "; ".join(shown) + more if every else "none"


def _age(one: Freight, snapshot: Snapshot) -> str:
    since = one.discovered_at or one.created
    return f", {human(snapshot.observed_at - since)} old" if since is not None else ""


def _names(views: Sequence[StageView]) -> str:
    return ", ".join(view.name for view in views)


def _check_known(snapshot: Snapshot, what: str) -> None:
    """Raises Forbidden or Unreachable where Freight was not read in full, so that nobody can tell."""
    gap = snapshot.kind_gap(Freight.KIND)
    if gap is None:
        return
    if gap.denied:
        raise Forbidden(
            f"cannot tell {what}: {gap.reason}", "have that granted (a reader's role does), or be somebody else"
        )
    raise Unreachable(f"cannot tell {what}: Freight {gap.reason}", "name the Freight in full")
