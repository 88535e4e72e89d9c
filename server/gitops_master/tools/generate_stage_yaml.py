"""MCP tool generate_stage_yaml."""

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from mcp.server.mcpserver.tools import Tool
from pydantic import Field

from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.model.setup import SetupAnswer
from gitops_master.tools.analyze_stage import Project
from gitops_master.tools.answers import asking_tool

if TYPE_CHECKING:
    from gitops_master.manifests.request import StageRequest
    from gitops_master.ports.cluster import ClusterReader
    from gitops_master.ports.manifests import ManifestReader
    from gitops_master.ports.sources import Sources

MOST_CHECKED = 200_000
LIMIT = 1000
"""Characters of one parameter. Not in the schema, which stands before every conversation."""


def _text(told: str) -> object:
    return Field(description=told)


Name = Annotated[str, _text("Of the Stage.")]
Upstream = Annotated[str, _text("Stages before it, by comma.")]
Warehouses = Annotated[str, _text("By comma.")]
Apps = Annotated[str, _text("[NAMESPACE/]NAME, by comma.")]
DeliveryKind = Annotated[
    Literal["argocd-update", "kustomize-image", "helm-values", "helm-chart", "yaml-update", "rendered-branch"],
    Field(description="How Freight gets in."),
]
RepoUrl = Annotated[str, _text("Git repository deployed from.")]
Branch = Annotated[str, _text("Of it.")]
PathIn = Annotated[str, _text("In it.")]
Artifact = Annotated[str, _text("Its repository.")]
Key = Annotated[str, _text("Value to set: image.tag.")]
Verify = Annotated[Literal["none", "web", "prometheus", "job"], Field(description="By what it is verified.")]
ProbeText = Annotated[str, _text("URL or PromQL.")]
Prometheus = Annotated[str, _text("Its URL.")]
JobImage = Annotated[str, _text("With tag.")]
Namespace = Annotated[str, _text("A Job looks at.")]
Retry = Annotated[
    Literal["default", "simple", "medium", "heavy", "very-heavy"], Field(description="Weight of the application.")
]
Soak = Annotated[str, _text("Such as 1h.")]
Availability = Annotated[Literal["", "All", "OneOf"], Field(description="Of several upstream.")]
AutoPromote = Annotated[Literal["", "yes", "no"], Field(description="Empty: as it is.")]
SharedSteps = Annotated[str, _text("PromotionTask of the steps.")]
PullRequest = Annotated[bool, Field(description="A person merges.")]
Offline = Annotated[bool, Field(description="Look at no cluster.")]
CheckText = Annotated[str, Field(description="Instead: YAML to judge.", max_length=MOST_CHECKED)]


class Opened(NamedTuple):
    """What a call works with, for its context; nothing of it is opened offline."""

    sources: "Sources"
    context: str

    def manifests(self) -> "ManifestReader":
        return self.sources.manifests(self.context)

    def reader(self) -> "ClusterReader":
        return self.sources.reader(self.context)


async def generate_stage_yaml(
    opened: Opened,
    project: Project = "",
    name: Name = "",
    upstream: Upstream = "",
    warehouses: Warehouses = "",
    apps: Apps = "",
    delivery: DeliveryKind = "argocd-update",
    repo_url: RepoUrl = "",
    branch: Branch = "",
    path: PathIn = "",
    image: Artifact = "",
    chart: Artifact = "",
    key: Key = "",
    pull_request: PullRequest = False,
    verification: Verify = "none",
    probe: ProbeText = "",
    prometheus: Prometheus = "",
    job_image: JobImage = "",
    namespace: Namespace = "",
    retry: Retry = "default",
    soak: Soak = "",
    availability: Availability = "",
    auto_promote: AutoPromote = "",
    shared_steps: SharedSteps = "",
    offline: Offline = False,
    check: CheckText = "",
) -> SetupAnswer:
    """Use to add or change a Stage, verification or auto-promotion: YAML fitted to the pipeline, judged, with diffs; or to check
    manifests. Never changes anything: the user applies it.
    """
    if check:
        return await _checked(opened, check, offline=offline)
    if not name:
        raise UsageError("which Stage?", "say in `name` what it is called, or give manifests in `check`")
    long = [one for one, value in locals().items() if isinstance(value, str) and len(value) > LIMIT]
    if long:
        raise UsageError(f"{', '.join(long)}: longer than {LIMIT} characters")
    from gitops_master.manifests import request as kinds

    stage = kinds.StageRequest(
        project=project or opened.sources.project,
        name=name,
        upstream=_listed(upstream),
        warehouses=_listed(warehouses),
        apps=_listed(apps),
        delivery=kinds.Delivery(delivery),
        repo_url=repo_url,
        branch=branch,
        path=path,
        image=image,
        chart=chart,
        key=key,
        pull_request=pull_request,
        verification=kinds.Proof(verification),
        probe=probe,
        prometheus=prometheus,
        job_image=job_image,
        namespace=namespace,
        retry=kinds.RetryProfile(retry),
        soak=soak,
        availability=kinds.Availability(availability) if availability else None,
        auto_promote={"yes": True, "no": False}.get(auto_promote),
        shared_steps=shared_steps,
    )
    return await _made(opened, stage, offline=offline)


async def _made(opened: Opened, stage: "StageRequest", *, offline: bool) -> SetupAnswer:
    from gitops_master.files.folder import Folder
    from gitops_master.usecases.generate_stage_yaml import GenerateRequest, generate
    from gitops_master.usecases.setup_evidence import Where
    from gitops_master.usecases.setup_report import fitting_setup

    request = GenerateRequest(stage=stage)
    if offline:
        return fitting_setup((await generate(request, Folder(), None)).answer)
    where = Where(opened.manifests(), opened.reader())
    expected = opened.sources.means(opened.context).expected
    return fitting_setup((await generate(request, Folder(), where, expected)).answer)


async def _checked(opened: Opened, text: str, *, offline: bool) -> SetupAnswer:
    """Where no cluster can be asked, the manifests alone are judged, and the answer says so."""
    from gitops_master.files.gathering import gathered_text
    from gitops_master.model.finding import NotChecked
    from gitops_master.model.versions import Versions
    from gitops_master.usecases.lint import Known, learn, lint
    from gitops_master.usecases.lint_report import fitting_lint

    given = gathered_text(text)
    if offline:
        return fitting_lint(lint(given))
    try:
        known = await learn(given.manifests, opened.manifests(), opened.reader(), versions=Versions())
    except (Unreachable, Forbidden) as error:
        answer = lint(given, Known())
        gap = NotChecked(what="the cluster", reason=error.message, leaves_open="whether what they name exists")
        return fitting_lint(answer.model_copy(update={"not_checked": [gap, *answer.not_checked]}))
    return fitting_lint(lint(given, known))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for one in text.split(",") if (part := one.strip()))


def tool(sources: "Sources") -> Tool:
    return asking_tool(
        generate_stage_yaml,
        lambda context: Opened(sources, context),
        sources,
        title="Write a Stage's YAML",
        answer=SetupAnswer,
        depth=0,
    )
