"""No check stumbles over manifests of a wrong shape: that they are wrong is for the schema to tell."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from gitops_master.manifests.checks.registry import Check, checks
from gitops_master.model.manifest import Manifest
from tests.manifests.checks.given import (
    KARGO,
    RBAC,
    app,
    app_set,
    job,
    made,
    request,
    stage,
    template,
    update,
    warehouse,
    world,
)
from tests.manifests.checks.test_projects import config, pusher, select

JUNK: tuple[Any, ...] = (None, 5, "x", [], {}, [1], {"a": None}, True, [[]])


def _given() -> list[Manifest]:
    task = made(KARGO, "PromotionTask", "roll", spec={"vars": [{"name": "a"}], "steps": [update("web")]})
    subject = {"kind": "ServiceAccount", "name": "checker", "namespace": "shop"}
    reference = {"kind": "Role", "name": "look"}
    proof = {"analysisTemplates": [{"name": "t"}], "args": [{"name": "a", "value": "b"}]}
    pin = {"repoURL": "u", "desiredRevision": "r"}
    steps = [{"task": {"name": "roll"}, "vars": [{"name": "a", "value": "b"}]}, update("web", sources=[pin])]
    chosen = {"uses": "argocd-update", "config": {"apps": [{"selector": {"matchLabels": {"a": "b"}}}]}}
    soaking = request("test", requiredSoakTime="1h", availabilityStrategy="All")
    automated: dict[str, Any] = {"syncPolicy": {"automated": {"enabled": True}}, "destination": {"server": ""}}
    return [
        stage("test", steps=[*steps, chosen], verification=proof, vars=[{"name": "v", "value": "w"}]),
        pusher("prod"),
        stage("last", soaking),
        task,
        warehouse(),
        app("web", **automated),
        app_set("all", "web-{{a}}", "shop:{{b}}", templatePatch="x"),
        template("t", job("kubectl get pods -n {{args.a}}"), args=[{"name": "a", "value": "x"}]),
        config(select("test"), select("glob:*", matchLabels={"a": "b"})),
        made("v1", "ServiceAccount", "checker"),
        made(RBAC, "Role", "look", rules=[{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]),
        made(RBAC, "RoleBinding", "look", roleRef=reference, subjects=[subject]),
    ]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container with each of its keys."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _broken(manifest: Manifest, junk: Any) -> Iterator[Manifest]:
    count = sum(1 for _ in _places(deepcopy(dict(manifest.data))))
    for number in range(count):
        data = deepcopy(dict(manifest.data))
        holder, key = list(_places(data))[number]
        if key not in {"apiVersion", "kind"}:
            holder[key] = junk
            yield Manifest(data, manifest.file)


@pytest.mark.parametrize("check", checks(), ids=lambda one: one.id)
def test_no_shape_makes_a_check_stumble(check: Check) -> None:
    whole = _given()
    for index, one in enumerate(whole):
        for junk in JUNK:
            for broken in _broken(one, junk):
                list(check.problems(world(*whole[:index], broken, *whole[index + 1 :])))
