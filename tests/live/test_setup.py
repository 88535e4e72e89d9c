"""Every combination that can be asked for is taken by a real API server with the products' CRDs, strictly, and by the other judge."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gitops_master.adapters.kube_api import Access, KubeApi, KubeWriter
from gitops_master.adapters.manifests import ServerDryRuns
from gitops_master.manifests.build.build import build
from gitops_master.manifests.request import Availability, Delivery, Proof, RetryProfile, StageRequest
from gitops_master.model.manifest import Manifest
from tests.judges import upstream
from tests.live.delivering import stored
from tests.live.kinds import KINDS
from tests.live.kubeconfig import write_kubeconfig
from tests.live.loading import active_namespace, install_definitions, load
from tests.live.server import ControlPlane
from tests.live.upstream import definitions
from tests.manifests.build.worlds import ARTIFACT, REPO, cluster, obj, stage, warehouse

NAMESPACES = ("demo", "argocd", "edge", "shop")
SOURCES: dict[str, dict[str, Any]] = {
    "one Warehouse": {"warehouses": ("shop",)},
    "two Warehouses": {"warehouses": ("shop", "lib")},
    "behind one Stage": {"warehouses": ("shop",), "upstream": ("dev",)},
    "behind one Stage, after a while": {"warehouses": ("shop",), "upstream": ("dev",), "soak": "1h30m"},
    "behind one of two": {"warehouses": ("shop",), "upstream": ("dev", "uat"), "availability": Availability.ONE_OF},
    "behind two": {"warehouses": ("shop",), "upstream": ("dev", "uat"), "availability": Availability.ALL, "soak": "10m"},
}  # fmt: skip
PROOFS: dict[Proof, dict[str, Any]] = {
    Proof.NONE: {},
    Proof.WEB: {"probe": "https://shop.example.com/healthz"},
    Proof.PROMETHEUS: {"probe": 'sum(rate(http_requests_total{code=~"5.."}[5m])) < 1', "prometheus": "http://prometheus.monitoring:9090"},
    Proof.JOB: {"probe": "http://shop.shop.svc:8080/healthz", "job_image": "docker.io/curlimages/curl:8.16.0", "namespace": "shop"},
}  # fmt: skip
KINDS_MADE = {"Project", "ProjectConfig", "Stage", "PromotionTask", "AnalysisTemplate", "Application", "ServiceAccount", "Role",
              "RoleBinding"}  # fmt: skip
STYLES = [(style, pull) for style, pull in product(Delivery, (False, True)) if not (pull and style is Delivery.ARGOCD)]
"""`argocd-update` writes nothing to git, so that there is nothing to be merged."""


class Made(NamedTuple):
    """`asked`: one of the requests of which the object comes."""

    asked: StageRequest
    data: Mapping[str, Any]


@pytest.fixture(scope="module")
def plane(control_plane_programs: dict[str, Path]) -> Iterator[ControlPlane]:
    """What is there before anything is asked for: Argo CD's Applications, and the namespaces."""
    upstream.needed()
    with ControlPlane(control_plane_programs) as plane:
        install_definitions(plane, definitions())
        load(plane, [active_namespace(one) for one in NAMESPACES])
        for one in _applications():
            plane.must("POST", KINDS[one["apiVersion"], one["kind"]].path(one["metadata"]["namespace"]), one)
        yield plane


def _applications() -> list[dict[str, Any]]:
    source = {"repoURL": REPO, "path": "overlays/test", "targetRevision": "main"}
    spec = {"project": "default", "destination": {"name": "in-cluster", "namespace": "shop"}, "source": source}
    near, far = obj("Application", "shop-test", spec), obj("Application", "shop-eu", spec)
    far["metadata"]["namespace"] = "edge"
    return [near, far]


def _requests() -> Iterator[StageRequest]:
    every = product(STYLES, PROOFS, RetryProfile, SOURCES.values(), ("", "roll-out"))
    for (style, pull), proof, retry, sources, shared in every:
        yield StageRequest(
            project="demo",
            name="test",
            apps=("shop-test", "edge/shop-eu"),
            delivery=style,
            pull_request=pull,
            verification=proof,
            retry=retry,
            shared_steps=shared,
            repo_url=REPO,
            path="apps/test/values.yaml" if style is Delivery.YAML else "",
            key="image.tag" if style in (Delivery.YAML, Delivery.HELM_VALUES) else "",
            auto_promote=True,
            **PROOFS[proof],
            **sources,
        )


def _made(request: StageRequest) -> list[Mapping[str, Any]]:
    held = warehouse(ARTIFACT[request.delivery])
    lib = warehouse({"git": {"repoURL": "https://git.example.com/lib"}}, name="lib")
    where = cluster(held, lib, stage("dev"), stage("uat", "dev"), *_applications())
    built = build(request, where)
    assert built.drafts
    return [one.data for one in built.drafts]


@pytest.fixture(scope="module")
def made() -> dict[str, Made]:
    """Every object of every combination once, by what is in it."""
    found: dict[str, Made] = {}
    for request in _requests():
        for data in _made(request):
            found.setdefault(json.dumps(data, sort_keys=True), Made(request, data))
    return found


async def test_the_server_takes_each(plane: ControlPlane, made: dict[str, Made], tmp_path: Path) -> None:
    keys = stored(plane)
    access = Access(kubeconfig=(write_kubeconfig(tmp_path / "config", [plane.context()]),))
    api, writer = KubeApi.open(access), KubeWriter.open(access)

    tried = await ServerDryRuns(api, writer).dry_run([Manifest(one.data) for one in made.values()], deadline_s=600)
    await api.close()
    await writer.close()

    refused = [(one.words, where.asked) for one, where in zip(tried, made.values(), strict=True) if not one.accepted]
    assert refused[:3] == []
    assert {one.allowed for one in tried} == {True}
    assert stored(plane) == keys


def test_the_definitions_say_the_same(made: dict[str, Made]) -> None:
    upstream.needed()
    whole = [one for one in made.values() if upstream.is_judged(one.data) and one.data["kind"] != "Application"]

    refused = [(said, one.asked) for one in whole if (said := upstream.refusals(one.data))]

    assert refused[:3] == []
    assert {one.data["kind"] for one in made.values()} == KINDS_MADE
