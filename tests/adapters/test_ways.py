"""Which way each write goes."""

import pytest

from gitops_master.adapters.ways import Ways
from gitops_master.model.errors import Unreachable
from gitops_master.ports.writing import (
    Premises,
    Promote,
    RefreshApplication,
    Reverify,
    Sent,
    SyncApplication,
    TerminateOperation,
    Way,
    Write,
    Writer,
)

PROMOTE = Promote(namespace="shop", stage="test", freight="f1")
REVERIFY = Reverify(namespace="shop", stage="test", verification_id="id-1")
ARGO_CD = [
    RefreshApplication(namespace="argocd", app="shop"),
    TerminateOperation(namespace="argocd", app="shop"),
    SyncApplication(namespace="argocd", app="shop"),
]
HERE = Premises()


class One:
    def __init__(self, title: str) -> None:
        self.title = title
        self.closed = 0

    async def way(self, write: Write, premises: Premises, *, deadline_s: float) -> Way:
        return Way(title=self.title)

    async def send(self, write: Write, premises: Premises, *, deadline_s: float) -> Sent:
        return Sent(200, names=(self.title,))

    async def close(self) -> None:
        self.closed += 1


async def taken(ways: Ways, write: Write) -> tuple[str, str]:
    way = await ways.way(write, HERE, deadline_s=5)
    sent = await ways.send(write, HERE, deadline_s=5)
    return way.title, sent.names[0]


@pytest.mark.parametrize("write", [PROMOTE, REVERIFY])
async def test_kargo_is_written_to_over_its_own_api_where_there_is_a_login(write: Write) -> None:
    ways = Ways(lambda: One("kargo"), One("objects"))

    assert await taken(ways, write) == ("kargo", "kargo")


@pytest.mark.parametrize("write", [PROMOTE, REVERIFY])
async def test_without_a_login_it_goes_over_objects(write: Write) -> None:
    assert await taken(Ways(None, One("objects")), write) == ("objects", "objects")


@pytest.mark.parametrize("write", ARGO_CD)
async def test_argo_cd_is_always_written_to_over_objects(write: Write) -> None:
    opened: list[Writer] = []

    def kargo() -> Writer:
        opened.append(One("kargo"))
        return opened[0]

    assert await taken(Ways(kargo, One("objects")), write) == ("objects", "objects")
    assert opened == []


async def test_a_login_that_does_not_work_is_an_error_and_no_reason_to_go_another_way() -> None:
    def kargo() -> Writer:
        raise Unreachable("the login is broken")

    with pytest.raises(Unreachable, match="the login is broken"):
        await taken(Ways(kargo, One("objects")), PROMOTE)


async def test_the_login_is_opened_once_and_both_are_closed() -> None:
    kargo, objects, opened = One("kargo"), One("objects"), 0

    def open_() -> Writer:
        nonlocal opened
        opened += 1
        return kargo

    ways = Ways(open_, objects)
    await taken(ways, PROMOTE)
    await ways.close()

    assert (opened, kargo.closed, objects.closed) == (1, 1, 1)
