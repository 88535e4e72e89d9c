"""Steps that the installed Kargo does not have."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.schema.steps import STEPS, known_in
from gitops_master.manifests.template import PlacedStep, steps_of
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level
from gitops_master.model.near import did_you_mean


@check(
    "step-kind-unknown",
    title="The installed Kargo has no such step",
    level=Level.ERROR,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin",
        "akuity/kargo v1.11.2 docs/docs/50-user-guide/60-reference-docs/30-promotion-steps",
    ),
)
def step_kind_unknown(world: World) -> Iterator[Fault]:
    """A Stage with an unknown step is accepted; its Promotion fails with `step kind … is not registered`.

    How to tell: `uses` against the steps that each release registers; some are only in Kargo on the Akuity Platform, which can also
    have steps of one's own. What to do: correct the name, upgrade Kargo, or do it with the steps that are there.
    """
    for manifest in world.given:
        for step in steps_of(manifest):
            found = _fault(step, world) if step.uses else None
            if found is not None:
                yield found


def _fault(step: PlacedStep, world: World) -> Fault | None:
    kind, kargo, where = STEPS.get(step.uses), world.kargo, step.place("uses")
    if kind is None:
        known = known_in(kargo)
        words = f"Kargo has no step {step.uses!r}{did_you_mean(step.uses, known)}"
        return Fault(
            step.manifest, where, words, f"it has: {', '.join(known)}; own steps are there only on the Akuity Platform"
        )
    if kind.enterprise:
        words = f"only Kargo on the Akuity Platform has {kind.kind}; open-source Kargo says that it is not registered"
        return Fault(step.manifest, where, words, "leave it there; elsewhere use http or another step", Level.WARNING)
    if kind.until is not None and (kargo is None or kargo >= kind.until):
        words = f"Kargo v{kind.until.major}.{kind.until.minor} removed {kind.kind}"
        return Fault(step.manifest, where, words, "use yaml-update, with the Freight's image by imageFrom(…)")
    if kind.since is not None and kargo is not None and kargo < kind.since:
        words = f"Kargo has {kind.kind} since v{kind.since.major}.{kind.since.minor}; installed is {kargo}"
        return Fault(step.manifest, where, words, "upgrade Kargo, or do without")
    return None
