"""Objects of a running cluster, however their replies come in."""

from collections.abc import Iterable

from gitops_master.adapters.live.objects import Objects
from gitops_master.model.meta import Metadata
from gitops_master.model.workloads import Pod


def a_pod(namespace: str, name: str, **labels: str) -> Pod:
    return Pod(metadata=Metadata(namespace=namespace, name=name, labels=labels))


def app(pod: Pod) -> Iterable[str]:
    return [pod.labels["app"]] if "app" in pod.labels else []


def test_they_are_held_by_namespace_and_name_whatever_comes_first() -> None:
    objects = Objects({})
    objects.put([a_pod("b", "1"), a_pod("a", "2")])
    objects.put([a_pod("a", "1")])
    held = objects.held()[Pod.KIND]
    assert list(held.by_name) == [("a", "1"), ("a", "2"), ("b", "1")]
    assert [(one.namespace, one.name) for one in held.every] == list(held.by_name)
    assert {namespace: len(found) for namespace, found in held.by_namespace.items()} == {"a": 2, "b": 1}


def test_what_comes_later_is_in_groups_that_were_made_before() -> None:
    objects = Objects({Pod.KIND: [app]})
    objects.put([a_pod("b", "1", app="web"), a_pod("b", "2")])
    objects.prepare()
    before = objects.held()[Pod.KIND]
    assert [one.name for one in before.grouped(app)["web"]] == ["1"]
    objects.put([a_pod("a", "3", app="web"), a_pod("b", "0", app="web")])
    objects.prepare()
    after = objects.held()[Pod.KIND]
    assert [(one.namespace, one.name) for one in after.grouped(app)["web"]] == [("a", "3"), ("b", "0"), ("b", "1")]
    assert [one.name for one in before.grouped(app)["web"]] == ["1"]  # snapshots of before do not change


def test_what_does_not_change_is_shared() -> None:
    objects = Objects({})
    objects.put([a_pod("a", "1")])
    assert objects.held()[Pod.KIND] is objects.held()[Pod.KIND]
    assert objects.has(Pod.KIND, "a", "1")
    assert not objects.has(Pod.KIND, "b", "1")
