"""What gates come to together."""

from collections.abc import Iterable

from gitops_master.model.operating import Gate, GateVerdict, GoAhead

_HELD = {
    GateVerdict.CLOSED: GoAhead.BLOCKED,
    GateVerdict.UNREADABLE: GoAhead.BLOCKED,
    GateVerdict.WAITING: GoAhead.WAITING,
}
_WORST = (GoAhead.BLOCKED, GoAhead.WAITING, GoAhead.GO)


def go_ahead(gates: Iterable[Gate]) -> GoAhead:
    """The worst of them: what nobody could look at holds back like a closed one."""
    return worst((GoAhead.GO, *(_HELD.get(one.verdict, GoAhead.GO) for one in gates)))


def worst(verdicts: Iterable[GoAhead]) -> GoAhead:
    """Of several; blocked where there is nothing to be done."""
    found = set(verdicts)
    return next((one for one in _WORST if one in found), GoAhead.BLOCKED)
