"""Whether expressions in manifests can be evaluated: their syntax, and the names, functions and members they use.

Kargo evaluates each expression by itself and puts nil where a name is unknown (pkg/expressions/json_templates.go, v1.11.2); what is
then asked of nil fails, and nil alone becomes `null`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from gitops_master.manifests.expr_parser import parse
from gitops_master.manifests.expr_scope import BUILTINS, STATUS, UNKNOWN, Names, Scope
from gitops_master.manifests.expr_tokens import ExpressionError
from gitops_master.manifests.expr_tree import Node, Sort
from gitops_master.model.manifest import Level
from gitops_master.model.near import did_you_mean

_DELIMITERS = (("${{", "}}"), ("${%", "%}"))


class ExpressionFault(NamedTuple):
    """What is wrong with an expression of a text."""

    message: str
    fix: str = ""
    level: Level = Level.ERROR


class Part(NamedTuple):
    """An expression in a text, without its delimiters."""

    text: str
    closing: str


def expressions_of(text: str) -> list[Part]:
    """In their order. Raises ExpressionError where one is not closed."""
    found: list[Part] = []
    at = 0
    while True:
        starts = [(where, begin, end) for begin, end in _DELIMITERS if (where := text.find(begin, at)) >= 0]
        if not starts:
            return found
        where, begin, end = min(starts)
        stop = text.find(end, where + len(begin))
        if stop < 0:
            raise ExpressionError(f"{begin} is not closed by {end}", where)
        found.append(Part(text[where + len(begin) : stop], end))
        at = stop + len(end)


def template_faults(text: str, scope: Scope) -> Iterator[ExpressionFault]:
    """Of every expression in a text."""
    try:
        parts = expressions_of(text)
    except ExpressionError as error:
        yield ExpressionFault(f"{error.message} in {_short(text)}")
        return
    for part in parts:
        yield from expression_faults(part.text, scope, part.closing)


def expression_faults(text: str, scope: Scope, closing: str = "") -> Iterator[ExpressionFault]:
    """Of one expression. `closing`: the delimiter that ended it, empty where it stands alone."""
    if not text.strip():
        yield ExpressionFault("an expression is empty", "write something between ${{ and }}, or remove them")
        return
    try:
        tree = parse(text)
    except ExpressionError as error:
        fix = ""
        if closing == "}}" and text.count("{") > text.count("}"):
            fix = "the first }} ends the expression: put a space between braces, or write ${% … %}"
        yield ExpressionFault(f"{_short(text)}: {error.message} (at {error.at + 1})", fix)
        return
    yield from dict.fromkeys(_Judge(text, scope).faults(tree))


class _Judge:
    def __init__(self, text: str, scope: Scope) -> None:
        self._text = _short(text)
        self._scope = scope

    def faults(
        self, node: Node, bound: frozenset[str] = frozenset(), guarded: bool = False
    ) -> Iterator[ExpressionFault]:
        """`bound`: names that `let` made. `guarded`: whether what is missing is reckoned with, as before `??`."""
        if node.sort is Sort.LET:
            yield from self.faults(node.parts[0], bound)
            yield from self.faults(node.parts[1], bound | {node.value})
            return
        chain = _chain(node)
        if chain is not None:
            root, members, optional = chain
            if root not in bound:
                yield from self._chain(root, members, guarded or optional)
        elif node.sort is Sort.CALL:
            yield from self._call(node, bound)
        elif node.sort is Sort.MEMBER:
            yield from self._member(node)
        reckons = node.sort in (Sort.COALESCE, Sort.COMPARISON) or (node.sort is Sort.CALL and node.value == "get")
        for index, part in enumerate(node.parts):
            if chain is None or index > 0:
                yield from self.faults(part, bound, reckons and (index == 0 or node.sort is Sort.COMPARISON))
            elif part.sort is Sort.MEMBER:
                yield from self._computed(part, bound)

    def _computed(self, node: Node, bound: frozenset[str]) -> Iterator[ExpressionFault]:
        """What stands in the brackets of a chain's inner members."""
        for part in node.parts[1:]:
            yield from self.faults(part, bound)
        if node.parts and node.parts[0].sort is Sort.MEMBER:
            yield from self._computed(node.parts[0], bound)

    def _chain(self, root: str, members: list[str], guarded: bool) -> Iterator[ExpressionFault]:
        if self._scope.names is None or root == "$env":
            return
        held, path = Names(self._scope.names), ""
        for name in (root, *members):
            if held.members is None or not name:
                return
            if name not in held.members:
                if not guarded:
                    yield self._unknown(held, path, name, last=name == members[-1] if members else True)
                return
            held, path = held.members[name], f"{path}.{name}" if path else name

    def _unknown(self, held: Names, path: str, name: str, *, last: bool) -> ExpressionFault:
        known = list(held.members or ())
        near = did_you_mean(name, known)
        if not path:
            words = f"{self._text}: nothing is called {name!r} here{near}"
            return ExpressionFault(words, f"a text is put in quotes; known are: {', '.join(sorted(known))}")
        comes_to = held.missing or "Kargo puts null for it"
        level = held.level if last else Level.ERROR
        return ExpressionFault(f"{self._text}: {path} has no {name!r}{near}: {comes_to}", _known(known), level)

    def _call(self, node: Node, bound: frozenset[str]) -> Iterator[ExpressionFault]:
        functions, kargo = self._scope.functions, self._scope.kargo
        if functions is None or node.value in BUILTINS or node.value in bound:
            return
        found = functions.get(node.value)
        if found is None:
            elsewhere = node.value in STATUS
            near = "" if elsewhere else did_you_mean(node.value, [*functions, *BUILTINS])
            fix = "it is there only for if and config of a step" if elsewhere else ""
            yield ExpressionFault(f"{self._text}: no function {node.value!r} here{near}", fix)
        elif not found.least <= len(node.parts) <= found.most:
            takes = f"{found.least}" if found.least == found.most else f"{found.least} to {found.most}"
            yield ExpressionFault(f"{self._text}: {node.value} takes {takes} arguments, is given {len(node.parts)}")
        elif kargo is not None and kargo < found.since:
            since = f"v{found.since.major}.{found.since.minor}"
            yield ExpressionFault(f"{self._text}: Kargo has {node.value} since {since}; installed is {kargo}")

    def _member(self, node: Node) -> Iterator[ExpressionFault]:
        """A member of what a function of Kargo gives: fields of Go, with a capital."""
        of = node.parts[0]
        if of.sort is not Sort.CALL or self._scope.functions is None or not node.value:
            return
        known = self._scope.functions.get(of.value, UNKNOWN).members
        if known and node.value not in known:
            near = next((one for one in known if one.lower() == node.value.lower()), "")
            hint = f"; did you mean {near!r}?" if near else did_you_mean(node.value, known)
            yield ExpressionFault(f"{self._text}: {of.value}(…) has no {node.value!r}{hint}", _known(list(known)))


def _chain(node: Node) -> tuple[str, list[str], bool] | None:
    """`vars.a['b']` as its root and members, an empty one where it is computed; None of anything else."""
    members: list[str] = []
    optional = False
    while node.sort is Sort.MEMBER:
        members.insert(0, node.value)
        optional = optional or node.optional
        node = node.parts[0]
    return (node.value, members, optional) if node.sort is Sort.NAME else None


def _known(names: list[str]) -> str:
    return f"known are: {', '.join(sorted(names))}" if names else "there are none"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return repr(words if len(words) <= 80 else f"{words[:77]}...")
