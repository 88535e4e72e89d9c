"""What the checks of resource health say, and in which order states count."""

import msgspec

from gitops_master.model.meta import Condition, Object, condition

RANK = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")
"""Best to worst; an Application shows its worst resource."""
INVALID = "Lua returned an invalid health status"
"""What Argo CD says (util/lua/lua.go) where a check of a kind has no word for what the object says."""


class Health(msgspec.Struct, frozen=True):
    """`inferred`: not by Argo CD's own check of the kind, but from a condition that most checks go by."""

    status: str
    message: str = ""
    inferred: bool = False


def is_worse(old: str, new: str) -> bool:
    """Whether `new` is worse than `old`; a state that Argo CD does not know counts as Healthy, as there."""
    ranks = {status: rank for rank, status in enumerate(RANK)}
    return ranks.get(new, 0) > ranks.get(old, 0)


def has_status(live: Object) -> bool:
    """Whether the object came with a status, be it an empty one: absent, it is the default that all objects share."""
    return getattr(live, "status", None) is not getattr(type(live)(), "status", None)


def by_condition(conditions: tuple[Condition, ...], type_: str, waiting: str) -> Health:
    """True is Healthy, False is Degraded, anything else Progressing with the words `waiting`."""
    found = condition(conditions, type_)
    if found is None or found.status not in {"True", "False"}:
        return Health("Progressing", waiting)
    return Health("Healthy" if found.status == "True" else "Degraded", found.message)
