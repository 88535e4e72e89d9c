"""`gitops-master lint` with a real API server: what files leave open is looked up, and the server tries what is given."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.cli.main import run
from gitops_master.sources import sources
from tests.judges import upstream
from tests.judges.objects import GOOD
from tests.live.delivering import stored
from tests.live.kinds import KINDS
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.loading import active_namespace, install_definitions, load
from tests.live.server import ControlPlane
from tests.live.upstream import definitions


@pytest.fixture(scope="module")
def plane(control_plane_programs: dict[str, Path]) -> Iterator[ControlPlane]:
    """Holds a namespace and a Warehouse."""
    upstream.needed()
    with ControlPlane(control_plane_programs) as plane:
        install_definitions(plane, definitions())
        load(plane, [active_namespace("demo")])
        one = GOOD["Warehouse"]
        plane.must("POST", KINDS[one["apiVersion"], one["kind"]].path("demo"), one)
        yield plane


def answered(capsys: pytest.CaptureFixture[str], folder: Path, context: Context, *arguments: str) -> tuple[int, Any]:
    config = write_kubeconfig(folder / "config", [context])
    code = run(["lint", "-o", "json", "--kubeconfig", str(config), *arguments], sources)
    return code, json.loads(capsys.readouterr().out)


def stage(folder: Path, warehouse: str, **more: Any) -> str:
    spec = {
        "requestedFreight": [{"origin": {"kind": "Warehouse", "name": warehouse}, "sources": {"direct": True}}],
        **more,
    }
    made = {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": "more", "namespace": "demo"},
        "spec": spec,
    }
    path = folder / "stage.yaml"
    path.write_text(yaml.safe_dump(made))
    return str(path)


def test_what_the_cluster_has_and_lacks_is_known(
    plane: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = GOOD["Warehouse"]["metadata"]["name"]

    there = answered(capsys, tmp_path, plane.context(), stage(tmp_path, name))
    gone = answered(capsys, tmp_path, plane.context(), stage(tmp_path, "nowhere"))

    assert there[0] == 0, there[1]
    assert "no cluster was asked" not in there[1]["report"]
    assert gone[0] == 1
    assert "nowhere" in gone[1]["problems"][0]["message"]


def test_the_server_refuses_what_it_would_not_take_and_stores_nothing(
    plane: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = stored(plane)
    name = GOOD["Warehouse"]["metadata"]["name"]

    good = answered(capsys, tmp_path, plane.context(), stage(tmp_path, name), "--server-dry-run")
    bad = answered(capsys, tmp_path, plane.context(), stage(tmp_path, name, shards="x"), "--server-dry-run")

    assert (good[0], good[1]["trials"]) == (0, [{"object": "Stage demo/more", "accepted": True, "allowed": True}])
    refused = [one for one in bad[1]["problems"] if one["check"] == "refused-by-server"]
    assert bad[0] == 1
    assert 'unknown field "spec.shards"' in refused[0]["message"]
    assert stored(plane) == keys
