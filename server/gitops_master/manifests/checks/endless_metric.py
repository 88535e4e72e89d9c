"""Measurements that never end."""

from collections.abc import Iterator

from gitops_master.manifests.analysis import metrics, template_uses
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import is_given
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level


@check(
    "analysis-without-count-never-ends",
    title="A metric of the verification is measured for ever",
    level=Level.ERROR,
    sources=("argoproj/argo-rollouts v1.9.1 analysis/analysis.go assessMetricStatus",),
)
def endless(world: World) -> Iterator[Fault]:
    """A metric with an interval and without count, in a template that a Stage verifies by.

    Why: it is measured again and again until it fails; the verification never succeeds, the Freight never counts as verified, and no
    other Promotion of the Stage begins meanwhile. It is made for the analysis that accompanies a rollout.

    How to tell: interval, and neither count nor consecutiveSuccessLimit.

    What to do: set count.

    Not this when: no Stage verifies by the template.
    """
    told: set[int] = set()
    for stage in world.all(STAGE):
        for use in template_uses(stage, world):
            if use.template is None or id(use.template) in told:
                continue
            told.add(id(use.template))
            holder = use.template if is_given(use.template, world) else stage
            if not is_given(holder, world):
                continue
            for path, metric in metrics(use.template):
                ends = metric.get("count") is not None or metric.get("consecutiveSuccessLimit") is not None
                if metric.get("interval") and not ends:
                    yield Fault(
                        holder,
                        (*path, "interval") if holder is use.template else use.path,
                        f"metric {metric.get('name', '')} of {use.template.title} has an interval and no count: the verification of "
                        f"{stage.title} never succeeds",
                        "set count",
                    )
