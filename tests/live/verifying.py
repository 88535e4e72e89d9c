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
API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


def objects(changes: Sequence[dict[str, Any]]) -> Objects:
    """The changed world as plain data, as far as an API server holds it as it is.

    It makes definitions real itself, gives addresses from its own range, and asks whoever is said to serve an API.
    """
    found = []
    for one in json.loads(json.dumps(world.plain(list(changes)), default=str)):
        if one["kind"] == "Service" and one["spec"].get("clusterIP") != "None":
            one["spec"].pop("clusterIP", None)
        if one["kind"] == "APIService" and one["spec"].get("service", {}).get("name") == "metrics-server":
            del one["spec"]["service"]  # served by the API server itself: nobody else is there
        if one["kind"] != "CustomResourceDefinition":
            found.append(one)
    return found


def put(cluster: ControlPlane, kubelet: Kubelet, changes: Sequence[dict[str, Any]] = ()) -> Objects:
    """Loads the world, and returns its objects once the server has judged its own."""
    made = objects(changes)
    loaded = load(cluster, [kubelet.taking_over(one) if one["kind"] == "Node" else one for one in made])
    if loaded.left_out:
        raise RuntimeError(f"the server does not hold {loaded.left_out}")
    for one in made:
        if one["kind"] == "APIService":
            _await_judged(cluster, one["metadata"]["name"], expected="False" if one["spec"].get("service") else "True")
    return made


def ref(one: dict[str, Any]) -> Ref:
    metadata = one["metadata"]
    return Ref(kind_of(one["apiVersion"], one["kind"]), metadata.get("namespace", ""), metadata["name"])


def define(cluster: ControlPlane, name: str, kind: str) -> None:
    """A definition `<name>s.example.test` of a kind, and the server's word about its names: whether another has taken them."""
    made = Kind(GROUP, "v1", name, f"{name.lower()}s")
    definition = crd(made)
    definition["spec"]["names"] |= {"kind": kind, "listKind": f"{kind}List"}
    answer = cluster.request("POST", DEFINITIONS, definition)
    if answer.status not in (http.HTTPStatus.CREATED, http.HTTPStatus.CONFLICT):
        raise RuntimeError(answer.message)
    path = f"{DEFINITIONS}/{definition['metadata']['name']}"
    expected = "True" if kind == name else "False"
    _await(lambda: _conditions(cluster, path, "NamesAccepted") == expected, f"the names of {name}")


def _conditions(cluster: ControlPlane, path: str, type_: str) -> str:
    """The status of the condition; empty where there is none."""
    answer = cluster.request("GET", path)
    found = answer.json().get("status", {}).get("conditions", []) if answer.status == http.HTTPStatus.OK else []
    return next((str(one["status"]) for one in found if one["type"] == type_), "")


def _await_judged(cluster: ControlPlane, name: str, *, expected: str) -> None:
    _await(lambda: _conditions(cluster, f"{API_SERVICES}/{name}", "Available") == expected, name)


def _await(holds: Any, what: str) -> None:
    limit = time.monotonic() + START_S
    while not holds():
        if time.monotonic() > limit:
            raise RuntimeError(f"the server has not judged {what} after {START_S} s")
        time.sleep(POLL_S)
