"""Lines of given pods' logs: when they were written and what they mention.

Kargo logs text (`time="…"` before 1.4, tab-separated since) or JSON.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from gitops_master.facts.controllers import log_keys
from gitops_master.facts.texts import Text
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Log, LogKey, Snapshot, Wanted
from gitops_master.model.workloads import Pod

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))")


def written_at(line: str) -> datetime | None:
    """The line's own time: the first RFC 3339 time within its first characters."""
    match = _TIME.search(line[:80])
    try:
        return datetime.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def last_written(log: Log) -> datetime | None:
    return next((time for line in reversed(log.lines) if (time := written_at(line)) is not None), None)


def as_text(log: Log, line: str) -> Text:
    return Text(Ref(Pod.KIND, log.key.namespace, log.key.pod), f"log of {log.key.container}", line, written_at(line))


def matching(log: Log, *patterns: str) -> list[Text]:
    """Lines that match every pattern (case ignored, escaped quotes undone), oldest first."""
    tests = [re.compile(one, re.IGNORECASE) for one in patterns]
    return [as_text(log, line) for line in log.lines if all(test.search(line.replace('\\"', '"')) for test in tests)]


def logs_of(pods: Iterable[Pod], snapshot: Snapshot) -> Iterator[Log | Wanted]:
    """Each log of the pods that was read; `Wanted` for those that could be."""
    for pod in pods:
        for key in log_keys(pod):
            yield from _log(key, snapshot)


def _log(key: LogKey, snapshot: Snapshot) -> Iterator[Log | Wanted]:
    log = snapshot.log(key)
    if log is not None:
        yield log
    elif snapshot.may_read(key):
        yield Wanted(key)
