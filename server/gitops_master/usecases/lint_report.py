"""What lint found as lines, as compilers write them: `file:line: level check object path: message`."""

from collections import Counter
from collections.abc import Sequence

from gitops_master.model.manifest import Level
from gitops_master.model.setup import LintProblem, SetupAnswer
from gitops_master.usecases.size import MOST_BYTES, SHORT, shortened, size_of

MOST_PROBLEMS = 5000
"""Of one answer, on the command line too: GitHub shows no more of a SARIF file."""
_FEWEST = 5


def lint_report(answer: SetupAnswer) -> str:
    """Problems with what to do about each, what was not checked, notes, and the numbers."""
    lines = [line for one in answer.problems for line in _problem(one)]
    return "\n".join([*lines, *([""] if lines else []), told_beside(answer)])


def told_beside(answer: SetupAnswer) -> str:
    """The report without its problems. Nothing in it begins a line with what is not ours."""
    open_ = [_not_checked(one.what, one.reason, one.leaves_open) for one in answer.not_checked]
    return "\n".join([*_block("Not checked:", open_), *_block("Notes:", answer.notes), summary(answer)])


def problem_line(one: LintProblem) -> str:
    """Without what to do."""
    where = f"{one.file}:{one.line}: " if one.line else f"{one.file}: " if one.file else ""
    about = " ".join(part for part in (one.object, one.path) if part)
    return f"{where}{one.level.value} {one.check} {about}: {one.message}" if about else _bare(one, where)


def _bare(one: LintProblem, where: str) -> str:
    return f"{where}{one.level.value} {one.check}: {one.message}"


def _problem(one: LintProblem) -> list[str]:
    return [_flat(problem_line(one)), *([f"  fix: {_flat(one.fix)}"] if one.fix else [])]


def _flat(text: str) -> str:
    """On one line, since programs read lines."""
    return " ".join(text.split())


def _not_checked(what: str, reason: str, leaves_open: str) -> str:
    return f"{what}: {reason}{f' (open: {leaves_open})' if leaves_open else ''}"


def _block(head: str, lines: Sequence[str]) -> list[str]:
    return [head, *(f"- {_flat(one)}" for one in lines), ""] if lines else []


def summary(answer: SetupAnswer) -> str:
    """`4 objects judged: 1 error, 2 warnings`."""
    counts = Counter(one.level for one in answer.problems)
    told = ", ".join(_counted(counts[level], level.value) for level in Level if counts[level])
    return f"{_counted(answer.checked, 'object')} judged: {told or 'no problem found'}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def with_lint_report(answer: SetupAnswer) -> SetupAnswer:
    return answer.model_copy(update={"report": lint_report(answer)})


def fitting_lint(answer: SetupAnswer) -> SetupAnswer:
    """The answer as a host takes it: the last problems go, the mildest first, and are counted in a note."""
    current = with_lint_report(answer)
    kept = answer.problems
    while size_of(current) > MOST_BYTES and len(kept) > _FEWEST:
        kept = worst(answer.problems, max(_FEWEST, len(kept) * 3 // 4))
        current = with_lint_report(answer.model_copy(update={"problems": kept, "notes": _told(answer, len(kept))}))
    if size_of(current) > MOST_BYTES:
        few = current.model_copy(update={"not_checked": current.not_checked[:_FEWEST], "report": ""})
        current = with_lint_report(shortened(few, SHORT))
    return current


def worst(problems: Sequence[LintProblem], most: int) -> list[LintProblem]:
    """As many as that, in their order: no warning while an error is left out."""
    if len(problems) <= most:
        return list(problems)
    levels = list(Level)
    kept = sorted(range(len(problems)), key=lambda at: (levels.index(problems[at].level), at))[:most]
    return [problems[at] for at in sorted(kept)]


def _told(answer: SetupAnswer, kept: int) -> list[str]:
    return [*answer.notes, left_out(len(answer.problems), kept)]


def left_out(every: int, kept: int) -> str:
    return f"{every - kept} of {every} problems left out for size; `gitops-master lint` on fewer files shows them"
