"""The checks under `inCluster` of a .gitops-verify.yaml as a Job that Kargo's verification runs."""

from collections.abc import Sequence

from gitops_master.manifests.build.job import IMAGE, job_comments, job_metric, pinned
from gitops_master.manifests.build.templates import NO_VERIFICATION, Template, VerificationDrafts
from gitops_master.manifests.build.verification import with_template
from gitops_master.manifests.request import StageRequest
from gitops_master.manifests.world import World
from gitops_master.model.expectations import InCluster
from gitops_master.model.manifest import Path

_CHECKS: Path = ("provider", "job", "spec", "template", "spec", "containers", 0, "env", 0)


def in_cluster_checks(request: StageRequest, world: World, checks: Sequence[InCluster]) -> VerificationDrafts:
    """One AnalysisTemplate for all of them, and the Stage's verification with it; nothing where there are none.

    To have it beside another proof, hand in a world that holds the Stage with that proof's `spec`. Raises UsageError without a
    pinned image.
    """
    if not checks:
        return NO_VERIFICATION
    named = ", ".join(one.name for one in checks)
    made = Template(
        name=f"{request.name}-in-cluster",
        file=f"analysis-{request.name}-in-cluster.yaml",
        metric=job_metric("in-cluster", [line_of(one) for one in checks], account=""),
        args={IMAGE: pinned(request)},
        comments=job_comments(reads=False) | {_CHECKS: f"inCluster of .gitops-verify.yaml: {named}."},
    )
    return with_template(request, world, made)


def line_of(check: InCluster) -> str:
    """As the Job's script takes it. The form of the values was checked when the file was read: no line breaks, no braces."""
    if check.http:
        return f"http {check.http} {check.holds}".rstrip()
    return f"dns {check.dns}" if check.dns else f"tcp {check.tcp}"
