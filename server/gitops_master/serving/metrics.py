"""What is counted, as Prometheus reads it. Labels are names of our own: nothing that a caller wrote."""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable

from gitops_master.serving.refusals import REASONS

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Seconds: most answers take one or two, what follows a promotion ten minutes at most."""
OUTCOMES = ("ok", "asked", "error", "failed", "cancelled", "timeout", "stopped")
"""asked: the user, so that the call comes again. error: told to the model. failed: a bug of ours. stopped: with the server."""
MEDIA_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "gitops_master"


class Metrics:
    """Counters and histograms of one server; `gauges` are read when they are asked for."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._calls: Counter[tuple[str, str, str]] = Counter()
        self._buckets: dict[tuple[str, str], list[int]] = {}
        self._seconds: Counter[tuple[str, str]] = Counter()
        self._refused: Counter[str] = Counter(dict.fromkeys(REASONS, 0))
        self._lock = threading.Lock()
        self.gauges: dict[str, tuple[str, Callable[[], float]]] = {}

    def called(self, method: str, tool: str, outcome: str, seconds: float) -> None:
        """`method`, `tool`: from our own lists; `tool` is empty where it is another method than tools/call."""
        with self._lock:
            self._calls[method, tool, outcome] += 1
            self._seconds[method, tool] += seconds  # type: ignore[assignment]  # a Counter of floats works alike
            counts = self._buckets.setdefault((method, tool), [0] * (len(BOUNDS) + 1))
            counts[bisect_left(BOUNDS, seconds)] += 1

    def refused(self, reason: str) -> None:
        """`reason`: one of REASONS."""
        with self._lock:
            self._refused[reason if reason in REASONS else "malformed"] += 1

    def text(self) -> bytes:
        """All of it, in the text format."""
        with self._lock:
            lines = [*self._call_lines(), *self._duration_lines(), *self._refusal_lines()]
        for name, (told, read) in self.gauges.items():
            lines += [*_head(name, "gauge", told), f"{_PREFIX}_{name} {read():g}"]
        lines += [
            *_head("build_info", "gauge", "The version that runs."),
            f"{_PREFIX}_build_info{_labels(version=self._version)} 1",
        ]
        return ("\n".join(lines) + "\n").encode()

    def _call_lines(self) -> list[str]:
        lines = _head("calls_total", "counter", "Calls that have ended, by outcome.")
        for (method, tool, outcome), number in sorted(self._calls.items()):
            lines.append(f"{_PREFIX}_calls_total{_labels(method=method, tool=tool, outcome=outcome)} {number}")
        return lines

    def _duration_lines(self) -> list[str]:
        lines = _head("call_duration_seconds", "histogram", "How long calls took.")
        for (method, tool), counts in sorted(self._buckets.items()):
            total = 0
            for bound, number in zip((*BOUNDS, None), counts, strict=True):
                total += number
                labels = _labels(method=method, tool=tool, le="+Inf" if bound is None else f"{bound:g}")
                lines.append(f"{_PREFIX}_call_duration_seconds_bucket{labels} {total}")
            labels = _labels(method=method, tool=tool)
            lines.append(f"{_PREFIX}_call_duration_seconds_sum{labels} {self._seconds[method, tool]:.6f}")
            lines.append(f"{_PREFIX}_call_duration_seconds_count{labels} {total}")
        return lines

    def _refusal_lines(self) -> list[str]:
        lines = _head("refused_total", "counter", "Requests that were refused before a tool heard of them, by reason.")
        return lines + [f"{_PREFIX}_refused_total{_labels(reason=one)} {self._refused[one]}" for one in REASONS]


def _head(name: str, kind: str, told: str) -> list[str]:
    return [f"# HELP {_PREFIX}_{name} {told}", f"# TYPE {_PREFIX}_{name} {kind}"]


def _labels(**values: str) -> str:
    inner = ",".join(f'{key}="{_escaped(value)}"' for key, value in values.items())
    return f"{{{inner}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
