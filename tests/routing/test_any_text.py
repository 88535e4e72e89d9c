"""Whatever is written, the router answers, and in a time that grows with the text and no faster."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_master.model.routing import Known, KnownFreight
from gitops_master.routing import route

KNOWN = Known(
    project="shop",
    stages=("dev", "staging", "prod-eu"),
    apps=("shop-web-dev",),
    freight=(KnownFreight(name="3f2a9c1d", alias="fuzzy-fox", images=("web:v1.2.3",)),),
)
WORDS = [
    "promote",
    "verify",
    "why",
    "not",
    "don't",
    "if",
    "then",
    "and",
    "add",
    "yaml",
    "to",
    "prod",
    "staging",
    "v1.2.3",
    ",",
    ".",
    "?",
    "\n",
    '"',
    "'",
    "```",
    "-",
    ">",
    "error:",
    "status:",
    "is",
]
LONG = 200_000
SECONDS = 20.0
"""Most texts take well below one; the bound is for slow machines, and a regex that backtracks takes hours."""
MODES = {"DIAGNOSE", "VERIFY", "PROMOTE", "SETUP"}


def check(text: str) -> None:
    answer = route(text, KNOWN)

    assert set(answer.modes) <= MODES
    assert len(set(answer.modes)) == len(answer.modes)
    assert answer.stage in {"", *KNOWN.stages}
    assert answer.app in {"", *KNOWN.apps}
    assert answer.project in {"", KNOWN.project}
    assert answer.freight in {"", "3f2a9c1d"}
    assert bool(answer.question) == (answer.ask or not answer.modes)
    assert len(answer.question) < 2000


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=300))
def test_any_characters(text: str) -> None:
    check(text)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_any_order_of_words(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "\n",
        "a ",
        "a\n",
        '"',
        "'",
        "`",
        "->",
        ": ",
        "- a: b\n",
        "x.",
        "1.",
        "a-",
        "'a",
        "A  B  ",
        "  a\n",
        "why ",
        "not ",
        "promte ",
        "if ",
        "error: ",
        '{"',
        "(",
        "\u0301",
        "部署",
        "NAME  READY\n",
        "at a(b)\n",
        "a:b@c/",
    ],
)
def test_long_texts_of_one_thing(unit: str) -> None:
    began = time.perf_counter()

    check(unit * (LONG // len(unit)))

    assert time.perf_counter() - began < SECONDS


def test_many_names_are_looked_up_and_not_gone_through() -> None:
    many = Known(
        stages=tuple(f"service-{number}-prod" for number in range(2000)),
        freight=tuple(KnownFreight(name=f"{number:040x}", alias=f"quiet-mouse-{number}") for number in range(2000)),
    )
    began = time.perf_counter()

    assert route("promote quiet-mouse-77 to service-1234-prod please", many).stage == "service-1234-prod"

    assert time.perf_counter() - began < SECONDS
