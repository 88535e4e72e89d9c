"""Soak times that never pass."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import find, is_control_flow, listed, requests, stages
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level


@check(
    "soak-time-on-control-flow-upstream",
    title="A soak time is asked of a Stage in which Freight never stays",
    level=Level.ERROR,
    versions=("kargo >= 1.2",),
    sources=(
        "akuity/kargo v1.11.2 api/v1alpha1/freight_types.go GetLongestSoak",
        "akuity/kargo v1.11.2 pkg/controller/stages/control_flow_stages.go markFreightVerifiedForStage",
    ),
)
def soak(world: World) -> Iterator[Fault]:
    """requiredSoakTime of a request whose upstream Stage has no promotion steps.

    Why: soaking is counted from the moment Freight enters a Stage. A control-flow Stage marks Freight as verified without ever holding
    it, so its soak time stays zero.

    How to tell: requiredSoakTime above zero, and an upstream Stage without promotionTemplate steps. With another upstream Stage, and
    without availabilityStrategy All, Freight can still come through that one: a warning.

    What to do: ask for the soak time in front of the control-flow Stage, where Freight stays; or take from the Stages behind it.

    Not this when: the upstream Stage has steps, or Freight is taken directly.
    """
    for stage in stages(world):
        for request in requests(stage):
            if request.is_direct or not request.soaks:
                continue
            idle = {
                name
                for name in request.upstream
                if (found := find(world, STAGE, stage.namespace, name)) is not None and is_control_flow(found)
            }
            if not idle:
                continue
            is_closed = request.needs_all or idle >= set(request.upstream)
            yield Fault(
                stage,
                request.place("sources", "requiredSoakTime"),
                f"{stage.title} wants Freight of {request.origin} to soak in {listed(idle)}, which has no promotion steps: Freight never "
                f"stays there, so the time never passes",
                "ask for the soak time in the Stages that the control-flow Stage feeds from, or take Freight from them",
                level=None if is_closed else Level.WARNING,
            )
