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


def in_cluster_checks(
    request: StageRequest, world: World, checks: Sequence[InCluster], beside: VerificationDrafts = NO_VERIFICATION
) -> VerificationDrafts:
    """`beside` another proof, one AnalysisTemplate for all of them; `beside` alone where there are none.

    Raises UsageError for an image that is not pinned; without any, what is not done is a note.
    """
    if not checks:
        return beside
    if not request.job_image:
        told = "The inCluster checks of .gitops-verify.yaml are not built: name the image of a Job, `job_image`."
        return beside._replace(notes=(*beside.notes, told))
    named = ", ".join(one.name for one in checks)
    made = Template(
        name=f"{request.name}-in-cluster",
        file=f"analysis-{request.name}-in-cluster.yaml",
        metric=job_metric("in-cluster", [line_of(one) for one in checks], account=""),
        args={IMAGE: pinned(request)},
        comments=job_comments(reads=False) | {_CHECKS: f"inCluster of .gitops-verify.yaml: {named}."},
    )
    own = with_template(request, world, made, held=beside.spec or None)
    return VerificationDrafts((*beside.drafts, *own.drafts), own.spec, (*beside.notes, *own.notes))


def line_of(check: InCluster) -> str:
    """As the Job's script takes it. The form of the values was checked when the file was read: no line breaks, no braces."""
    if check.http:
        return f"http {check.http} {check.holds}".rstrip()
    return f"dns {check.dns}" if check.dns else f"tcp {check.tcp}"
