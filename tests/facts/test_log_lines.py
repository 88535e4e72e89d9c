"""What a line of Kargo's log says, in each of the forms that its releases write."""

import pytest

from gitops_master.facts.log_lines import said

CONSOLE = '2026-11-23T03:59:00Z\tERROR\tReconciler error\t{"stage": "prod", "error": "Freight \\"1f3c\\" is refused"}'
LOGFMT = (
    'time="2024-12-05T09:29:00Z" level=error msg="Reconciler error" error="Freight \\"1f3c\\" is refused" stage=prod'
)
JSON = '{"level":"error","ts":1.0,"msg":"Reconciler error","stage":"prod","error":"Freight \\"1f3c\\" is refused"}'


@pytest.mark.parametrize("line", [CONSOLE, LOGFMT, JSON])
def test_message_and_error_are_read_out_of_every_form(line: str) -> None:
    assert said(line) == 'Reconciler error: Freight "1f3c" is refused'
    assert said(line, error_only=True) == 'Freight "1f3c" is refused'


def test_a_line_without_an_error_says_its_message() -> None:
    line = '2026-11-23T03:56:00Z\tDEBUG\tstages/regular_stages.go:1129\tno candidate\t{"stage": "prod"}'

    assert said(line) == said(line, error_only=True) == "no candidate"


@pytest.mark.parametrize("line", ["panic: runtime error", '2026-11-23T03:56:00Z\tINFO\tcut\t{"stage": "pr', ""])
def test_a_line_of_another_form_stays_as_it_is(line: str) -> None:
    assert said(line) == line


def test_a_tab_separated_line_without_fields_says_its_last_column() -> None:
    assert said("2026-11-23T03:56:00Z\tINFO\tStarting workers") == "Starting workers"
