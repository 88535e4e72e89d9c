"""AnalysisTemplates that do not exist."""

from collections.abc import Iterator

from gitops_master.manifests.analysis import TemplateUse, template_uses
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.near import near
from gitops_master.manifests.pipeline import find, is_missing, siblings, stages
from gitops_master.manifests.world import CLUSTER_TEMPLATE, TEMPLATE, World
from gitops_master.model.manifest import Level


@check(
    "analysis-template-not-found",
    title="The verification names a template that does not exist",
    level=Level.ERROR,
    sources=("akuity/kargo v1.11.2 pkg/rollouts/analysis_run_builder.go getAnalysisTemplates",),
)
def missing(world: World) -> Iterator[Fault]:
    """verification.analysisTemplates of a Stage names an AnalysisTemplate that its project does not have.

    Why: no AnalysisRun can be made, the verification ends with phase Error, and Freight never counts as verified.

    How to tell: no AnalysisTemplate of that name in the project, or with `kind: ClusterAnalysisTemplate` none in the cluster.

    What to do: correct name or kind, or add the template.

    Not this when: templates are not among the files, and the cluster was not asked.
    """
    for stage in stages(world):
        for use in template_uses(stage, world):
            is_cluster = use.kind == CLUSTER_TEMPLATE
            home = "" if is_cluster else stage.namespace
            if use.template is None and is_missing(world, use.kind, home, use.name):
                told = f"{use.kind.rpartition('/')[2]} {use.name}"
                names = [one.name for one in siblings(world, use.kind, home)]
                yield Fault(
                    stage,
                    (*use.path, "name"),
                    f"{stage.title} is verified by {told}, which does not exist",
                    _other_kind(use, stage.namespace, world) or near(use.name, names) or "add the template",
                )


def _other_kind(use: TemplateUse, namespace: str, world: World) -> str:
    """The kind is wrong, where an object of the other one has the name."""
    if use.kind == CLUSTER_TEMPLATE:
        found = find(world, TEMPLATE, namespace, use.name)
        return f"leave kind out: {use.name} is an AnalysisTemplate" if found else ""
    found = find(world, CLUSTER_TEMPLATE, "", use.name)
    return f"set kind: ClusterAnalysisTemplate, which {use.name} is" if found else ""
