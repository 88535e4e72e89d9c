"""How the live reader says what it could not read: once for each kind and reason, by the right that would help."""

from datetime import UTC, datetime

import pytest

from gitops_master.adapters.live import decoding
from gitops_master.adapters.live.failures import FORBIDDEN, NO_ANSWER, Failure, gaps_of, problem_of
from gitops_master.adapters.live.memory import Memory
from gitops_master.adapters.live.reads import Read, what_of
from gitops_master.model.snapshot import Gap
from gitops_master.model.versions import Versions
from gitops_master.ports.api import Reply

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DENIED = '403 Forbidden: not permitted to user "ada"'


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        ([Read(kind="v1/Pod", namespace="shop")], "list pods in namespace shop"),
        ([Read(kind="v1/Pod")], "list pods in all namespaces"),
        ([Read(kind="v1/Pod", namespace="b"), Read(kind="v1/Pod"), Read(kind="v1/Pod", namespace="a")], "list pods in all namespaces, or in namespaces a, b"),
        ([Read(kind="v1/Node", name="n1")], "get nodes n1"),
        ([Read(kind="kargo.akuity.io/Project")], "list projects.kargo.akuity.io"),
        ([Read(kind="apps/Deployment", namespace="a", name="x"), Read(kind="apps/Deployment", namespace="a", name="y")], "get deployments.apps x, y in namespace a"),
        ([Read(kind="v1/Pod", namespace="a", cluster="https://far")], "list pods in namespace a of https://far"),
        ([Read(kind="v1/Pod", namespace=f"n{at:02}") for at in range(20)], "list pods in namespaces n00, n01, n02, n03, n04, n05, n06, n07 and 12 more"),
    ],
)  # fmt: skip
def test_rights_are_named_as_they_are_granted(reads: list[Read], told: str) -> None:
    assert what_of(reads) == told


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ('403 Forbidden: pods is forbidden: User "ada" cannot list resource "pods" in API group "" in the namespace "shop"', DENIED),
        ('403 Forbidden: pods is forbidden: User "ada" cannot list resource "pods" in API group "" at the cluster scope', DENIED),
        ('403 Forbidden: pods is forbidden: User "ada" cannot list resource "pods" in API group "" in the namespace "a": requires one of ["container.pods.list"]', f'{DENIED}: requires one of ["container.pods.list"]'),
        ("403 Forbidden: the gateway says no", "403 Forbidden: the gateway says no"),
    ],
)  # fmt: skip
def test_a_refusal_says_who_was_refused(message: str, told: str) -> None:
    assert problem_of(Reply(403, problem=message)) == told


def test_one_gap_for_a_kind_and_a_reason_whatever_the_order() -> None:
    needed, more, other = (
        Read(kind="v1/Pod", namespace="a"),
        Read(kind="v1/Pod", namespace="b", optional=True),
        Read(kind="v1/Event", namespace="b", optional=True),
    )
    failures = [Failure(one, FORBIDDEN, DENIED) for one in (other, more, needed)]
    failures.append(Failure(Read(kind="v1/Pod"), NO_ANSWER, "no answer after 30 s"))

    gaps = gaps_of(failures)

    assert gaps == gaps_of(failures[::-1])
    assert gaps == [
        Gap("v1/Event", f"list events in namespace b: {DENIED}", "Event, more of them", denied=True),
        Gap("v1/Pod", f"list pods in namespaces a, b: {DENIED}", denied=True),
        Gap("v1/Pod", "list pods in all namespaces: no answer after 30 s"),
    ]


def test_an_odd_workload_does_not_hide_the_versions_that_others_tell() -> None:
    body = (
        b'{"items": [{"metadata": {"labels": {"app.kubernetes.io/name": 7}}},'
        b' {"metadata": {"labels": {"app.kubernetes.io/name": "kargo"}}, "spec": {"containers": [{"image": "x/kargo:v1.9.0"}]}}]}'
    )

    assert [one["kind"] for one in decoding.telling_versions(body, "v1/Pod")] == ["Pod", "Pod"]


def test_a_refusal_is_remembered_as_one() -> None:
    memory, read = Memory(), Read(kind="v1/Pod", namespace="a")

    memory.take(read, Reply(403, problem='403 Forbidden: User "ada" cannot list x in the namespace "a"'))

    assert memory.knows(read)
    assert memory.refused == {read}


@pytest.mark.parametrize(
    ("kind", "is_gap"), [("gateway.networking.k8s.io/HTTPRoute", False), ("networking.k8s.io/Ingress", True)]
)
def test_a_cluster_without_the_gateway_api_lacks_nothing(kind: str, is_gap: bool) -> None:
    memory = Memory()

    memory.take(Read(kind=kind), Reply(404, problem="404 Not Found"))
    snapshot = memory.snapshot(source="here", observed_at=NOW, told=Versions())

    assert bool(snapshot.gaps) is is_gap
    assert snapshot.knows_all(kind) is not is_gap
