"""Lines of the Kargo controllers' logs that say a certain thing, and which logs would have to be read for them."""

import json
import re
from collections.abc import Iterator

from gitops_master.facts.controllers import kargo_controllers, log_keys
from gitops_master.facts.log_times import written_at
from gitops_master.facts.texts import Text
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Log, LogKey, Snapshot, Wanted
from gitops_master.model.workloads import Pod

_LOGFMT = re.compile(r'\b(msg|error)=(?:"((?:[^"\\]|\\.)*)"|(\S+))')
"""Kargo before 1.4: `time="…" level=error msg="…" error="…"`."""


def said(line: str, *, error_only: bool = False) -> str:
    """What a line says: its message and the error behind it, without time, level and fields; as it is where it is unknown.

    `error_only`: the message tells what was being done, and only where there is no error is it the answer.
    """
    told = _told(line)
    message, error = told.get("msg", ""), told.get("error", "")
    if error_only and error:
        return error
    return ": ".join(part for part in (message, error) if part) or line


def _told(line: str) -> dict[str, str]:
    """Message and error of a line: JSON, tab-separated with JSON behind (since 1.4), or logfmt."""
    *columns, last = line.strip().split("\t")
    if not last.startswith("{"):
        found = {key: quoted.replace('\\"', '"') or bare for key, quoted, bare in _LOGFMT.findall(line)}
        return found or ({"msg": last} if columns else {})
    try:
        fields = json.loads(last)
    except ValueError:
        return {}
    message = columns[-1] if columns else fields.get("msg", "")
    return {"msg": str(message), "error": str(fields.get("error", ""))}


def controller_logs(snapshot: Snapshot) -> list[LogKey]:
    """Logs of the Kargo controllers: of pods that are known as such, else by the pod's name."""
    known = [key for pod in kargo_controllers(snapshot) for key in log_keys(pod)]
    named = [key for key in sorted(snapshot.log_index) if key.pod.startswith("kargo-controller")]
    return list(dict.fromkeys([*known, *named]))


def wanted_logs(snapshot: Snapshot) -> Iterator[Wanted]:
    """The controllers' logs that exist and have not been read."""
    for key in controller_logs(snapshot):
        if snapshot.may_read(key):
            yield Wanted(key)


def controller_lines(snapshot: Snapshot, *words: str) -> list[Text]:
    """Lines that hold all the words, oldest first. Empty also where no log was read: absence proves nothing."""
    found: list[Text] = []
    for key in controller_logs(snapshot):
        log = snapshot.log(key)
        if log is not None:
            found += _matching(log, key, words)
    return found


def _matching(log: Log, key: LogKey, words: tuple[str, ...]) -> list[Text]:
    about = Ref(Pod.KIND, key.namespace, key.pod)
    place = f"log of container {key.container}"
    return [
        Text(about, place, line.strip(), written_at(line))
        for line in log.lines
        if all(word.lower() in line.lower() for word in words)
    ]
