"""The world that probes' cases look at (tests/probes/base.yaml) on a real API server, in order or changed a little."""

import http
import json
import time
from collections.abc import Sequence
from typing import Any

from gitops_master.model.meta import Ref
from gitops_master.model.registry import kind_of
from tests.live.kinds import Kind, crd
from tests.live.kubelet import Kubelet
from tests.live.loading import load
from tests.live.server import POLL_S, START_S, ControlPlane
from tests.probes import world

Objects = list[dict[str, Any]]
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "example.test"
METRICS_SERVER = "metrics-server"
API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


def objects(changes: Sequence[dict[str, Any]]) -> Objects:
    """The changed world as plain data, as far as an API server holds it as it is.

    It makes definitions real itself, and gives addresses from its own range.
    """
    found = []
    for one in json.loads(json.dumps(world.plain(list(changes)), default=str)):
        if one["kind"] == "Service" and one["spec"].get("clusterIP") != "None":
            one["spec"].pop("clusterIP", None)
        if one["kind"] != "CustomResourceDefinition":
            found.append(one)
    return found


def put(cluster: ControlPlane, kubelet: Kubelet, changes: Sequence[dict[str, Any]] = ()) -> Objects:
    """Loads the world, and returns its objects once the server has judged its own."""
    made = objects(changes)
    there = [*made, _metrics_server()]
    for one in made:
        if one["kind"] == "APIService":  # the server asks whoever is said to serve it
            one["spec"] |= {"insecureSkipTLSVerify": True, "groupPriorityMinimum": 100, "versionPriority": 100}
            one["spec"]["service"]["port"] = kubelet.port
    loaded = load(cluster, [kubelet.taking_over(one) if one["kind"] == "Node" else one for one in there])
    if loaded.left_out:
        raise RuntimeError(f"the server does not hold {loaded.left_out}")
    for one in made:
        if one["kind"] == "APIService":
            is_there = one["spec"]["service"]["name"] == METRICS_SERVER
            _await_judged(cluster, one["metadata"]["name"], expected="True" if is_there else "False")
    return made


def _metrics_server() -> dict[str, Any]:
    """A Service that leads to this machine."""
    spec = {"type": "ExternalName", "externalName": "127.0.0.1"}
    metadata = {"name": METRICS_SERVER, "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def ref(one: dict[str, Any]) -> Ref:
    metadata = one["metadata"]
    return Ref(kind_of(one["apiVersion"], one["kind"]), metadata.get("namespace", ""), metadata["name"])


def define(cluster: ControlPlane, name: str, taken: str = "") -> None:
    """A definition `<name>s.example.test`, and the server's word about its names. `taken`: a singular that another has already."""
    definition = crd(Kind(GROUP, "v1", name, f"{name.lower()}s"))
    if taken:
        definition["spec"]["names"]["singular"] = taken
    answer = cluster.request("POST", DEFINITIONS, definition)
    if answer.status not in (http.HTTPStatus.CREATED, http.HTTPStatus.CONFLICT):
        raise RuntimeError(answer.message)
    path = f"{DEFINITIONS}/{definition['metadata']['name']}"
    expected = "False" if taken else "True"
    _await(lambda: _conditions(cluster, path, "NamesAccepted") == expected, f"the names of {name}")


def _conditions(cluster: ControlPlane, path: str, type_: str) -> str:
    """The status of the condition; empty where there is none."""
    answer = cluster.request("GET", path)
    found = answer.json().get("status", {}).get("conditions") if answer.status == http.HTTPStatus.OK else None
    return next((str(one["status"]) for one in found or [] if one["type"] == type_), "")


def _await_judged(cluster: ControlPlane, name: str, *, expected: str) -> None:
    _await(lambda: _conditions(cluster, f"{API_SERVICES}/{name}", "Available") == expected, name)


def _await(holds: Any, what: str) -> None:
    limit = time.monotonic() + START_S
    while not holds():
        if time.monotonic() > limit:
            raise RuntimeError(f"the server has not judged {what} after {START_S} s")
        time.sleep(POLL_S)
