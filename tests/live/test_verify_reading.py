"""What a verification reads of a real API server: the whole world, nothing else, and what rights are missing by name."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.model.kubernetes import CustomResourceDefinition
from gitops_master.model.meta import condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.usecases.verification_kinds import plan
from tests.adapters.test_live_verify import NOT_LOOKED_AT
from tests.live import roles, verifying
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import load
from tests.live.server import ControlPlane
from tests.probes import world


@asynccontextmanager
async def reader_of(who: Context, config: Path) -> AsyncIterator[LiveReader]:
    api = KubeApi.open(Access(kubeconfig=(write_kubeconfig(config, [who]),)))
    try:
        yield LiveReader(api, now=lambda: world.NOW, elsewhere=lambda _: api, home=who.namespace)
    finally:
        await api.close()


async def _read(who: Context, config: Path, stage: str = "prod") -> Snapshot:
    async with reader_of(who, config) as reader:
        return await reader.read(plan("shop", stage), deadline_s=60)


async def test_every_object_of_the_world_is_read_and_nothing_is_left_open(
    cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    objects = verifying.put(cluster, kubelet)

    for stage in ("prod", ""):
        snapshot = await _read(cluster.context(), tmp_path / "config", stage)

        assert {verifying.ref(one) for one in objects if snapshot.find(verifying.ref(one)) is None} == NOT_LOOKED_AT
        assert snapshot.gaps == ()


async def test_definitions_are_read_as_the_server_judges_them(
    cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    verifying.put(cluster, kubelet)

    snapshot = await _read(cluster.context(), tmp_path / "config")

    for name in ("certificates.cert-manager.io", "httproutes.gateway.networking.k8s.io"):
        found = snapshot.get(CustomResourceDefinition, "", name)
        assert found is not None
        established = condition(found.status.conditions, "Established")
        assert established is not None
        assert established.status == "True"
        assert [one.served for one in found.spec.versions] == [True]


async def test_nothing_of_other_namespaces_is_read(cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path) -> None:
    objects = verifying.put(cluster, kubelet)
    moved = [
        {**one, "metadata": {**one["metadata"], "namespace": "other", "uid": ""}}
        for one in objects
        if one["metadata"].get("namespace") == "shop-prod"
    ]
    load(cluster, moved)

    snapshot = await _read(cluster.context(), tmp_path / "config")

    assert [one.ref for kind in snapshot.kinds for one in snapshot.of_kind(kind) if one.namespace == "other"] == []


async def test_with_a_role_in_one_namespace_gaps_name_verb_resource_and_place(
    cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    verifying.put(cluster, kubelet)
    roles.apply(cluster, "namespaced/project.yaml", "shop")
    member = roles.member(cluster, roles.READERS, namespace="shop")

    snapshot = await _read(member, tmp_path / "config")

    assert snapshot.gaps
    for gap in snapshot.gaps:
        assert gap.denied
        assert re.match(r"(list|get) [a-z.0-9]+\b.*: 403 Forbidden: not permitted to user \"ada\"", gap.reason), gap
    told = "\n".join(gap.reason for gap in snapshot.gaps)
    assert "get applications.argoproj.io shop-prod in namespace argocd: 403" in told
    assert "list stages" not in told


async def test_with_roles_where_it_is_deployed_everything_there_is_read(
    cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    objects = verifying.put(cluster, kubelet)
    for role, home in {"project": "shop", "argo-cd": "argocd", "destination": "shop-prod"}.items():
        roles.apply(cluster, f"namespaced/{role}.yaml", home)
    roles.apply(cluster, "secrets.yaml", "shop-prod")
    member = roles.member(cluster, roles.READERS, namespace="shop")

    snapshot = await _read(member, tmp_path / "config")

    here = [one for one in objects if one["metadata"].get("namespace") == "shop-prod"]
    assert [verifying.ref(one) for one in here if snapshot.find(verifying.ref(one)) is None] == []
    open_ = {gap.kind for gap in snapshot.gaps if not gap.object}
    assert not open_ & {"v1/Pod", "apps/Deployment", "v1/Service", "v1/Secret", "v1/ConfigMap", "v1/Event"}
    assert {"v1/Node", "storage.k8s.io/StorageClass", "networking.k8s.io/IngressClass"} <= open_
