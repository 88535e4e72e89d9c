"""Steps as Kargo would put them together, with their places."""

from typing import Any

from gitops_master.manifests.template import PlacedStep, inflated, steps_of
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Manifest

KARGO = "kargo.akuity.io/v1alpha1"


def stage(steps: list[Any], namespace: str = "demo", **spec: Any) -> Manifest:
    template = {"spec": {"steps": steps, "vars": [{"name": "repo", "value": "template"}]}}
    metadata = {"name": "test", **({"namespace": namespace} if namespace else {})}
    spec = {"vars": [{"name": "repo", "value": "stage"}, {"name": "own", "value": "1"}], **spec}
    return Manifest(
        {"apiVersion": KARGO, "kind": "Stage", "metadata": metadata, "spec": {**spec, "promotionTemplate": template}}
    )


def task(kind: str = "PromotionTask") -> Manifest:
    metadata = {"name": "push", **({"namespace": "demo"} if kind == "PromotionTask" else {})}
    spec = {
        "vars": [{"name": "repo", "value": "default"}, {"name": "branch", "value": "main"}, {"name": "needed"}],
        "steps": [{"uses": "git-clone"}, {"uses": "git-push", "as": "out", "vars": [{"name": "inner", "value": "x"}]}],
    }
    return Manifest({"apiVersion": KARGO, "kind": kind, "metadata": metadata, "spec": spec})


def test_a_step_knows_the_variables_of_stage_template_and_its_own() -> None:
    held = stage([{"uses": "http", "vars": [{"name": "url", "value": "u"}]}])

    found = list(steps_of(held))

    path = ("spec", "promotionTemplate", "spec", "steps", 0)
    known = {"repo": "template", "own": "1", "url": "u"}
    assert found == [PlacedStep(path, held.spec["promotionTemplate"]["spec"]["steps"][0], held, known, "step-1")]
    assert (found[0].uses, found[0].place("config", "path")) == ("http", (*path, "config", "path"))


def test_a_task_is_put_in_with_its_defaults_unless_the_stage_has_a_value() -> None:
    shared = task()
    held = stage(
        [{"task": {"name": "push"}, "as": "all", "vars": [{"name": "needed", "value": "n"}]}, {"uses": "http"}]
    )

    clone, push, http = inflated(held, World([held, shared]))

    known = {"repo": "template", "own": "1", "branch": "main", "needed": "n"}
    assert (clone.alias, clone.uses, clone.path, clone.task, clone.vars) == (
        "all::step-1", "git-clone", ("spec", "steps", 0), "push", known,
    )  # fmt: skip
    assert clone.manifest is shared
    assert (push.alias, push.vars) == ("all::out", {**known, "inner": "x"})
    assert (http.alias, http.task) == ("step-2", "")


def test_a_task_of_the_cluster_and_one_that_nobody_knows() -> None:
    wide = task("ClusterPromotionTask")
    held = stage([{"task": {"name": "push", "kind": "ClusterPromotionTask"}}, {"task": {"name": "gone"}}])

    found = inflated(held, World([held, wide]))

    assert [(one.alias, one.uses, one.task) for one in found] == [
        ("step-1::step-1", "git-clone", "push"),
        ("step-1::out", "git-push", "push"),
        ("step-2", "", "gone"),
    ]


def test_a_stage_without_a_namespace_finds_the_only_task_of_the_name() -> None:
    held = stage([{"task": {"name": "push"}}], namespace="")

    assert [one.uses for one in inflated(held, World([held, task()]))] == ["git-clone", "git-push"]


def test_what_has_another_shape_is_passed_over() -> None:
    assert [one.uses for one in steps_of(stage(["text", None, {"uses": 3}, {"uses": "http", "vars": "none"}]))] == [
        "",
        "http",
    ]
    assert not list(steps_of(Manifest({"kind": "Stage", "apiVersion": KARGO, "spec": {"promotionTemplate": []}})))
    assert not list(steps_of(Manifest({"kind": "ConfigMap", "apiVersion": "v1"})))
