"""A verification that stays small, as usecases/size.py keeps other answers."""

from collections.abc import Callable

from gitops_master.model.verification import Check, Verdict, Verification
from gitops_master.usecases.size import MOST_BYTES, SHORTER, shortened, size_of, told_of_texts

_FIRST_ONLY = 1


def fitting_verification(answer: Verification, with_report: Callable[[Verification], Verification]) -> Verification:
    """The answer with its report: what stands beside warnings goes first, what failed keeps its first proof and remedy."""
    whole, current = answer, with_report(answer)
    for kept in ({Verdict.WARN: 0}, {Verdict.UNKNOWN: 0}, {Verdict.FAIL: _FIRST_ONLY}):
        if size_of(current) <= MOST_BYTES:
            return current
        answer = _lessened(answer, kept)
        answer = answer.model_copy(update={"left_out": _left_out(whole, answer)})
        current = with_report(answer)
    for limit in SHORTER:
        if size_of(current) <= MOST_BYTES:
            break
        told = told_of_texts(answer.left_out, limit)
        current = with_report(shortened(answer, limit).model_copy(update={"left_out": told}))
    return current


def _lessened(answer: Verification, kept: dict[Verdict, int]) -> Verification:
    """Of the checks with one of these verdicts, only so many pieces of evidence and remedies."""

    def change(one: Check) -> Check:
        most = kept.get(one.verdict)
        if most is None:
            return one
        return one.model_copy(update={"evidence": one.evidence[:most], "remedies": one.remedies[:most]})

    levels = [one.model_copy(update={"checks": list(map(change, one.checks))}) for one in answer.levels]
    return answer.model_copy(update={"levels": levels})


def _left_out(whole: Verification, answer: Verification) -> str:
    before, now = _counts(whole), _counts(answer)
    parts = [
        f"{before[what] - now[what]} of {before[what]} {what} for size" for what in before if now[what] < before[what]
    ]
    return "; ".join(parts)


def _counts(answer: Verification) -> dict[str, int]:
    checks = [check for level in answer.levels for check in level.checks]
    return {
        "pieces of evidence": sum(len(one.evidence) for one in checks),
        "remedies": sum(len(one.remedies) for one in checks),
    }
