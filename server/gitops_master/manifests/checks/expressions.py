"""Expressions that cannot be evaluated."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.expr_tokens import ExpressionError
from gitops_master.manifests.expression_places import Place, places
from gitops_master.manifests.expressions import (
    ExpressionFault,
    expression_faults,
    expressions_of,
    template_faults,
)
from gitops_master.manifests.template import PlacedStep, steps_of, values
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level, Manifest, Path, items

_VARIABLE = re.compile(r"\$\{\{\s*vars\.(\w+)\s*\}\}")
_NO_TEXT = re.compile(
    r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|true|false|null|[tTfF]|TRUE|True|FALSE|False|\{.*\}|\[.*\]", re.DOTALL
)


@check(
    "expression-invalid",
    title="An expression cannot be evaluated",
    level=Level.ERROR,
    sources=(
        "akuity/kargo v1.11.2 pkg/expressions/json_templates.go",
        "akuity/kargo v1.11.2 pkg/expressions/function/functions.go",
        "akuity/kargo v1.11.2 pkg/promotion/evaluator.go",
        "expr-lang/expr v1.17.8 parser",
    ),
)
def expression_invalid(world: World) -> Iterator[Fault]:
    """Kargo evaluates `${{ … }}` when a step runs: what is no expression, or calls a function that is not there, fails the Promotion
    then. An unknown variable is no failure of its own: Kargo puts null, and what is asked of null fails.

    How to tell: syntax by the grammar of expr-lang; functions, variables, aliases of earlier steps and members by where the expression
    stands. An `if` must hold an expression. What to do: correct it; declare the variable in `vars`; take outputs of earlier steps only.
    """
    for manifest in world.given:
        for place in places(manifest, world):
            for one in _faults(place):
                yield Fault(manifest, place.path, one.message, one.fix, one.level)
        for step in steps_of(manifest):
            yield from _in_keys(step, step.config, step.place("config"))
        if manifest.kind == STAGE:
            yield from _no_texts(manifest)


def _faults(place: Place) -> Iterator[ExpressionFault]:
    if place.raw:
        yield from expression_faults(place.text, place.scope)
        return
    yield from template_faults(place.text, place.scope)
    if place.condition and not _holds_one(place.text):
        words = f"the condition {place.text!r} holds no expression, and a mere text is neither true nor false"
        yield ExpressionFault(words, f"write ${{{{ {place.text.strip()} }}}}")


def _holds_one(text: str) -> bool:
    try:
        return bool(expressions_of(text))
    except ExpressionError:
        return True


def _in_keys(step: PlacedStep, data: Any, path: Path) -> Iterator[Fault]:
    """Kargo evaluates values only, so a key with an expression stays as it is written."""
    parts = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list | tuple) else ()
    for key, value in parts:
        if isinstance(key, str) and "${{" in key:
            words = f"the key {key!r} is not evaluated: expressions are for values"
            yield Fault(step.manifest, (*path, key), words, "write the key as it is to be")
        yield from _in_keys(step, value, (*path, key))


def _no_texts(stage: Manifest) -> Iterator[Fault]:
    """Arguments of a verification that come to a number or a boolean, which Kargo refuses (pkg/rollouts/analysis_run_builder.go)."""
    own = values(stage.spec.get("vars"))
    for index, one in enumerate(items(stage.spec, "verification", "args")):
        named = _VARIABLE.fullmatch(str(one.get("value", "")).strip())
        held = own.get(named[1], "") if named else ""
        if named and _NO_TEXT.fullmatch(held.strip()):
            words = f"vars.{named[1]} is {held!r}, which becomes no text once it is evaluated; an argument must be one"
            fix = f"write ${{{{ quote(vars.{named[1]}) }}}}"
            yield Fault(stage, ("spec", "verification", "args", index, "value"), words, fix)
