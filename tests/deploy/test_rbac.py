"""The roles of deploy/rbac grant what the live reader asks for, and nothing else."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.asked import Asked, at_most, in_cases

RBAC = Path(__file__).parents[2] / "deploy" / "rbac"
FILES = sorted(str(path.relative_to(RBAC)) for path in RBAC.rglob("*.yaml"))
READERS = [name for name in FILES if name != "promoter.yaml"]
BINDINGS = {"RoleBinding", "ClusterRoleBinding"}
OWN_FILES = {"secrets": "secrets.yaml", "pods/log": "reader-with-logs.yaml"}
"""Resources that have a role of their own."""

Right = tuple[str, str, str]
"""(API group, resource, verb)."""


def _documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((RBAC / name).read_text()))


def _granted(name: str) -> set[Right]:
    return {
        (group, resource, verb)
        for role in _documents(name)
        for rule in role.get("rules", [])
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def _rights(asked: Iterable[Asked]) -> set[Right]:
    return {one.right for one in asked if one.resource not in OWN_FILES}


def _at(place: str, asked: Iterable[Asked]) -> Iterator[Asked]:
    return (one for one in asked if one.place == place)


async def test_the_reader_may_do_exactly_what_is_asked_for() -> None:
    asked = await in_cases() | await at_most()

    assert _granted("reader.yaml") == _rights(asked)
    for resource, name in OWN_FILES.items():
        assert _granted(name) == {one.right for one in asked if one.resource == resource}


@pytest.mark.parametrize("place", ["project", "argo-cd", "control-plane", "destination"])
async def test_a_role_for_one_namespace_has_what_is_asked_for_there(place: str) -> None:
    cases, most = await in_cases(), await at_most()
    granted = _granted(f"namespaced/{place}.yaml")

    assert _rights(_at(place, cases)) - granted == set()
    assert granted - _rights(_at(place, cases | most)) == set()


def test_logs_are_the_same_right_in_one_namespace() -> None:
    assert _granted("namespaced/logs.yaml") == _granted("reader-with-logs.yaml")


@pytest.mark.parametrize("name", READERS)
def test_readers_only_read(name: str) -> None:
    assert {verb for *_, verb in _granted(name)} <= {"get", "list"}


def test_the_promoter_may_promote_verify_again_and_abort() -> None:
    assert _granted("promoter.yaml") == {
        ("kargo.akuity.io", resource, verb)
        for resource, verb in (
            ("stages", "promote"),
            ("stages", "patch"),
            ("promotions", "create"),
            ("promotions", "patch"),
        )
    }


@pytest.mark.parametrize("name", FILES)
def test_each_role_is_bound_by_its_own_file(name: str) -> None:
    role, binding = _documents(name)

    assert binding["kind"] in BINDINGS
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": role["kind"],
        "name": role["metadata"]["name"],
    }
    assert all("*" not in str(rule) for rule in role["rules"])
    assert all("namespace" not in one["metadata"] for one in (role, binding))


@pytest.mark.parametrize("name", FILES)
def test_the_readme_names_it(name: str) -> None:
    readme = (RBAC / "README.md").read_text()

    assert f"`{name}`" in readme or f"--filename={name}" in readme
