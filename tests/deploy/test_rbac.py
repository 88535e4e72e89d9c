"""The roles of deploy/rbac grant what our tools ask for, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.asked import Asked, at_most, in_captures, in_cases, in_surveys, in_verifications

RBAC = Path(__file__).parents[2] / "deploy" / "rbac"
FILES = sorted(str(path.relative_to(RBAC)) for path in RBAC.rglob("*.yaml"))
READERS = [name for name in FILES if not name.startswith("promoter")]
BINDINGS = {"RoleBinding", "ClusterRoleBinding"}
OWN_FILES = {"secrets": "secrets.yaml", "pods/log": "reader-with-logs.yaml"}
"""Resources that have a role of their own."""

ELSEWHERE = {("argoproj.io", "applications", "list")}
"""What a survey tries in the control planes' namespaces, since Applications may lie there: granted where they do (argo-cd.yaml)."""
OPTIONAL = {("gateway.networking.k8s.io", "httproutes", "list"), ("networking.k8s.io", "ingresses", "list")}
"""Only discover_env asks for them in these places; each stands in a rule of its own, so that it can be left out."""

PLACES = ("project", "argo-cd", "control-plane", "destination")
"""The files of `namespaced` are called so."""

Right = tuple[str, str, str]
"""(API group, resource, verb)."""


def _documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((RBAC / name).read_text()))


def _granted(name: str) -> set[Right]:
    return {right for role in _documents(name) for rule in role.get("rules", []) for right in _of_rule(rule)}


def _of_rule(rule: dict[str, list[str]]) -> set[Right]:
    return set(product(rule["apiGroups"], rule["resources"], rule["verbs"]))


def _rights(asked: Iterable[Asked]) -> set[Right]:
    return {one.right for one in asked if one.resource not in OWN_FILES}


def _at(place: str, asked: Iterable[Asked]) -> Iterator[Asked]:
    return (one for one in asked if one.place == place)


@cache
def _asked_for(work: Callable[[], Awaitable[set[Asked]]]) -> frozenset[Asked]:
    async def run() -> frozenset[Asked]:
        return frozenset(await work())

    return asyncio.run(run())


def test_the_reader_may_do_exactly_what_is_asked_for() -> None:
    asked = _asked_for(in_cases) | _asked_for(at_most) | _asked_for(in_surveys) | _asked_for(in_verifications)

    assert _granted("reader.yaml") == _rights(asked)
    for resource, name in OWN_FILES.items():
        assert _granted(name) == {one.right for one in asked if one.resource == resource}


@pytest.mark.parametrize("place", PLACES)
def test_a_role_for_one_namespace_has_what_is_asked_for_there(place: str) -> None:
    needed = _asked_for(in_cases) | _asked_for(in_surveys) | _asked_for(in_verifications)
    most = _asked_for(at_most)
    granted = _granted(f"namespaced/{place}.yaml")

    assert _rights(_at(place, needed)) - granted - ELSEWHERE == set()
    assert granted - _rights(_at(place, needed | most)) == set()


@pytest.mark.parametrize("place", ["project", "argo-cd", "control-plane"])
def test_what_only_discovering_asks_for_can_be_left_out(place: str) -> None:
    rules = _documents(f"namespaced/{place}.yaml")[0]["rules"]
    needed = _asked_for(in_cases) | _asked_for(in_verifications)
    optional = _rights(_at(place, _asked_for(in_surveys))) - _rights(_at(place, needed)) - ELSEWHERE

    assert optional == OPTIONAL
    assert all(rights <= OPTIONAL for rights in map(_of_rule, rules) if rights & OPTIONAL)


def test_a_capture_asks_for_what_an_analysis_asks_for() -> None:
    assert _asked_for(in_captures) <= _asked_for(in_cases) | {Asked("", "pods/log", "get", place) for place in PLACES}


def test_logs_are_the_same_right_in_one_namespace() -> None:
    assert _granted("namespaced/logs.yaml") == _granted("reader-with-logs.yaml")


def test_only_a_role_of_its_own_leads_through_the_proxy() -> None:
    leading = {name for name in FILES if any(resource.endswith("/proxy") for _, resource, _ in _granted(name))}

    assert leading == {"reader-with-proxy.yaml"}
    assert _granted("reader-with-proxy.yaml") == {("", "services/proxy", "get")}


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


@pytest.mark.parametrize(
    ("name", "rights"),
    [
        ("approvals", {("kargo.akuity.io", "stages", "promote")} | {("kargo.akuity.io", "freights/status", verb) for verb in ("get", "patch")}),
        ("warehouses", {("kargo.akuity.io", "warehouses", "patch")}),
        ("argo-cd", {("argoproj.io", "applications", "patch")}),
    ],
)  # fmt: skip
def test_what_else_may_be_written_has_a_role_of_its_own(name: str, rights: set[Right]) -> None:
    assert _granted(f"promoter-{name}.yaml") == rights


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
