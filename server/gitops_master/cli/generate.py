"""`gitops-master generate stage`."""

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gitops_master import verify_file
from gitops_master.adapters.trusted_expectations import expectations_by
from gitops_master.cli.console import print_json, print_report, stderr
from gitops_master.cli.options import Place, ProjectOption, looks
from gitops_master.files.folder import Folder, read_folder, write_files
from gitops_master.manifests.request import Availability, Delivery, Proof, RetryProfile, StageRequest
from gitops_master.model.errors import Forbidden, GitOpsError, UsageError
from gitops_master.model.versions import Version, parse_version
from gitops_master.ports.outside import Expected
from gitops_master.ports.sources import Sources
from gitops_master.usecases.generate_stage_yaml import Generated, GenerateRequest, changes, exit_code, generate
from gitops_master.usecases.setup_evidence import Where
from gitops_master.usecases.setup_files import as_stream, texts_of

program = typer.Typer(
    help="Write manifests fitted to the pipeline that is there. Applies nothing.", no_args_is_help=True
)


class GenerateFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


def _option(name: str, metavar: str, told: str) -> object:
    return typer.Option(name, metavar=metavar, help=told, show_default=False)


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Of the Stage.")]
UpstreamOption = Annotated[list[str] | None, _option("--upstream", "STAGE", "That must have verified it; repeatable.")]
WarehouseOption = Annotated[list[str] | None, _option("--warehouse", "NAME", "Where Freight comes from; repeatable.")]
AppOption = Annotated[list[str] | None, _option("--app", "[NAMESPACE/]NAME", "Application it deploys; repeatable.")]
DeliveryOption = Annotated[Delivery, typer.Option("--delivery", help="How a Promotion brings the Freight in.")]
RepoOption = Annotated[str, _option("--repo-url", "URL", "Of the repository that holds what is deployed.")]
BranchOption = Annotated[str, _option("--branch", "NAME", "That is written to.")]
PathOption = Annotated[str, _option("--path", "PATH", "In the repository: what is changed.")]
ImageOption = Annotated[str, _option("--image", "REPOSITORY", "Of the artifact, without a tag.")]
ChartOption = Annotated[str, _option("--chart", "URL", "Of the chart.")]
KeyOption = Annotated[str, _option("--key", "KEY", "Of the value that is set, such as image.tag.")]
VerifyOption = Annotated[Proof, typer.Option("--verify", help="By what its Freight is verified.")]
ProbeOption = Annotated[str, _option("--probe", "URL|PROMQL", "What the verification asks.")]
PrometheusOption = Annotated[str, _option("--prometheus", "URL", "Address of Prometheus.")]
JobImageOption = Annotated[str, _option("--job-image", "IMAGE", "That a Job runs, with tag or digest.")]
NamespaceOption = Annotated[str, _option("--namespace", "NAME", "That a Job looks at.")]
RetryOption = Annotated[
    RetryProfile, typer.Option("--retry", help="Patience of steps, by the weight of the application.")
]
SoakOption = Annotated[str, _option("--soak", "DURATION", "Time that Freight has to be in a Stage upstream: 1h.")]
AvailabilityOption = Annotated[
    Availability | None, _option("--availability", "All|OneOf", "Of several Stages upstream.")
]
AutoOption = Annotated[
    bool | None,
    typer.Option("--auto-promote/--no-auto-promote", help="Whether Freight comes by itself.", show_default=False),
]
SharedOption = Annotated[str, _option("--shared-steps", "NAME", "PromotionTask that holds the steps.")]
PullRequestOption = Annotated[bool, typer.Option("--pull-request", help="Push to a branch that a person merges.")]
OutOption = Annotated[Path | None, _option("--out", "DIR", "Write there. What is there is read, edited and kept.")]
InOption = Annotated[Path | None, _option("--in", "DIR", "Folder of manifests to fit in with. Default: --out.")]
ForceOption = Annotated[bool, typer.Option("--force", help="With --out: also write files that exist and differ.")]
ExpectOption = Annotated[
    Path | None,
    _option("--expect", "PATH", f"Its inCluster checks become a Job. Default: the nearest {verify_file.NAME}."),
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Look at no cluster.")]
KargoOption = Annotated[str, _option("--kargo-version", "VERSION", "Of the Kargo that is to take them.")]
DryRunOption = Annotated[
    bool, typer.Option("--server-dry-run", help="Have the API server try each one; it stores nothing.")
]
FormatOption = Annotated[GenerateFormat, typer.Option("-o", "--output", help="text, json or yaml.")]


@program.callback()
def generate_group() -> None:
    """Write manifests fitted to the pipeline that is there. Applies nothing."""


@program.command("stage")
@looks
def stage_command(
    place: Place,
    name: NameArgument,
    project: ProjectOption = "",
    upstream: UpstreamOption = None,
    warehouse: WarehouseOption = None,
    app: AppOption = None,
    delivery: DeliveryOption = Delivery.ARGOCD,
    repo_url: RepoOption = "",
    branch: BranchOption = "",
    path: PathOption = "",
    image: ImageOption = "",
    chart: ChartOption = "",
    key: KeyOption = "",
    verify: VerifyOption = Proof.NONE,
    probe: ProbeOption = "",
    prometheus: PrometheusOption = "",
    job_image: JobImageOption = "",
    namespace: NamespaceOption = "",
    retry: RetryOption = RetryProfile.DEFAULT,
    soak: SoakOption = "",
    availability: AvailabilityOption = None,
    auto_promote: AutoOption = None,
    shared_steps: SharedOption = "",
    expect: ExpectOption = None,
    pull_request: PullRequestOption = False,
    out: OutOption = None,
    base: InOption = None,
    force: ForceOption = False,
    offline: OfflineOption = False,
    kargo_version: KargoOption = "",
    server_dry_run: DryRunOption = False,
    output: FormatOption = GenerateFormat.TEXT,
) -> int:
    """A Stage with its steps, policy, verification, rights and authorisations, as files."""
    given = locals()
    fields = {one: given[one] for one in StageRequest.__struct_fields__ if one in given}
    wanted = StageRequest(
        **{
            **fields,
            "project": project or place.settings.project,
            "upstream": tuple(upstream or ()),
            "warehouses": tuple(warehouse or ()),
            "apps": tuple(app or ()),
            "verification": verify,
        }
    )
    if force and out is None:
        raise UsageError("--force is about files", "name the folder with --out")
    if offline and server_dry_run:
        raise UsageError("--server-dry-run asks the server", "leave --offline or --server-dry-run out")
    request = GenerateRequest(
        stage=wanted,
        kargo=_version(kargo_version),
        folder=str(out or base or ""),
        deadline_s=place.deadline_s,
    )
    expected = expectations_by(os.environ, expect)
    made = _made(place, request, read_folder(base or out), expected, offline=offline, server_dry_run=server_dry_run)
    if out is None:
        _show(made, output)
    else:
        _write(made, out, output, force=force)
    return exit_code(made.answer)


def _made(
    place: Place,
    request: GenerateRequest,
    folder: Folder,
    expected: Callable[[str, str], Expected],
    *,
    offline: bool,
    server_dry_run: bool,
) -> Generated:
    async def work(sources: Sources) -> Generated:
        if offline:
            return await generate(request, folder, None, expected)
        runner = sources.dry_runner() if server_dry_run else None
        if server_dry_run and runner is None:
            raise UsageError("a saved cluster tries nothing", "leave --snapshot or --server-dry-run out")
        return await generate(request, folder, Where(sources.manifests(), sources.reader(), runner), expected)

    return place.follow(work)


def _show(made: Generated, output: GenerateFormat) -> None:
    """YAML is what may be piped on; the plan is for whoever reads along."""
    if output is GenerateFormat.JSON:
        print_json(made.answer)
        return
    sys.stdout.writelines(as_stream(made.files))
    if output is GenerateFormat.TEXT:
        sys.stdout.flush()
        stderr().print(made.answer.report, soft_wrap=True)


def _write(made: Generated, out: Path, output: GenerateFormat, *, force: bool) -> None:
    for one in changes(made.files):
        if one.diff and output is GenerateFormat.TEXT:
            sys.stdout.write(one.diff + "\n")
    try:
        written = write_files(out, texts_of(made.files), force=force)
    except GitOpsError as error:
        if isinstance(error, Forbidden) and output is GenerateFormat.TEXT:
            sys.stdout.flush()
        raise
    if output is GenerateFormat.JSON:
        print_json(made.answer)
    elif output is GenerateFormat.YAML:
        sys.stdout.writelines(as_stream(made.files))
    else:
        print_report(made.answer.report)
        told = ", ".join(written) if written else "nothing: all is there already"
        print_report(f"Written to {out}: {told}")


def _version(text: str) -> Version | None:
    version = parse_version(text) if text else None
    if text and version is None:
        raise UsageError(f"--kargo-version {text!r} is no version", "write it as 1.11.2")
    return version
