"""Objects that real controllers accepted and wrote are not faulted, but for what is deliberately wrong with them."""

from pathlib import Path

import pytest

from gitops_master.files.yaml_events import yaml_documents
from gitops_master.manifests.checks.registry import checks
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level, Manifest
from gitops_master.model.snapshot import Place
from gitops_master.model.versions import Version, Versions

_REAL = Path(__file__).parents[2] / "real"
_NOT_WRITTEN = {"events.yaml", "promotions.yaml", "freights.yaml", "analysisruns.yaml", "jobs.yaml", "snapshot.yaml"}
"""What controllers make: nobody sets it up, and no check speaks of it."""
_KARGO = Version(1, 11, 2)

TRUE = {
    # Stages that were set up to see how real controllers fail.
    ("analysis-template-not-found", "dev-vmissing"): "its verification names no-such-template",
    ("argocd-app-not-found", "s-noapp"): "it deploys missing-app",
    ("authorized-stage-annotation-mismatch", "unauth-app"): "Stage s-unauth deploys it without being named",
    ("requested-warehouse-not-found", "t-ghost"): "it requests Freight of no-such-wh",
    ("expression-invalid", "s-badexpr"): "its step reads vars.nope.deep, and there is no vars.nope",
    ("step-kind-unknown", "cel"): "its step is no-such-step",
    ("step-config-invalid", "w3"): "its argocd-update has a field called bogus, and no apps",
}
"""Check and object, and why it is no false alarm."""


def _manifests(folder: Path) -> list[Manifest]:
    found = []
    for file in sorted(folder.glob("*.yaml")):
        for data in yaml_documents(file.read_bytes()) if file.name not in _NOT_WRITTEN else ():
            if isinstance(data, dict):
                found += [Manifest(one, file.name) for one in (data["items"] if data["kind"] == "List" else [data])]
    return found


def _told(held: World) -> set[tuple[str, str]]:
    every = (problem for one in checks() for problem in one.problems(held))
    return {(one.check, one.manifest.name) for one in every if one.level is not Level.NOTE}


_SETS = sorted(one for one in _REAL.iterdir() if one.is_dir())


@pytest.mark.parametrize("folder", _SETS, ids=lambda one: one.name)
def test_real_objects_are_not_faulted(folder: Path) -> None:
    given = _manifests(folder)

    of_files = _told(World(given, versions=Versions(kargo=_KARGO)))
    of_a_cluster = _told(World(given, (), places=[Place(one.kind) for one in given], live_known=True))

    assert (of_files | of_a_cluster) - set(TRUE) == set()


def test_what_is_deliberately_wrong_is_told() -> None:
    told = {one for folder in _SETS for one in _told(World(_manifests(folder), versions=Versions(kargo=_KARGO)))}

    assert set(TRUE) <= told
