"""What cases of single probes cannot show of level 1: logs that are asked for, and how its work grows."""

import sys
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.deployed import Deployed
from gitops_master.model.argocd import Application, ApplicationSpec, ApplicationStatus, Destination, ManagedResource
from gitops_master.model.kubernetes import Event, ObjectReference
from gitops_master.model.meta import Metadata, Object, OwnerReference
from gitops_master.model.snapshot import LogKey, Snapshot, Wanted
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import (
    ContainerState,
    ContainerStatus,
    Deployment,
    DeploymentSpec,
    LabelSelector,
    Pod,
    PodSpec,
    PodStatus,
    ReplicaSet,
    Waiting,
)
from gitops_master.probes.engine import of_level, run
from gitops_master.probes.registry import MOST_TOLD

NOW = datetime(2026, 11, 23, 8, 10, tzinfo=UTC)
PODS = 4


def _crashing(name: str, workload: str) -> Pod:
    owner = OwnerReference(kind="ReplicaSet", name=f"{workload}-1", uid=f"{workload}-1")
    waiting = ContainerState(waiting=Waiting(reason="CrashLoopBackOff"))
    return Pod(
        metadata=Metadata(name=name, namespace="shop", uid=name, labels={"app": workload}, owner_references=(owner,)),
        spec=PodSpec(node_name="node-1"),
        status=PodStatus(phase="Running", container_statuses=(ContainerStatus(name="web", state=waiting),)),
    )


def _workload(name: str) -> list[Object]:
    """A Deployment all of whose pods crash, each with an event: the most work that a workload can make."""
    owner = OwnerReference(kind="Deployment", name=name, uid=name)
    pods = [_crashing(f"{name}-1-{number}", name) for number in range(PODS)]
    events = [
        Event(
            metadata=Metadata(name=f"{pod.name}.e", namespace="shop"),
            involved_object=ObjectReference(kind="Pod", namespace="shop", name=pod.name),
            reason="BackOff",
            type="Warning",
            message="Back-off restarting failed container",
            last_timestamp=NOW,
        )
        for pod in pods
    ]
    spec = DeploymentSpec(replicas=PODS, selector=LabelSelector(match_labels={"app": name}))
    return [
        Deployment(metadata=Metadata(name=name, namespace="shop", uid=name), spec=spec),
        ReplicaSet(
            metadata=Metadata(name=f"{name}-1", namespace="shop", uid=f"{name}-1", owner_references=(owner,)), spec=spec
        ),
        *pods,
        *events,
    ]


def _deployed(workloads: int, logs: frozenset[LogKey] = frozenset()) -> Deployed:
    names = [f"web{number}" for number in range(workloads)]
    resources = tuple(
        ManagedResource(group="apps", version="v1", kind="Deployment", namespace="shop", name=name) for name in names
    )
    app = Application(
        metadata=Metadata(name="shop", namespace="argocd"),
        spec=ApplicationSpec(destination=Destination(namespace="shop")),
        status=ApplicationStatus(resources=resources),
    )
    objects = [app, *(one for name in names for one in _workload(name))]
    snapshot = Snapshot(objects, source="test", observed_at=NOW, complete=["*"], log_index=logs)
    return Deployed([ApplicationView(app, snapshot)], snapshot)


def _steps(deployed: Deployed) -> int:
    """Lines of Python that level 1 takes: counted, since times differ from machine to machine."""
    steps = 0

    def count(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        run(deployed, of_level(1))
    finally:
        sys.settrace(before)
    return steps


def test_the_work_of_level_1_grows_with_what_is_looked_at_and_not_with_its_square() -> None:
    _steps(_deployed(1))  # patterns are compiled once

    few, many = _steps(_deployed(20)), _steps(_deployed(80))

    assert many < 4.5 * few


def test_one_log_of_each_crashing_workload_is_asked_for() -> None:
    logs = frozenset(LogKey("shop", f"web{number}-1-{pod}", "web") for number in range(2) for pod in range(PODS))
    (probe,) = [one for one in of_level(1) if one.id == "containers-stable"]

    (result,) = run(_deployed(2, logs), [probe])

    assert result.verdict is Verdict.FAIL
    assert result.wanted == (Wanted(LogKey("shop", "web0-1-0", "web")), Wanted(LogKey("shop", "web1-1-0", "web")))


def test_of_many_failures_those_that_an_answer_tells_are_put_into_words_and_their_logs_asked_for() -> None:
    logs = frozenset(LogKey("shop", f"web{number}-1-{pod}", "web") for number in range(9) for pod in range(PODS))
    ready, stable = (one for one in of_level(1) if one.id in {"containers-stable", "pods-ready"})

    crashes, short = run(_deployed(9, logs), [stable])[0], run(_deployed(9), [ready])[0]

    assert len(crashes.seen) == 9 * PODS
    assert [one.log.pod for one in crashes.wanted] == ["web0-1-0", "web1-1-0"]  # five are told: of two workloads
    assert [bool(one.evidence) for one in short.seen] == [True] * MOST_TOLD + [False] * (9 - MOST_TOLD)


def test_level_1_has_its_fifteen_probes_in_the_order_of_the_reference() -> None:
    assert [one.id for one in of_level(1)] == [
        "namespaces-active", "applications-synced", "workloads-complete", "pods-ready", "containers-stable", "jobs-succeeded",
        "crds-established", "api-services-available", "webhooks-answerable", "secrets-present", "config-maps-present",
        "volumes-bound", "nodes-ready", "quota-left", "no-failing-events",
    ]  # fmt: skip
