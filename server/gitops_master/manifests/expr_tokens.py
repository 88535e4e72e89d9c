"""Expressions of Kargo into tokens, as expr-lang v1.17.8 does it (parser/lexer), which Kargo v1.11.2 is built with."""

import re
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a token is."""

    NAME = "name"
    NUMBER = "number"
    TEXT = "text"
    OPERATOR = "operator"
    BRACKET = "bracket"
    END = "end"


class Token(NamedTuple):
    """`value`: as written; of a text what stands between its quotes. `at`: from 0."""

    kind: Kind
    value: str
    at: int

    @property
    def words(self) -> str:
        return "the end" if self.kind is Kind.END else repr(self.value)


class ExpressionError(Exception):
    """No expression. `at`: from 0, where it went wrong."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


WORDS = frozenset({"in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else", "not"})
"""Operators that look like names."""
_SKIPPED = re.compile(r"\s+|//[^\n]*\n?|/\*.*?\*/", re.DOTALL)
_QUOTED = re.compile(r"""[bB]?(?P<quote>["'])(?P<text>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)""", re.DOTALL)
_RAW = re.compile(r"`(?:``|[^`])*`")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|(\d[\d_]*)?(\.(?!\.)[\d_]*)?([eE][+-]?[\d_]*)?")
_NAME = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_OPERATOR = re.compile(r"\?\.|\?\?|\.\.|\|\||::|##|[&!=*<>][&=*]?|[,;%+\-^?/#|:.]")
_ESCAPE = re.compile(
    r"\\(?:[abfnrtv\\'\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|U[0-9a-fA-F]{8})"
)


def tokens(text: str) -> list[Token]:
    """All of them, the last one the end. Raises ExpressionError."""
    found: list[Token] = []
    at = 0
    while True:
        while skipped := _SKIPPED.match(text, at):
            at = skipped.end()
        if at >= len(text):
            return [*found, Token(Kind.END, "", at)]
        token, at = _token(text, at)
        found.append(token)


def _token(text: str, at: int) -> tuple[Token, int]:
    first = text[at]
    if first in "\"'`" or (first in "bB" and text[at + 1 : at + 2] in ("'", '"')):
        return _text(text, at)
    if first.isdigit() or (first == "." and text[at + 1 : at + 2].isdigit()):
        return _number(text, at)
    if first in "()[]{}":
        return Token(Kind.BRACKET, first, at), at + 1
    if name := _NAME.match(text, at):
        kind = Kind.OPERATOR if name[0] in WORDS else Kind.NAME
        return Token(kind, name[0], at), name.end()
    if text.startswith("/*", at):
        raise ExpressionError("a comment is not closed", at)
    operator = _OPERATOR.match(text, at)
    if operator is None:
        raise ExpressionError(f"{first!r} is no part of an expression", at)
    return Token(Kind.OPERATOR, operator[0], at), operator.end()


def _text(text: str, at: int) -> tuple[Token, int]:
    quoted = _RAW.match(text, at) if text[at] == "`" else _QUOTED.match(text, at)
    if quoted is None:
        raise ExpressionError("a quote is not closed", at)
    if text[at] == "`":
        return Token(Kind.TEXT, quoted[0][1:-1], at), quoted.end()
    inner = quoted["text"]
    for one in re.finditer(r"\\.", _ESCAPE.sub("", inner), re.DOTALL):
        raise ExpressionError(f"{one[0]} is no escape; write \\\\ for a backslash", at)
    return Token(Kind.TEXT, inner, at), quoted.end()


def _number(text: str, at: int) -> tuple[Token, int]:
    match = _NUMBER.match(text, at)
    end = match.end() if match else at
    digits = text[at:end].replace("_", "").lower()
    is_number = re.fullmatch(r"0x[0-9a-f]+|0o[0-7]+|0b[01]+|\d+|\d*\.\d*(e[+-]?\d+)?|\d+e[+-]?\d+", digits) is not None
    if not is_number or re.match(r"[\w$]", text[end : end + 1]):
        raise ExpressionError(f"{text[at : end + 1]!r} is no number", at)
    return Token(Kind.NUMBER, text[at:end], at), end
