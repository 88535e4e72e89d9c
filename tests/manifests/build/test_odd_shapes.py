"""Manifests of any shape: people write them, and what is wrong with them is for the checks to tell."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from gitops_master.manifests.build.build import build
from gitops_master.manifests.request import Delivery, RetryProfile, StageRequest
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Path
from tests.manifests.build.worlds import (
    GIT,
    REPO,
    SHOP_CHART,
    SHOP_IMAGE,
    application,
    obj,
    policies,
    request,
    stage,
    warehouse,
    world,
)

UPDATE = {"uses": "argocd-update", "config": {"apps": [{"name": "shop", "sources": [{"repoURL": REPO}]}]}}
TASK = {"task": {"name": "roll-out"}, "vars": [{"name": "app", "value": "shop"}]}
OBJECTS: list[dict[str, Any]] = [
    obj("Project", "demo"),
    warehouse(GIT, SHOP_IMAGE, SHOP_CHART),
    stage("dev"),
    stage("test", "dev", steps=(UPDATE, TASK)),
    policies({"stageSelector": {"name": "glob:*"}, "autoPromotionEnabled": True}),
    obj("PromotionTask", "roll-out", {"vars": [{"name": "app"}], "steps": [UPDATE]}),
    application("shop", "demo:prod"),
    obj("ApplicationSet", "shops", {"template": {"metadata": {"name": "shop-{{env}}", "annotations": {"a": "b"}}}}),
]
REQUESTS = [
    request(upstream=("dev",), apps=("shop", "shop-eu"), retry=RetryProfile.HEAVY, auto_promote=False, soak="1h"),
    request(delivery=Delivery.KUSTOMIZE, repo_url=REPO, shared_steps="roll-out", apps=("shop",)),
    request(warehouses=(), delivery=Delivery.RENDERED, repo_url=REPO),
]
ODD: list[Any] = [None, "x", 3, [], {}, ["x"], [None], {"x": None}]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    if (
        path
        and path[0] not in ("apiVersion", "kind")
        and path not in [("metadata",), ("metadata", "name"), ("metadata", "namespace")]
    ):
        yield path
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in rows:
        yield from places(one, (*path, key))


@pytest.mark.parametrize("wanted", REQUESTS, ids=["edit", "task", "rebuild"])
@pytest.mark.parametrize(
    "index", range(len(OBJECTS)), ids=[one["kind"] + "-" + one["metadata"]["name"] for one in OBJECTS]
)
def test_an_odd_shape_is_lived_with_or_told(index: int, wanted: StageRequest) -> None:
    for path in places(OBJECTS[index]):
        for odd in ODD:
            changed = deepcopy(OBJECTS)
            place: Any = changed[index]
            for part in path[:-1]:
                place = place[part]
            place[path[-1]] = odd
            try:
                build(wanted, world(*changed))
            except UsageError:
                continue
            except Exception as error:
                raise AssertionError(f"{path} = {odd!r}") from error
