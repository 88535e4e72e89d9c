"""The judge by the products' definitions: what it passes, and that each fault is told alone."""

from typing import Any

import pytest

from tests.judges import objects, upstream
from tests.live import documents

CLONE: dict[str, Any] = {"repoURL": "https://git.example.com/shop", "checkout": [{"branch": "main", "path": "./src"}]}
APP: dict[str, Any] = {"name": "shop", "sources": [{"repoURL": "https://git.example.com/shop"}]}


@pytest.fixture(autouse=True)
def definitions() -> None:
    upstream.needed()


@pytest.mark.parametrize("name", objects.GOOD)
def test_what_is_right_passes(name: str) -> None:
    assert upstream.refusals(objects.GOOD[name]) == []


@pytest.mark.parametrize("name", objects.FAULTY)
def test_what_is_wrong_is_named(name: str) -> None:
    fault = objects.FAULTY[name]

    found = upstream.object_refusals(objects.faulty(fault))

    assert found
    assert all(fault.said in one for one in found), found


def test_what_real_controllers_left_passes() -> None:
    found = {}
    for folder in documents.folders():
        if folder.parent.name != "real":
            continue
        for one in documents.objects_in(folder):
            if upstream.is_judged(one) and (said := upstream.object_refusals(one)):
                found[folder.name, one["kind"], one["metadata"]["name"]] = said

    assert found == {}


def test_a_kind_without_a_definition_is_not_passed() -> None:
    with pytest.raises(LookupError, match="no CRD for v1 Pod"):
        upstream.refusals({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}})


@pytest.mark.parametrize(
    ("uses", "config"),
    [
        ("git-clone", CLONE),
        ("git-clone", {**CLONE, "checkout": [{"commit": "${{ commitFrom(vars.repo).ID }}", "path": "./${{ vars.path }}"}]}),
        ("argocd-update", {"apps": [{**APP, "sources": [{"repoURL": "${{ vars.repo }}", "desiredRevision": "${{ x }}",
                                                         "updateTargetRevision": "${{ vars.pin }}"}]}]}),
        ("http", {"url": "${{ vars.url }}/ok", "method": "${{ vars.method }}", "timeout": "${{ vars.timeout }}"}),
        ("git-push", {"path": "./out", "targetBranch": "stage/${{ ctx.stage }}"}),
        ("oci-push", {"srcRef": "${{ vars.from }}", "destRef": "${{ vars.repo }}:${{ vars.tag }}"}),
        ("yaml-update", {"path": "values.yaml", "updates": [{"key": "image.tag", "value": "${{ imageFrom('a').Tag }}"}]}),
    ],
)  # fmt: skip
def test_a_step_of_which_kargo_would_take_the_config_passes(uses: str, config: dict[str, Any]) -> None:
    assert upstream.step_refusals(uses, config) == []


@pytest.mark.parametrize(
    ("uses", "config", "said"),
    [
        ("git-klone", {}, "no step kind 'git-klone'"),
        ("git-clone", {}, "'repoURL' is a required property"),
        ("git-clone", None, "'repoURL' is a required property"),
        ("git-clone", {**CLONE, "depth": 1}, "'depth' was unexpected"),
        ("git-clone", {**CLONE, "checkout": [{"branch": "a", "tag": "b", "path": "."}]}, "not valid under any"),
        ("git-clone", {**CLONE, "author": {"name": "a", "email": "nobody"}}, "'nobody' is not a 'email'"),
        ("argocd-update", {"apps": [{**APP, "selector": {"matchLabels": {"a": "b"}}}]}, "not valid under any"),
        ("argocd-update", {"apps": [{**APP, "selector": "${{ vars.x }} and more"}]}, "is not of type 'object'"),
        ("http", {"url": "https://a.example", "method": "FETCH"}, "does not match"),
        ("git-wait-for-pr", {"repoURL": "https://a.example", "prNumber": "12"}, "is not of type"),
    ],
)
def test_a_step_of_which_kargo_would_refuse_the_config_is_named(uses: str, config: Any, said: str) -> None:
    found = upstream.step_refusals(uses, config)

    assert any(said in one for one in found), found


def test_a_fault_of_a_step_has_its_place() -> None:
    stage = objects.faulty(
        objects.Faulty("Stage", ("spec", "promotionTemplate", "spec", "steps", 0, "config", "depth"), 1, "")
    )

    [said] = upstream.refusals(stage)

    assert said.startswith("spec.promotionTemplate.spec.steps[0] (git-clone) ")
    assert "'depth' was unexpected" in said
