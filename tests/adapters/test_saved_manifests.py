"""Whole objects of saved files: which places were read in full, and which state of an object counts."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.snapshot.manifests import SavedManifests
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.snapshot import Place

STAGE, WAREHOUSE = "kargo.akuity.io/Stage", "kargo.akuity.io/Warehouse"


def stage(name: str = "test", namespace: str = "demo", **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Stage", "metadata": metadata, "spec": spec}


def saved(folder: Path, *objects: dict[str, Any], **index: Any) -> SavedManifests:
    (folder / "objects.yaml").write_text(yaml.safe_dump_all(objects))
    if index:
        (folder / "snapshot.yaml").write_text(yaml.safe_dump(index))
    return SavedManifests(folder)


async def test_only_what_lies_in_the_places_is_held(tmp_path: Path) -> None:
    reader = saved(tmp_path, stage(), stage("prod"), stage("test", "other"), complete=["*"])

    held = await reader.held([Place(STAGE, "demo", "prod"), Place(STAGE, "other")], deadline_s=1)

    assert [(one.namespace, one.name) for one in held.manifests] == [("demo", "prod"), ("other", "test")]
    assert held.places == (Place(STAGE, "demo", "prod"), Place(STAGE, "other"))
    assert held.gaps == ()


async def test_without_an_index_absence_proves_nothing(tmp_path: Path) -> None:
    held = await saved(tmp_path, stage()).held([Place(STAGE, "demo"), Place(WAREHOUSE, "demo")], deadline_s=1)

    assert ([one.name for one in held.manifests], held.places) == (["test"], ())
    assert [str(gap) for gap in held.gaps] == [f"{STAGE}: not listed in full", f"{WAREHOUSE}: not listed in full"]


async def test_a_stated_gap_is_passed_on(tmp_path: Path) -> None:
    reader = saved(tmp_path, stage(), complete=["*"], gaps=[{"kind": WAREHOUSE, "reason": "forbidden"}])

    held = await reader.held([Place(STAGE, "demo"), Place(WAREHOUSE, "demo")], deadline_s=1)

    assert held.places == (Place(STAGE, "demo"),)
    assert [str(gap) for gap in held.gaps] == [f"{WAREHOUSE}: forbidden"]


async def test_a_capture_knows_its_places_and_that_fields_may_be_missing(tmp_path: Path) -> None:
    looked = [{"kind": STAGE, "namespace": "demo"}]
    reader = saved(tmp_path, stage(), complete=["*"], places=looked, scope={"project": "demo"}, fields="f1")

    held = await reader.held([Place(STAGE, "demo", "prod"), Place(STAGE, "other")], deadline_s=1)

    assert held.places == (Place(STAGE, "demo", "prod"),)
    assert [gap.kind for gap in held.gaps] == ["snapshot", STAGE]
    assert "keeps only fields that it reads" in held.gaps[0].reason


@pytest.mark.parametrize("newer_first", [True, False])
async def test_of_two_states_of_an_object_the_newer_one_counts(tmp_path: Path, newer_first: bool) -> None:
    old, new = stage(shard="old"), stage(shard="new")
    old["metadata"]["resourceVersion"], new["metadata"]["resourceVersion"] = "9", "10"
    reader = saved(tmp_path, *((new, old) if newer_first else (old, new)))

    [held] = (await reader.held([Place(STAGE)], deadline_s=1)).manifests

    assert held.spec == {"shard": "new"}


async def test_secrets_stay_where_they_are(tmp_path: Path) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a", "namespace": "b"},
        "stringData": {"a": "s3cret"},
    }

    held = await saved(tmp_path, secret, complete=["*"]).held([Place("v1/Secret")], deadline_s=1)

    assert (held.manifests, held.places) == ((), ())
    assert [str(gap) for gap in held.gaps] == ["v1/Secret: Secrets are not read"]


async def test_an_object_without_a_name_is_told(tmp_path: Path) -> None:
    nameless = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Stage", "metadata": {"namespace": "demo"}}

    held = await saved(tmp_path, stage(), nameless, complete=["*"]).held([Place(STAGE)], deadline_s=1)

    assert len(held.manifests) == 1
    assert "without a name" in str(held.gaps[0])


async def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no such file"):
        await SavedManifests(tmp_path / "gone").held([Place(STAGE)], deadline_s=1)
