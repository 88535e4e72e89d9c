"""Fields of a request that the version does not know."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import requests, stages
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level, at
from gitops_master.model.versions import Version

_SINCE = {
    "requiredSoakTime": Version(1, 2, 0),
    "availabilityStrategy": Version(1, 3, 0),
    "autoPromotionOptions": Version(1, 8, 0),
}


@check(
    "freight-source-field-not-understood",
    title="The installed Kargo does not know a field of the Freight's sources",
    level=Level.ERROR,
    versions=("kargo < 1.8",),
    sources=("akuity/kargo api/v1alpha1/stage_types.go FreightSources, v1.1.0 to v1.11.2",),
)
def fields(world: World) -> Iterator[Fault]:
    """requiredSoakTime before Kargo 1.2, availabilityStrategy before 1.3, autoPromotionOptions before 1.8.

    Why: the API server drops what the CRD does not have, or refuses it under strict validation. Dropped, Freight enters without the
    condition that was meant to hold it.

    How to tell: the field, and the version that is installed.

    What to do: upgrade Kargo, or leave the field out.

    Not this when: the version is not known.
    """
    if world.kargo is None:
        return
    for stage in stages(world):
        for request in requests(stage):
            for field, since in _SINCE.items():
                place = request.place("sources", field)
                if world.kargo < since and at(stage.data, *place) is not None:
                    yield Fault(
                        stage,
                        place,
                        f"{field} is understood since Kargo {since}; {world.kargo} drops or refuses it",
                        f"upgrade Kargo to {since}, or leave {field} out",
                    )
