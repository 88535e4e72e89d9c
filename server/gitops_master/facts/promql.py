"""What Prometheus' HTTP API answers to a query, and queries that no name can break out of."""

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

_COMPARISON = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_MOST_LABELS = 6


class Sample(msgspec.Struct, frozen=True):
    """One value of a result, the newest of its series. A scalar has no labels."""

    labels: dict[str, str]
    value: float

    @property
    def title(self) -> str:
        """As Prometheus writes a series, without its less telling end."""
        pairs = [f'{key}="{value}"' for key, value in self.labels.items() if key != "__name__"]
        return f"{self.labels.get('__name__', '')}{{{', '.join(pairs[:_MOST_LABELS])}}}"


def literal(text: str) -> str:
    """The text as a string of PromQL or LogQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def any_of(metric: str, label: str, values: Iterable[str]) -> str:
    """Series of a metric whose label is one of the values. RE2 takes a backslash before any punctuation, as Python does."""
    return f"{metric}{{{label}=~{literal('|'.join(map(re.escape, values)))}}}"


def samples(answer: Any) -> list[Sample]:
    """Of an answer of /api/v1/query. Raises ValueError on what is none, and on what says of itself that it failed."""
    match answer:
        case {"status": "success", "data": {"resultType": "scalar", "result": [_, value]}}:
            return [Sample({}, _number(value))]
        case {"status": "success", "data": {"resultType": "vector" | "matrix", "result": list(series)}}:
            return [_sample(one) for one in series]
        case {"status": "error", "error": str(error)}:
            raise ValueError(f"it answers {error!r}")
    raise ValueError("what it answers is no result of a query")


def _sample(one: Any) -> Sample:
    match one:
        case {"metric": dict(labels), "value": [_, value]} | {"metric": dict(labels), "values": [*_, [_, value]]}:
            return Sample({str(key): str(text) for key, text in labels.items()}, _number(value))
        case {"metric": dict(), "histogram": _} | {"metric": dict(), "histograms": _}:
            raise ValueError("it answers native histograms, which have no single value: ask for a number")
    raise ValueError("what it answers is no result of a query")


def _number(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        raise ValueError("what it answers is no result of a query") from None


def comparison(expect: str) -> Callable[[float], bool]:
    """The test that `> 0` or `== 1` names; not a number holds none but !=. Raises ValueError on anything else."""
    found = _COMPARISON.fullmatch(expect)
    if found is None:
        raise ValueError(f"{expect!r} is no comparison: one of > >= < <= == != and a number")
    compare, limit = _OPERATORS[found[1]], float(found[2])
    return lambda value: compare(value, limit)
