"""Objects that real controllers hold, and those of composed cases: what is found in them is true, and nothing else is found."""

from pathlib import Path

import pytest
import yaml

from gitops_master.manifests.checks.registry import checks
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level, Manifest, path_text
from tests.worlds import FOLDERS, REAL

OURS = {
    "schema-mismatch",
    "step-config-invalid",
    "expression-invalid",
    "step-kind-unknown",
    "deprecated-field",
    "name-too-long",
}
STEP = "spec.promotionTemplate.spec.steps[0]"
BROKEN_ON_PURPOSE = {
    ("Stage demo/s-badexpr", f"{STEP}.config.v"),
    ("Stage demo/w3", f"{STEP}.config.bogus"),
    ("Stage demo/w3", f"{STEP}.config.apps"),
    ("Stage demo/cel", f"{STEP}.uses"),
}
"""Stages of the recorded cluster that were made to fail."""
OF_OLDER_KARGO = {
    ("Project ledger", "spec"),
    ("Project hashline", "spec"),
    ("Warehouse harvest/crop", "spec.subscriptions[0].image.semverConstraint"),
}
"""Cases of versions that still had the field."""


def manifests(folder: Path) -> list[Manifest]:
    """Every object of the YAML files in the folder."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
            held = document.get("items") if isinstance(document, dict) else None
            for one in held if isinstance(held, list) else [document]:
                if isinstance(one, dict) and "kind" in one:
                    found.append(Manifest(one, path.name))
    return found


def errors(folder: Path) -> set[tuple[str, str]]:
    world = World(manifests(folder))
    problems = (one for run in checks() if run.id in OURS for one in run.problems(world))
    return {(one.manifest.title, path_text(one.path)) for one in problems if one.level is Level.ERROR}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_a_case_holds_no_error_but_those_of_its_version(folder: Path) -> None:
    assert errors(folder) <= OF_OLDER_KARGO


@pytest.mark.parametrize("folder", sorted(one for one in REAL.iterdir() if one.is_dir()), ids=lambda one: one.name)
def test_a_real_cluster_holds_no_error_but_those_made_on_purpose(folder: Path) -> None:
    assert errors(folder) <= BROKEN_ON_PURPOSE
