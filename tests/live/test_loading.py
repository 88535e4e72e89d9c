"""The harness itself: what it loads is what the server serves."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.registry import TYPES, kind_of
from tests.live import documents
from tests.live.kinds import KINDS
from tests.live.loading import load, reset
from tests.live.server import ControlPlane

FOLDERS = documents.folders()

FILLED_IN: dict[str, dict[tuple[str, str], Any]] = {
    "dev/a03-immutable-job-field": {("Job", ".spec.backoffLimit"): 6},
    "dev/k33-tag-flood-starves-controller": {
        ("Pod", ".spec.containers[0].resources.requests.cpu"): "500m",
        ("Pod", ".spec.containers[0].resources.requests.memory"): "1Gi",
    },
    "dev/k47-app-controller-oom-health-untrusted": {
        ("Pod", ".spec.containers[0].resources.requests.memory"): "1Gi",
    },
}
"""What a server says beyond the document: its defaults (requests are limits where only those are given)."""


def _as_read(document: Mapping[str, Any]) -> Any:
    """What this program sees of an object."""
    type_ = TYPES.get(kind_of(document["apiVersion"], document["kind"]), CustomResource)
    return msgspec.to_builtins(msgspec.convert(document, type_))


def _served(cluster: ControlPlane, objects: list[dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
    """All objects of the documents' kinds, by kind, namespace and name, as lists give them."""
    result = {}
    for api_version, name in {(one["apiVersion"], one["kind"]) for one in objects}:
        for item in cluster.must("GET", KINDS[api_version, name].path())["items"]:
            whole = {"apiVersion": api_version, "kind": name, **item}
            result[_identity(whole)] = whole
    return result


def _identity(document: Mapping[str, Any]) -> tuple[str, ...]:
    metadata = document["metadata"]
    return document["apiVersion"], document["kind"], metadata.get("namespace", ""), metadata["name"]


def _differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value in `one`) wherever the two differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from _differences(one.get(key), other.get(key), f"{path}.{key}")
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differences(left, right, f"{path}[{index}]")
    elif one != other:
        yield path, one


def differences_of(cluster: ControlPlane, objects: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """(kind, path) -> what the server serves there, wherever that is not what the document says."""
    served = _served(cluster, objects)
    return {
        (one["kind"], path): value
        for one in objects
        for path, value in _differences(_as_read(served[_identity(one)]), _as_read(one))
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=[f"{path.parent.name}/{path.name}" for path in FOLDERS])
def test_every_object_of_a_folder_is_served_as_it_was_saved(folder: Path, cluster: ControlPlane) -> None:
    objects = documents.objects_in(folder)

    loaded = load(cluster, objects)

    assert loaded.left_out == ()
    assert differences_of(cluster, objects) == FILLED_IN.get(f"{folder.parent.name}/{folder.name}", {})


def test_what_a_server_decides_itself_is_kept_too(cluster: ControlPlane) -> None:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "0c1c7d4e-0000-4000-8000-000000000001"}
    metadata = {
        "name": "web",
        "namespace": "demo",
        "uid": "0c1c7d4e-0000-4000-8000-000000000002",
        "generation": 7,
        "creationTimestamp": "2024-10-21T18:00:00Z",
        "deletionTimestamp": "2024-10-22T18:00:00Z",
        "finalizers": ["example.net/wait"],
        "ownerReferences": [owner],
    }
    kinds = [("apps/v1", "Deployment"), ("kargo.akuity.io/v1alpha1", "Stage"), ("v1", "Pod")]
    objects = [{"apiVersion": version, "kind": kind, "metadata": metadata} for version, kind in kinds]

    load(cluster, objects)

    served = _served(cluster, objects)
    for one in objects:
        said = served[_identity(one)]["metadata"]
        assert {key: said[key] for key in metadata} == metadata


def test_only_what_was_asked_for_is_there_after_a_reset(cluster: ControlPlane) -> None:
    objects = documents.objects_in(FOLDERS[0])
    before = {kind: cluster.must("GET", kind.path())["items"] for kind in KINDS.values() if kind.name != "Lease"}

    load(cluster, objects)
    reset(cluster)

    assert {kind: cluster.must("GET", kind.path())["items"] for kind in before} == before


def test_an_object_that_the_server_cannot_decode_is_named_and_does_not_spoil_its_kind(cluster: ControlPlane) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "whole", "namespace": "demo"}}
    broken = {**pod, "metadata": {"name": "broken", "namespace": "demo"}, "spec": {"containers": "none"}}

    loaded = load(cluster, [pod, broken])

    assert [one.title for one in loaded.left_out] == ["Pod demo/broken"]
    assert "containers" in loaded.left_out[0].reason
    assert [one["metadata"]["name"] for one in cluster.must("GET", "/api/v1/pods")["items"]] == ["whole"]


def test_a_kind_that_no_table_names_is_served_too(cluster: ControlPlane) -> None:
    certificate = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": "web", "namespace": "demo"},
        "status": {"conditions": [{"type": "Ready", "status": "False"}]},
    }

    loaded = load(cluster, [certificate])

    assert loaded.put == 1
    found = cluster.must("GET", "/apis/cert-manager.io/v1/namespaces/demo/certificates/web")
    assert found["status"] == certificate["status"]


def test_no_value_of_a_secret_reaches_the_server(cluster: ControlPlane) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "git", "namespace": "demo"},
        "data": {"password": "aHVudGVyMg=="},
    }

    load(cluster, [secret])

    assert "data" not in cluster.must("GET", "/api/v1/namespaces/demo/secrets/git")
