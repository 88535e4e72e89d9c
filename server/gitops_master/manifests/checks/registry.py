"""The checks of manifests: one function each, declared where it is written, found by walking the package."""

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from inspect import getdoc

import msgspec

from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level, Manifest, Path, Problem


class Fault(msgspec.Struct, frozen=True):
    """What a check yields: where, what, and what to do. `level`: where it is not the check's own."""

    manifest: Manifest
    path: Path
    message: str
    fix: str = ""
    level: Level | None = None


Run = Callable[[World], Iterator[Fault]]


class Check(msgspec.Struct, frozen=True):
    """`id`: the kebab-case name of the fault, never of the cure. `versions`: of what it holds, as `VersionRange` has it."""

    id: str
    title: str
    level: Level
    run: Run
    versions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def manual(self) -> str:
        """Why; how to tell; what to do."""
        return getdoc(self.run) or ""

    def problems(self, world: World) -> Iterator[Problem]:
        """Of the manifests that are given; what a cluster holds beside them is not this answer's matter."""
        for one in self.run(world):
            yield Problem(self.id, one.level or self.level, one.manifest, one.path, one.message, one.fix)


_CHECKS: dict[str, Check] = {}


def check(
    id_: str, *, title: str, level: Level, versions: tuple[str, ...] = (), sources: tuple[str, ...] = ()
) -> Callable[[Run], Run]:
    """Declares the function as a check. Raises ValueError where the id is taken."""

    def declare(run: Run) -> Run:
        if id_ in _CHECKS:
            raise ValueError(f"two checks are called {id_}")
        _CHECKS[id_] = Check(id_, title, level, run, versions, sources)
        return run

    return declare


@cache
def checks() -> tuple[Check, ...]:
    """Every one, by id."""
    package = import_module(__name__.rpartition(".")[0])
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        import_module(found.name)
    return tuple(_CHECKS[one] for one in sorted(_CHECKS))
