"""The harness itself: a server that comes up, knows its users, and is gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.loading import load
from tests.live.server import POLL_S, ControlPlane

PODS = "/api/v1/namespaces/demo/pods"
LIST_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}
WHO = "--output=go-template={{.status.userInfo.username}}"
ENDS_WITHIN_S = 30


def test_it_says_which_kubernetes_it_is(cluster: ControlPlane) -> None:
    assert cluster.must("GET", "/version")["gitVersion"].startswith("v1.")


def test_a_stranger_may_do_nothing(cluster: ControlPlane) -> None:
    answer = cluster.request("GET", PODS, user="stranger")

    assert answer.status == 403
    assert answer.json()["message"] == (
        'pods is forbidden: User "stranger" cannot list resource "pods" in API group "" in the namespace "demo"'
    )


def test_a_grant_holds_at_once_and_only_where_it_was_given(cluster: ControlPlane) -> None:
    load(cluster, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}}])

    cluster.grant("reader", [LIST_PODS], "demo")

    assert cluster.request("GET", PODS, user="reader").status == 200
    assert cluster.request("GET", "/api/v1/pods", user="reader").status == 403


def test_kubectl_gets_in_with_a_token_a_certificate_and_a_service_accounts_token(
    cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "bot", "namespace": "demo", "uid": "1"},
    }
    load(cluster, [account])
    config = write_kubeconfig(
        tmp_path / "config",
        [
            cluster.context(name="token"),
            Context("certificate", cluster.url, cluster.ca, certificate=cluster.client_certificate("ada", ["team-a"])),
            Context("account", cluster.url, cluster.ca, token=cluster.service_account_token("demo", "bot")),
        ],
    )

    names = [
        subprocess.run(
            [str(kubectl), f"--kubeconfig={config}", f"--context={context}", "auth", "whoami", WHO],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for context in ("token", "certificate", "account")
    ]

    assert names == ["master", "ada", "system:serviceaccount:demo:bot"]


STARTER = """
import sys
from pathlib import Path
from tests.live.server import ControlPlane
programs = Path(sys.argv[1])
with ControlPlane({"etcd": programs / "etcd", "kube-apiserver": programs / "kube-apiserver"}) as plane:
    print(plane.url, plane.storage.url, plane.folder, flush=True)
    sys.stdin.read()
"""


def _listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


def test_everything_ends_with_a_test_process_that_is_killed(control_plane_programs: dict[str, Path]) -> None:
    folder = control_plane_programs["etcd"].parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    tests = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert tests.stdin is not None
    assert tests.stdout is not None
    with tests, tests.stdin, tests.stdout:
        server, storage, place = tests.stdout.readline().split()
        assert _listens(server)
        assert _listens(storage)

        tests.send_signal(signal.SIGKILL)
        tests.wait()

    limit = time.monotonic() + ENDS_WITHIN_S
    while _listens(server) or _listens(storage) or Path(place).exists():
        if time.monotonic() > limit:
            pytest.fail(f"{server}, {storage} or {place} is still there")
        time.sleep(POLL_S)
