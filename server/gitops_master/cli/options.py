"""Options that several commands share, and turning them into settings."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gitops_master.ports.cluster import ClusterReader
from gitops_master.settings import Settings, parse_now


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"


SnapshotOption = Annotated[
    Path | None,
    typer.Option(
        "--snapshot",
        metavar="PATH",
        help="Saved cluster to look at: a file, folder, .tar.gz or .zip.",
        show_default=False,
    ),
]
NowOption = Annotated[
    str,
    typer.Option(
        "--now", metavar="TIME", help="The clock (RFC 3339). Default: the snapshot's own.", show_default=False
    ),
]
ProjectOption = Annotated[
    str,
    typer.Option(
        "--project", "-p", metavar="NAME", help="Kargo project. Not needed if there is only one.", show_default=False
    ),
]
FormatOption = Annotated[Format, typer.Option("-o", "--output", help="text, json or mermaid.")]
VerboseOption = Annotated[
    bool, typer.Option("-v", "--verbose", help="Say on stderr what is read and how long it takes.")
]


def reader_of(context: typer.Context, snapshot: Path | None, now: str) -> ClusterReader:
    """The source of evidence that the options name, made by what the composition root handed in."""
    open_reader: Callable[[Settings], ClusterReader] = context.obj
    return open_reader(Settings(snapshot=snapshot, now=parse_now(now) if now else None))
