"""Names picked out of a request."""

import pytest

from gitops_master.model.routing import Known, KnownFreight
from gitops_master.routing import route
from gitops_master.routing.spelling import distance, is_near

KNOWN = Known(
    project="shop",
    stages=("dev", "qa", "staging", "prod-eu", "prod-us"),
    apps=("web-staging", "web-prod-eu", "loki"),
    freight=(
        KnownFreight(
            name="3f2a9c1d7be04458", alias="fuzzy-fox", images=("ghcr.io/acme/web:v1.2.3",), commits=("9b1c2d3e4f",)
        ),
        KnownFreight(name="a81f33d0c2b94e65", alias="brave-otter", images=("host:5000/acme/web:v1.2.4",)),
    ),
)


@pytest.mark.parametrize(
    ("written", "stage"),
    [
        ("prod-eu", "prod-eu"),
        ("PROD-EU", "prod-eu"),
        ("prod eu", "prod-eu"),
        ("prod_eu", "prod-eu"),
        ("production-eu", "prod-eu"),
        ("the eu", "prod-eu"),
        ("stagign", "staging"),
        ("stg", "staging"),
        ("development", "dev"),
        ("prod-ap", ""),
        ("prod", ""),
        ("qa2", ""),
    ],
)
def test_a_stage_is_found_as_people_write_it(written: str, stage: str) -> None:
    answer = route(f"promote fuzzy-fox to {written}", KNOWN)

    assert (answer.stage, answer.ask) == (stage, not stage)


@pytest.mark.parametrize(
    ("written", "freight"),
    [
        ("fuzzy-fox", "3f2a9c1d7be04458"),
        ("fuzzy fox", "3f2a9c1d7be04458"),
        ("fuzy-fox", "3f2a9c1d7be04458"),
        ("v1.2.3", "3f2a9c1d7be04458"),
        ("1.2.3", "3f2a9c1d7be04458"),
        ("web:v1.2.4", "a81f33d0c2b94e65"),
        ("9b1c2d3", "3f2a9c1d7be04458"),
        ("3f2a9c1", "3f2a9c1d7be04458"),
        ("v1.2.5", ""),
        ("1.2", ""),
        ("deadbeef1", ""),
    ],
)
def test_freight_is_found_under_all_its_names_and_a_version_is_never_near(written: str, freight: str) -> None:
    answer = route(f"promote {written} to dev", KNOWN)

    assert (answer.freight, answer.ask) == (freight, not freight)


def test_the_latest_is_no_named_freight() -> None:
    answer = route("promote the latest candidate to dev", KNOWN)

    assert (answer.freight, answer.ask) == ("", False)


def test_a_version_of_the_product_is_none_of_freight() -> None:
    assert not route("why does dev fail since we upgraded kargo to v1.9.2", KNOWN).ask


def test_a_new_stage_is_not_an_old_one() -> None:
    answer = route("add a stage qa2 after qa", KNOWN)

    assert (answer.modes, answer.stage, answer.ask) == (("SETUP",), "", False)


def test_only_what_acts_asks_for_the_stage() -> None:
    assert route("promote to prod", KNOWN).question == "Which Stage is meant by 'prod': prod-eu, prod-us?"
    assert not route("why is prod broken", KNOWN).ask
    assert not route("is prod ok?", KNOWN).ask


def test_where_something_goes_is_the_target() -> None:
    for text in (
        "promote from dev to qa",
        "promote what is in dev to qa",
        "dev -> qa",
        "bring qa up to what dev has",
        "promote to qa from dev",
    ):
        assert route(text, KNOWN).stage == "qa", text


def test_a_question_suggests_the_near_name() -> None:
    assert "Did you mean" not in route("promote to wonderland", KNOWN).question
    assert "There is no Stage 'wonderland'" in route("promote to wonderland", KNOWN).question


def test_slips_of_the_keyboard_are_near_and_other_words_are_not() -> None:
    assert is_near("stagign", "staging")
    assert is_near("prdo", "prod")
    assert not is_near("prod1", "prod2")
    assert not is_near("qb", "qa")
    assert distance("kitten", "sitting", 5) == 3
    assert distance("ab", "ba", 2) == 1
    assert distance("short", "something-longer", 2) == 3
