"""Ids of plans: what they agree to, and what they do not."""

from datetime import UTC, datetime, timedelta

import pytest

from gitops_master.model.operating import Refusal
from gitops_master.usecases.operating.plan_ids import LIFETIME, PlanIds

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
INTENT, INPUTS = ("promote", "shop", "f1"), ("queue none", "verified in test")
IDS = PlanIds(b"k" * 32)


def _issued(ids: PlanIds = IDS) -> str:
    return ids.issue(INTENT, INPUTS, NOW)[0]


def test_an_id_agrees_to_the_plan_it_was_made_for() -> None:
    plan_id, expires = IDS.issue(INTENT, INPUTS, NOW)

    assert IDS.check(plan_id, INTENT, INPUTS, NOW + timedelta(minutes=9)).refusal is None
    assert expires == NOW + LIFETIME
    assert IDS.check(plan_id, INTENT, INPUTS, NOW).issued_at == NOW


def test_another_server_with_the_same_key_takes_it() -> None:
    assert PlanIds(b"k" * 32).check(_issued(), INTENT, INPUTS, NOW).refusal is None


@pytest.mark.parametrize(
    ("intent", "inputs", "later", "refusal"),
    [
        (INTENT, INPUTS, LIFETIME, Refusal.EXPIRED),
        (INTENT, INPUTS, timedelta(seconds=-5), Refusal.EXPIRED),
        (("promote", "shop", "f2"), INPUTS, timedelta(), Refusal.OTHER),
        (("promote", "shopf1"), INPUTS, timedelta(), Refusal.OTHER),
        (INTENT, ("queue 1", "verified in test"), timedelta(), Refusal.STALE),
        (("x",), ("y",), LIFETIME, Refusal.EXPIRED),
    ],
)
def test_what_does_not_fit_is_told_apart(
    intent: tuple[str, ...], inputs: tuple[str, ...], later: timedelta, refusal: Refusal
) -> None:
    checked = IDS.check(_issued(), intent, inputs, NOW + later)

    assert checked.refusal is refusal
    assert checked.issued_at == NOW


def test_every_altered_character_is_a_forgery() -> None:
    plan_id = _issued()
    altered = [
        plan_id[:place] + ("A" if plan_id[place] != "A" else "B") + plan_id[place + 1 :]
        for place in range(len(plan_id))
    ]
    same = [one for one in altered if IDS.check(one, INTENT, INPUTS, NOW).refusal is not Refusal.FORGED]

    assert same == []


@pytest.mark.parametrize("text", ["", "x", "plan", "ä" * 70, "A" * 72, "A" * 5000, "../../etc", "\x00"])
def test_what_is_no_id_is_a_forgery(text: str) -> None:
    assert IDS.check(text, INTENT, INPUTS, NOW).refusal is Refusal.FORGED


def test_an_id_of_another_key_is_a_forgery() -> None:
    assert IDS.check(_issued(PlanIds(b"x" * 32)), INTENT, INPUTS, NOW).refusal is Refusal.FORGED


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        PlanIds(b"k" * 31)
