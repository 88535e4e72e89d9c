"""Whole objects from the three sources of evidence: a real API server over HTTP and through kubectl, and its objects saved."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.adapters.kubectl_command import Identity, KubectlApi, kubectl_command
from gitops_master.adapters.manifests import LiveManifests
from gitops_master.adapters.snapshot.manifests import SavedManifests
from gitops_master.manifests import world
from gitops_master.model.errors import Unreachable
from gitops_master.model.manifest import Manifest
from gitops_master.model.snapshot import Place
from gitops_master.ports.manifests import Held
from tests.judges.objects import GOOD, JSON
from tests.live import faults
from tests.live.kinds import KINDS
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.loading import active_namespace, load
from tests.live.proxy import Proxy
from tests.live.server import ControlPlane

KINDS_HELD = [
    value for name, value in vars(world).items() if name.isupper() and isinstance(value, str) and "/" in value
]
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
live = pytest.mark.parametrize("way", ["http", "kubectl"])


async def _held(
    way: str, kubectl: Path, folder: Path, context: Context, places: Sequence[Place], *, deadline_s: float = 60
) -> Held:
    config = write_kubeconfig(folder / "config", [context])
    environ = {"KUBECONFIG": str(config), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    api: KubeApi | KubectlApi
    if way == "http":
        api = KubeApi.open(Access(kubeconfig=(config,)))
    else:
        api = KubectlApi(kubectl_command(str(kubectl)), Identity(), environ=environ)
    try:
        return await LiveManifests(api).held(places, deadline_s=deadline_s)
    finally:
        await api.close()


def _objects() -> list[JSON]:
    """Some of every kind that a file may have, with what controllers add."""
    noted = {
        "annotations": {LAST_APPLIED: "{}", "a": "b"},
        "finalizers": ["kargo.akuity.io/finalizer", "mine.example/one"],
    }
    stage = {
        **GOOD["Stage"],
        "metadata": {**GOOD["Stage"]["metadata"], **noted},
        "status": {"health": {"status": "Healthy"}},
    }
    account: JSON = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "probe", "namespace": "demo"}}
    secret: JSON = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a", "namespace": "demo"},
        "data": {"a": "cw=="},
    }
    role: JSON = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "probe:read"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}],
    }
    return [*(one for name, one in GOOD.items() if name != "Stage"), stage, account, secret, role]


def _load(cluster: ControlPlane) -> list[JSON]:
    load(cluster, [active_namespace("demo"), active_namespace("other")])
    for one in _objects():
        cluster.must("POST", KINDS[one["apiVersion"], one["kind"]].path(one["metadata"].get("namespace", "")), one)
    every = [KINDS[one["apiVersion"], one["kind"]].path() for one in (*_objects(), active_namespace("demo"))]
    lists = [cluster.must("GET", path) for path in dict.fromkeys(every)]
    kinds = {KINDS[one["apiVersion"], one["kind"]].path(): one for one in (*_objects(), active_namespace("demo"))}
    return [
        {"apiVersion": kinds[path]["apiVersion"], "kind": kinds[path]["kind"], **one}
        for path, listed in zip(dict.fromkeys(every), lists, strict=True)
        for one in listed["items"]
    ]


def _told(held: Held) -> dict[str, JSON]:
    return {f"{one.kind} {one.namespace}/{one.name}": dict(one.data) for one in held.manifests}


async def test_three_sources_tell_the_same(cluster: ControlPlane, kubectl: Path, tmp_path: Path) -> None:
    objects = _load(cluster)
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "objects.yaml").write_text(yaml.safe_dump_all(objects))
    (folder / "snapshot.yaml").write_text('complete: ["*"]\n')
    places = [
        *(Place(kind, "demo") for kind in (world.STAGE, world.WAREHOUSE, world.TASK, world.TEMPLATE, world.SERVICE_ACCOUNT)),
        Place(world.PROJECT), Place(world.CLUSTER_TASK), Place(world.CLUSTER_TEMPLATE), Place(world.APPLICATION),
        Place(world.STAGE, "demo", "test"), Place(world.WAREHOUSE, "demo", "none"), Place(world.NAMESPACE, "", "demo"),
        Place(world.CLUSTER_ROLE, "", "probe:read"), Place(world.PROJECT_CONFIG, "other"), Place("v1/Secret", "demo"),
    ]  # fmt: skip

    held = {
        "http": await _held("http", kubectl, tmp_path, cluster.context(), places),
        "kubectl": await _held("kubectl", kubectl, tmp_path, cluster.context(), places),
        "saved": await SavedManifests(folder).held(places, deadline_s=60),
    }

    first = held["http"]
    assert set(first.places) == set(places) - {Place("v1/Secret", "demo")}
    for one in held.values():
        assert _told(one) == _told(first)
        assert one.places == first.places
        assert [str(gap) for gap in one.gaps] == ["demo: Secrets are not read"]
    names = {(one.kind, one.name) for one in first.manifests}
    assert {(world.STAGE, "test"), (world.STAGE, "gate"), (world.CLUSTER_ROLE, "probe:read")} <= names
    [stage] = [one for one in first.manifests if one.kind == world.STAGE and one.name == "test"]
    given = {"name": "test", "namespace": "demo", "annotations": {"a": "b"}, "finalizers": ["mine.example/one"]}
    assert (stage.metadata, stage.spec) == (given, GOOD["Stage"]["spec"])
    assert "status" not in stage.data


@live
async def test_every_kind_that_setting_up_knows_can_be_read(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    places = [Place(kind) for kind in KINDS_HELD]

    held = await _held(way, kubectl, tmp_path, cluster.context(), places)

    assert (set(held.places), held.gaps) == (set(places), ())


@live
async def test_a_kind_that_is_not_served_has_no_objects(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    places = [Place("kargo.akuity.io/Gizmo", "demo"), Place("absent.example/Thing"), Place(world.STAGE, "demo")]

    held = await _held(way, kubectl, tmp_path, cluster.context(), places)

    assert (held.manifests, set(held.places)) == ((), set(places))
    assert [gap.kind for gap in held.gaps] == ["kargo.akuity.io/Gizmo", "absent.example/Thing"]
    assert all("not served by this cluster" in gap.reason for gap in held.gaps)


@live
async def test_what_may_not_be_read_is_a_gap_of_its_own(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    _load(cluster)
    cluster.grant("reader", [{"apiGroups": ["kargo.akuity.io"], "resources": ["stages"], "verbs": ["list"]}], "demo")
    places = [Place(world.STAGE, "demo"), Place(world.WAREHOUSE, "demo"), Place(world.STAGE)]

    held = await _held(way, kubectl, tmp_path, cluster.context("reader"), places[:2])

    assert held.places == (places[0],)
    [gap] = held.gaps
    assert (gap.kind, gap.denied) == (world.WAREHOUSE, True)
    assert gap.reason.startswith("list warehouses.kargo.akuity.io in namespace demo: ")


@live
async def test_who_may_read_nothing_learns_it_place_by_place(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    held = await _held(way, kubectl, tmp_path, cluster.context("stranger"), [Place(world.STAGE)])

    assert (held.manifests, held.places, [gap.denied for gap in held.gaps]) == ((), (), [True])


@live
async def test_a_server_that_is_gone_is_an_error(
    way: str, kubectl: Path, cluster: ControlPlane, tmp_path: Path
) -> None:
    context = cluster.context()._replace(server="https://127.0.0.1:1")

    with pytest.raises(Unreachable):
        await _held(way, kubectl, tmp_path, context, [Place(world.STAGE)], deadline_s=20)


async def test_one_reply_that_never_comes_costs_its_place(
    cluster: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    proxy.break_("GET .*/warehouses", faults.Silence())
    context = cluster.context()._replace(server=proxy.url)
    places = [Place(world.STAGE, "demo"), Place(world.WAREHOUSE, "demo")]

    held = await _held("http", kubectl, tmp_path, context, places, deadline_s=3)

    assert held.places == (Place(world.STAGE, "demo"),)
    assert [gap.kind for gap in held.gaps] == [world.WAREHOUSE]


def test_the_kinds_are_those_of_the_world() -> None:
    assert {"v1/Namespace", "kargo.akuity.io/Stage", "argoproj.io/ApplicationSet"} <= set(KINDS_HELD)
    assert Manifest(GOOD["Stage"]).kind in KINDS_HELD
