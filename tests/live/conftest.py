"""Fixtures for tests on real parts. Ask for `cluster`: a real API server that holds nothing but itself.

loaded = load_folder(cluster, kubelet, worlds.case_folder("dev/k03"))
config = write_kubeconfig(tmp_path / "config", [cluster.context("reader")._replace(server=proxy.url)])
cluster.grant("reader", [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}], "demo")
proxy.break_(r"GET .*/stages", faults.TOO_MANY, times=1)
"""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.live import programs
from tests.live.kubelet import Kubelet
from tests.live.loading import install_crds, reset
from tests.live.proxy import Proxy
from tests.live.rollouts import answering
from tests.live.server import ControlPlane

T = TypeVar("T")


def had(find: Callable[[], T]) -> T:
    """What `find` finds; where it is not to be had the test is skipped, in CI it fails."""
    try:
        return find()
    except programs.NotToBeHad as error:
        if programs.in_ci():
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


def _found(module: programs.Module) -> dict[str, Path]:
    return had(lambda: programs.find(module))


@pytest.fixture(scope="session")
def control_plane_programs() -> dict[str, Path]:
    """etcd, kube-apiserver and kubectl."""
    return _found(programs.CONTROL_PLANE)


@pytest.fixture(scope="session")
def kubectl(control_plane_programs: dict[str, Path]) -> Path:
    return control_plane_programs["kubectl"]


@pytest.fixture(scope="session")
def rollouts_controller() -> Path:
    """The Argo Rollouts controller; built only for tests that ask for it."""
    return _found(programs.ROLLOUTS)["rollouts-controller"]


@pytest.fixture(scope="session")
def helm() -> Path:
    return _found(programs.HELM)["helm"]


@pytest.fixture
def endpoint() -> Iterator[str]:
    """The URL of an HTTP server that web metrics may ask."""
    with answering() as url:
        yield url


@pytest.fixture(scope="session")
def control_plane(control_plane_programs: dict[str, Path]) -> Iterator[ControlPlane]:
    """One server for all tests of this process: with pytest-xdist one for each worker, so that none waits for another."""
    with ControlPlane(control_plane_programs) as plane:
        install_crds(plane)
        yield plane


@pytest.fixture
def cluster(control_plane: ControlPlane) -> ControlPlane:
    """The server, empty but for itself: objects that other tests left are gone."""
    reset(control_plane)
    return control_plane


@pytest.fixture(scope="session")
def kubelets(control_plane: ControlPlane) -> Iterator[Kubelet]:
    """Answers for every Node of the server."""
    with Kubelet(control_plane.authority) as kubelet:
        yield kubelet


@pytest.fixture
def kubelet(kubelets: Kubelet) -> Kubelet:
    """The same, with nothing to tell yet."""
    kubelets.logs, kubelets.previous = {}, {}
    return kubelets


@pytest.fixture
async def proxy(cluster: ControlPlane) -> AsyncIterator[Proxy]:
    """In front of the server, passing everything on until a test breaks something."""
    async with Proxy(cluster) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def other_control_plane(control_plane_programs: dict[str, Path]) -> Iterator[ControlPlane]:
    """A second server, for what lives on another cluster."""
    with ControlPlane(control_plane_programs) as plane:
        install_crds(plane)
        yield plane


@pytest.fixture
def other_cluster(other_control_plane: ControlPlane) -> ControlPlane:
    """The second server, empty but for itself."""
    reset(other_control_plane)
    return other_control_plane
