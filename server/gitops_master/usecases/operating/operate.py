"""Plan, consent, act, watch: the one way in which anything is written."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from gitops_master.model.operating import GoAhead, Operated, Operation, Outcome, Plan, Refusal
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.writing import Promote
from gitops_master.usecases.operating.acting import Acted, act, note
from gitops_master.usecases.operating.after import followed, watch_promotions, watched_fields
from gitops_master.usecases.operating.means import Following, Means, Prepared
from gitops_master.usecases.operating.operation_report import operation_report
from gitops_master.usecases.operating.planned import OperationRequest
from gitops_master.usecases.operating.preparing import intent, prepare
from gitops_master.usecases.operating.size import fitting_operated
from gitops_master.usecases.operating.verdicts import go_ahead

Agree = Callable[[Plan], Awaitable[bool | None]]
"""Asks for consent. None: there is nobody to be asked now; the plan's id will say it."""

ONCE = Following()


async def _nobody(_: Plan) -> None:
    return None


async def operate(
    request: OperationRequest,
    means: Means,
    *,
    plan_id: str = "",
    agree: Agree = _nobody,
    following: Following = ONCE,
    insists: bool = False,
) -> Operated:
    """`plan_id`: agrees to the plan of that id. `insists`: not doing it is a refusal, not a plan (a pipeline's --yes).

    Raises UsageError where the request names nothing that exists or several things, Forbidden and Unreachable where the cluster
    could not be read. Whatever comes after the plan is in the answer.
    """
    if not plan_id:
        prepared = await prepare(request, means)
        held_back = _held_back(prepared, means, insists=insists)
        if held_back is not None:
            return held_back
        agreed = await agree(prepared.plan)
        if agreed is None:
            return _answer(prepared, Outcome.PLANNED, message="this plan waits for consent")
        if not agreed:
            return _refused(prepared, means, Refusal.DECLINED, "there was no consent")
        plan_id = prepared.plan.plan_id
    async with means.turn:
        # People take their time, and another call may have done it meanwhile.
        prepared = await prepare(request, means)
        refused = _unfit(prepared, means, plan_id)
        if refused is not None:
            return refused
        acted = await act(prepared, means)
    return await _reported(prepared, means, acted, following)


def _held_back(prepared: Prepared, means: Means, *, insists: bool) -> Operated | None:
    """The plan, where it cannot be carried out anyhow."""
    plan = prepared.plan
    protected = means.policy.protection(prepared.planned.stages)
    if not means.policy.allow_writes:
        refusal = Refusal.WRITING_OFF
        words = "writing is switched off (--allow-writes, or GITOPS_MASTER_ALLOW_WRITES=true)"
        words += f"; besides {closed_gates(plan)}" if plan.verdict is not GoAhead.GO else ""
    elif protected:
        refusal, words = Refusal.PROTECTED, protected
    elif plan.verdict is not GoAhead.GO:
        refusal, words = Refusal.BLOCKED, closed_gates(plan)
    else:
        return None
    if insists:
        return _refused(prepared, means, refusal, words)
    return _answer(prepared, Outcome.PLANNED, refusal=refusal, message=words)


def closed_gates(plan: Plan) -> str:
    """The gates that hold it back, in words."""
    shut = [
        f"{one.name} ({target.target}): {one.detail}"
        for target in plan.targets
        for one in target.gates
        if go_ahead([one]) is not GoAhead.GO
    ]
    return "; ".join(shut) or "there is nothing to be done"


def _unfit(prepared: Prepared, means: Means, plan_id: str) -> Operated | None:
    """Why the id does not agree to the plan as it is now."""
    held_back = _held_back(prepared, means, insists=True) if not means.policy.allow_writes else None
    if held_back is not None:
        return held_back
    plan = prepared.plan
    checked = means.plan_ids.check(plan_id, intent(prepared.request, plan, means.who), prepared.inputs, means.clock())
    if checked.refusal not in (None, Refusal.STALE):
        return _refused(prepared, means, checked.refusal, _WORDS[checked.refusal])
    done = _done_since(prepared, means, checked.issued_at)
    if done:
        answer = _refused(prepared, means, Refusal.ACTED, _WORDS[Refusal.ACTED].format(", ".join(done)))
        call = {"tool": "promote_freight", "project": plan.project, "promotion": done[0]}
        return answer.model_copy(update={"next_call": call})
    if checked.refusal is not None:
        shut = f" Now {closed_gates(plan)}." if plan.verdict is not GoAhead.GO else ""
        return _refused(prepared, means, Refusal.STALE, _WORDS[Refusal.STALE] + shut)
    return _held_back(prepared, means, insists=True)


_WORDS = {
    Refusal.FORGED: "the plan_id is none that this server made, or it was altered; agree to the plan below",
    Refusal.EXPIRED: "the plan is more than ten minutes old; agree to the one below",
    Refusal.OTHER: "the plan_id is of another request; agree to the plan of this one, below",
    Refusal.STALE: "the cluster has changed since the plan was made; agree to the one below.",
    Refusal.ACTED: "Promotion {} was made since that plan, which is acted on once",
}


def _done_since(prepared: Prepared, means: Means, issued: datetime | None) -> list[str]:
    """Promotions that carry out the plan, made since: a plan is acted on once."""
    if issued is None or prepared.request.operation not in (Operation.PROMOTE, Operation.REPROMOTE):
        return []
    planner = means.planners[prepared.request.operation]
    nothing = Snapshot((), source="", observed_at=issued.astimezone(UTC))
    traces = (
        planner.done(prepared.planned, write, nothing, prepared.snapshot, issued)
        for write in prepared.planned.writes
        if isinstance(write, Promote)
    )
    return [name for trace in traces if trace.found for name in trace.names]


async def _reported(prepared: Prepared, means: Means, acted: Acted, following: Following) -> Operated:
    after = await followed(prepared, means, acted, following)
    outcome = acted.outcome or after.outcome
    message = f"{acted.message}. {after.message}" if acted.message and after.message else acted.message or after.message
    answer = _built(prepared, outcome, refusal=acted.refusal, message=message)
    used = prepared.plan.model_copy(update={"plan_id": "", "expires_at": None})
    return with_report(answer.model_copy(update={"plan": used, **after.fields()}))


def _refused(prepared: Prepared, means: Means, refusal: Refusal, words: str) -> Operated:
    note(prepared, means, "", "refused", words)
    return _answer(prepared, Outcome.REFUSED, refusal=refusal, message=words)


def _answer(prepared: Prepared, outcome: Outcome, *, message: str, refusal: Refusal | None = None) -> Operated:
    return with_report(_built(prepared, outcome, message=message, refusal=refusal))


def _built(prepared: Prepared, outcome: Outcome, *, message: str, refusal: Refusal | None) -> Operated:
    plan = prepared.plan
    return Operated(
        operation=plan.operation,
        project=plan.project,
        outcome=outcome,
        refusal=refusal,
        message=message,
        plan=plan,
        context=prepared.snapshot.source,
        observed_at=prepared.snapshot.observed_at,
    )


async def watched_only(project: str, promotion: str, means: Means, following: Following) -> Operated:
    """A Promotion that is there already, whoever made it. Raises UsageError where there is none of that name."""
    watched = await watch_promotions(project, (promotion,), means, following)
    answer = Operated(
        operation=Operation.PROMOTE,
        project=project,
        outcome=watched.outcome,
        message=watched.message,
        context=watched.context,
        observed_at=watched.observed_at or means.clock(),
    )
    return with_report(answer.model_copy(update=watched_fields(project, watched)))


def with_report(answer: Operated) -> Operated:
    """With the text of all that it says."""
    return fitting_operated(answer, lambda one: one.model_copy(update={"report": operation_report(one)}))


def exit_code(answer: Operated) -> int:
    """The one table of docs/architecture.md. A plan that could go is a good answer."""
    verdict = answer.plan.verdict if answer.plan is not None else GoAhead.GO
    if answer.refusal is Refusal.BLOCKED and verdict is GoAhead.WAITING:
        return 2
    if answer.outcome is Outcome.PLANNED:
        return {GoAhead.GO: 0, GoAhead.WAITING: 2, GoAhead.BLOCKED: 77}[verdict]
    codes = {Outcome.DONE: 0, Outcome.FAILED: 1, Outcome.UNDER_WAY: 2, Outcome.NOT_KNOWN: 3}
    return codes.get(answer.outcome, 77)
