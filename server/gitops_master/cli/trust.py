"""`gitops-master trust`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from gitops_master import config_file
from gitops_master.adapters.kubectl_command.trust import Trust, configuration_folder
from gitops_master.cli.console import stdout
from gitops_master.model.errors import Forbidden, UsageError
from gitops_master.model.printable import printable

PathArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PATH]",
        help=f"The file. Default: the nearest {config_file.NAME} from here upward.",
        show_default=False,
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask; needed where nobody can be asked.")]


def trust_command(path: PathArgument = None, yes: YesOption = False) -> int:
    """Allows the command that a .gitops-config.yaml names to be run, for that file as it is now."""
    place = path or config_file.find()
    if place is None:
        raise UsageError(f"no {config_file.NAME} here or in a folder above", "name the file: gitops-master trust PATH")
    file = config_file.load(place)
    console = stdout()
    if not file.commands:
        console.print(f"{place} names no command, so there is nothing to trust.")
        return 0
    trust = Trust(configuration_folder(os.environ))
    if trust.is_trusted(place, file.content):
        console.print(f"{place} is trusted already:")
    for key, command in file.commands.items():
        console.print(f"  {key}: {printable(command)}")
    if trust.is_trusted(place, file.content):
        return 0
    _agreed(place, yes)
    trust.trust(place, file.content)
    console.print(f"Trusted: {place}, until it changes.")
    return 0


def _agreed(place: Path, yes: bool) -> None:
    """Raises Forbidden unless the user wants it."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Forbidden(f"{place} is not trusted: nobody can be asked here", "if you have looked at it, add --yes")
    if not typer.confirm(
        "This command will be run as you whenever gitops-master looks at a cluster from there. Allow it?"
    ):
        raise Forbidden(f"{place} is not trusted", "nothing was recorded")
