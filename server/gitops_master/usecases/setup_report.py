"""The plan of what is to be set up as text, and an answer that stays small."""

from collections.abc import Iterator, Sequence

from gitops_master.model.printable import on_one_line
from gitops_master.model.setup import Action, Architecture, ScannedStage, SetupAnswer, SetupFile
from gitops_master.usecases.lint_report import problem_line
from gitops_master.usecases.size import MOST_BYTES, SHORT, shortened, size_of

MOST_LINES = 12
MOST_CHAIN = 12
_FEW = 8


def setup_report(answer: SetupAnswer, *, with_files: bool = False) -> str:
    """SETUP PLAN as people know it. `with_files`: the YAML itself stands at its end."""
    stages = {one.name for one in answer.architecture.stages} if answer.architecture else set()
    goal = "changes" if answer.stage in stages else "adds"
    versions = ", ".join(f"{name} {held}" for name, held in answer.versions.items() if held != "unknown")
    lines = ["SETUP PLAN", "==========", f"Goal: {goal} Stage {answer.stage}; nothing was applied"]
    lines.append(f"Project: {answer.project}{f', {versions}' if versions else ''}")
    if answer.architecture is not None:
        lines.append(f"Found: {_chain(answer.architecture)}")
    lines += ["Changes:", *_changes(answer.files)]
    lines += _block("Problems:", [_problem(one) for one in map(problem_line, answer.problems)])
    lines += _block("Server-side dry run:", [_trial(*one) for one in _trials(answer)])
    lines += _block("Notes:", answer.notes)
    lines += _block("Not checked:", [f"{one.what}: {one.reason}" for one in answer.not_checked])
    lines += _block("Next:", answer.next)
    if answer.observed_at is not None:
        lines += ["", f"Observed {answer.observed_at:%Y-%m-%dT%H:%M:%SZ} in {answer.context}".rstrip()]
    lines = [on_one_line(one) for one in lines]
    if with_files:
        lines += [line for one in answer.files if one.text and one.action is Action.NEW for line in _yaml(one)]
        lines += [line for one in answer.files if one.diff for line in ("", one.diff.rstrip())]
    return "\n".join(lines)


def _chain(found: Architecture) -> str:
    """`main -> test -> uat, prod`: by tier."""
    if not found.stages:
        return "no Stages"
    tiers: dict[int, list[ScannedStage]] = {}
    for one in found.stages:
        tiers.setdefault(one.tier, []).append(one)
    parts = [", ".join(found.warehouses[:_FEW])] if found.warehouses else []
    for held in tiers.values():
        more = f" and {len(held) - MOST_CHAIN} more" if len(held) > MOST_CHAIN else ""
        parts.append(", ".join(one.name for one in held[:MOST_CHAIN]) + more)
    return " -> ".join(parts)


def _changes(files: Sequence[SetupFile]) -> Iterator[str]:
    for number, one in enumerate(files, start=1):
        yield f"  {number}. {one.path}: {one.action.value}"


def _problem(line: str) -> str:
    return " ".join(line.split())


def _trials(answer: SetupAnswer) -> Iterator[tuple[str, bool, str, bool | None]]:
    return ((one.object, one.accepted, one.words, one.allowed) for one in answer.trials)


def _trial(name: str, accepted: bool, words: str, allowed: bool | None) -> str:
    verdict = "accepted" if accepted else "refused"
    right = "; you may not create or patch it" if allowed is False else ""
    return f"{name}: {verdict}{f' ({words})' if words else ''}{right}"


def _block(head: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"- and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    return [head, *(f"- {' '.join(one.split())}" for one in lines[:MOST_LINES]), *more]


def _yaml(one: SetupFile) -> list[str]:
    return ["", "---", f"# file: {one.path}", one.text.removeprefix("---\n").rstrip()]


def fitting_setup(answer: SetupAnswer) -> SetupAnswer:
    """The answer as a host takes it: YAML leaves the report first, then what a difference says anyway, then whole texts."""
    for current in _smaller(answer):
        if size_of(current) <= MOST_BYTES:
            break
    return current


def _smaller(answer: SetupAnswer) -> Iterator[SetupAnswer]:
    yield answer.model_copy(update={"report": setup_report(answer, with_files=True)})
    yield _with_report(answer, "YAML is in `files`, not in this report, for size")
    files = [
        one.model_copy(update={"text": ""}) if one.diff or one.action is Action.UNCHANGED else one
        for one in answer.files
    ]
    found = answer.architecture
    if found is not None:
        told = "; ".join([part for part in (found.left_out, *_beyond(found)) if part])
        cut = {name: getattr(found, name)[:_FEW] for name in _LISTS}
        found = found.model_copy(update={**cut, "stages": found.stages[:MOST_CHAIN], "left_out": told})
    few = {"not_checked": answer.not_checked[:MOST_LINES], "problems": answer.problems[:MOST_LINES]}
    smaller = answer.model_copy(update={"files": files, "architecture": found, **few})
    longest = sorted(range(len(files)), key=lambda at: -len(files[at].text))
    for gone in range(len(files) + 1):
        kept = [one.model_copy(update={"text": ""}) if at in longest[:gone] else one for at, one in enumerate(files)]
        lost = sum(bool(one.text) for one in answer.files) - sum(bool(one.text) for one in kept)
        smaller = smaller.model_copy(update={"files": kept})
        yield _with_report(
            smaller, f"texts of {lost} of {len(files)} files left out for size: gitops-master generate writes them"
        )
    yield _with_report(shortened(smaller.model_copy(update={"report": ""}), SHORT), "texts left out for size")
    bare = smaller.model_copy(update={"report": "", "architecture": None, "notes": smaller.notes[:_FEW]})
    yield _with_report(shortened(bare, SHORT // 3), "texts and the architecture left out for size")


_LISTS = (
    "warehouses",
    "applications",
    "application_sets",
    "tasks",
    "templates",
    "policies",
    "service_accounts",
    "roles",
)


def _beyond(found: Architecture) -> Iterator[str]:
    if len(found.stages) > MOST_CHAIN:
        yield f"{len(found.stages) - MOST_CHAIN} of {len(found.stages)} stages for size"
    for name in _LISTS:
        held = getattr(found, name)
        if len(held) > _FEW:
            yield f"{len(held) - _FEW} of {len(held)} {name.replace('_', ' ')} for size"


def _with_report(answer: SetupAnswer, told: str) -> SetupAnswer:
    noted = answer.model_copy(update={"notes": [*answer.notes, told]})
    return noted.model_copy(update={"report": setup_report(noted)})
