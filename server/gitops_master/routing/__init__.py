"""What somebody wants, from what they wrote: modes, targets, or the one question that is open. Pure functions over text.

No I/O, no clock, no cluster, no model: names come in as `Known`. The way of a text is pasted, tokens, names, clauses, wishes,
router; words of all languages stand in lexicon and loanwords and nowhere else.
"""

from gitops_master.routing.router import route

__all__ = ["route"]
