"""What health answers list: a service's databases, queues and caches, each with its state, in the forms that frameworks use.

Spring Boot Actuator, MicroProfile Health (Quarkus and others), ASP.NET Core with its UI writer, NestJS Terminus, Grafana, and
the draft application/health+json.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

_UP = frozenset({"up", "ok", "pass", "passing", "healthy", "ready", "true", "green"})
_DOWN = frozenset(
    {"down", "fail", "failed", "failing", "unhealthy", "out_of_service", "error", "critical", "false", "red"}
)
_HALF = frozenset({"warn", "warning", "degraded", "yellow"})
_LISTS = ("components", "checks", "entries", "results", "details")
"""Keys of an answer below which its components stand."""
_SINGLE = ("database",)
"""Keys that are components themselves (Grafana /api/health)."""
_REASONS = ("error", "message", "output", "description", "exception")
_DEEPEST = 4
_MOST = 200


class Component(msgspec.Struct, frozen=True):
    """`state`: up, down or half; `said`: in the answer's own word; `reason`: what it says of why, empty where it does not."""

    name: str
    state: str
    said: str
    reason: str = ""


def components(answer: Any) -> list[Component]:
    """Each once, in their order; those whose state is none of the known words are left out."""
    found: dict[str, Component] = {}
    for one in _below(answer, "", 0):
        found.setdefault(one.name, one)
    return list(found.values())[:_MOST]


def _below(answer: Any, prefix: str, depth: int) -> Iterator[Component]:
    if not isinstance(answer, dict) or depth > _DEEPEST:
        return
    for key in _SINGLE if not depth else ():
        yield from _component(key, answer.get(key), prefix, depth)
    for key in _LISTS:
        listed = answer.get(key)
        pairs = listed.items() if isinstance(listed, dict) else _named(listed)
        for name, value in pairs:
            yield from _component(str(name), value, prefix, depth)


def _named(listed: Any) -> Iterator[tuple[str, Any]]:
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(name := one.get("name") or one.get("key"), str):
            yield name, one


def _component(name: str, value: Any, prefix: str, depth: int) -> Iterator[Component]:
    """Of a group its members; of a list (health+json) each measurement that has a state."""
    if isinstance(value, list):
        for one in value:
            yield from _component(name, one, prefix, depth)
        return
    full = f"{prefix}{name}"
    inner = list(_below(value, f"{full}/", depth + 1))
    if inner:
        yield from inner
        return
    # Below "details" stand measurements as well (Spring Boot): of plain values only one that is a word of state counts at the top.
    status = value.get("status") if isinstance(value, dict) else value if not depth else None
    state = _state(status)
    if state:
        yield Component(full, state, str(status), _reason(value))


def _state(status: Any) -> str:
    word = str(status).strip().lower() if isinstance(status, str | bool) else ""
    return "up" if word in _UP else "down" if word in _DOWN else "half" if word in _HALF else ""


def _reason(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    places = [value, *(inner for key in ("details", "data") if isinstance(inner := value.get(key), dict))]
    return next((said for place in places for key in _REASONS if isinstance(said := place.get(key), str) and said), "")
