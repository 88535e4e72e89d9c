"""How a Stage verifies its Freight: AnalysisTemplates, what their Jobs may read, and the Stage's `spec.verification`."""

from collections.abc import Callable, Mapping
from typing import Any

from gitops_master.manifests.build.job import job_template
from gitops_master.manifests.build.job_access import job_access
from gitops_master.manifests.build.prometheus import prometheus_template
from gitops_master.manifests.build.templates import NO_VERIFICATION, Template, VerificationDrafts, template_draft
from gitops_master.manifests.build.web import web_template
from gitops_master.manifests.request import Proof, StageRequest
from gitops_master.manifests.world import CLUSTER_TEMPLATE, STAGE, TEMPLATE, World
from gitops_master.model.manifest import at, items, strings

_MADE: Mapping[Proof, Callable[[StageRequest], Template]] = {
    Proof.WEB: web_template,
    Proof.PROMETHEUS: prometheus_template,
    Proof.JOB: job_template,
}


def verification(request: StageRequest, world: World) -> VerificationDrafts:
    """What the request's proof needs. The Stage's other templates and arguments stay; without a proof, all it has.

    Raises UsageError where the probe, the address of Prometheus or the Job's image is missing or cannot be right.
    """
    if request.verification is Proof.NONE:
        return NO_VERIFICATION._replace(spec=_held(request, world))
    made = _MADE[request.verification](request)
    return with_template(request, world, made, job_access(request, world))


def with_template(
    request: StageRequest,
    world: World,
    made: Template,
    access: VerificationDrafts = NO_VERIFICATION,
    held: Mapping[str, Any] | None = None,
) -> VerificationDrafts:
    """The template fitted to the world, and a verification of the Stage that uses it.

    `access`: what its Job needs besides. `held`: what the verification has so far; None: what the world's Stage has.
    """
    held = _held(request, world) if held is None else held
    others = _others(request, world, held, made.name)
    draft, notes = template_draft(made, request.project, world, others)
    return VerificationDrafts((*access.drafts, draft), _spec(held, made), (*made.notes, *access.notes, *notes))


def _held(request: StageRequest, world: World) -> Mapping[str, Any]:
    stage = world.get(STAGE, request.project, request.name)
    held = at(stage.data, "spec", "verification") if stage else None
    return held if isinstance(held, Mapping) else {}


def _others(request: StageRequest, world: World, held: Mapping[str, Any], own: str) -> frozenset[str]:
    """Names of metrics of the Stage's other templates: Kargo refuses two of one name (v1.11 pkg/rollouts/analysis_template.go)."""
    found: set[str] = set()
    for one in items(held, "analysisTemplates"):
        cluster = one.get("kind") == "ClusterAnalysisTemplate"
        name = str(one.get("name", ""))
        if name == own and not cluster:
            continue
        kind, namespace = (CLUSTER_TEMPLATE, "") if cluster else (TEMPLATE, request.project)
        template = world.get(kind, namespace, name)
        found |= (
            {strings(metric).get("name", "") for metric in items(template.data, "spec", "metrics")}
            if template
            else set()
        )
    return frozenset(found)


def _spec(held: Mapping[str, Any], made: Template) -> Mapping[str, Any]:
    templates = items(held, "analysisTemplates")
    if not any(one.get("name") == made.name and one.get("kind") != "ClusterAnalysisTemplate" for one in templates):
        templates = [*templates, {"name": made.name}]
    spec = {**held, "analysisTemplates": templates}
    args = {str(one.get("name")): one for one in items(held, "args")}
    args |= {name: {"name": name, "value": value} for name, value in made.args.items()}
    if args:
        spec["args"] = list(args.values())
    return spec
