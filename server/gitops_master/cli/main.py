"""The command line: commands, and one mapping of what goes wrong to messages and exit codes."""

import sys
from collections.abc import Callable, Sequence

import typer

from gitops_master import __version__
from gitops_master.cli.analyze import analyze_command
from gitops_master.cli.capture import capture_command
from gitops_master.cli.demo import demo_command
from gitops_master.cli.discover import discover_command
from gitops_master.cli.doctor import doctor_command
from gitops_master.cli.explain import explain_command
from gitops_master.cli.generate import program as generate_program
from gitops_master.cli.lint import lint_command
from gitops_master.cli.manual import epilog
from gitops_master.cli.operate import operate_command
from gitops_master.cli.promote import promote_command
from gitops_master.cli.reference import reference_command
from gitops_master.cli.route import route_command
from gitops_master.cli.state import state_command
from gitops_master.cli.trust import trust_command
from gitops_master.cli.verify import verify_command
from gitops_master.model.errors import GitOpsError
from gitops_master.ports.sources import Sources
from gitops_master.settings import Settings

USAGE = 64
INTERRUPTED = 130
"""128 + SIGINT, as shells count."""

program = typer.Typer(
    name="gitops-master",
    help="Diagnose, verify and operate delivery pipelines made of Kargo, Argo CD and Argo Rollouts analysis.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
program.command("state")(state_command)
program.command("analyze")(analyze_command)
program.command("verify")(verify_command)
program.command("promote")(promote_command)
program.command("operate")(operate_command)
program.command("lint")(lint_command)
program.command("capture")(capture_command)
program.command("explain")(explain_command)
program.command("reference")(reference_command)
program.command("discover")(discover_command)
program.command("doctor")(doctor_command)
program.command("demo")(demo_command)
program.command("route")(route_command)
program.command("trust")(trust_command)
program.add_typer(generate_program, name="generate")
for _group, _commands in (("", program), ("generate ", generate_program)):
    for _one in _commands.registered_commands:
        _one.epilog = epilog(f"{_group}{_one.name}")


@program.command("serve", add_help_option=False, context_settings={"ignore_unknown_options": True})
def serve_command() -> None:
    """Serve the tools over MCP on standard input and output (gitops-master serve --help)."""


def _version(value: bool) -> None:
    if value:
        sys.stdout.write(f"gitops-master {__version__}\n")
        raise typer.Exit


@program.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Takes --version; the commands do the rest."""


def run(arguments: Sequence[str], open_sources: Callable[[Settings], Sources]) -> int:
    """Runs a command line and gives its exit code; never raises for bad input."""
    try:
        result = program(list(arguments) or ["--help"], standalone_mode=False, obj=open_sources)
    except GitOpsError as error:
        sys.stderr.write(f"gitops-master: {error}\n")
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("gitops-master: interrupted\n")
        return INTERRUPTED
    except typer.TyperException as error:
        sys.stderr.write(f"gitops-master: {_usage(error)}\n")
        return USAGE
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    if not arguments:
        return USAGE
    return result if isinstance(result, int) else 0


def _usage(error: typer.TyperException) -> str:
    """The parser's own words, and the command whose help tells more."""
    described = getattr(error, "format_message", error.__str__)()
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "gitops-master"
    return f"{described}\nsee: {command} --help"
