"""`gitops-master lint`."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gitops_master import __version__
from gitops_master.cli.annotations import annotations
from gitops_master.cli.console import print_json, print_report
from gitops_master.cli.options import Place, looks
from gitops_master.cli.sarif import sarif
from gitops_master.files.gathering import MOST_BYTES, Gathered, gathered
from gitops_master.files.walking import STDIN
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Level
from gitops_master.model.setup import SetupAnswer
from gitops_master.model.versions import Version, parse_version
from gitops_master.ports.sources import Sources
from gitops_master.usecases.lint import Known, learn, lint, told_versions, tried
from gitops_master.usecases.lint_checks import LEVELS, every_check, known_ids
from gitops_master.usecases.lint_report import told_beside

NOTHING, FOUND, UNKNOWN = 0, 1, 3


class LintFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


PathsArgument = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Files, and folders with all beneath them; - reads stdin.", show_default=False),
]
OfProjectOption = Annotated[
    str,
    typer.Option(
        "--project",
        "-p",
        metavar="NAME",
        help="Kargo project of manifests that name no namespace; with a cluster.",
        show_default=False,
    ),
]
LintFormatOption = Annotated[LintFormat, typer.Option("-o", "--output", help="text, json, sarif or github.")]
FailOnOption = Annotated[Level, typer.Option("--fail-on", help="Exit 1 from this level on: error, warning or note.")]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="CHECK-ID", help="A check that is not wanted; repeatable.", show_default=False),
]
KargoOption = Annotated[
    str,
    typer.Option("--kargo-version", metavar="VERSION", help="Of the Kargo that is to take them.", show_default=False),
]
LiveOption = Annotated[
    bool, typer.Option("--live", help="Also look at what the cluster has. So does --context, or --snapshot.")
]
DryRunOption = Annotated[
    bool, typer.Option("--server-dry-run", help="Have the API server try each one; it stores nothing.")
]
ArgoCDOption = Annotated[
    str, typer.Option("--argocd-namespace", metavar="NAME", help="Where Applications are that name no namespace.")
]


@looks
def lint_command(
    place: Place,
    paths: PathsArgument,
    project: OfProjectOption = "",
    output: LintFormatOption = LintFormat.TEXT,
    fail_on: FailOnOption = Level.ERROR,
    ignore: IgnoreOption = None,
    kargo_version: KargoOption = "",
    live: LiveOption = False,
    server_dry_run: DryRunOption = False,
    argocd_namespace: ArgoCDOption = "argocd",
) -> int:
    """Judge manifests of Kargo, Argo CD and Argo Rollouts before they are applied. Asks no cluster unless told to."""
    ignored = known_ids(ignore or ())
    version = _version(kargo_version)
    named = [one for one in paths if str(one) != STDIN]
    files = gathered(named, _stdin() if len(named) < len(paths) else None)

    async def work(sources: Sources) -> Known:
        known = Known(versions=told_versions(version), argocd_namespace=argocd_namespace)
        if looks_there:
            known = await learn(
                files.manifests,
                sources.manifests(),
                sources.reader(),
                versions=known.versions,
                project=project or place.settings.project,
                argocd_namespace=argocd_namespace,
                deadline_s=place.deadline_s,
            )
        if server_dry_run:
            runner = sources.dry_runner()
            if runner is None:
                raise UsageError("a saved cluster tries nothing", "leave --snapshot or --server-dry-run out")
            known = await tried(files.manifests, runner, known, deadline_s=place.deadline_s)
        return known

    looks_there = live or _names_a_cluster(place)
    offline = Known(versions=told_versions(version), argocd_namespace=argocd_namespace)
    known = place.follow(work) if looks_there or server_dry_run else offline
    answer = lint(files, known, ignored=ignored)
    _show(answer, output)
    return exit_code(answer, files, fail_on, known)


def exit_code(answer: SetupAnswer, files: Gathered, fail_on: Level, known: Known) -> int:
    """1: a problem at or above the level. 3: nothing was judged at all, or the server that was to try them did not answer."""
    if any(LEVELS[one.level] <= LEVELS[fail_on] for one in answer.problems):
        return FOUND
    silent = any(not one.answered for one in known.tried)
    return UNKNOWN if silent or not files.manifests else NOTHING


def _names_a_cluster(place: Place) -> bool:
    """By a flag: what the environment or a file of the folder say is for those who ask for a cluster."""
    by_flag = any(one.source.startswith("--") for one in place.settings.given.values())
    return by_flag or place.settings.snapshot is not None or place.settings.kubeconfig is not None


def _version(text: str) -> Version | None:
    version = parse_version(text) if text else None
    if text and version is None:
        raise UsageError(f"--kargo-version {text!r} is no version", "write it as 1.11.2")
    return version


def _stdin() -> bytes:
    """Never more of it than a file may have, and one more, by which that is noticed."""
    return sys.stdin.buffer.read(MOST_BYTES + 1)


def _show(answer: SetupAnswer, output: LintFormat) -> None:
    match output:
        case LintFormat.JSON:
            print_json(answer)
        case LintFormat.SARIF:
            log = sarif(answer, every_check(), __version__, Path.cwd())
            sys.stdout.write(json.dumps(log, indent=1, ensure_ascii=False) + "\n")
        case LintFormat.GITHUB:
            sys.stdout.writelines(f"{line}\n" for line in annotations(answer))
            print_report(told_beside(answer))
        case _:
            print_report(answer.report)
