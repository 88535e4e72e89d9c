"""What a verification asks a running cluster for: all that is deployed, few requests, nothing of others."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest

from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.live.scope_verify_custom import MOST
from gitops_master.model.expectations import Expectations, Keys, Workloads
from gitops_master.model.kubernetes import ConfigMap, CustomResourceDefinition, Event, Secret
from gitops_master.model.meta import Ref
from gitops_master.model.registry import kind_of
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Deployment, Pod
from gitops_master.ports.api import Request
from gitops_master.usecases.verification_kinds import plan
from tests import worlds
from tests.adapters.fake_api import FakeApi
from tests.probes import world

Objects = list[dict[str, Any]]
NOT_LOOKED_AT = {Ref("kargo.akuity.io/Warehouse", "shop", "main"), Ref("argoproj.io/AppProject", "argocd", "default")}
"""Of the world in order: they are what analyses look at."""
AT_MOST = 75
"""Requests for one Application, however much it deploys."""
RESOURCES = "status.resources"
OTHER = "https://other.example.test"


def _objects(*changes: dict[str, Any]) -> Objects:
    return list(json.loads(json.dumps(world.plain(list(changes)), default=str)))


def _ref(one: dict[str, Any]) -> Ref:
    metadata = one["metadata"]
    return Ref(kind_of(one["apiVersion"], one["kind"]), metadata.get("namespace", ""), metadata["name"])


async def _read(
    api: FakeApi,
    expected: Expectations | None = None,
    stage: str = "prod",
    other: FakeApi | None = None,
) -> Snapshot:
    def elsewhere(cluster: str) -> FakeApi | None:
        return other if cluster == OTHER else api

    reader = LiveReader(api, now=lambda: world.NOW, elsewhere=elsewhere)
    return await reader.read(plan("shop", stage, expected or Expectations()), deadline_s=30)


def _paths(asked: Sequence[Request], pattern: str) -> list[str]:
    return [one.path for one in asked if re.search(pattern, one.path)]


async def test_everything_that_probes_look_at_is_read_and_nothing_is_left_open() -> None:
    objects = _objects()
    api = FakeApi(objects)

    snapshot = await _read(api)

    assert {_ref(one) for one in objects if snapshot.find(_ref(one)) is None} == NOT_LOOKED_AT
    assert snapshot.gaps == ()
    assert len(api.asked) == len(set(api.asked)) < AT_MOST


async def test_a_project_is_read_as_its_stages_are() -> None:
    objects = _objects()

    snapshot = await _read(FakeApi(objects), stage="")

    assert {_ref(one) for one in objects if snapshot.find(_ref(one)) is None} == NOT_LOOKED_AT


async def test_other_namespaces_and_their_objects_are_nobodys_business() -> None:
    def of(kind: str, version: str = "v1") -> dict[str, Any]:
        return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "other"}}

    api = FakeApi([*_objects(), of("Pod"), of("Deployment", "apps/v1"), of("Secret"), of("ConfigMap"), of("Service")])

    snapshot = await _read(api)

    assert _paths(api.asked, "/namespaces/other") == []
    assert [ref for kind in snapshot.kinds for ref in snapshot.of_kind(kind) if ref.namespace == "other"] == []


def _many() -> Objects:
    """The world with 300 more workloads, each with a ConfigMap, a Secret and a node of its own."""
    objects = _objects()
    (app,) = [one for one in objects if one["kind"] == "Application"]
    for number in range(300):
        for kind in ("Deployment shop-prod/web", "Pod shop-prod/web-7f9c-1", "ConfigMap web-settings", "Secret pull"):
            one = deepcopy(worlds.named(objects, kind))
            one["metadata"]["name"] += f"-{number}"
            if one["kind"] in ("Deployment", "Pod"):
                one["metadata"]["uid"] += f"-{number}"
                spec = one["spec"].get("template", one)["spec"]
                spec["nodeName"] = f"node-{number}"
                spec["imagePullSecrets"] = [{"name": f"pull-{number}"}]
                spec["volumes"][0]["configMap"]["name"] = f"web-settings-{number}"
            objects.append(one)
        app["status"]["resources"].append({"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop-prod", "name": f"web-{number}"})  # fmt: skip
    return objects


async def test_many_workloads_cost_no_more_requests() -> None:
    objects = _many()
    api = FakeApi(objects)

    snapshot = await _read(api)

    assert len(snapshot.all(Deployment, "shop-prod")) == 301
    assert len(snapshot.all(Pod, "shop-prod")) == 304
    assert len(api.asked) < AT_MOST
    every = [one for one in api.asked if one.path == "/api/v1/namespaces/shop-prod/secrets"]
    assert [one.metadata_only for one in every] == [True]
    assert "/api/v1/nodes" in [one.path for one in api.asked]
    assert snapshot.lacks(ConfigMap, "shop-prod", "none")


@pytest.mark.parametrize("refused", ["", "/secrets", "/nodes", "/configmaps", "/pods", "/ingressclasses"])
async def test_following_replies_one_by_one_reads_the_same(refused: str) -> None:
    """Looking for what is next is left out where what came names nothing: nothing must be missed by that."""
    objects = _many()
    together, single = FakeApi(objects), FakeApi(objects)
    single.together = False
    for api in (together, single):
        api.refuse = lambda one: 403 if refused and one.path.endswith(refused) else 0

    first, second = await _read(together), await _read(single)

    assert set(single.asked) == set(together.asked)
    assert (second.places, second.gaps) == (first.places, first.gaps)


async def test_where_secrets_may_not_be_listed_they_are_asked_for_by_name() -> None:
    pulls = [{"name": f"pull-{number}"} for number in range(20)]
    api = FakeApi(_objects({"set": "Pod shop-prod/db-0", "path": "spec.imagePullSecrets", "value": pulls}))
    api.refuse = lambda one: 403 if one.path.endswith("/shop-prod/secrets") else 0

    snapshot = await _read(api)

    assert len(_paths(api.asked, "/shop-prod/secrets/")) == 23
    assert snapshot.lacks_ref(Ref("v1/Secret", "shop-prod", "pull-7"))
    assert [gap.object for gap in snapshot.gaps] == ["Secret, more of them"]


async def test_of_config_maps_and_secrets_only_metadata_leaves_the_server() -> None:
    api = FakeApi(_objects())

    await _read(api)

    named = [one for one in api.asked if re.search(r"/shop-prod/(secrets|configmaps)/", one.path)]
    assert len(named) == 4
    assert all(one.metadata_only for one in named)


async def test_config_maps_whose_keys_are_expected_are_read_whole() -> None:
    expected = Expectations(config_maps=(Keys(name="web-settings", keys=("mode",)),), secrets=(Keys(name="mail"),))

    snapshot = await _read(FakeApi(_objects()), expected)

    found = snapshot.get(ConfigMap, "shop-prod", "web-settings")
    assert found is not None
    assert found.data == {"mode": "production"}
    assert snapshot.lacks_ref(Ref("v1/Secret", "shop-prod", "mail"))


@pytest.mark.parametrize("switched_on", [True, False])
async def test_of_a_secret_only_the_names_of_its_keys_are_kept_where_that_is_switched_on(switched_on: bool) -> None:
    applied = {"kubectl.kubernetes.io/last-applied-configuration": '{"data": {"token": "c2VjcmV0"}}'}
    api = FakeApi(
        _objects(
            {"set": "Secret shop-prod/web-tls", "path": "data", "value": {"token": "c2VjcmV0"}},
            {"set": "Secret shop-prod/web-tls", "path": "metadata.annotations", "value": applied},
        )
    )
    expected = Expectations(secrets=(Keys(name="web-tls", keys=("token",)),), secret_keys=switched_on)

    snapshot = await _read(api, expected)

    found = snapshot.get(Secret, "shop-prod", "web-tls")
    whole = [one.path for one in api.asked if "/secrets/" in one.path and not one.metadata_only]
    assert found is not None
    assert found.keys == (("token",) if switched_on else None)
    assert "c2VjcmV0" not in repr(found)
    assert whole == (["/api/v1/namespaces/shop-prod/secrets/web-tls"] if switched_on else [])


async def test_definitions_are_read_one_by_one_and_whole() -> None:
    snapshot = await _read(FakeApi(_objects()), Expectations(crds=("stages.kargo.akuity.io",)))

    found = snapshot.get(CustomResourceDefinition, "", "certificates.cert-manager.io")
    assert found is not None
    assert [one.type for one in found.status.conditions] == ["Established", "NamesAccepted"]
    assert [one.name for one in found.spec.versions] == ["v1"]
    assert snapshot.lacks(CustomResourceDefinition, "", "stages.kargo.akuity.io")


def _managing(*resources: dict[str, str]) -> dict[str, Any]:
    return {"set": "Application argocd/shop-prod", "path": RESOURCES, "value": list(resources)}


def _bucket(number: int, namespace: str = "shop-prod") -> dict[str, str]:
    return {"group": "s3.example.test", "version": "v1", "kind": "Bucket", "namespace": namespace, "name": f"b{number}"}


def _live_bucket(number: int) -> dict[str, Any]:
    metadata = {"name": f"b{number}", "namespace": "shop-prod"}
    return {"apiVersion": "s3.example.test/v1", "kind": "Bucket", "metadata": metadata}


@pytest.mark.parametrize(("count", "requests"), [(3, 3), (40, 1)])
async def test_custom_resources_are_asked_for_by_name_or_where_there_are_many_by_list(
    count: int, requests: int
) -> None:
    managing = _managing(*(_bucket(number) for number in range(count)))
    api = FakeApi([*_objects(managing), *(_live_bucket(number) for number in range(count))])

    snapshot = await _read(api)

    assert len(snapshot.of_kind("s3.example.test/Bucket")) == count
    assert len(_paths(api.asked, "/shop-prod/buckets")) == requests
    assert _paths(api.asked, "buckets.s3.example.test$")


async def test_more_places_of_custom_resources_than_are_asked_for_are_told() -> None:
    managing = _managing(*(_bucket(0, f"space-{number}") for number in range(MOST + 20)))
    api = FakeApi([*_objects(managing), _live_bucket(0)])

    snapshot = await _read(api)

    (gap,) = [gap for gap in snapshot.gaps if gap.kind == "s3.example.test/Bucket"]
    assert f"only {MOST} requests" in gap.reason
    assert len(_paths(api.asked, "/buckets/")) == MOST


async def test_a_kind_that_is_not_served_is_told_and_its_definition_is_known_to_be_absent() -> None:
    snapshot = await _read(FakeApi(_objects(_managing(_bucket(0)))))

    (gap,) = [gap for gap in snapshot.gaps if gap.kind == "s3.example.test/Bucket"]
    assert "not served by this cluster" in gap.reason
    assert snapshot.lacks(CustomResourceDefinition, "", "buckets.s3.example.test")


async def test_of_a_group_that_does_not_answer_nobody_says_that_it_is_not_served() -> None:
    api = FakeApi(_objects(_managing(_bucket(0))))
    api.refuse = lambda one: 503 if one.path.endswith("/s3.example.test/v1") else 0

    snapshot = await _read(api)

    (gap,) = snapshot.gaps
    assert gap.kind == "s3.example.test/Bucket"
    assert "get the kinds of s3.example.test/v1: 503" in gap.reason


async def test_where_a_network_plugin_does_not_answer_its_policies_are_unknown_and_those_of_others_are_not() -> None:
    api = FakeApi(_objects())
    api.refuse = lambda one: 503 if one.path.endswith("/projectcalico.org/v3") else 0

    snapshot = await _read(api)

    assert {gap.kind for gap in snapshot.gaps} == {f"projectcalico.org/{one}NetworkPolicy" for one in ("", "Global")}
    assert "get the kinds of projectcalico.org/v3: 503" in snapshot.gaps[0].reason


async def test_the_version_that_the_application_names_is_the_one_that_is_asked_for() -> None:
    old = {"group": "external-secrets.io", "version": "v1beta1", "kind": "ExternalSecret", "namespace": "shop-prod", "name": "a"}  # fmt: skip
    api = FakeApi(_objects(_managing(old)))

    await _read(api)

    assert _paths(api.asked, "externalsecrets/") == [
        "/apis/external-secrets.io/v1beta1/namespaces/shop-prod/externalsecrets/a"
    ]


async def test_a_namespace_in_which_nothing_runs_is_only_looked_up_itself() -> None:
    role = {
        "group": "rbac.authorization.k8s.io",
        "version": "v1",
        "kind": "Role",
        "namespace": "kube-system",
        "name": "a",
    }
    (app,) = [one for one in _objects() if one["kind"] == "Application"]
    api = FakeApi(_objects(_managing(*app["status"]["resources"], role)))

    await _read(api)

    assert _paths(api.asked, "/kube-system") == ["/api/v1/namespaces/kube-system"]


@pytest.mark.parametrize("kind", ["pods", "replicasets", "endpointslices", "ingresses", "persistentvolumeclaims"])
async def test_what_may_not_be_listed_leaves_its_kind_open(kind: str) -> None:
    api = FakeApi(_objects())
    api.refuse = lambda one: 403 if one.path.endswith(f"/shop-prod/{kind}") else 0

    snapshot = await _read(api)

    (gap,) = snapshot.gaps
    assert gap.denied
    assert gap.object == ""
    assert gap.reason.startswith(f"list {kind}")
    assert "in namespace shop-prod: " in gap.reason


async def test_that_control_planes_may_not_be_looked_for_everywhere_leaves_no_pod_open() -> None:
    api = FakeApi(_objects())
    api.refuse = lambda one: 403 if one.path == "/api/v1/pods" else 0

    snapshot = await _read(api)

    assert snapshot.knows_all(Pod.KIND)


def _deploying_to(cluster: str) -> dict[str, Any]:
    destination = {"server": cluster, "namespace": "shop-prod"}
    return {"set": "Application argocd/shop-prod", "path": "spec.destination", "value": destination}


async def test_what_is_deployed_to_another_cluster_is_read_and_missed_there() -> None:
    elsewhere = [one for one in _objects() if one["metadata"].get("namespace") in (None, "shop-prod", "ingress")]
    here = [one for one in _objects(_deploying_to(OTHER)) if one not in elsewhere]
    api, other = FakeApi(here), FakeApi(elsewhere)

    snapshot = await _read(api, other=other)

    assert snapshot.gaps == ()
    assert {str(_ref(one)) for one in elsewhere if snapshot.find(_ref(one)) is None} == {"Project shop"}
    assert snapshot.lacks(Deployment, "shop-prod", "none")
    assert _paths(api.asked, "/shop-prod/") == []


async def test_a_cluster_that_cannot_be_reached_leaves_open_what_is_there() -> None:
    snapshot = await _read(FakeApi(_objects(_deploying_to(OTHER))))

    told = {gap.kind: gap for gap in snapshot.gaps}
    assert "no context reaches that cluster" in told["apps/Deployment"].reason
    assert not snapshot.knows_all(Pod.KIND)


async def test_namespaces_of_one_name_on_two_clusters_are_not_mixed() -> None:
    second = deepcopy(worlds.named(_objects(), "Application argocd/shop-prod"))
    second["metadata"]["name"] = "shop-far"
    second["spec"]["destination"] = {"server": OTHER, "namespace": "shop-prod"}
    both = [{"name": name, "namespace": "argocd"} for name in ("shop-prod", "shop-far")]
    objects = _objects(
        {"set": "Stage shop/prod", "path": "spec.promotionTemplate.spec.steps[0].config.apps", "value": both},
        {"add": second},
    )

    other = FakeApi(_objects())
    snapshot = await _read(FakeApi(objects), other=other)

    assert "is looked at on another cluster" in next(gap.reason for gap in snapshot.gaps if gap.kind == Pod.KIND)
    assert _paths(other.asked, "/pods") == []


async def test_workloads_that_are_expected_elsewhere_are_read_with_their_namespace() -> None:
    def there(number: int, labels: dict[str, str]) -> dict[str, Any]:
        metadata = {"name": f"d{number}", "namespace": f"ns-{number}", "labels": labels}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}

    api = FakeApi([*_objects(), there(1, {}), there(2, {"app": "x"}), there(3, {})])
    expected = Expectations(workloads=(Workloads(namespace="ns-1"), Workloads(labels={"app": "x"})))

    await _read(api, expected)

    assert _paths(api.asked, "/ns-./pods$") == ["/api/v1/namespaces/ns-1/pods", "/api/v1/namespaces/ns-2/pods"]


async def test_kinds_that_are_expected_are_read_wherever_they_are() -> None:
    store = {"apiVersion": "external-secrets.io/v1beta1", "kind": "ClusterSecretStore", "metadata": {"name": "vault"}}

    snapshot = await _read(
        FakeApi([*_objects(), store]),
        Expectations(custom_resources=("external-secrets.io/ClusterSecretStore", "x.example.test/None")),
    )

    assert [one.name for one in snapshot.of_kind("external-secrets.io/ClusterSecretStore")] == ["vault"]
    assert [gap.kind for gap in snapshot.gaps] == ["x.example.test/None"]


async def test_certificates_of_an_ingress_are_read_and_how_far_they_are() -> None:
    issuer = {"cert-manager.io/cluster-issuer": "x"}
    api = FakeApi(
        _objects(
            _managing({"group": "networking.k8s.io", "version": "v1", "kind": "Ingress", "namespace": "shop-prod", "name": "web"}),
            {"set": "Ingress shop-prod/web", "path": "metadata.annotations", "value": issuer},
            {"set": "Certificate shop-prod/web", "path": "status.conditions[0].status", "value": "False"},
        )
    )  # fmt: skip

    await _read(api)

    assert _paths(api.asked, "/certificates$")
    assert len(_paths(api.asked, "/(certificaterequests|orders|challenges)$")) == 3


async def test_that_a_node_is_on_its_way_is_read_where_a_pod_has_none() -> None:
    metadata = {"name": "e1", "namespace": "shop-prod"}
    scaled = {"apiVersion": "v1", "kind": "Event", "metadata": metadata, "type": "Normal", "reason": "TriggeredScaleUp"}
    waiting = [
        {"unset": "Pod shop-prod/db-0", "path": "spec.nodeName"},
        {"set": "Pod shop-prod/db-0", "path": "status.phase", "value": "Pending"},
    ]

    calm = await _read(FakeApi([*_objects(), scaled]))
    snapshot = await _read(FakeApi([*_objects(*waiting), scaled]))

    assert calm.all(Event) == []
    assert [one.reason for one in snapshot.all(Event)] == ["TriggeredScaleUp"]
