"""A Promotion is made once or not at all, and what is said of it is true, whatever happens on the way."""

import asyncio
import json
from collections.abc import Callable

import pytest

from gitops_master.adapters.kargo_api import transport
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable
from gitops_master.ports.writing import Promote, Sent
from tests.adapters.kargo_api import swagger
from tests.adapters.kargo_api.server import (
    ADMIN,
    FREIGHT,
    PROJECT,
    PROMOTE,
    VERSION,
    Fault,
    Kargo,
    answers,
    bomb,
    cut,
    hangs,
    sends,
    serving,
)
from tests.adapters.kargo_api.worlds import BY_HAND, SEEN, SERVER_NOW, WRITE, api, of
from tests.adapters.kube_api.worlds import raw

pytestmark = swagger.needed

PAGE = b"<!doctype html><title>Sign in</title>"
WHAT_OTHERS_SAY = b'{"kind": "Promotion", "metadata": {"name": "x"}, "spec": {"stage": "other", "freight": "other"}}'


def posts(kargo: Kargo) -> int:
    return sum(seen.method == "POST" for seen in kargo.seen)


async def promoted(kargo: Kargo) -> Sent:
    return await api(of(kargo.url)).send(WRITE, SEEN, deadline_s=10)


async def test_kargo_names_the_promotion_that_it_made() -> None:
    async with serving(Kargo()) as kargo:
        opened = api(of(kargo.url))
        way = await opened.way(WRITE, SEEN, deadline_s=10)
        asked_before = len(kargo.seen)
        sent = await opened.send(WRITE, SEEN, deadline_s=10)

    assert (way.title, way.who, way.is_tried) == (f"Kargo's API at {kargo.url}", "admin", False)
    assert sent == Sent(201, names=tuple(kargo.made), at=SERVER_NOW)
    assert (len(kargo.made), posts(kargo)) == (1, 1)
    assert len(kargo.seen) - asked_before == 4  # all that was proved before, what runs there already, and the write


@pytest.mark.parametrize("code", [400, 403, 404, 409, 413, 422, 429])
async def test_a_refusal_is_told_and_not_repeated(code: int) -> None:
    async with serving(Kargo()) as kargo:
        kargo.fail(PROMOTE, answers(code, f"Freight is not available, and {ADMIN} may not know why" + "." * 5000))
        sent = await promoted(kargo)

    assert (sent.status, sent.done, sent.ambiguous, sent.names) == (code, False, False, ())
    assert (kargo.made, posts(kargo)) == ([], 1)
    assert f"answers {code} " in sent.problem
    assert "Freight is not available" in sent.problem
    assert ADMIN not in sent.problem
    assert len(sent.problem) < 700


async def test_a_write_is_not_sent_after_a_redirect() -> None:
    async with serving(Kargo()) as kargo, serving(Kargo()) as other:
        kargo.fail(PROMOTE, sends(b"", "text/html", 307, Location=f"{other.url}/v1beta1/x?token=abcdef"))
        sent = await promoted(kargo)

    assert (sent.status, sent.done, sent.ambiguous) == (307, False, False)
    assert "which is not followed" in sent.problem
    assert "abcdef" not in sent.problem
    assert (kargo.made, other.seen) == ([], [])


async def test_through_a_proxy() -> None:
    async with serving(Kargo()) as proxy:
        environ = of("http://kargo.example.com", HTTP_PROXY=proxy.url.replace("//", "//me:hunter2-hunter2@"))
        sent = await api(environ).send(WRITE, SEEN, deadline_s=10)

    with pytest.raises(Unreachable) as raised:
        await api(environ).send(WRITE, SEEN, deadline_s=10)

    assert (sent.done, len(proxy.made)) == (True, 1)
    assert f"the proxy {proxy.url.removeprefix('http://')} refuses connections" in raised.value.message
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        lambda late: answers(500, "internal server error", late=late),
        lambda late: sends(PAGE, "text/html", 502, late=late),
        lambda late: sends(PAGE, "text/html", 503, late=late),
        lambda late: sends(b"", "text/plain", 504, late=late),
        lambda late: sends(b"", "text/plain", 524, late=late),
        lambda late: sends(PAGE, "text/html", 200, late=late),
        lambda late: sends(b"{]", "application/json", 201, late=late),
        lambda late: sends(WHAT_OTHERS_SAY, "application/json", 201, late=late),
        lambda late: sends(b"null", "application/json", 201, late=late),
        lambda late: sends(b"", "application/json", 201, late=late),
        lambda late: cut(late=late),
        lambda late: cut(late=late, beginning=b"\x00\xff\x00 garbage\r\n\r\n"),
        lambda late: cut(late=late, beginning=b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"),
        lambda late: bomb(transport.MOST_BODY + 1, late=late),
        lambda late: sends(b" " * (transport.MOST_BODY + 1), "application/json", 201, late=late),
        lambda late: sends(b"\x1f\x8b", "application/json", 201, late=late, Content_Encoding="gzip"),
        lambda late: sends(b"?", "application/json", 201, late=late, Content_Encoding="zstd"),
    ],
)
async def test_an_answer_that_says_nothing_is_never_taken_for_one(fault: Callable[[bool], Fault], late: bool) -> None:
    async with serving(Kargo()) as kargo:
        kargo.fail(PROMOTE, fault(late))
        sent = await promoted(kargo)

    assert (sent.done, sent.ambiguous, sent.names) == (False, True, ())
    assert sent.problem
    assert sent.at == SERVER_NOW
    assert (len(kargo.made), posts(kargo)) == (int(late), 1)


@pytest.mark.parametrize("late", [False, True])
async def test_what_takes_longer_than_the_deadline_is_not_known(late: bool) -> None:
    async with serving(Kargo()) as kargo:
        kargo.fail(PROMOTE, hangs(kargo, late=late))
        opened = api(of(kargo.url))
        await opened.way(WRITE, SEEN, deadline_s=10)
        sent = await opened.send(WRITE, SEEN, deadline_s=2)

    assert (sent.status, sent.ambiguous, len(kargo.made), posts(kargo)) == (0, True, int(late), 1)
    assert "no answer within 2 s (connected to 127.0.0.1:" in sent.problem
    assert sent.at == SERVER_NOW


async def test_a_connection_that_ends_while_the_write_is_sent() -> None:
    said = {
        b"/server-version": swagger.real("system_server-version"),
        b"/demo": swagger.real("projects_demo"),
        b"/promotions?stage=dev": {"metadata": {}, "items": []},
    }

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readuntil(b" HTTP")
        for path, held in said.items():
            if line.startswith(b"GET") and line.endswith(path + b" HTTP"):
                body = json.dumps(held).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()

    async with raw(talk) as url:
        sent = await api(of(url)).send(WRITE, SEEN, deadline_s=10)

    assert (sent.status, sent.ambiguous) == (0, True)
    assert "closed the connection" in sent.problem


@pytest.mark.parametrize("where", [VERSION, PROJECT])
@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (sends(PAGE, "text/html"), Forbidden, "yet what came is a web page"),
        (sends(b'{"a": 1}', "application/json"), Forbidden, "does not answer as Kargo does"),
        (sends(b"", "text/html", 302, Location="https://sso.example/auth?token=abcdef"), Forbidden, "points to https://sso.example/auth, which"),
        (sends(b"nothing here", "text/plain", 404), Forbidden, "nothing here"),
        (answers(418, "no"), Forbidden, "answers 418"),
    ],
)  # fmt: skip
async def test_what_is_not_kargo_gets_no_write(where: str, fault: Fault, kind: type[GitOpsError], words: str) -> None:
    async with serving(Kargo()) as kargo:
        kargo.fail(where, fault)
        with pytest.raises(kind) as raised:
            await promoted(kargo)

    assert words in raised.value.message
    assert "abcdef" not in str(raised.value)
    assert kargo.url in raised.value.message
    assert BY_HAND in raised.value.hint
    assert posts(kargo) == 0


@pytest.mark.parametrize(
    "fault", [answers(503, "busy"), answers(429, "slower"), answers(500, "internal server error"), cut(late=False)]
)
async def test_reads_are_asked_again(fault: Fault) -> None:
    async with serving(Kargo()) as kargo:
        kargo.fail(VERSION, fault, fault)
        kargo.fail(PROJECT, fault)
        sent = await promoted(kargo)

    assert (sent.done, len(kargo.made)) == (True, 1)


@pytest.mark.parametrize("fault", [answers(503, "busy"), cut(late=False)])
async def test_reads_that_fail_every_time_leave_all_as_it_was(fault: Fault) -> None:
    async with serving(Kargo()) as kargo:
        kargo.fail(PROJECT, *[fault] * 9)
        with pytest.raises(Unreachable, match="nothing was sent: Kargo at"):
            await promoted(kargo)

    assert posts(kargo) == 0


async def test_a_read_that_hangs_ends_with_the_deadline() -> None:
    async with serving(Kargo()) as kargo:
        kargo.fail(PROJECT, *[hangs(kargo, late=False)] * 2)
        opened = api(of(kargo.url))
        with pytest.raises(Unreachable, match=r"Kargo was not asked for anything: no answer within 0.3 s"):
            await opened.way(WRITE, SEEN, deadline_s=0.3)
        with pytest.raises(Unreachable, match=r"nothing was sent: no answer within 0.3 s"):
            await opened.send(WRITE, SEEN, deadline_s=0.3)

    assert posts(kargo) == 0


async def test_a_server_that_is_started_again_in_between() -> None:
    async with serving(kargo := Kargo()):
        opened = api(of(kargo.url))
        await opened.way(WRITE, SEEN, deadline_s=10)
        port = int(kargo.url.rpartition(":")[2])
    with pytest.raises(Unreachable, match=r"nothing was sent: Kargo at .* refuses connections"):
        await opened.send(WRITE, SEEN, deadline_s=10)
    async with serving(kargo, port=port):
        sent = await opened.send(WRITE, SEEN, deadline_s=10)

    assert (sent.done, len(kargo.made)) == (True, 1)


async def test_two_at_the_same_moment_make_one_promotion() -> None:
    async with serving(Kargo()) as kargo:
        opened = api(of(kargo.url))
        both = await asyncio.gather(
            *(opened.send(WRITE, SEEN, deadline_s=10) for _ in range(2)), return_exceptions=True
        )

    [done] = [one for one in both if isinstance(one, Sent)]
    [refused] = [one for one in both if isinstance(one, Forbidden)]
    assert done.names == tuple(kargo.made)
    assert kargo.made[0] in refused.message
    assert (len(kargo.made), posts(kargo)) == (1, 1)


async def test_one_that_may_have_been_made_is_not_made_again_while_it_runs() -> None:
    async with serving(Kargo()) as kargo:
        kargo.fail(PROMOTE, cut(late=True))
        first = await promoted(kargo)
        with pytest.raises(Forbidden, match=f"Freight {FREIGHT} is on its way to Stage dev already"):
            await promoted(kargo)

    assert first.ambiguous
    assert len(kargo.made) == 1


async def test_one_that_the_list_does_not_show_yet_counts_as_running() -> None:
    async with serving(Kargo()) as kargo:
        opened = api(of(kargo.url))
        await opened.send(WRITE, SEEN, deadline_s=10)
        hidden = kargo.promotions.pop()
        with pytest.raises(Forbidden, match=hidden["metadata"]["name"]):
            await opened.send(WRITE, SEEN, deadline_s=10)

    assert posts(kargo) == 1


async def test_the_same_freight_again_once_the_promotion_has_ended() -> None:
    async with serving(Kargo()) as kargo:
        opened = api(of(kargo.url))
        await opened.send(WRITE, SEEN, deadline_s=10)
        kargo.promotions[-1]["status"] = {"phase": "Errored"}
        sent = await opened.send(WRITE, SEEN, deadline_s=10)

    assert (sent.done, len(kargo.made)) == (True, 2)


async def test_freight_that_is_not_available_is_kargos_to_refuse() -> None:
    async with serving(Kargo()) as kargo:
        sent = await api(of(kargo.url)).send(Promote(namespace="demo", stage="dev", freight="f0"), SEEN, deadline_s=10)

    assert (sent.status, sent.ambiguous, kargo.made) == (400, False, [])
    assert 'Freight "f0" is not available to Stage "dev"' in sent.problem
