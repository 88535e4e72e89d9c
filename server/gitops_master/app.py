"""Composition root of the server: settings to adapter to tools. The only module that knows all layers."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from gitops_master import __version__
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.errors import GitOpsError
from gitops_master.ports.cluster import ClusterReader
from gitops_master.settings import Settings, demo_settings, parse_now


def reader(settings: Settings) -> ClusterReader:
    """The one source of evidence that the settings name. Raises UsageError where they name none."""
    return SnapshotReader(settings.required_snapshot(), now=settings.now, title=settings.title)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        sys.stderr.write(f"gitops-master serve: {message}\n")
        sys.exit(64)


def _settings(arguments: Sequence[str]) -> Settings:
    parser = _Parser(prog="gitops-master serve", description="Serve the tools over MCP on standard input and output.")
    parser.add_argument("--snapshot", type=Path, metavar="PATH", help="the saved cluster to look at")
    parser.add_argument("--demo", action="store_true", help="serve the bundled example instead")
    parser.add_argument("--now", default="", metavar="TIME", help="the clock (RFC 3339); default: the snapshot's own")
    given = parser.parse_args(arguments)
    if given.demo:
        return demo_settings()
    return Settings(snapshot=given.snapshot, now=parse_now(given.now) if given.now else None)


def serve(arguments: Sequence[str]) -> int:
    """Runs the MCP server on stdio until its input ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    try:
        settings = _settings(arguments)
        settings.required_snapshot()
    except GitOpsError as error:
        sys.stderr.write(f"gitops-master serve: {error}\n")
        return error.exit_code
    from gitops_master.mcp_server import build_server

    build_server(lambda: reader(settings), version=__version__).run("stdio")
    return 0
