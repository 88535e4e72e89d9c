"""Credentials within any text: those that answers never show, and forms that are only worth hiding from strangers."""

from functools import lru_cache

from gitops_master.model.printable import masked, without_controls

SHORT = 200
"""Characters of a text that is worth remembering."""


def without_credentials(text: str) -> str:
    """The text with `***` for what opens a door. Control characters stay, as rules match them, unless they hide something."""
    return _short(text) if len(text) < SHORT else _whole(text)


@lru_cache(maxsize=65_536)
def _short(text: str) -> str:
    """Objects of a kind have most of their texts in common: names, phases, reasons, images."""
    return _whole(text)


def _whole(text: str) -> str:
    hidden = masked(text)
    bare = without_controls(hidden)
    if bare is hidden:
        return hidden
    again = masked(bare)
    return hidden if again == bare else again
