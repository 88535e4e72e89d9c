"""The server's command line: flags and environment to settings, settings to sources, sources to the server."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gitops_master import __version__
from gitops_master.config_file import nearest
from gitops_master.model.errors import GitOpsError
from gitops_master.settings import ALLOW_WRITES, Settings, demo_settings, place_of


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        sys.stderr.write(f"gitops-master serve: {message}\n")
        sys.exit(64)


def serve_parser(*, http: bool) -> argparse.ArgumentParser:
    """The flags of `serve`; `http`: also those that only serving over HTTP has, whose modules take time to load."""
    parser = _Parser(
        prog="gitops-master serve",
        description="Serve the tools over MCP: on standard input and output, or with --http.",
        formatter_class=argparse.RawDescriptionHelpFormatter,  # lines of examples stay as they are
    )
    parser.add_argument(
        "--snapshot", type=Path, metavar="PATH", help="a saved cluster to look at, instead of running ones"
    )
    parser.add_argument("--demo", action="store_true", help="serve the bundled example instead")
    parser.add_argument("--context", default="", metavar="NAME", help="of the kubeconfig; default: tools may choose")
    parser.add_argument("--kubeconfig", type=Path, metavar="PATH", help="instead of KUBECONFIG and ~/.kube/config")
    parser.add_argument("--as", default="", dest="as_user", metavar="USER", help="user to act as")
    parser.add_argument("--as-group", action="append", default=[], metavar="GROUP", help="group to act as")
    for flag, what in (("ssh", "ends in a shell that has kubectl"), ("kubectl", "is kubectl")):
        parser.add_argument(f"--{flag}-command", default="", metavar="COMMAND", help=f"what {what}")
    parser.add_argument(
        "--expect", type=Path, metavar="PATH", help="what Stages are expected to be, for run_verification"
    )
    parser.add_argument(
        "--allow-writes",
        action="store_true",
        help=f"let promote_freight and operate act, after consent; also {ALLOW_WRITES}",
    )
    parser.add_argument(
        "--protect", action="append", default=[], metavar="GLOB", help="Stages that are left alone all the same"
    )
    parser.add_argument(
        "--now", default="", metavar="TIME", help="the clock (RFC 3339); default: now, or the snapshot's own"
    )
    if http:
        from gitops_master.cli.manual import epilog
        from gitops_master.serving import auth, http_settings

        parser.epilog = epilog("serve", marked=False)
        http_settings.add_arguments(parser)
        auth.add_arguments(parser)
    return parser


def settings_of(given: argparse.Namespace) -> Settings:
    """What they say beside the environment and the configuration file. Raises UsageError and what the file raises."""
    if given.demo:
        return demo_settings()
    flags = {key: getattr(given, key) for key in _PLACE}
    return place_of(os.environ, nearest(), **flags, as_groups=tuple(given.as_group))


_PLACE = (
    "snapshot",
    "context",
    "kubeconfig",
    "as_user",
    "ssh_command",
    "kubectl_command",
    "expect",
    "allow_writes",
    "protect",
    "now",
)


def serve(arguments: Sequence[str]) -> int:
    """Runs the MCP server, on stdio until its input ends. It starts wherever it looks: what cannot be read, the tools tell."""
    http = any(one.partition("=")[0] in ("--http", "-h", "--help") for one in arguments)
    given = serve_parser(http=http).parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    try:
        settings = settings_of(given)
        if http and given.http:
            from gitops_master.serving.command import serve_http

            serve_http(given, settings)
            return 0
        from gitops_master.mcp_server import build_server
        from gitops_master.sources import sources

        server = build_server(sources(settings), version=__version__)
    except GitOpsError as error:
        sys.stderr.write(f"gitops-master serve: {error}\n")
        return error.exit_code
    server.run("stdio")
    return 0
