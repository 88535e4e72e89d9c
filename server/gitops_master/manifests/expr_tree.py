"""The tree of an expression: only what names, functions and members can be judged by."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Sort(StrEnum):
    """What a node of the tree is."""

    NAME = "name"
    TEXT = "text"
    MEMBER = "member"
    """`value`: the member's name, empty where it is computed; the first part is what it is a member of."""
    CALL = "call"
    """`value`: the function's name, empty where what is called is no name; the parts are the arguments."""
    METHOD = "method"
    """A call of a member: the first part is the member."""
    LET = "let"
    """`value`: the variable's name; the parts are its value and what it is known in."""
    COALESCE = "coalesce"
    COMPARISON = "comparison"
    OTHER = "other"


class Node(NamedTuple):
    """`optional`: a member by `?.`."""

    sort: Sort
    value: str = ""
    parts: tuple["Node", ...] = ()
    at: int = 0
    optional: bool = False

    def walk(self) -> Iterator["Node"]:
        """It and all below it."""
        yield self
        for part in self.parts:
            yield from part.walk()
