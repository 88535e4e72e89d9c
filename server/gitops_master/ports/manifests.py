"""Objects of a cluster as they are, whole, and what the cluster would say of others: for what is generated and checked."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from gitops_master.model.manifest import Manifest
from gitops_master.model.snapshot import Gap, Place


class Held(msgspec.Struct, frozen=True):
    """What was read. `places`: those, of the ones asked for, that were read in full. `gaps`: why the others were not."""

    manifests: tuple[Manifest, ...] = ()
    places: tuple[Place, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Tried(msgspec.Struct, frozen=True):
    """What a server-side dry run came to. `allowed`: None where the server would not say. `words`: its own, empty if it agrees.

    `answered`: whether it was asked at all; a server that cannot be reached has not refused.
    """

    manifest: Manifest
    accepted: bool
    words: str = ""
    allowed: bool | None = None
    answered: bool = True


class ManifestReader(Protocol):
    """Whole objects, less what only controllers write (managedFields). Never a Secret."""

    async def held(self, places: Sequence[Place], *, deadline_s: float) -> Held:
        """All objects of each place: of a kind, of one namespace, or one by name. Raises Unreachable where nothing can be asked."""


class DryRunner(Protocol):
    """Asks the API server, which runs admission and stores nothing."""

    async def dry_run(self, manifests: Sequence[Manifest], *, deadline_s: float) -> list[Tried]:
        """Each with strict field validation, in order: created, or where it exists already applied as it would be."""
