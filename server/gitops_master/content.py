"""Finds prompts/ and references/, in an installed wheel and in a checkout alike."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from gitops_master.model.errors import UsageError


@cache
def folder(name: str) -> Traversable:
    """The folder of that name: packed into the package by the wheel, at the top of a checkout."""
    packed = files("gitops_master") / "_content" / name
    checkout = Path(__file__).parents[2] / name
    for place in (checkout, packed):
        if place.is_dir():
            return place
    raise UsageError(f"this installation has no {name!r} folder", "install the wheel again")
