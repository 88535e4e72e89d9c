"""The judge of tests/judges/upstream.py and a real API server with the same CRDs say the same of the same objects."""

import http
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.judges import objects, upstream
from tests.live.kinds import KINDS
from tests.live.loading import active_namespace, install_definitions, load
from tests.live.server import ControlPlane
from tests.live.upstream import definitions


@pytest.fixture(scope="module")
def plane(control_plane_programs: dict[str, Path]) -> Iterator[ControlPlane]:
    upstream.needed()
    with ControlPlane(control_plane_programs) as plane:
        install_definitions(plane, definitions())
        load(plane, [active_namespace("demo")])
        yield plane


def _said(plane: ControlPlane, one: objects.JSON) -> str:
    """The server's refusal, stored or not nothing is; empty where it takes the object."""
    path = KINDS[one["apiVersion"], one["kind"]].path(one["metadata"].get("namespace", ""))
    answer = plane.request("POST", f"{path}?dryRun=All&fieldValidation=Strict", one)
    return "" if answer.status == http.HTTPStatus.CREATED else answer.message


def test_both_pass_what_is_right(plane: ControlPlane) -> None:
    assert {name: _said(plane, one) for name, one in objects.GOOD.items()} == dict.fromkeys(objects.GOOD, "")
    assert [one for good in objects.GOOD.values() for one in upstream.refusals(good)] == []


def test_both_refuse_what_is_wrong_for_the_same_reason(plane: ControlPlane) -> None:
    for name, fault in objects.FAULTY.items():
        one = objects.faulty(fault)

        assert fault.said in _said(plane, one), (name, _said(plane, one))
        assert any(fault.said in text for text in upstream.object_refusals(one)), name
