"""What else Kargo is asked to do: each the one request that its API describes, and nothing that is not Kargo's."""

from datetime import UTC, datetime

import pytest

from gitops_master.model.errors import Forbidden, UsageError
from gitops_master.model.meta import Ref
from gitops_master.ports.writing import (
    AbortPromotion,
    AbortVerification,
    ApproveFreight,
    Refresh,
    RefreshApplication,
    Reverify,
    Sent,
    SyncApplication,
    TerminateOperation,
    Write,
)
from tests.adapters.kargo_api import swagger
from tests.adapters.kargo_api.server import FREIGHT, Kargo, answers, cut, sends, serving
from tests.adapters.kargo_api.worlds import SEEN, SERVER_NOW, api, of

pytestmark = swagger.needed

PROMOTION = "dev.01m83b7mkc48mwr0znk0v3p493.1be389c"


def refresh(kind: str, name: str) -> Refresh:
    return Refresh(namespace="demo", of=Ref(f"kargo.akuity.io/{kind}", "demo", name), token="t")


def newest() -> str:
    found: str = swagger.real("projects_demo_stages_dev")["status"]["freightHistory"][0]["verificationHistory"][0]["id"]
    return found


def approve(freight: str = FREIGHT) -> ApproveFreight:
    return ApproveFreight(namespace="demo", freight=freight, stage="dev", at=datetime(2026, 11, 23, tzinfo=UTC))


def writes() -> dict[str, Write]:
    return {
        f"promotions/{PROMOTION}/abort": AbortPromotion(namespace="demo", promotion=PROMOTION),
        f"freight/{FREIGHT}/approve?stage=dev": approve(),
        "stages/dev/refresh": refresh("Stage", "dev"),
        "warehouses/main/refresh": refresh("Warehouse", "main"),
        f"promotions/{PROMOTION}/refresh": refresh("Promotion", PROMOTION),
        "stages/dev/verification": Reverify(namespace="demo", stage="dev", verification_id=newest()),
        "stages/dev/verification/abort": AbortVerification(namespace="demo", stage="dev", verification_id=newest()),
    }


async def test_each_is_one_request() -> None:
    for done, write in writes().items():
        async with serving(Kargo()) as kargo:
            opened = api(of(kargo.url))
            await opened.way(write, SEEN, deadline_s=10)
            sent = await opened.send(write, SEEN, deadline_s=10)

        assert sent == Sent(200, at=SERVER_NOW)
        assert kargo.done == [done]
        assert sum(seen.method == "POST" for seen in kargo.seen) == 1


async def test_no_answer_to_any_is_never_done() -> None:
    for done, write in writes().items():
        async with serving(Kargo()) as kargo:
            for late in (False, True):
                for fault in (
                    cut(late=late),
                    answers(500, "internal server error", late=late),
                    sends(b"<p>welcome", "text/html", late=late),
                ):
                    kargo.done.clear()
                    kargo.fail("POST .*", fault)
                    sent = await api(of(kargo.url)).send(write, SEEN, deadline_s=10)

                    assert (sent.done, sent.ambiguous, bool(sent.problem)) == (False, True, True)
                    assert kargo.done == [done] * late


@pytest.mark.parametrize("kind", [Reverify, AbortVerification])
async def test_another_verification_than_the_newest(kind: type[Reverify] | type[AbortVerification]) -> None:
    async with serving(Kargo()) as kargo:
        write = kind(namespace="demo", stage="dev", verification_id="24bd49da-2ed2-475a-9eb6-30c6046cd51c")
        with pytest.raises(Forbidden, match=f"is not the newest of Stage dev any more: it is {newest()}"):
            await api(of(kargo.url)).send(write, SEEN, deadline_s=10)
        kargo.stage["status"]["freightHistory"] = []
        with pytest.raises(Forbidden, match="there is none"):
            await api(of(kargo.url)).send(write, SEEN, deadline_s=10)

    assert kargo.done == []


async def test_what_is_not_there() -> None:
    async with serving(Kargo()) as kargo:
        opened = api(of(kargo.url))
        approved = await opened.send(approve("none"), SEEN, deadline_s=10)
        with pytest.raises(
            UsageError, match=r'does not have it: 404 Not Found: stages\.kargo\.akuity\.io "none" not found'
        ):
            await opened.send(Reverify(namespace="demo", stage="none", verification_id="x"), SEEN, deadline_s=10)

    assert (approved.status, approved.ambiguous) == (404, False)


async def test_rights_are_the_servers_to_judge() -> None:
    async with serving(Kargo()) as kargo:
        kargo.denied.append("POST .*/abort")
        sent = await api(of(kargo.url)).send(AbortPromotion(namespace="demo", promotion=PROMOTION), SEEN, deadline_s=10)

    assert (sent.status, sent.ambiguous, kargo.done) == (403, False, [])


async def test_a_refresh_of_a_stage_says_what_it_wakes_beside() -> None:
    async with serving(Kargo()) as kargo:
        opened = api(of(kargo.url))
        of_stage = await opened.way(refresh("Stage", "dev"), SEEN, deadline_s=10)
        of_warehouse = await opened.way(refresh("Warehouse", "main"), SEEN, deadline_s=10)

    assert "Kargo looks anew at the Promotion that runs there, too" in of_stage.notes
    assert "Kargo looks anew at the Promotion that runs there, too" not in of_warehouse.notes


@pytest.mark.parametrize(
    "write",
    [
        RefreshApplication(namespace="argocd", app="shop"),
        TerminateOperation(namespace="argocd", app="shop"),
        SyncApplication(namespace="argocd", app="shop"),
        refresh("ProjectConfig", "demo"),
    ],
)
async def test_what_is_not_kargos(write: Write) -> None:
    opened = api(of("http://127.0.0.1:1"))
    for ask in (opened.way, opened.send):
        with pytest.raises(Forbidden, match="this is not Kargo's to do"):
            await ask(write, SEEN, deadline_s=10)
