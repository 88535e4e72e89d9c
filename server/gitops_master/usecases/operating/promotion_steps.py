"""The steps of a Promotion as they are told: how often each was tried, what it said, the pull request it is about."""

from collections.abc import Sequence
from typing import Any

from gitops_master.facts.promotion import StepRun, step_runs
from gitops_master.model.finding import quoted
from gitops_master.model.kargo import PromotionStatus, Step
from gitops_master.model.operating import StepProgress
from gitops_master.model.state import MESSAGE_LIMIT, one_line

MOST_STEPS = 40
"""Shown of one Promotion; templates with more are rare, and the one that counts is named in the lines, too."""
ENDED = frozenset({"Succeeded", "Failed", "Errored", "Aborted", "Skipped"})
"""Of a step (api/v1alpha1/promotion_types.go)."""
SHORT = 100
"""Characters of what a step says that went well."""
_FINE = frozenset({"Succeeded", "Skipped"})
_OPENS, _WAITS = "git-open-pr", frozenset({"git-wait-for-pr", "git-merge-pr"})


def steps_of(steps: tuple[Step, ...], status: PromotionStatus) -> list[StepProgress]:
    """All steps in order, those that have not begun without a status."""
    return [
        StepProgress(
            alias=one_line(run.alias, 120),
            uses=one_line(run.uses, 80),
            status=run.execution.status,
            message=quoted(run.message, SHORT if run.execution.status in _FINE else MESSAGE_LIMIT),
            attempt=attempt(run),
            link=pull_request(run, status),
        )
        for run in step_runs(steps, status)[:MOST_STEPS]
    ]


def attempt(run: StepRun) -> int:
    """Which try it is at, or was its last; 0 before the first. Kargo counts errors: the one that ended a step is among them."""
    status, errors = run.execution.status, run.execution.error_count
    if not status:
        return 0
    return max(1, errors if status in {"Failed", "Errored"} else errors + 1)


def title(run: StepRun, total: int) -> str:
    """`step 3/6 argocd-update (sync)`: its kind, and its alias where somebody gave it one of its own."""
    named = run.alias not in {"", run.uses, f"step-{run.index + 1}"}
    alias = f" ({one_line(run.alias, 80)})" if named else ""
    return f"step {run.index + 1}/{total} {one_line(run.uses, 80) or 'of an unknown kind'}{alias}"


def tried(run: StepRun) -> str:
    """` (attempt 2)`, empty for the first."""
    return f" (attempt {attempt(run)})" if attempt(run) > 1 else ""


def is_of_pull_request(run: StepRun) -> bool:
    """Whether the step waits for people to merge."""
    return run.uses in _WAITS


def pull_request(run: StepRun, status: PromotionStatus) -> str:
    """Link of the pull request that the step opened or waits for, from the outputs in `status.state`; else its number as `#12`.

    Outputs hold `pr.url` since Kargo 1.5, before that `prNumber` alone.
    """
    if run.uses == _OPENS:
        outputs: Sequence[Any] = [status.state.get(run.alias)]
    elif run.uses in _WAITS:
        outputs = [status.state.get(run.alias), *reversed(status.state.values())]
    else:
        return ""
    every = [_link(one) for one in outputs]
    return next((one for one in every if one and one[0] != "#"), "") or next((one for one in every if one), "")


def _link(output: Any) -> str:
    if not isinstance(output, dict):
        return ""
    pull = output.get("pr")
    found = pull if isinstance(pull, dict) else {}
    url, number = found.get("url"), found.get("id", output.get("prNumber"))
    if isinstance(url, str) and url:
        return one_line(url)
    if isinstance(number, bool) or not isinstance(number, int | float | str) or not number:
        return ""
    return (
        f"#{int(number) if isinstance(number, float) else one_line(number, 20) if isinstance(number, str) else number}"
    )
