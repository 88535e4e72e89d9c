"""Which reader of manifests and which judge of them the settings lead to."""

import json
from pathlib import Path

import pytest

from gitops_master.adapters.manifests import LiveManifests, ServerDryRuns
from gitops_master.adapters.snapshot.manifests import SavedManifests
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Manifest
from gitops_master.model.snapshot import Place
from gitops_master.settings import Settings
from gitops_master.sources import sources


def _kubeconfig(folder: Path) -> Path:
    names = ["one", "two"]
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example"}} for name in names],
        "users": [{"name": name, "user": {"token": "t0ken"}} for name in names],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in names],
    }
    path = folder / "config"
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return path


def test_a_saved_cluster_is_read_and_has_nobody_to_ask(tmp_path: Path) -> None:
    saved = sources(Settings(snapshot=tmp_path), {})

    assert isinstance(saved.manifests(), SavedManifests)
    assert saved.dry_runner() is None
    for ask in (saved.manifests, saved.dry_runner):
        with pytest.raises(UsageError, match="a snapshot is looked at"):
            ask("prod")


async def test_each_context_has_its_own_and_connections_are_kept(tmp_path: Path) -> None:
    live = sources(Settings(kubeconfig=_kubeconfig(tmp_path)), {})

    first, again, other = live.dry_runner(), live.dry_runner("one"), live.dry_runner("two")

    assert isinstance(live.manifests("two"), LiveManifests)
    assert isinstance(first, ServerDryRuns)
    assert first is again
    assert first is not other
    await live.close()
    assert live.dry_runner() is not first


async def test_a_context_that_does_not_exist_is_named(tmp_path: Path) -> None:
    live = sources(Settings(kubeconfig=_kubeconfig(tmp_path)), {})
    runner = live.dry_runner("prod")
    assert runner is not None
    stage = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Stage", "metadata": {"name": "a", "namespace": "b"}}

    with pytest.raises(UsageError, match="prod"):
        await live.manifests("prod").held([Place("kargo.akuity.io/Stage")], deadline_s=10)
    with pytest.raises(UsageError, match="prod"):
        await runner.dry_run([Manifest(stage)], deadline_s=10)

    await live.close()
