"""What verifies a Stage's Freight: nothing yet."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gitops_master.manifests.request import StageRequest
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Draft


class VerificationDrafts(NamedTuple):
    """`spec`: the Stage's spec.verification."""

    drafts: tuple[Draft, ...] = ()
    spec: Mapping[str, Any] = {}
    notes: tuple[str, ...] = ()


def verification(request: StageRequest, world: World) -> VerificationDrafts:
    return VerificationDrafts()
