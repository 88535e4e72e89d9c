"""Whatever somebody hands in, checks answer."""

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_master.manifests.checks.registry import checks
from gitops_master.manifests.expr_parser import parse
from gitops_master.manifests.expr_scope import EVERYWHERE, Scope
from gitops_master.manifests.expr_tokens import ExpressionError
from gitops_master.manifests.expressions import template_faults
from gitops_master.manifests.schema.steps import STEPS
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Manifest
from tests.manifests.checks.test_recorded import OURS
from tests.manifests.schema import examples
from tests.manifests.schema.test_upstream import changed

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
PIECES = st.sampled_from(
    [
        "${{",
        "}}",
        "${%",
        "%}",
        "vars",
        ".",
        "?.",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "'",
        '"',
        "`",
        "a",
        "1",
        "0x",
        "1.e",
        "..",
        "?",
        ":",
        "??",
        "|",
        "not",
        "in",
        "let",
        "if",
        "else",
        "#",
        ",",
        ";",
        "=",
        "==",
        "&&",
        "\\",
        "/*",
        "//",
        "map(",
        "$env",
        "é",
        "\n",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "spec", "steps", "uses", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@SETTINGS
@given(st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=40))
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    with suppress(ExpressionError):
        parse(text)
    list(template_faults(text, Scope({}, EVERYWHERE)))


def judge(data: dict[str, Any]) -> None:
    world = World([Manifest(data)])
    for one in checks():
        if one.id in OURS:
            list(one.problems(world))


@SETTINGS
@given(st.data())
def test_objects_of_any_shape_are_judged(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(examples.KINDS))
    whole = examples.valid(kind)

    judge({**whole, "spec": data.draw(VALUES | changed(whole.get("spec", {})))})
    judge({**whole, "metadata": data.draw(VALUES)})
    uses = data.draw(st.sampled_from(sorted(STEPS)) | VALUES)
    steps = data.draw(
        st.lists(st.fixed_dictionaries({"uses": st.just(uses), "config": VALUES, "vars": VALUES}), max_size=3) | VALUES
    )
    judge(
        {
            **examples.valid("Stage"),
            "spec": {"promotionTemplate": {"spec": {"steps": steps, "vars": data.draw(VALUES)}}},
        }
    )


def test_a_number_without_bounds_is_no_whole_number() -> None:
    judge(
        {
            **examples.valid("Stage"),
            "spec": {"promotionTemplate": {"spec": {"steps": [{"retry": {"errorThreshold": math.inf}}]}}},
        }
    )


@pytest.mark.parametrize(
    "text", ["1" + " + 1" * 4000, "a" + ".b" * 4000, "1" + " - 1 + 1" * 2000, "-" * 4000 + "1", "[" * 4000]
)
def test_a_long_expression_is_judged(text: str) -> None:
    assert all("too" in one.message for one in template_faults(f"${{{{ {text} }}}}", Scope()))


def test_an_expression_that_nests_too_deep_is_an_error() -> None:
    (only,) = template_faults("${{ " + "(" * 5000 + " }}", Scope())

    assert "is nested too deep" in only.message
