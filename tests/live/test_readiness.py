"""What /readyz says of a real API server: as it is, where it does not take the credentials, where it is broken or gone."""

from pathlib import Path

import pytest

from gitops_master.serving.health import cluster_answers
from gitops_master.settings import place_of
from gitops_master.sources import sources
from tests.live import faults
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.proxy import Proxy
from tests.live.server import ControlPlane, free_port


async def _problem(folder: Path, own: Context, *, own_identity: bool = True) -> str:
    found = sources(place_of({}, kubeconfig=write_kubeconfig(folder / "config", [own])))
    try:
        return await cluster_answers(found, own_identity=own_identity)()
    finally:
        await found.close()


async def test_a_cluster_that_answers_is_enough_whatever_may_be_read(cluster: ControlPlane, tmp_path: Path) -> None:
    assert await _problem(tmp_path, cluster.context("stranger")) == ""


async def test_credentials_that_are_not_taken_matter_where_they_are_used(cluster: ControlPlane, tmp_path: Path) -> None:
    nobody = cluster.context()._replace(token="not-a-token-of-the-cluster")

    assert "401" in await _problem(tmp_path, nobody)
    assert await _problem(tmp_path, nobody, own_identity=False) == ""


@pytest.mark.parametrize("fault", ["SERVER_ERROR", "UNAVAILABLE", "GATEWAY"])
async def test_one_that_breaks_is_not_ready_and_is_again_afterwards(
    fault: str, proxy: Proxy, cluster: ControlPlane, tmp_path: Path
) -> None:
    own = cluster.context()._replace(server=proxy.url)
    proxy.break_(".*", getattr(faults, fault))

    broken = await _problem(tmp_path, own)
    proxy.mend()

    assert broken
    assert await _problem(tmp_path, own) == ""


@pytest.mark.parametrize("own_identity", [True, False])
async def test_one_that_is_gone_is_not_ready(own_identity: bool, cluster: ControlPlane, tmp_path: Path) -> None:
    gone = cluster.context()._replace(server=f"https://127.0.0.1:{free_port()}")

    assert await _problem(tmp_path, gone, own_identity=own_identity)
