"""A verification that stays small, as usecases/size.py keeps other answers."""

from collections.abc import Callable

from gitops_master.model.verification import Check, Verdict, Verification
from gitops_master.usecases.size import MOST_BYTES, SHORTER, shortened, size_of, told_of_texts


def fitting_verification(answer: Verification, with_report: Callable[[Verification], Verification]) -> Verification:
    """The same of a verification: what passed goes first, then evidence, then texts get shorter."""
    current = with_report(answer)
    steps: tuple[tuple[str, Callable[[Verification], Verification]], ...] = (
        ("evidence of warnings", lambda one: _checks(one, lambda each: _bare_check(each, Verdict.WARN))),
        ("evidence of what is unknown", lambda one: _checks(one, lambda each: _bare_check(each, Verdict.UNKNOWN))),
        ("evidence", lambda one: _checks(one, lambda each: each.model_copy(update={"evidence": each.evidence[:1]}))),
    )
    for told, step in steps:
        if size_of(current) <= MOST_BYTES:
            return current
        left = "; ".join(part for part in (answer.left_out, told) if part)
        answer = step(answer).model_copy(update={"left_out": left})
        current = with_report(answer)
    for limit in SHORTER:
        if size_of(current) <= MOST_BYTES:
            break
        current = with_report(
            shortened(answer, limit).model_copy(update={"left_out": told_of_texts(answer.left_out, limit)})
        )
    return current


def _checks(answer: Verification, change: Callable[[Check], Check]) -> Verification:
    levels = [one.model_copy(update={"checks": [change(each) for each in one.checks]}) for one in answer.levels]
    return answer.model_copy(update={"levels": levels})


def _bare_check(one: Check, verdict: Verdict) -> Check:
    return one.model_copy(update={"evidence": [], "remedies": []}) if one.verdict is verdict else one
