"""What following Promotions comes to: outcome, message and what to do next. Nothing is done that was not seen to be done."""

from collections.abc import Sequence

import msgspec

from gitops_master.model.finding import quoted
from gitops_master.model.operating import Outcome
from gitops_master.model.state import MESSAGE_LIMIT
from gitops_master.model.verification import Verdict, Verification
from gitops_master.usecases.operating.promotion_progress import Progress

_SAID = 3


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """Our own verification: of the first Stage that did not pass. `problem`: why it could not be done."""

    stage: str = ""
    made: Verification | None = None
    problem: str = ""

    @property
    def passed(self) -> bool:
        return self.made is not None and self.made.verdict is Verdict.PASS and not self.problem

    @property
    def words(self) -> str:
        if self.made is None:
            return f"Stage {self.stage} could not be verified: {self.problem or 'nothing was verified'}"
        where = f" at level {self.made.failed_level}" if self.made.failed_level else ""
        return f"Stage {self.stage} is {self.made.verdict.value}{where}"


def outcome(every: Sequence[Progress], asked: int) -> Outcome:
    """Of all together. DONE: each of them is; FAILED: all have ended, and one badly."""
    if len(every) < asked or not every:
        return Outcome.NOT_KNOWN
    if all(one.outcome is Outcome.DONE for one in every):
        return Outcome.DONE
    moving = [one for one in every if one.outcome is None]
    if not moving:
        return Outcome.FAILED
    return Outcome.UNDER_WAY if any(one.is_known for one in moving) else Outcome.NOT_KNOWN


def with_own(before: Outcome, own: Own) -> Outcome:
    """The same, once we have verified ourselves: what Kargo calls done is not until all levels pass."""
    if before is not Outcome.DONE or own.passed:
        return before
    if own.made is not None and own.made.verdict is Verdict.FAIL:
        return Outcome.FAILED
    early = own.made is not None and bool(own.made.waits_for)
    return Outcome.UNDER_WAY if early else Outcome.NOT_KNOWN


def message(outcome: Outcome, every: Sequence[Progress], names: Sequence[str], own: Own, problem: str) -> str:
    """In a sentence or two, the worst first."""
    unread = f"; the cluster cannot be read: {problem}" if problem else ""
    if not every:
        return quoted(f"{_promotions(names)} could not be read{unread}", MESSAGE_LIMIT)
    if outcome is Outcome.DONE:
        ours = f"; our own verification: {own.words}" if own.made is not None else ""
        return quoted(f"{_live(every)}{ours}", MESSAGE_LIMIT)
    if own.stage:
        return quoted(f"{_live(every)} as far as Kargo tells, but {own.words}", MESSAGE_LIMIT)
    worst = sorted((one for one in every if one.outcome is not Outcome.DONE), key=lambda one: one.outcome is None)
    room = MESSAGE_LIMIT if len(worst) == 1 else MESSAGE_LIMIT // _SAID
    shown = [quoted(f"{one.shown.name}: {one.why}", room) for one in worst[:_SAID]]
    more = [f"and {len(worst) - _SAID} more"] if len(worst) > _SAID else []
    head = f"{len(every) - len(worst)} of {len(every)} Promotions are live and verified; " if len(every) > 1 else ""
    return f"{head}{'; '.join([*shown, *more])}{quoted(unread, MESSAGE_LIMIT)}"


def _promotions(names: Sequence[str]) -> str:
    return f"Promotion {names[0]}" if len(names) == 1 else f"{len(names)} Promotions"


def _live(every: Sequence[Progress]) -> str:
    if len(every) > 1:
        return f"all {len(every)} Promotions are live and verified"
    one = every[0].shown
    return f"Freight {one.freight[:7]} is live and verified in Stage {one.stage}"


def action(outcome: Outcome, every: Sequence[Progress], project: str, stage: str) -> str:
    """What to do next; `None` where nothing is. `stage`: the one that was analysed."""
    if outcome is Outcome.DONE:
        return "None"
    helps = next((one.action for one in every if one.outcome is None and one.action), "")
    if helps:
        return helps
    look = f"gitops-master analyze {stage} --project {project}"
    if stage and outcome is Outcome.FAILED:
        return f"do what the diagnosis says; it is made anew by {look}"
    if outcome is Outcome.FAILED:
        name = next((one.shown.stage for one in every if one.outcome is Outcome.FAILED), "")
        return f"see what is there now: gitops-master state {f'{name} ' if name else ''}--project {project}"
    if outcome is Outcome.NOT_KNOWN:
        return "look again before anything is tried again"
    name = next((one.shown.name for one in every if one.outcome is None), "")
    again = (
        f"look again later: gitops-master promote --watch {name} --project {project}" if name else "look again later"
    )
    return f"{again}; why it takes so long: {look}" if stage else again
