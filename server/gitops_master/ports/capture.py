"""Keeping what an analysis read: the seam to the archive that the snapshot reader takes."""

from pathlib import Path
from typing import Protocol

import msgspec

from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.cluster import Focus


class Written(msgspec.Struct, frozen=True):
    """What the archive holds. `objects`: how many of each kind. `redacted`: how many values, by sort. `bytes`: its size.

    `left_out`: logs whose names no file can carry.
    """

    path: Path
    objects: dict[str, int]
    logs: int
    bytes: int
    redacted: dict[str, int]
    left_out: tuple[str, ...] = ()


class Store(Protocol):
    """One archive. What it is given is redacted before it is written, and nowhere else."""

    def check(self) -> None:
        """Raises UsageError or Forbidden where it could not be written anyway: ahead, since reading a cluster takes time."""

    def write(self, snapshot: Snapshot, scope: Focus) -> Written:
        """All of it or nothing. `scope`: the question that the snapshot answers in full. Raises as `check` does."""
