"""Configurations that a step would refuse."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.schema.steps import config_faults
from gitops_master.manifests.template import steps_of
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level


@check(
    "step-config-invalid",
    title="A step's config is not what the step takes",
    level=Level.ERROR,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/schemas",
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/validation.go",
    ),
)
def step_config_invalid(world: World) -> Iterator[Fault]:
    """Nothing looks at a step's config when a Stage is applied. The Promotion fails when it comes to the step, for good, with
    `invalid <step> config`.

    How to tell: each step's config against the schema of its kind, in the installed version of Kargo. Where an expression stands for
    a value, only its place is judged. What to do: correct the config as the fix says.
    """
    for manifest in world.given:
        for step in steps_of(manifest):
            for one in config_faults(step.uses, step.data.get("config"), world.kargo):
                yield Fault(
                    manifest, step.place("config", *one.path), f"{step.uses}: {one.message}", one.fix, one.level
                )
