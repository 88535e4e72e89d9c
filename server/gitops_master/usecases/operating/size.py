"""An answer of an operation that stays small: what is told by another tool in full loses its detail first."""

from collections.abc import Callable, Iterator

from gitops_master.model.operating import Operated, Plan, PromotionProgress, StagePlan
from gitops_master.usecases.size import MOST_BYTES, SHORTER, shortened, size_of

_KEPT = 8
"""Gates, steps, changes and Stages that are kept where room is short; what is shut, failed or differs comes first."""


def fitting_operated(answer: Operated, with_report: Callable[[Operated], Operated]) -> Operated:
    """The answer with its report, made smaller step by step until it fits; `left_out` says what went."""
    current = with_report(answer)
    for told, smaller in _steps(answer):
        if size_of(current) <= MOST_BYTES:
            return current
        answer = smaller.model_copy(update={"left_out": "; ".join(filter(None, (answer.left_out, told)))})
        current = with_report(answer)
    for limit in SHORTER:
        if size_of(current) <= MOST_BYTES:
            break
        current = with_report(_callable(shortened(answer, limit), answer))
    return current


def _callable(short: Operated, answer: Operated) -> Operated:
    """What is to be handed in again must not be cut."""
    plan = short.plan
    if plan is not None and answer.plan is not None:
        plan = plan.model_copy(update={"plan_id": answer.plan.plan_id, "freight": answer.plan.freight})
    return short.model_copy(update={"plan": plan, "next_call": answer.next_call})


def _steps(answer: Operated) -> Iterator[tuple[str, Operated]]:
    """Each builds on the one before."""
    diagnosis = {key: answer.diagnosis[key] for key in ("verdict", "root_cause", "target") if key in answer.diagnosis}
    answer = answer.model_copy(update={"diagnosis": diagnosis})
    yield "all of the diagnosis but its root cause (analyze_stage has it)", answer
    verification = {
        key: answer.verification[key] for key in ("verdict", "action", "stage", "project") if key in answer.verification
    }
    answer = answer.model_copy(update={"verification": verification})
    yield "levels of the verification (run_verification has them)", answer
    promotions = [_few_steps(one) for one in answer.promotions]
    answer = answer.model_copy(update={"promotions": promotions})
    yield f"steps of Promotions beyond {_KEPT}", answer
    plan = answer.plan
    if plan is not None:
        targets = [_few_parts(one) for one in plan.targets]
        yield f"parts of the plan beyond {_KEPT} each", answer.model_copy(update={"plan": _with(plan, targets)})
        shut = [one.model_copy(update={"gates": [g for g in one.gates if g.verdict != "open"]}) for one in targets]
        yield "gates that are open", answer.model_copy(update={"plan": _with(plan, shut)})


def _with(plan: Plan, targets: list[StagePlan]) -> Plan:
    return plan.model_copy(update={"targets": targets})


def _few_steps(one: PromotionProgress) -> PromotionProgress:
    pressing = [step for step in one.steps if step.status not in ("Succeeded", "Skipped", "")]
    return one.model_copy(update={"steps": (pressing or one.steps)[:_KEPT]})


def _few_parts(one: StagePlan) -> StagePlan:
    gates = sorted(one.gates, key=lambda gate: gate.verdict == "open")
    changed = sorted(one.changes, key=lambda change: change.before == change.after)
    return one.model_copy(
        update={
            "gates": gates[:_KEPT],
            "changes": changed[:_KEPT],
            "next": one.next[:_KEPT],
            "warnings": one.warnings[:_KEPT],
            "now": one.now[:_KEPT],
        }
    )
