"""`gitops-master discover`."""

from pathlib import Path
from typing import Annotated

import typer

from gitops_master.cli.console import print_json, print_report, stderr
from gitops_master.cli.options import Format, FormatOption, Place, looks
from gitops_master.cli.write import refuse_existing, write_new
from gitops_master.config_file import NAME
from gitops_master.model.environment import EnvironmentAnswer
from gitops_master.model.errors import UsageError
from gitops_master.usecases.config_draft import draft
from gitops_master.usecases.discover_env import DiscoverRequest, discover, exit_code

AllContextsOption = Annotated[
    bool, typer.Option("--all-contexts", help="Also try to reach the kubeconfig's other contexts.")
]
WriteOption = Annotated[
    bool, typer.Option("--write-config", help=f"Draft a {NAME} from what was found, in PATH or the working folder.")
]
PathArgument = Annotated[
    Path | None, typer.Argument(metavar="[PATH]", help="With --write-config: the file or folder.", show_default=False)
]
ForceOption = Annotated[bool, typer.Option("--force", help="With --write-config: write over a file that exists.")]


@looks
def discover_command(
    place: Place,
    path: PathArgument = None,
    all_contexts: AllContextsOption = False,
    write_config: WriteOption = False,
    force: ForceOption = False,
    output: FormatOption = Format.TEXT,
) -> int:
    """What there is: contexts, projects, controllers, versions, namespaces, rights, and what only you can say."""
    if output is Format.MERMAID:
        raise UsageError("discover has no diagram", "gitops-master state -o mermaid draws the pipeline")
    if not write_config and (path is not None or force):
        raise UsageError("PATH and --force say how a file is written", "add --write-config, or leave them out")
    target = _target(path)
    if write_config and not force:
        refuse_existing(target)
    request = DiscoverRequest(all_contexts=all_contexts, deadline_s=place.deadline_s)
    answer = place.ask_environment("Discovering", lambda environment: discover(environment, request))
    if output is Format.JSON:
        print_json(answer)
    else:
        print_report(answer.report)
    if write_config:
        _write(answer, draft(answer, place.settings.given), target, force)
    return exit_code(answer)


def _target(path: Path | None) -> Path:
    if path is None:
        return Path(NAME)
    return path / NAME if path.is_dir() else path


def _write(answer: EnvironmentAnswer, text: str, target: Path, force: bool) -> None:
    if answer.problem:
        stderr().print("nothing was written: the cluster could not be looked at")
        return
    write_new(target, text, force=force)
    stderr().print(f"wrote {target}: check its values before you share it")
