"""Upstream Stages that do not exist."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.near import near
from gitops_master.manifests.pipeline import is_missing, requests, siblings, stages
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level


@check(
    "upstream-stage-reference-missing",
    title="An upstream Stage does not exist",
    level=Level.ERROR,
    sources=("akuity/kargo v1.11.2 pkg/api/stage.go ListFreightAvailableToStage",),
)
def missing(world: World) -> Iterator[Fault]:
    """A Stage takes its Freight from a Stage of the same project that is not there.

    Why: Freight becomes available once it is verified in an upstream Stage; nothing is ever verified in one that does not exist.
    Admission does not look.

    How to tell: a name in sources.stages that no Stage of the project has.

    What to do: correct the name, or add the Stage.

    Not this when: the Stage is in another set of files, and the cluster was not asked: a Stage alone among the files is not judged.
    """
    for stage in stages(world):
        others = [one.name for one in siblings(world, STAGE, stage.namespace) if one.name != stage.name]
        if not others and not world.live_known:
            continue
        for request in requests(stage):
            for index, name in enumerate(() if request.is_direct else request.upstream):
                if is_missing(world, STAGE, stage.namespace, name):
                    yield Fault(
                        stage,
                        request.place("sources", "stages", index),
                        f"{stage.title} takes Freight of {request.origin} from Stage {name}, which does not exist",
                        near(name, others) or "add the Stage, or name one that exists",
                    )
