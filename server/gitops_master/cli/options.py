"""Options that several commands share, and turning them into settings."""

import inspect
import os
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar

import anyio
import msgspec
import typer

from gitops_master.cli.console import working
from gitops_master.config_file import nearest
from gitops_master.ports.cluster import ClusterReader
from gitops_master.ports.environment import Environment
from gitops_master.ports.sources import Sources
from gitops_master.settings import KUBECTL_COMMAND, SSH_COMMAND, Settings, place_of
from gitops_master.usecases.deadline import DEADLINE_S

T = TypeVar("T")


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"


ProjectOption = Annotated[
    str,
    typer.Option(
        "--project", "-p", metavar="NAME", help="Kargo project. Not needed if there is only one.", show_default=False
    ),
]
FormatOption = Annotated[Format, typer.Option("-o", "--output", help="text, json or mermaid.")]

_PLACE: dict[str, Any] = {
    "snapshot": Annotated[
        Path | None,
        typer.Option(
            "--snapshot",
            metavar="PATH",
            help="Saved cluster to look at instead of a running one: a file, folder, .tar.gz or .zip.",
            show_default=False,
        ),
    ],
    "cluster_context": Annotated[
        str,
        typer.Option(
            "--context", metavar="NAME", help="Context of the kubeconfig. Default: its current one.", show_default=False
        ),
    ],
    "kubeconfig": Annotated[
        Path | None,
        typer.Option(
            "--kubeconfig", metavar="PATH", help="Instead of KUBECONFIG and ~/.kube/config.", show_default=False
        ),
    ],
    "as_user": Annotated[
        str, typer.Option("--as", metavar="USER", help="User to act as (impersonation).", show_default=False)
    ],
    "as_group": Annotated[
        list[str] | None,
        typer.Option("--as-group", metavar="GROUP", help="Group to act as; with --as.", show_default=False),
    ],
    "ssh_command": Annotated[
        str,
        typer.Option(
            "--ssh-command",
            metavar="COMMAND",
            help=f'What ends in a shell that has kubectl, such as "ssh bastion"; also {SSH_COMMAND}.',
            show_default=False,
        ),
    ],
    "kubectl_command": Annotated[
        str,
        typer.Option(
            "--kubectl-command",
            metavar="COMMAND",
            help=f'A program that is kubectl, such as "microk8s kubectl"; also {KUBECTL_COMMAND}.',
            show_default=False,
        ),
    ],
    "timeout": Annotated[
        float,
        typer.Option(
            "--timeout", metavar="SECONDS", min=0.1, help="How long reading may take, all together.", show_default="30"
        ),
    ],
    "now": Annotated[
        str,
        typer.Option(
            "--now",
            metavar="TIME",
            help="The clock (RFC 3339). Default: now, or the snapshot's own.",
            show_default=False,
        ),
    ],
    "verbose": Annotated[
        bool, typer.Option("-v", "--verbose", help="Say on stderr what is read and how long it takes.")
    ],
}
_DEFAULTS: dict[str, Any] = {
    "snapshot": None,
    "kubeconfig": None,
    "as_group": None,
    "timeout": DEADLINE_S,
    "verbose": False,
}


class Place(msgspec.Struct, frozen=True):
    """Where a command looks, how many seconds reading may take, and the way to ask there."""

    settings: Settings
    verbose: bool
    open_sources: Callable[[Settings], Sources]
    deadline_s: float = DEADLINE_S

    def ask(self, what: str, question: Callable[[ClusterReader], Awaitable[T]]) -> T:
        """Runs a use case on the source of evidence; connections are closed behind it."""
        return working(what, lambda: self._opened(lambda sources: question(sources.reader())), verbose=self.verbose)

    def ask_environment(self, what: str, question: Callable[[Environment], Awaitable[T]]) -> T:
        """As `ask`, of the environment."""
        return working(
            what, lambda: self._opened(lambda sources: question(sources.environment())), verbose=self.verbose
        )

    def follow(self, work: Callable[[Sources], Awaitable[T]]) -> T:
        """Runs what asks again and again, over the same connections."""
        return anyio.run(self._opened, work)

    async def _opened(self, work: Callable[[Sources], Awaitable[T]]) -> T:
        sources = self.open_sources(self.settings)
        try:
            return await work(sources)
        finally:
            await sources.close()


def looks(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command the options that say where to look; it takes them as one `place`."""
    own = [one for one in inspect.signature(command).parameters.values() if one.name != "place"]

    @wraps(command)
    def wrapped(context: typer.Context, **given: Any) -> int:
        chosen = {name: given.pop(name) for name in _PLACE}
        return command(place=_place(context, **chosen), **given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(one.replace(kind=keyword) for one in own),
        *(
            inspect.Parameter(name, keyword, default=_DEFAULTS.get(name, ""), annotation=of)
            for name, of in _PLACE.items()
        ),
    ]
    wrapped.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {one.name: one.annotation for one in parameters}
    return wrapped


def _place(context: typer.Context, **given: Any) -> Place:
    verbose, deadline_s = given.pop("verbose"), given.pop("timeout")
    given["context"] = given.pop("cluster_context")
    given["as_groups"] = tuple(given.pop("as_group") or ())
    return Place(place_of(os.environ, nearest(), **given), verbose, context.obj, deadline_s)
