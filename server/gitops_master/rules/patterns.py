"""How rules match what products print: by the patterns of facts/patterns.py, which verifications use, too."""

from gitops_master.facts.patterns import (
    END,
    Found,
    Pattern,
    Patterns,
    each,
    find,
    find_all,
    first,
    peel,
    plain,
    search,
)

__all__ = ["END", "Found", "Pattern", "Patterns", "each", "find", "find_all", "first", "peel", "plain", "search"]
