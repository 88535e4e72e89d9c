"""Whether anything may be written here at all, and to which Stages."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec


class Policy(msgspec.Struct, frozen=True):
    """`protect`: globs of Stages, by name or as `project/name`, that are left alone even where writing is allowed."""

    allow_writes: bool = False
    protect: tuple[str, ...] = ()

    def protection(self, stages: Iterable[tuple[str, str]]) -> str:
        """Which Stage is to be left alone, and by which glob, in words; empty where none is. `stages`: `(project, name)`."""
        for project, stage in stages:
            for glob in self.protect:
                if fnmatchcase(stage, glob) or fnmatchcase(f"{project}/{stage}", glob):
                    return f"Stage {stage} of project {project} is protected (--protect {glob})"
        return ""
