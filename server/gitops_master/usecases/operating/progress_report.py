"""Promotions in the report: each with how far it is, and its steps where they are what matters."""

from collections.abc import Iterator, Sequence

from gitops_master.model.operating import PromotionProgress, StepProgress
from gitops_master.model.state import one_line
from gitops_master.usecases.operating.promotion_steps import ENDED

MOST_PROMOTIONS, MOST_STEPS, MOST_LINES = 12, 15, 10
_MARKS = {"Succeeded": "[x]", "Skipped": "[-]", "Running": "[>]", "": "[ ]"}
"""Of a step, as in the verification report; any other status is an end that is not good."""


def progress_lines(promotions: Sequence[PromotionProgress]) -> list[str]:
    """Lines of text, none of them long; the same for the same Promotions."""
    found = [line for one in promotions[:MOST_PROMOTIONS] for line in _promotion(one)]
    more = len(promotions) - MOST_PROMOTIONS
    return [*found, f"and {more} more Promotions"] if more > 0 else found


def _promotion(one: PromotionProgress) -> Iterator[str]:
    freight = f", Freight {one.freight[:7]}" if one.freight else ""
    yield f"Promotion {one_line(one.name)}: {one.verdict or one.phase or 'not known'}"
    yield f"  Stage {one_line(one.stage) or 'not known'}{freight}"
    succeeded = one.phase == "Succeeded"
    if not succeeded:
        yield from _steps(one.steps)
    yield from (f"  - {one_line(line, 400)}" for line in one.lines[:MOST_LINES])
    if succeeded:
        yield from (f"  Application {one_line(each)}" for each in one.applications[:MOST_LINES])


def _steps(steps: Sequence[StepProgress]) -> Iterator[str]:
    """Those before the first that has not ended are counted only where there are many."""
    first = next((at for at, one in enumerate(steps) if one.status not in ENDED), len(steps))
    hidden = max(0, min(first - 1, len(steps) - MOST_STEPS))
    if hidden:
        yield f"  {hidden} steps before"
    for at, one in enumerate(steps[hidden : hidden + MOST_STEPS], start=hidden + 1):
        attempt = f", attempt {one.attempt}" if one.attempt > 1 else ""
        link = f", {one_line(one.link)}" if one.link else ""
        status = f": {one.status}{attempt}{link}" if one.status else ""
        yield f"  {_MARKS.get(one.status, '[!]')} {at} {one_line(one.uses or one.alias, 80)}{status}"
    left = len(steps) - hidden - MOST_STEPS
    if left > 0:
        yield f"  {left} steps after"
