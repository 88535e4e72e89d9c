"""`gitops-master trust`."""

import os
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from gitops_master import config_file, verify_file
from gitops_master.adapters.kubectl_command.trust import Trust, configuration_folder
from gitops_master.cli.console import stdout
from gitops_master.model.errors import Forbidden, UsageError
from gitops_master.model.printable import printable

NAMES = f"{config_file.NAME} or {verify_file.NAME}"
PathArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PATH]",
        help=f"The file. Default: the nearest {config_file.NAME} and the nearest {verify_file.NAME} from here upward.",
        show_default=False,
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask; needed where nobody can be asked.")]


class Wish(NamedTuple):
    """What a file wants to be allowed. `wants`: (key, what it says or causes). `nothing`: what is said where it wants nothing."""

    content: bytes
    wants: list[tuple[str, str]]
    nothing: str
    question: str


def trust_command(path: PathArgument = None, yes: YesOption = False) -> int:
    """Allows what a .gitops-config.yaml or .gitops-verify.yaml may not cause by itself, for that file as it is now.

    Of a .gitops-config.yaml: to run the command that it names. Of a .gitops-verify.yaml: to call what no route of a Stage shows,
    to use credentials, to read Secrets.
    """
    places = [path] if path else [one for one in (config_file.find(), verify_file.find()) if one is not None]
    if not places:
        raise UsageError(f"no {NAMES} here or in a folder above", "name the file: gitops-master trust PATH")
    trust = Trust(configuration_folder(os.environ))
    for place in places:
        _trust(trust, place, yes)
    return 0


def _trust(trust: Trust, place: Path, yes: bool) -> None:
    """Shows what the file wants, asks, and records. Raises Forbidden unless the user wants it."""
    wish = _wish_of(place)
    console = stdout()
    if not wish.wants:
        console.print(f"{place} {wish.nothing}, so there is nothing to trust.")
        return
    is_trusted = trust.is_trusted(place, wish.content)
    if is_trusted:
        console.print(f"{place} is trusted already:")
    for key, said in wish.wants:
        console.print(f"  {printable(key)}: {printable(said)}")
    if is_trusted:
        return
    _agreed(place, wish.question, yes)
    trust.trust(place, wish.content)
    console.print(f"Trusted: {place}, until it changes.")


def _wish_of(place: Path) -> Wish:
    """By its name: any other file is taken for one with commands, which runs nothing without a key of theirs."""
    if place.name == verify_file.NAME:
        expected = verify_file.load(place, named=False)
        return Wish(
            expected.content,
            verify_file.grants(expected),
            "asks for nothing that needs it",
            "This will happen whenever gitops-master verifies a Stage from there. Allow it?",
        )
    config = config_file.load(place)
    return Wish(
        config.content,
        list(config.commands.items()),
        "names no command",
        "This command will be run as you whenever gitops-master looks at a cluster from there. Allow it?",
    )


def _agreed(place: Path, question: str, yes: bool) -> None:
    """Raises Forbidden unless the user wants it."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Forbidden(f"{place} is not trusted: nobody can be asked here", "if you have looked at it, add --yes")
    if not typer.confirm(question):
        raise Forbidden(f"{place} is not trusted", "nothing was recorded")
