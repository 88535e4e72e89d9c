"""How findings become one root cause: effects under causes, the most pressing first, nothing depends on order."""

from collections.abc import Iterator
from itertools import permutations

import pytest

from gitops_master.facts.stage import StageView
from gitops_master.model.finding import Class, Confidence, Finding, Severity
from gitops_master.model.meta import Ref
from gitops_master.rules.engine import Match
from gitops_master.rules.ranking import rank
from gitops_master.rules.registry import Hit, Rule

STAGE = Ref("kargo.akuity.io/Stage", "shop", "prod")


def match(
    id_: str,
    *explains: str,
    class_: Class = Class.FAULT,
    severity: Severity = Severity.HIGH,
    confidence: Confidence = Confidence.HIGH,
    is_symptom: bool = False,
    reassures: bool = False,
    is_hint: bool = False,
) -> Match:
    def check(view: StageView) -> Iterator[Hit]:
        yield from ()

    rule = Rule(
        id=id_, area="stage", class_=class_, title=id_, on=(StageView,), check=check, doc="", is_symptom=is_symptom,
        reassures=reassures, is_hint=is_hint,
    )  # fmt: skip
    finding = Finding(
        id=id_, class_=class_, subject=str(STAGE), title=id_, summary=id_, severity=severity, confidence=confidence
    )
    return Match(finding, rule, STAGE, frozenset(explains))


SYMPTOM = match("promotion-failed", is_symptom=True)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_cause_comes_before_its_effects_in_any_order(order: tuple[int, ...]) -> None:
    chain = [match("crash-loop", "not-fine"), match("not-fine", "promotion-failed"), SYMPTOM]

    ranked = rank([chain[index] for index in order])

    assert ranked.root is not None
    assert ranked.root.id == "crash-loop"
    assert [one.id for one in ranked.root.effects] == ["not-fine"]
    assert [one.id for one in ranked.root.effects[0].effects] == ["promotion-failed"]
    assert ranked.others == ()


def test_what_explains_the_more_pressing_symptom_is_the_root() -> None:
    filters = match("filters-match-nothing", "warehouse-not-ready")
    branch = match("branch-missing", "promotion-failed")
    symptoms = [SYMPTOM, match("warehouse-not-ready", is_symptom=True)]

    ranked = rank([filters, branch, *symptoms])

    assert ranked.root is not None
    assert ranked.root.id == "branch-missing"
    assert [one.id for one in ranked.others] == ["filters-match-nothing"]


def test_a_fault_that_shows_nowhere_comes_before_a_wait_for_newer_freight() -> None:
    ranked = rank([match("manual", class_=Class.WAITING, severity=Severity.LOW), match("poisoned")])

    assert ranked.root is not None
    assert ranked.root.id == "poisoned"


def test_two_rules_that_explain_each_other_do_not_hide_everything() -> None:
    ranked = rank([match("one", "two"), match("two", "one")])

    assert ranked.root is not None
    assert {ranked.root.id, *(one.id for one in ranked.root.effects)} == {"one", "two"}


def test_the_reported_symptom_breaks_a_tie_and_nothing_more() -> None:
    soak, manual = match("soak", class_=Class.WAITING), match("manual", class_=Class.WAITING)
    fault = match("fault")

    assert rank([soak, manual], frozenset({"soak"})).root == soak.finding
    assert rank([soak, manual], frozenset({"manual"})).root == manual.finding
    assert rank([soak, manual, fault], frozenset({"soak"})).root == fault.finding
    assert rank([], frozenset({"soak"})).root is None


def test_a_reassurance_is_the_root_only_for_somebody_who_asked() -> None:
    calm = match("old-errors", class_=Class.HEALTHY, reassures=True)

    assert rank([calm]).root is None
    assert [one.id for one in rank([calm]).others] == ["old-errors"]
    assert rank([calm], asked=True).root == calm.finding


def test_severity_then_confidence_decide_between_equals() -> None:
    sure = match("sure", severity=Severity.MEDIUM)
    unsure = match("unsure", severity=Severity.MEDIUM, confidence=Confidence.LOW)
    worse = match("worse", confidence=Confidence.LOW)

    assert [one.id for one in (rank([unsure, sure]).root, *rank([unsure, sure]).others) if one] == ["sure", "unsure"]
    assert rank([sure, worse]).root == worse.finding


def test_a_hint_is_told_below_the_cause_and_is_never_the_root() -> None:
    hint = match("no-retry", class_=Class.HEALTHY, severity=Severity.LOW, is_hint=True)

    assert rank([hint]).root is None
    assert [one.id for one in rank([hint, SYMPTOM]).others] == ["no-retry"]
    assert rank([hint, SYMPTOM], frozenset({"no-retry"}), asked=True).root == SYMPTOM.finding
