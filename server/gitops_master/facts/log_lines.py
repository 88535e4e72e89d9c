"""Lines of the Kargo controllers' logs that say a certain thing, and which logs would have to be read for them."""

from collections.abc import Iterator

from gitops_master.facts.controllers import kargo_controllers, log_keys
from gitops_master.facts.texts import Text
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Log, LogKey, Snapshot, Wanted
from gitops_master.model.workloads import Pod


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
        Text(about, place, line.strip()) for line in log.lines if all(word.lower() in line.lower() for word in words)
    ]
