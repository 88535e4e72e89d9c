"""The terminal: colour and width where there is one, plain text where the output is piped."""

import json
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import anyio
from rich.console import Console
from rich.text import Text

from gitops_master.model.finding import Answer

T = TypeVar("T")

_STYLES = {
    "broken": "bold red",
    "waiting": "bold yellow",
    "healthy": "bold green",
    "unknown": "bold magenta",
}
_HEADINGS = (
    "Root Cause:",
    "Evidence:",
    "Recommended Fix:",
    "Follows from it:",
    "Also seen:",
    "Not checked:",
    "Risk Level:",
    "Ends:",
)


def stdout() -> Console:
    return Console(highlight=False, markup=False, soft_wrap=not sys.stdout.isatty())


def stderr() -> Console:
    return Console(stderr=True, highlight=False, markup=False)


def working(what: str, work: Callable[[], Coroutine[Any, Any, T]], *, verbose: bool) -> T:
    """Runs the work. A terminal shows that something goes on; `verbose` says how long it took."""
    console = stderr()
    began = time.monotonic()
    if console.is_terminal:
        with console.status(what):
            result = anyio.run(work)
    else:
        result = anyio.run(work)
    if verbose:
        console.print(f"{what}: {time.monotonic() - began:.2f} s")
    return result


def print_json(answer: Answer) -> None:
    sys.stdout.write(json.dumps(answer.dump(), ensure_ascii=False, indent=1) + "\n")


def print_report(report: str) -> None:
    """The report as it is, coloured in a terminal. Its text came from a cluster: it is never read as markup."""
    console = stdout()
    for line in report.split("\n"):
        console.print(styled(line) if console.is_terminal else line)


def styled(line: str) -> Text:
    """A line of a report with its colours."""
    text = Text(line)
    verdict = line.removeprefix("Verdict: ")
    if verdict in _STYLES and verdict != line:
        text.stylize(_STYLES[verdict], len("Verdict: "))
    heading = next((one for one in _HEADINGS if line.startswith(one)), None)
    if heading is not None:
        text.stylize("bold", 0, len(heading))
    if line.startswith("     ") and not line.startswith(("     destroys:", "     confirm:")):
        text.stylize("cyan")
    return text
