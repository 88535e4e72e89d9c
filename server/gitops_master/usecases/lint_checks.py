"""The checks of the registry and those of lint itself, run over a World; comments and flags that switch some of them off."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gitops_master.files.gathering import Broken
from gitops_master.files.ignores import Ignore
from gitops_master.manifests.checks.registry import Check, Fault, checks
from gitops_master.manifests.world import World
from gitops_master.model.errors import UsageError
from gitops_master.model.finding import NotChecked
from gitops_master.model.manifest import Level, Manifest, Problem
from gitops_master.model.near import did_you_mean
from gitops_master.model.versions import VersionRange

LEVELS = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}


class Judged(NamedTuple):
    """`unsure`: ids of checks that found something which holds for some versions only, of a product whose version is not known."""

    problems: list[Problem]
    failures: list[NotChecked]
    unsure: list[str]
    suppressed: int = 0


def yaml_invalid(_: World) -> Iterator[Fault]:
    """The file cannot be read, is no YAML, holds a key twice, or an object without apiVersion or kind; whatever applies it stops
    there, and nothing else in the document could be judged.

    How to tell: `kubectl apply --dry-run=client -f FILE` refuses it, too.

    What to do: correct the line that is named; the mistake may be in the line above it. A template of Helm that is not rendered
    yet is not reported here but under what was not checked.
    """
    return iter(())


def unknown_check(_: World) -> Iterator[Fault]:
    """A comment `# gitops-master: ignore …` names a check that does not exist, so that it switches nothing off.

    How to tell: the id is not in the list of checks.

    What to do: write the id as the problem has it, or take the comment out.
    """
    return iter(())


def refused_by_server(_: World) -> Iterator[Fault]:
    """The API server refused the object in a dry run with strict field validation: its schema, an admission webhook or a quota
    does not take it. Nothing was stored. Only with `--server-dry-run`.

    How to tell: `kubectl apply --server-side --dry-run=server --validate=strict -f FILE` says the same.

    What to do: follow the server's own words; where the caller lacks the right to write such an object, ask somebody who has it.
    """
    return iter(())


_KUBECTL = "https://kubernetes.io/docs/reference/using-api/api-concepts/"
OWN = (
    Check("refused-by-server", "The API server refuses the object", Level.ERROR, refused_by_server, (), (_KUBECTL,)),
    Check("unknown-check", "A comment switches off a check that does not exist", Level.WARNING, unknown_check),
    Check("yaml-invalid", "The file is no YAML, or holds no object", Level.ERROR, yaml_invalid, (), (_KUBECTL,)),
)
"""What is found on the way to the checks, with ids, levels and manuals as these have."""


def every_check() -> tuple[Check, ...]:
    """Those of the registry and of lint itself, by id."""
    return tuple(sorted((*checks(), *OWN), key=lambda one: one.id))


def known_ids(ids: Iterable[str]) -> frozenset[str]:
    """The ids, which are all of checks. Raises UsageError naming the near miss."""
    names = [one.id for one in every_check()]
    for one in ids:
        if one not in names:
            raise UsageError(f"there is no check {one!r}{did_you_mean(one, names)}", "docs/lint.md lists the checks")
    return frozenset(ids)


def judged(
    world: World,
    *,
    found: Iterable[Problem] = (),
    ignores: Sequence[Ignore] = (),
    ignored: Collection[str] = (),
    only: Iterable[Check] | None = None,
) -> Judged:
    """What the checks say of the given manifests, and `found` before, less what is ignored; by file, line and level.

    `only`: instead of the registry's checks.
    """
    every, failures, unsure = list(found), list[NotChecked](), list[str]()
    for one in checks() if only is None else tuple(only):
        if one.id in ignored:
            continue
        holds = _holds(one, world)
        mine = _problems(one, world, failures) if holds is not False else []
        every += mine
        unsure += [one.id] if mine and holds is None else []
    given = {id(one) for one in world.given}
    every = [one for one in every if one.check not in ignored and (one.check in _OWN_IDS or id(one.manifest) in given)]
    kept = list(_without_ignored(every, ignores))
    unique = {(one.check, one.manifest.file, one.line, one.path, one.message): one for one in kept}
    return Judged(sorted(unique.values(), key=_order), failures, unsure, len(every) - len(kept))


_OWN_IDS = frozenset(one.id for one in OWN)


def _holds(one: Check, world: World) -> bool | None:
    """False where a version is certainly outside the check's; None where it is not known."""
    ranges = [VersionRange.parse(text) for text in one.versions]
    held = [each.holds(world.versions.of(each.product)) for each in ranges]
    return False if False in held else None if None in held else True


def _problems(one: Check, world: World, failures: list[NotChecked]) -> list[Problem]:
    try:
        return list(one.problems(world))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks have their say
        failures.append(NotChecked(what=one.id, reason=f"the check failed, which is a bug: {type(error).__name__}"))
        return []


def _order(one: Problem) -> tuple[str, int, int, str, str]:
    return one.manifest.file, one.line, LEVELS[one.level], one.check, one.message


def broken(found: Iterable[Broken]) -> Iterator[Problem]:
    for one in found:
        fix = "correct it: nothing else in this document could be judged" if one.line else ""
        yield Problem("yaml-invalid", Level.ERROR, placed(one.file, one.line), (), one.reason, fix)


def unknown(ignores: Iterable[Ignore]) -> Iterator[Problem]:
    """Ids in comments that no check has."""
    names = [one.id for one in every_check()]
    for comment in ignores:
        where = placed(comment.file, comment.line)
        told = [f"there is no check {one!r}{did_you_mean(one, names)}" for one in comment.ids if one not in names]
        if not comment.ids:
            told = ["the comment names no check"]
        for one in told:
            fix = "write the id as the problem has it: # gitops-master: ignore CHECK-ID"
            yield Problem("unknown-check", Level.WARNING, where, (), one, fix)


def placed(file: str, line: int) -> Manifest:
    """What stands for a line of a file that belongs to no object."""
    return Manifest({}, file, {(): line} if line else {})


def _without_ignored(problems: Iterable[Problem], ignores: Sequence[Ignore]) -> Iterator[Problem]:
    """A comment is about the field it stands on or above, what is beneath it, and at the head of an object about all of it."""
    by_place: dict[tuple[str, int], set[str]] = {}
    for one in ignores:
        by_place.setdefault((one.file, one.about), set()).update(one.ids)
    for problem in problems:
        if not any(problem.check in by_place.get((problem.manifest.file, line), ()) for line in _lines(problem)):
            yield problem


def _lines(problem: Problem) -> Iterator[int]:
    yield problem.line
    lines: Mapping[tuple[str | int, ...], int] = problem.manifest.lines
    for end in range(len(problem.path)):
        if line := lines.get(problem.path[:end]):
            yield line
