"""A verification that stays small, as usecases/size.py keeps other answers."""

from collections.abc import Callable

from gitops_master.model.verification import Check, Verdict, Verification
from gitops_master.usecases.size import MOST_BYTES, shortened_to_fit, size_of


def fitting_verification(answer: Verification, with_report: Callable[[Verification], Verification]) -> Verification:
    """The same of a verification: what warns loses its evidence first, then what is unknown, then texts get shorter."""
    current = with_report(answer)
    steps: tuple[tuple[str, Callable[[Check], Check]], ...] = (
        ("evidence and remedies of {} of {} checks, all that warn", lambda one: _bare(one, Verdict.WARN)),
        ("evidence and remedies of {} of {} checks, all that are unknown", lambda one: _bare(one, Verdict.UNKNOWN)),
        (
            "all but the first evidence of {} of {} checks",
            lambda one: one.model_copy(update={"evidence": one.evidence[:1]}),
        ),
    )
    for told, change in steps:
        if size_of(current) <= MOST_BYTES:
            return current
        smaller, count, of = _changed(answer, change)
        if count:
            left = "; ".join(part for part in (answer.left_out, told.format(count, of)) if part)
            answer = smaller.model_copy(update={"left_out": left})
            current = with_report(answer)
    return shortened_to_fit(current, answer, with_report)


def _changed(answer: Verification, change: Callable[[Check], Check]) -> tuple[Verification, int, int]:
    """The answer with each check changed, how many differ, and of how many."""
    levels = [one.model_copy(update={"checks": [change(each) for each in one.checks]}) for one in answer.levels]
    pairs = [
        pair
        for one, new in zip(answer.levels, levels, strict=True)
        for pair in zip(one.checks, new.checks, strict=True)
    ]
    return answer.model_copy(update={"levels": levels}), sum(one != new for one, new in pairs), len(pairs)


def _bare(one: Check, verdict: Verdict) -> Check:
    return one.model_copy(update={"evidence": [], "remedies": []}) if one.verdict is verdict else one
