"""Containers that were killed for memory: when, how often, at which limit."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import memory_limit
from gitops_master.model.finding import Evidence
from gitops_master.model.workloads import Container, ContainerStatus, Pod, Terminated

NEAR = timedelta(hours=1)
"""A kill further away than this from what it is to explain is a different story, unless the container keeps dying."""
_OFTEN = 3


class OomKill(msgspec.Struct, frozen=True):
    """The last kill of one container that can still be seen."""

    pod: Pod
    status: ContainerStatus
    path: str
    ended: Terminated
    limit: str

    @property
    def at(self) -> datetime | None:
        return self.ended.finished_at

    @property
    def container(self) -> Container | None:
        return next((one for one in self.pod.spec.containers if one.name == self.status.name), None)

    def explains(self, start: datetime | None, end: datetime) -> bool:
        """Whether the kill belongs to trouble that was seen from `start` to `end`; a container that dies again and
        again does so for later kills, too."""
        if self.at is None or start is None:
            return self.at is not None and end - self.at <= NEAR
        repeated = self.status.restart_count >= _OFTEN and self.at >= start - NEAR
        return start - NEAR <= self.at <= end + NEAR or repeated

    def evidence(self) -> list[Evidence]:
        name = self.status.name
        found = [fact(self.pod, self.path, f"{self.ended.reason}, exit code {self.ended.exit_code}", self.at)]
        limit = self.limit or "none set"
        found.append(fact(self.pod, f"spec.containers[{name}].resources.limits.memory", limit))
        return found


def oom_kills(pods: Iterable[Pod]) -> list[OomKill]:
    """OOM kills that the pods' statuses still tell of, the newest first."""
    found = []
    for pod in pods:
        for index, status in enumerate(pod.status.container_statuses):
            for field, state in (("state", status.state), ("lastState", status.last_state)):
                ended = state.terminated
                if ended is not None and ended.reason == "OOMKilled":
                    path = f"status.containerStatuses[{index}].{field}.terminated"
                    found.append(OomKill(pod, status, path, ended, memory_limit(pod, status.name)))
                    break
    return sorted(found, key=lambda one: one.at.timestamp() if one.at else 0.0, reverse=True)


def doubled(quantity: str) -> str:
    """Twice a memory quantity as Kubernetes writes it (`512Mi` -> `1024Mi`); empty where it is not one."""
    match = re.fullmatch(r"(\d+)([KMGT]i?|)", quantity)
    return f"{int(match[1]) * 2}{match[2]}" if match else ""
