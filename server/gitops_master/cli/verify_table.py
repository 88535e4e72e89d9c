"""A verification as a table, for a terminal: a line a check, below it what to do."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gitops_master.cli.console import styled
from gitops_master.model.verification import Check, Level, Verdict, Verification

STYLES = {
    Verdict.PASS: "green",
    Verdict.WARN: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.SKIPPED: "dim",
    Verdict.UNKNOWN: "magenta",
}
_BELOW = ("Kargo's verification:", "Overall:")


def print_table(answer: Verification, console: Console) -> None:
    """Texts came from a cluster: they are never read as markup."""
    console.print(Text(f"{answer.target.kind} {answer.target.name}", style="bold"))
    table = Table(box=None, pad_edge=False, show_header=True, header_style="bold", expand=False)
    for title, width in (("Level", 5), ("Probe", 26), ("Verdict", 7), ("Seen", None)):
        table.add_column(title, min_width=width, overflow="fold")
    for level in answer.levels:
        _add(table, level)
    console.print(table)
    for line in _below(answer.report):
        console.print(styled(line))


def _add(table: Table, level: Level) -> None:
    verdict = Text(level.verdict.value, style=STYLES[level.verdict])
    table.add_row(Text(str(level.number), "bold"), Text(level.title, "bold"), verdict, Text(level.reason, "dim"))
    for check in level.checks:
        table.add_row(
            "", Text(f"  {check.probe}"), Text(check.verdict.value, style=STYLES[check.verdict]), _seen(check)
        )


def _seen(check: Check) -> Text:
    count = f"{check.good}/{check.of} {check.what}" if check.of is not None else ""
    if check.verdict is Verdict.PASS:
        return Text(count)
    what = f"{check.target}: {check.observed}" if check.target else check.observed
    more = f" and {check.more} more" if check.more else ""
    text = Text("; ".join(part for part in (count, what + more) if part))
    if check.verdict is Verdict.FAIL:
        for remedy in check.remedies[:1]:
            text.append(f"\nnext: {remedy.title}", style="cyan")
    return text


def _below(report: str) -> list[str]:
    """The report from behind its levels on."""
    lines = report.split("\n")
    start = next((at for at, line in enumerate(lines) if line.startswith(_BELOW)), len(lines))
    return ["", *lines[start:]]
