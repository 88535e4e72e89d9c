"""A verification as JUnit XML, read back by a parser."""

from datetime import UTC, datetime
from xml.etree import ElementTree

from gitops_master.model.finding import Evidence, Target
from gitops_master.model.verification import Check, Level, Verdict, Verification
from gitops_master.usecases.junit import junit


def _answer(*checks: Check, observed: str = "") -> Verification:
    return Verification(
        project="shop",
        target=Target(kind="Stage", name="prod"),
        verdict=Verdict.FAIL,
        levels=[
            Level(number=1, title="Infrastructure", verdict=Verdict.FAIL, checks=list(checks)),
            Level(number=2, title="Service health", verdict=Verdict.SKIPPED, reason="level 1 failed"),
        ],
        observed_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


def _case(*checks: Check) -> ElementTree.Element:
    found = ElementTree.fromstring(junit(_answer(*checks))).find("testsuite/testcase")
    assert found is not None
    return found


def test_a_probe_that_failed_is_a_failure_with_its_evidence() -> None:
    evidence = [Evidence(object="Pod shop-prod/web-1", path="status.phase", value="Failed")]
    case = _case(
        Check(
            probe="pods-ready", verdict=Verdict.FAIL, target="Pod shop-prod/web-1", observed="failed", evidence=evidence
        )
    )

    failure = case.find("failure")
    assert (case.get("classname"), case.get("name")) == ("shop.prod", "pods-ready")
    assert failure is not None
    assert failure.get("message") == "Pod shop-prod/web-1: failed"
    assert "status.phase = Failed" in (failure.text or "")


def test_what_is_unknown_is_an_error_and_what_warns_passes() -> None:
    assert _case(Check(probe="nodes-ready", verdict=Verdict.UNKNOWN, observed="forbidden")).find("error") is not None
    warned = _case(Check(probe="nodes-ready", verdict=Verdict.WARN, observed="cordoned"))
    assert [one.tag for one in warned] == ["system-out"]
    assert len(_case(Check(probe="nodes-ready", verdict=Verdict.PASS))) == 0


def test_checks_of_one_probe_are_one_case_and_counted() -> None:
    told = junit(
        _answer(
            Check(probe="pods-ready", verdict=Verdict.FAIL, target="Pod a/b", observed="x"),
            Check(probe="nodes-ready", verdict=Verdict.FAIL, observed="y"),
            Check(probe="pods-ready", verdict=Verdict.UNKNOWN, target="Pod a/c", observed="z"),
        )
    )

    suite = ElementTree.fromstring(told).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "2", "0")


def test_a_level_that_was_not_run_is_skipped_with_its_reason() -> None:
    suites = ElementTree.fromstring(junit(_answer())).findall("testsuite")

    skipped = suites[1].find("testcase/skipped")
    assert skipped is not None
    assert skipped.get("message") == "level 1 failed"


def test_text_of_the_cluster_cannot_break_the_document() -> None:
    hostile = "]]></failure><x>&\x1b[31m\x00\ufffe" + "\ud800"

    case = _case(Check(probe="pods-ready", verdict=Verdict.FAIL, observed=hostile.encode("utf-8", "replace").decode()))

    assert [one.tag for one in case] == ["failure"]
