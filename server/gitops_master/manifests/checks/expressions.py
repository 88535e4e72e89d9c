"""Expressions that cannot be evaluated."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.expr_tokens import ExpressionError
from gitops_master.manifests.expression_places import Place, places
from gitops_master.manifests.expressions import (
    ExpressionFault,
    expression_faults,
    expressions_of,
    template_faults,
)
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level


@check(
    "expression-invalid",
    title="An expression cannot be evaluated",
    level=Level.ERROR,
    sources=(
        "kargo v1.11.2 pkg/expressions/json_templates.go",
        "kargo v1.11.2 pkg/expressions/function/functions.go",
        "kargo v1.11.2 pkg/promotion/evaluator.go",
        "expr-lang v1.17.8 parser",
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
