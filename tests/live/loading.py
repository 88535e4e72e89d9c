"""Objects into a server and out again, as they are: times, uids and generations are those of the documents."""

import http
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.live import documents
from tests.live.kinds import CUSTOM, NAMESPACE, Kind, crd
from tests.live.kubelet import Kubelet
from tests.live.server import POLL_S, START_S, ControlPlane

Objects = Sequence[Mapping[str, Any]]

_OWN_NAMESPACES = {"default", "kube-system", "kube-public", "kube-node-lease"}
_OWN = {
    "/registry/services/specs/default/kubernetes",
    "/registry/configmaps/kube-system/extension-apiserver-authentication",
    "/registry/configmaps/kube-system/kube-apiserver-legacy-service-account-token-tracking",
}
"""What the server made for itself stays when everything else goes; its RBAC and its leases too."""
_OUR_API = "metrics.k8s.io"
"""The group of the one APIService that tests load; the others are the server's own."""
_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_OWN_ROLES = {"admin", "edit", "view", "cluster-admin"}


class LeftOut(NamedTuple):
    """A document that the server does not hold, and why."""

    title: str
    reason: str


class Loaded(NamedTuple):
    """`put`: how many objects. `namespaces`: those of objects that no document describes, added so that they exist."""

    put: int
    namespaces: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def install_crds(plane: ControlPlane, kinds: Iterable[Kind] = CUSTOM) -> None:
    """Makes custom kinds known, with CRDs that keep every field, and returns once all are served."""
    definitions = [crd(kind) for kind in kinds]
    install_definitions(plane, definitions)


def install_definitions(plane: ControlPlane, definitions: Objects) -> None:
    """The same with definitions of somebody else's."""
    root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for definition in definitions:
        plane.must("POST", root, definition)
    for definition in definitions:
        spec = definition["spec"]
        path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        limit = time.monotonic() + START_S
        while plane.request("GET", f"{path}?limit=1").status != http.HTTPStatus.OK:
            if time.monotonic() > limit:
                raise RuntimeError(f"{path} is not served after {START_S} s")
            time.sleep(POLL_S)


def load(plane: ControlPlane, objects: Objects) -> Loaded:
    """Puts the objects into the server beside what it holds, replacing those of the same name.

    Only metadata of Secrets is put. A kind that no table names gets a CRD. An object that the server cannot read is taken out
    again and named in the answer; every kind has been listed once on return, so that caches hold it.
    """
    values: dict[str, bytes] = {}
    kinds: dict[Kind, list[tuple[str, str]]] = {}
    left_out: list[LeftOut] = []
    namespaces, described = set(), set()
    for document in objects:
        kind = _kind_of(plane, document)
        name, namespace = document["metadata"]["name"], document["metadata"].get("namespace", "")
        if kind.namespaced != bool(namespace):
            left_out.append(LeftOut(_title(document), "has no namespace" if kind.namespaced else "has a namespace"))
            continue
        if kind is NAMESPACE:
            described.add(name)
        elif namespace:
            namespaces.add(namespace)
        values[kind.key(namespace, name)] = _stored(document)
        kinds.setdefault(kind, []).append((namespace, name))
    added = sorted(namespaces - described - _OWN_NAMESPACES)
    projects = {name for kind, names in kinds.items() if kind.name == "Project" for _, name in names}
    for name in added:
        values[NAMESPACE.key("", name)] = _stored(active_namespace(name, is_project=name in projects))
        kinds.setdefault(NAMESPACE, []).append(("", name))
    plane.storage.put(values)
    for kind, names in kinds.items():
        left_out += _unreadable(plane, kind, names)
    return Loaded(len(values) - len(added) - len(left_out), tuple(added), tuple(left_out))


def load_folder(plane: ControlPlane, kubelet: Kubelet, folder: Path) -> Loaded:
    """Everything of a case or a saved state: its objects, and its logs where the API server looks for them.

    A container that has been restarted said the same before: saved logs do not tell which of the two they are.
    """
    objects = [kubelet.taking_over(one) if one["kind"] == "Node" else one for one in documents.objects_in(folder)]
    pods = [one for one in objects if one["kind"] == "Pod"]
    known = {one["metadata"]["name"] for one in objects if one["kind"] == "Node"}
    needed = {pod["spec"]["nodeName"] for pod in pods if pod["spec"].get("nodeName")}
    restarted = {
        (pod["metadata"]["namespace"], pod["metadata"]["name"], status["name"])
        for pod in pods
        for status in pod.get("status", {}).get("containerStatuses", [])
        if status.get("restartCount")
    }
    kubelet.logs = documents.logs_in(folder)
    kubelet.previous = {key: text for key, text in kubelet.logs.items() if key in restarted}
    return load(plane, [*objects, *(kubelet.node(name) for name in sorted(needed - known))])


def reset(plane: ControlPlane) -> None:
    """Takes out every object of every kind in the tables, except what the server made for itself. CRDs stay."""
    by_prefix = {kind.prefix: kind for kind in plane.kinds.values()}
    gone = []
    for key in plane.storage.keys("/registry/"):
        kind = next((kind for prefix, kind in by_prefix.items() if key.startswith(prefix)), None)
        if kind and not _is_own(kind, key):
            gone.append(key)
    plane.storage.delete(gone)


def _is_own(kind: Kind, key: str) -> bool:
    place, _, name = key.removeprefix(kind.prefix).rpartition("/")
    if kind.group == "rbac.authorization.k8s.io":
        return name.startswith("system:") or name in _OWN_ROLES
    if kind.name == "APIService":
        return not name.endswith(f".{_OUR_API}")
    if kind.name == "Lease":
        return place == "kube-system" and name.startswith("apiserver-")
    return key in _OWN or (kind is NAMESPACE and name in _OWN_NAMESPACES)


def _kind_of(plane: ControlPlane, document: Mapping[str, Any]) -> Kind:
    wanted = document["apiVersion"], document["kind"]
    if wanted not in plane.kinds:
        group, _, version = wanted[0].rpartition("/")
        name = wanted[1]
        kind = Kind(group, version, name, f"{name.lower()}s", namespaced=bool(document["metadata"].get("namespace")))
        if not kind.is_custom:
            raise ValueError(f"{wanted[0]} {name} is a built-in kind that tests.live.kinds does not name yet")
        install_crds(plane, [kind])
        plane.kinds[wanted] = kind
    return plane.kinds[wanted]


def _stored(document: Mapping[str, Any]) -> bytes:
    """As etcd holds it: the resource version is etcd's own revision."""
    result: dict[str, Any] = {**document, "metadata": {**document["metadata"]}}
    result["metadata"].pop("resourceVersion", None)
    if result["kind"] == "Secret":
        result.pop("data", None)
        result.pop("stringData", None)
    return json.dumps(result).encode()


def active_namespace(name: str, *, is_project: bool = False) -> dict[str, Any]:
    """An active one, as a server would have made it."""
    labels = {"kubernetes.io/metadata.name": name} | ({"kargo.akuity.io/project": "true"} if is_project else {})
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "uid": f"namespace-{name}", "labels": labels},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _unreadable(plane: ControlPlane, kind: Kind, names: Sequence[tuple[str, str]]) -> list[LeftOut]:
    """Takes out what the server cannot decode: it fails a list, or is missing in it without a word."""
    served = _names(plane, kind)
    result = []
    for namespace, name in names:
        if served is None or (namespace, name) not in served:
            answer = plane.request("GET", kind.path(namespace, name))
            if answer.status != http.HTTPStatus.OK:
                plane.storage.delete([kind.key(namespace, name)])
                result.append(LeftOut(f"{kind.name} {namespace}/{name}", answer.message))
    limit = time.monotonic() + START_S
    while (served := _names(plane, kind)) is None:
        if time.monotonic() > limit:
            raise RuntimeError(f"{kind.path()} cannot be listed: {plane.processes.said_last('kube-apiserver')}")
        time.sleep(POLL_S)
    return result


def _names(plane: ControlPlane, kind: Kind) -> set[tuple[str, str]] | None:
    """(namespace, name) of all objects of a kind; None where the list fails."""
    answer = plane.request("GET", kind.path(), accept=_METADATA_ONLY)
    if answer.status != http.HTTPStatus.OK:
        return None
    return {(one["metadata"].get("namespace", ""), one["metadata"]["name"]) for one in answer.json()["items"]}


def _title(document: Mapping[str, Any]) -> str:
    metadata = document["metadata"]
    place = "/".join(part for part in (metadata.get("namespace", ""), metadata["name"]) if part)
    return f"{document['kind']} {place}"
