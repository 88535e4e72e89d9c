"""What the engine owes whoever asks, whatever a single rule does."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from msgspec import structs

from gitops_master.facts.advice import advise
from gitops_master.facts.calls import operate
from gitops_master.facts.stage import StageView
from gitops_master.model.finding import Class, Confidence
from gitops_master.model.meta import Metadata
from gitops_master.model.operating import Operation
from gitops_master.model.snapshot import LogKey, Snapshot, Wanted
from gitops_master.model.stage import Stage
from gitops_master.model.versions import VersionRange
from gitops_master.rules.engine import MOST_SUMMARY, run
from gitops_master.rules.registry import Hit, Rule

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


def rule(id_: str, check: object) -> Rule:
    return Rule(id=id_, area="stage", class_=Class.FAULT, title=id_, on=(StageView,), check=check, doc=id_)  # type: ignore[arg-type]


@pytest.fixture
def view() -> StageView:
    stage = Stage(metadata=Metadata(name="dev", namespace="demo"))
    return StageView(stage, Snapshot([stage], source="a test", observed_at=NOW))


def broken(view: StageView) -> Iterator[Hit]:
    yield Hit(summary="half of what it knows")
    raise KeyError(view.name)


def sound(view: StageView) -> Iterator[Hit]:
    yield Hit(summary=f"{view.name} \x1b[31mis stuck\n" + "a" * 2 * MOST_SUMMARY)


def renamed(view: StageView) -> Iterator[Hit]:
    names = (view.name, "qa", "Not A Name")
    calls = [operate(Operation.REFRESH_STAGE, project=view.project, stage=name) for name in names]
    yield Hit(summary="it waits", remedies=[advise(f"Refresh {one['stage']}", "kubectl", call=one) for one in calls])


def test_a_call_names_what_was_read_or_is_not_offered(view: StageView) -> None:
    (match,) = run([view], view.snapshot, [rule("renamed", renamed)]).matches

    assert [one.title for one in match.finding.remedies] == ["Refresh dev", "Refresh qa", "Refresh Not A Name"]
    assert [one.call.get("stage") for one in match.finding.remedies] == ["dev", None, None]


def test_a_rule_that_fails_is_told_and_costs_no_other_answer(view: StageView) -> None:
    result = run([view], view.snapshot, [rule("broken", broken), rule("sound", sound)])

    assert [one.finding.id for one in result.matches] == ["sound"]
    assert [(one.rule.id, str(one.subject), repr(one.error)) for one in result.failures] == [
        ("broken", "Stage demo/dev", "KeyError('dev')")
    ]


def asking(view: StageView) -> Iterator[Hit | Wanted]:
    yield Wanted(LogKey("demo", view.name, "app"))


def test_whether_a_rule_asks_for_logs_its_type_tells(view: StageView) -> None:
    assert rule("asking", asking).asks_for_logs
    assert not rule("sound", sound).asks_for_logs
    assert run([view], view.snapshot, [rule("asking", asking)]).wanted == {Wanted(LogKey("demo", "dev", "app"))}


def test_a_summary_is_printable_and_bounded(view: StageView) -> None:
    (match,) = run([view], view.snapshot, [rule("sound", sound)]).matches

    assert match.finding.summary.startswith("dev is stuck ")
    assert len(match.finding.summary) == MOST_SUMMARY


def sentence(view: StageView) -> Iterator[Hit]:
    yield Hit(summary=f"{view.name} is stuck.")


def test_what_holds_for_unknown_releases_only_is_said_within_the_sentence_and_with_low_confidence(
    view: StageView,
) -> None:
    of_some = structs.replace(rule("sentence", sentence), versions=(VersionRange.parse("kargo < 1.11.0"),))

    (match,) = run([view], view.snapshot, [of_some]).matches

    assert match.finding.summary == "dev is stuck (if you run kargo < 1.11.0)."
    assert match.finding.confidence is Confidence.LOW
