"""Tokens of an expression into a tree, by the grammar of expr-lang v1.17.8 (parser/parser.go), which Kargo v1.11.2 is built with."""

from gitops_master.manifests.expr_tokens import WORDS, ExpressionError, Kind, Token, tokens
from gitops_master.manifests.expr_tree import Node, Sort

PREDICATES = {
    **dict.fromkeys(
        ("all", "none", "any", "one", "filter", "map", "find", "findIndex", "findLast", "findLastIndex"), 2
    ),
    **dict.fromkeys(("groupBy", "sortBy", "reduce", "count", "sum"), 2),
}
_NEEDS_ONE = {"count", "sum"}
"""Those whose predicate may be left out."""
_TAKES_THREE = {"sortBy", "reduce"}
_UNARY = {"not": 50, "!": 50, "-": 90, "+": 90}
_BINARY = {
    "|": 0, "or": 10, "||": 10, "and": 15, "&&": 15,
    "==": 20, "!=": 20, "<": 20, ">": 20, ">=": 20, "<=": 20,
    "in": 20, "matches": 20, "contains": 20, "startsWith": 20, "endsWith": 20,
    "..": 25, "+": 30, "-": 30, "*": 60, "/": 60, "%": 60, "**": 100, "^": 100, "??": 500,
}  # fmt: skip
_NEGATED = {"contains", "matches", "startsWith", "endsWith", "in"}
_RIGHT = {"**", "^"}
_COMPARING = {"==", "!=", "in"}
_DEEPEST, _LONGEST = 60, 400
"""Far beyond what people write, and far within what Python can call."""


def parse(text: str) -> Node:
    """Raises ExpressionError where expr-lang would not compile the text for its syntax."""
    return _Parser(tokens(text)).whole()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._next = 0
        self._predicates = 0
        self._depth = 0
        self._grown = 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._next]

    def _is(self, *values: str) -> bool:
        return self._now.kind in (Kind.OPERATOR, Kind.BRACKET) and (not values or self._now.value in values)

    def _take(self) -> Token:
        token = self._now
        if token.kind is not Kind.END:
            self._next += 1
        return token

    def _unexpected(self) -> ExpressionError:
        return ExpressionError(f"{self._now.words} is not expected here", self._now.at)

    def _expect(self, value: str) -> None:
        if not self._is(value):
            words = f"{value!r} is missing before {self._now.words}"
            raise ExpressionError(words, self._now.at)
        self._take()

    def _name(self) -> Token:
        if self._now.kind is not Kind.NAME:
            raise self._unexpected()
        return self._take()

    def whole(self) -> Node:
        node = self._sequence()
        if self._now.kind is not Kind.END:
            raise self._unexpected()
        return node

    def _sequence(self) -> Node:
        found = [self._expression()]
        while self._is(";"):
            self._take()
            if self._now.kind is Kind.END:
                break
            found.append(self._expression())
        return found[0] if len(found) == 1 else Node(Sort.OTHER, "", tuple(found))

    def _expression(self, least: int = 0) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError("is nested too deep", self._now.at)
        try:
            return self._of(least)
        finally:
            self._depth -= 1

    def _of(self, least: int) -> Node:
        if least == 0 and self._is("let"):
            return self._let()
        if least == 0 and self._is("if"):
            return self._if()
        left = self._primary()
        before = ""
        while self._is():
            self._grow()
            operator, taken = self._operator()
            binding = _BINARY.get(operator)
            if binding is None or binding < least:
                break
            for _ in range(taken):
                token = self._take()
            if operator == "|":
                left = self._call(self._name(), (left,))
            elif before == "??" and operator != "??":
                raise ExpressionError(f"{operator} and ?? cannot be mixed without parentheses", token.at)
            else:
                right = self._expression(binding if operator in _RIGHT else binding + 1)
                left = Node(_sort(operator), operator, (left, right), token.at)
            before = operator
        return self._conditional(left) if least == 0 else left

    def _grow(self) -> None:
        """Reckons how deep the tree can be: who walks it calls itself."""
        self._grown += 1
        if self._grown > _LONGEST:
            raise ExpressionError("is too long to be judged", self._now.at)

    def _operator(self) -> tuple[str, int]:
        """The next operator, and of how many tokens it is: `not in` is of two."""
        if self._now.value != "not":
            return self._now.value, 1
        after = self._tokens[self._next + 1]
        if after.value not in _NEGATED:
            raise ExpressionError(f"'not' before {after.words} is not expected here", self._now.at)
        return after.value, 2

    def _let(self) -> Node:
        self._take()
        name = self._name()
        self._expect("=")
        value = self._expression()
        self._expect(";")
        return Node(Sort.LET, name.value, (value, self._sequence()), name.at)

    def _if(self) -> Node:
        self._take()
        parts = [self._expression()]
        self._expect("{")
        parts.append(self._sequence())
        self._expect("}")
        self._expect("else")
        if self._is("if"):
            parts.append(self._if())
        else:
            self._expect("{")
            parts.append(self._sequence())
            self._expect("}")
        return Node(Sort.OTHER, "if", tuple(parts))

    def _conditional(self, node: Node) -> Node:
        while self._is("?"):
            self._take()
            then = node
            if not self._is(":"):
                then = self._expression()
                self._expect(":")
            else:
                self._take()
            node = Node(Sort.OTHER, "?", (node, then, self._expression()), node.at)
        return node

    def _primary(self) -> Node:
        token = self._now
        if token.kind is Kind.OPERATOR and token.value in _UNARY:
            self._take()
            node = Node(Sort.OTHER, token.value, (self._expression(_UNARY[token.value]),), token.at)
            return self._postfix(node)
        if self._is("("):
            self._take()
            node = self._sequence()
            self._expect(")")
            return self._postfix(node)
        if self._predicates and self._is("#", "."):
            if token.value == "#":
                self._take()
                if self._now.kind is Kind.NAME and self._now.at == token.at + 1:
                    self._take()
            return self._postfix(Node(Sort.OTHER, "#", (), token.at))
        if self._is("::"):
            self._take()
            return self._postfix(self._call(self._name()))
        return self._secondary()

    def _secondary(self) -> Node:
        token = self._now
        if token.kind is Kind.NAME:
            self._take()
            if token.value in ("true", "false", "nil"):
                return Node(Sort.OTHER, token.value, (), token.at)
            called = self._is("(")
            return self._postfix(self._call(token) if called else Node(Sort.NAME, token.value, (), token.at))
        if token.kind is Kind.NUMBER:
            self._take()
            return Node(Sort.OTHER, token.value, (), token.at)
        if token.kind is Kind.TEXT:
            self._take()
            return self._postfix(Node(Sort.TEXT, token.value, (), token.at))
        if self._is("["):
            self._take()
            return self._postfix(Node(Sort.OTHER, "[", self._listed("]"), token.at))
        if self._is("{"):
            self._take()
            return self._postfix(Node(Sort.OTHER, "{", self._pairs(), token.at))
        if token.kind is Kind.END:
            raise ExpressionError("ends where a value is expected", token.at)
        raise self._unexpected()

    def _listed(self, closing: str) -> tuple[Node, ...]:
        """Up to the bracket, with commas between; one before the bracket is allowed."""
        found: list[Node] = []
        while not self._is(closing):
            if self._now.kind is Kind.END:
                break
            if found:
                self._expect(",")
                if self._is(closing):
                    break
            found.append(self._expression())
        self._expect(closing)
        return tuple(found)

    def _pairs(self) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._is("}"):
            if self._now.kind is Kind.END:
                break
            if found:
                self._expect(",")
                if self._is("}"):
                    break
            if self._now.kind in (Kind.NUMBER, Kind.TEXT, Kind.NAME):
                self._take()
            elif self._is("("):
                found.append(self._expression())
            else:
                raise ExpressionError(f"a key is expected, not {self._now.words}", self._now.at)
            self._expect(":")
            found.append(self._expression())
        self._expect("}")
        return tuple(found)

    def _call(self, name: Token, first: tuple[Node, ...] = ()) -> Node:
        """`first`: what a pipe hands over."""
        self._expect("(")
        if name.value not in PREDICATES:
            return Node(Sort.CALL, name.value, (*first, *self._listed(")")), name.at)
        found = list(first)
        most = 3 if name.value in _TAKES_THREE else 2
        while not self._is(")") and len(found) < most:
            if len(found) > len(first):
                self._expect(",")
            found.append(self._predicate() if len(found) == 1 else self._expression())
        if self._is(","):
            self._take()
        least = 1 if name.value in _NEEDS_ONE else 2
        if len(found) < least:
            raise ExpressionError(f"{name.value} takes at least {least} arguments", name.at)
        self._expect(")")
        return Node(Sort.CALL, name.value, tuple(found), name.at)

    def _predicate(self) -> Node:
        self._predicates += 1
        braces = self._is("{")
        if braces:
            self._take()
        node = self._sequence() if braces else self._expression()
        if braces:
            self._expect("}")
        self._predicates -= 1
        return node

    def _postfix(self, node: Node) -> Node:
        while self._is(".", "?.", "["):
            self._grow()
            token = self._take()
            optional = token.value == "?."
            if token.value == "[" or (optional and self._is("[")):
                if optional:
                    self._take()
                node = self._indexed(node, token.at, optional)
                continue
            name = self._take()
            if name.kind is not Kind.NAME and name.value not in WORDS:
                raise ExpressionError(f"a name is expected after {token.value!r}, not {name.words}", name.at)
            node = Node(Sort.MEMBER, name.value, (node,), name.at, optional)
            if self._is("("):
                self._take()
                node = Node(Sort.METHOD, name.value, (node, *self._listed(")")), name.at)
        return node

    def _indexed(self, node: Node, at: int, optional: bool) -> Node:
        """A member by what stands in brackets, or a slice."""
        parts: list[Node] = []
        is_slice = self._is(":")
        if not is_slice:
            parts.append(self._expression())
            is_slice = self._is(":")
        if is_slice:
            self._take()
            if not self._is("]"):
                parts.append(self._expression())
        self._expect("]")
        if is_slice:
            return Node(Sort.OTHER, "[:]", (node, *parts), at)
        text = parts[0].value if parts[0].sort is Sort.TEXT else ""
        return Node(Sort.MEMBER, text, (node, *parts), at, optional)


def _sort(operator: str) -> Sort:
    if operator == "??":
        return Sort.COALESCE
    return Sort.COMPARISON if operator in _COMPARING else Sort.OTHER
