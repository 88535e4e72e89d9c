"""Names of what exists, as they are read for somebody who types."""

from datetime import UTC, datetime
from typing import Any

from gitops_master.adapters.live.reader import LiveReader
from gitops_master.usecases.names import read_freight, read_names
from tests.adapters.fake_api import FakeApi

KARGO = "kargo.akuity.io/v1alpha1"


def _object(kind: str, name: str, namespace: str = "", api: str = KARGO, **more: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **more}


OBJECTS = [
    _object("Project", "shop"),
    _object("Project", "bank"),
    _object("Stage", "dev", "shop"),
    _object("Stage", "prod", "bank"),
    _object("Warehouse", "main", "shop"),
    _object("Application", "web", "argocd", "argoproj.io/v1alpha1"),
    _object("Application", "api", "argocd", "argoproj.io/v1alpha1"),
    _object("Application", "api", "team", "argoproj.io/v1alpha1"),
    _object("Freight", "aaa", "shop", alias="old-owl", discoveredAt="2026-11-01T00:00:00Z"),
    _object("Freight", "bbb", "shop", alias="new-newt", discoveredAt="2026-11-02T00:00:00Z"),
    _object("Freight", "ccc", "shop", discoveredAt="2026-10-01T00:00:00Z"),
    _object("Freight", "ddd", "bank", alias="other-ox"),
]


def _reader(api: FakeApi) -> LiveReader:
    return LiveReader(api, now=lambda: datetime(2026, 11, 23, tzinfo=UTC))


async def test_projects_stages_and_applications_are_read_with_few_requests() -> None:
    api = FakeApi(OBJECTS)

    found = await read_names(_reader(api))

    assert found.projects == ("bank", "shop")
    assert found.stages == {"bank": ("prod",), "shop": ("dev",)}
    assert found.apps == ("argocd/api", "team/api", "web")
    assert len(api.asked) == 4


async def test_freight_is_named_newest_first_aliases_before_names() -> None:
    api = FakeApi(OBJECTS)

    found = await read_freight(_reader(api), "shop")

    assert found == ("new-newt", "old-owl", "ccc", "bbb", "aaa")
    assert len(api.asked) == 1


async def test_a_project_that_may_be_read_alone_is_named_where_all_may_not() -> None:
    api = FakeApi(OBJECTS, refuse=lambda request: 0 if "/namespaces/shop/" in request.path else 403)

    found = await read_names(_reader(api), "shop")

    assert found.stages == {"shop": ("dev",)}
