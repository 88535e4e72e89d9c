"""A failure in words: a rule's finding and a probe's verdict say the same of the same thing."""

from collections.abc import Iterator

import msgspec

from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.snapshot import LogKey, Snapshot, Wanted
from gitops_master.model.workloads import Pod


class Told(msgspec.Struct, frozen=True):
    """`summary`: one sentence that names object, container and reason."""

    summary: str
    evidence: list[Evidence]
    remedies: list[Remedy]


def of_app(resource: str, app: str) -> str:
    """`Deployment/web (shop-prod)`; an object of no Application stands alone."""
    return f"{resource} ({app})" if app else resource


def wanted_log(pod: Pod, container: str, snapshot: Snapshot) -> Iterator[Wanted]:
    """Asks for a container's log where there is one that has not been read."""
    key = LogKey(pod.namespace, pod.name, container)
    if snapshot.log(key) is None and snapshot.may_read(key):
        yield Wanted(key)


def last_words(pod: Pod, container: str, snapshot: Snapshot, lines: int) -> list[str]:
    """The last lines of its log that say anything; none where it was not read."""
    log = snapshot.log(LogKey(pod.namespace, pod.name, container))
    return [line.strip() for line in log.lines if line.strip()][-lines:] if log else []
