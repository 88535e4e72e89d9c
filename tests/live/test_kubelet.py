"""The harness itself: a case's logs come through the real API server."""

from pathlib import Path

import pytest

from tests.live import documents
from tests.live.kubelet import Kubelet
from tests.live.loading import load, load_folder
from tests.live.server import ControlPlane

WITH_LOGS = [folder for folder in documents.folders() if (folder / "logs").is_dir()]
POD = "/api/v1/namespaces/demo/pods/web/log"


@pytest.mark.parametrize("folder", WITH_LOGS, ids=[f"{path.parent.name}/{path.name}" for path in WITH_LOGS])
def test_every_log_of_a_case_is_served(folder: Path, cluster: ControlPlane, kubelet: Kubelet) -> None:
    loaded = load_folder(cluster, kubelet, folder)

    served = {
        key: cluster.request("GET", f"/api/v1/namespaces/{key[0]}/pods/{key[1]}/log?container={key[2]}")
        for key in documents.logs_in(folder)
    }

    assert loaded.left_out == ()
    assert {key: (answer.status, answer.body) for key, answer in served.items()} == {
        key: (200, text) for key, text in documents.logs_in(folder).items()
    }


def _one_pod(cluster: ControlPlane, kubelet: Kubelet) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "demo"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app"}]},
    }
    load(cluster, [pod, kubelet.node("node-1")])
    kubelet.logs["demo", "web", "app"] = b"one\ntwo\nthree\n"
    kubelet.previous["demo", "web", "app"] = b"before\n"


@pytest.mark.parametrize(
    ("query", "text"),
    [("", b"one\ntwo\nthree\n"), ("?tailLines=2", b"two\nthree\n"), ("?tailLines=2&limitBytes=5", b"two\nt"), ("?previous=true", b"before\n")],
)  # fmt: skip
def test_tails_and_the_container_before_are_served(
    query: str, text: bytes, cluster: ControlPlane, kubelet: Kubelet
) -> None:
    _one_pod(cluster, kubelet)

    answer = cluster.request("GET", f"{POD}{query}")

    assert (answer.status, answer.body) == (200, text)


def test_a_container_that_never_ran_before_is_refused_as_a_kubelet_does(
    cluster: ControlPlane, kubelet: Kubelet
) -> None:
    _one_pod(cluster, kubelet)
    kubelet.previous.clear()

    answer = cluster.request("GET", f"{POD}?previous=true")

    assert answer.status == 400
    assert 'previous terminated container "app" in pod "web" not found' in answer.message


def test_a_pod_without_a_node_has_an_empty_log(cluster: ControlPlane) -> None:
    metadata = {"name": "web", "namespace": "demo"}
    load(
        cluster, [{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "app"}]}}]
    )

    answer = cluster.request("GET", f"{POD}?container=app")

    assert (answer.status, answer.body) == (204, b"")
