"""What comes back of each way in which a server can answer, fail, or not answer."""

import asyncio
import gzip
from pathlib import Path

import pytest
from aiohttp import web

from gitops_master.adapters.kube_api import Surroundings
from gitops_master.adapters.kube_api.exchange import PAGE
from gitops_master.ports.api import Reply, Request, Review
from tests.adapters.kube_api.worlds import POD, PODS, Answers, Waits, api, kubeconfig, ok, page, raw, serving, status

ONE = Request(f"{PODS}/a")
TOKEN = {"token": "s3cret-token-of-dev"}


async def answered(tmp_path: Path, *answers: Answers, request: Request = ONE, deadline_s: float = 10) -> Reply:
    async with serving() as server, api(kubeconfig(tmp_path, server.url, TOKEN)) as opened:
        server.answer(request.path, *answers)
        [reply] = await opened.get([request], deadline_s=deadline_s)
        return reply


async def test_a_reply_for_each_request_in_their_order(tmp_path: Path) -> None:
    async with serving() as server, api(kubeconfig(tmp_path, server.url, TOKEN)) as opened:
        server.answer(f"{PODS}/a", ok())
        server.answer(f"{PODS}/b", status(403, 'pods "b" is forbidden: User "x" cannot get resource'))

        replies = await opened.get([Request(f"{PODS}/b"), ONE, Request(f"{PODS}/c")], deadline_s=10)

    assert replies == [
        Reply(403, problem='403 Forbidden: pods "b" is forbidden: User "x" cannot get resource'),
        Reply(200, (POD.encode(),)),
        Reply(404, problem="404 Not Found: the server could not find the requested resource"),
    ]


async def test_the_token_and_the_query_arrive_as_given(tmp_path: Path) -> None:
    async with serving() as server, api(kubeconfig(tmp_path, f"{server.url}/k8s/c-1/", TOKEN)) as opened:
        server.answer("/k8s/c-1/api/v1/namespaces/a%2Fb/pods", page())

        [reply] = await opened.get(
            [Request("/api/v1/namespaces/a%2Fb/pods", (("labelSelector", "a=b,c in (d, e)"), ("x", "&+%")))],
            deadline_s=10,
        )

    assert reply.ok
    assert server.seen[0].query == (("labelSelector", "a=b,c in (d, e)"), ("x", "&+%"))
    assert server.seen[0].headers["Authorization"] == "Bearer s3cret-token-of-dev"
    assert server.seen[0].headers["Accept"] == "application/json"
    assert server.seen[0].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
async def test_what_passes_is_tried_again(tmp_path: Path, code: int) -> None:
    assert await answered(tmp_path, status(code), status(code), status(code), ok()) == Reply(200, (POD.encode(),))


async def test_four_tries_are_enough(tmp_path: Path) -> None:
    reply = await answered(tmp_path, *[status(503, "try later")] * 4, ok())

    assert reply == Reply(503, problem="503 Service Unavailable: try later")


@pytest.mark.parametrize("code", [400, 404, 405, 406, 409, 410, 413, 422])
async def test_what_does_not_pass_is_said_at_once(tmp_path: Path, code: int) -> None:
    reply = await answered(tmp_path, status(code, "no"), ok())

    assert (reply.status, reply.bodies) == (code, ())
    assert reply.problem.startswith(f"{code} ")
    assert reply.problem.endswith(": no")


async def test_waits_grow_and_a_server_may_ask_for_longer_ones(tmp_path: Path) -> None:
    waits = Waits()
    around = Surroundings(sleep=waits, random=lambda: 0.5)
    async with serving() as server, api(kubeconfig(tmp_path, server.url), around) as opened:
        server.answer(ONE.path, status(500), status(429, headers={"Retry-After": "3"}), status(500), ok())

        [reply] = await opened.get([ONE], deadline_s=10)

    assert reply.ok
    assert waits.seconds == [0.2, 3.0, 0.8]


async def test_a_server_that_asks_for_more_time_than_there_is_is_not_asked_again(tmp_path: Path) -> None:
    reply = await answered(tmp_path, status(429, "too many requests", {"Retry-After": "60"}), ok())

    assert reply == Reply(429, problem="429 Too Many Requests: too many requests (it asks to wait 60 s)")


async def test_pages_are_followed_to_the_end(tmp_path: Path) -> None:
    async with serving() as server, api(kubeconfig(tmp_path, server.url)) as opened:
        server.answer(PODS, page("a", more="p 2"), page("b", more="p3"), page("c"))

        [reply] = await opened.get([Request(PODS, (("labelSelector", "x=y"),), pages=True)], deadline_s=10)

    assert [len(body) > 0 for body in reply.bodies] == [True] * 3
    assert [seen.query for seen in server.seen] == [
        (("labelSelector", "x=y"), ("limit", PAGE)),
        (("labelSelector", "x=y"), ("limit", PAGE), ("continue", "p 2")),
        (("labelSelector", "x=y"), ("limit", PAGE), ("continue", "p3")),
    ]


async def test_an_expired_page_begins_the_list_anew_without_what_was_there(tmp_path: Path) -> None:
    pages = (page("a", more="2"), status(410, "too old resource version"), page("x", more="2"), page("y"))

    reply = await answered(tmp_path, *pages, request=Request(PODS, pages=True))

    assert [b'"x"' in body or b'"y"' in body for body in reply.bodies] == [True, True]


async def test_a_page_that_expires_twice_is_a_problem(tmp_path: Path) -> None:
    pages = (page("a", more="2"), status(410, "too old"), page("a", more="2"), status(410, "too old"))

    assert await answered(tmp_path, *pages, request=Request(PODS, pages=True)) == Reply(
        410, problem="410 Gone: too old"
    )


async def test_a_page_that_fails_fails_the_list(tmp_path: Path) -> None:
    reply = await answered(tmp_path, page("a", more="2"), status(403, "no"), request=Request(PODS, pages=True))

    assert reply == Reply(403, problem="403 Forbidden: no")


async def test_a_list_without_end_is_a_problem(tmp_path: Path) -> None:
    reply = await answered(tmp_path, page("a", more="again"), request=Request(PODS, pages=True))

    assert (reply.status, "no end" in reply.problem) == (0, True)


SECRETS = "/api/v1/namespaces/demo/secrets"
META = "meta.k8s.io/v1"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (SECRETS, "PartialObjectMetadataList"),
        (f"{SECRETS}/x", "PartialObjectMetadata"),
        ("/api/v1/secrets", "PartialObjectMetadataList"),
        ("/api/v1/namespaces", "PartialObjectMetadataList"),
        ("/api/v1/namespaces/demo", "PartialObjectMetadata"),
        ("/apis/kargo.akuity.io/v1alpha1/namespaces/demo/stages", "PartialObjectMetadataList"),
        ("/apis/kargo.akuity.io/v1alpha1/projects/demo", "PartialObjectMetadata"),
    ],
)
async def test_metadata_is_asked_for_as_such(tmp_path: Path, path: str, kind: str) -> None:
    async with serving() as server, api(kubeconfig(tmp_path, server.url)) as opened:
        server.answer(path, page("x", kind=kind, version=META))

        [reply] = await opened.get([Request(path, metadata_only=True)], deadline_s=10)

    assert reply.ok
    assert server.seen[0].headers["Accept"] == f"application/json;as={kind};g=meta.k8s.io;v=v1"


async def test_contents_that_come_instead_of_metadata_are_dropped(tmp_path: Path) -> None:
    secret = '{"kind": "SecretList", "apiVersion": "v1", "items": [{"data": {"password": "aHVudGVyMg=="}}]}'

    reply = await answered(tmp_path, ok(secret), request=Request(SECRETS, metadata_only=True, pages=True))

    assert reply == Reply(
        0, problem="the server sends more than the metadata that was asked for; it was dropped unread"
    )


async def test_a_server_that_cannot_leave_contents_out_is_not_asked_for_them(tmp_path: Path) -> None:
    reply = await answered(
        tmp_path,
        status(406, "only the following media types are accepted"),
        ok(),
        request=Request(SECRETS, metadata_only=True),
    )

    assert reply == Reply(406, problem="406 Not Acceptable: only the following media types are accepted")


async def test_logs_are_text(tmp_path: Path) -> None:
    log = Request(f"{PODS}/a/log", (("container", "job"), ("previous", "true"), ("tailLines", "10")))

    reply = await answered(tmp_path, ok("line 1\nline 2\n", "text/plain"), request=log)

    assert reply == Reply(200, (b"line 1\nline 2\n",))


@pytest.mark.parametrize(
    ("body", "media", "what"),
    [
        ("<html>Please log in</html>", "text/html", " but text/html"),
        ("{'kind': ", "application/json", ""),
        ("[1, 2]", "application/json", ""),
        (b"\xff\xfe\x00", "application/octet-stream", " but application/octet-stream"),
        ("", "application/json", ""),
        ("[" * 100_000, "application/json", ""),
        ('{"kind": "PodList", "metadata": [' * 100, "application/json", ""),
    ],
)
async def test_garbage_is_a_problem(tmp_path: Path, body: str | bytes, media: str, what: str) -> None:
    reply = await answered(tmp_path, ok(body, media))

    assert (reply.status, reply.bodies) == (0, ())
    assert reply.problem.startswith(f"200 OK, yet what came is not a Kubernetes object{what}: ")


async def test_a_login_page_where_a_log_should_be_is_a_problem(tmp_path: Path) -> None:
    reply = await answered(tmp_path, ok("<html>", "text/html"), request=Request(f"{PODS}/a/log"))

    assert not reply.ok


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async with serving() as elsewhere:
        elsewhere.answer("/login", ok())
        reply = await answered(tmp_path, status(302, headers={"Location": f"{elsewhere.url}/login?code=s3cret"}))

    assert elsewhere.seen == []
    assert reply == Reply(
        302,
        problem="302 Found: it points to http://127.0.0.1/login, which is not followed: "
        "is `server` an API server, or a login page in front of it?",
    )


async def test_compressed_answers_are_unpacked(tmp_path: Path) -> None:
    assert await answered(tmp_path, ok(gzip.compress(POD.encode()), headers={"Content-Encoding": "gzip"})) == Reply(
        200, (POD.encode(),)
    )


async def test_a_body_beyond_the_limit_is_dropped_while_it_comes(tmp_path: Path) -> None:
    bomb = gzip.compress(b'{"kind": "' + b"x" * 50_000_000 + b'"}')
    around = Surroundings(sleep=Waits(), max_body=3_000_000)
    async with serving() as server, api(kubeconfig(tmp_path, server.url), around) as opened:
        server.answer(ONE.path, ok(bomb, headers={"Content-Encoding": "gzip"}))
        server.answer(PODS, page("x" * 2_000_000, more="2"), page("y" * 2_000_000))

        replies = await opened.get([ONE, Request(PODS, pages=True)], deadline_s=10)

    assert replies == [Reply(0, problem="the answer is longer than 2 MiB; narrow what is asked for")] * 2


async def test_words_of_a_server_are_bounded_and_obey_no_terminal(tmp_path: Path) -> None:
    reply = await answered(tmp_path, status(403, "\x1b[31mred\x07\nnext line " + "x" * 2000))

    assert reply.problem.startswith("403 Forbidden: red next line xxx")
    assert len(reply.problem) < 600
    assert reply.problem.isprintable()


async def test_a_server_that_repeats_the_token_does_not_give_it_away(tmp_path: Path) -> None:
    reply = await answered(tmp_path, status(400, "bad header: Bearer s3cret-token-of-dev (s3cret-token-of-dev)"))

    assert "s3cret" not in reply.problem
    assert "***" in reply.problem


async def test_a_status_that_nobody_knows_is_quoted_as_it_is(tmp_path: Path) -> None:
    assert await answered(tmp_path, status(599, "strange")) == Reply(599, problem="599: strange")


async def never(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def test_what_is_there_by_the_deadline_is_kept(tmp_path: Path) -> None:
    async with serving() as server, api(kubeconfig(tmp_path, server.url)) as opened:
        server.answer(ONE.path, ok())
        server.answer(PODS, page("a", more="2"), never)

        first, second = await opened.get([ONE, Request(PODS, pages=True)], deadline_s=1.5)

    assert first.ok
    assert second == Reply(
        0, problem=f"no answer within 1.5 s (connected to {server.url.removeprefix('http://')}, which does not answer)"
    )


async def test_no_more_than_eight_requests_at_a_time(tmp_path: Path) -> None:
    running, most, full = 0, 0, asyncio.Event()

    async def counted(_request: web.Request) -> web.StreamResponse:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 8:
            full.set()
        await full.wait()
        running -= 1
        return web.json_response({"kind": "Pod"})

    async with serving() as server, api(kubeconfig(tmp_path, server.url)) as opened:
        server.answer(ONE.path, counted)
        both = await asyncio.gather(*(opened.get([ONE] * 12, deadline_s=10) for _ in range(2)))

    assert all(reply.ok for replies in both for reply in replies)
    assert most == 8


async def test_a_connection_cut_in_the_middle_is_tried_again_and_then_said(tmp_path: Path) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"kind": ')
        assert request.transport
        request.transport.abort()
        return response

    assert (await answered(tmp_path, cut, ok())).ok
    reply = await answered(tmp_path, cut)

    assert reply.status == 0
    assert reply.problem.endswith("broke off in the middle") or "broke off: reset" in reply.problem


async def test_a_server_that_hangs_up_without_a_word(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with raw(hang_up) as url, api(kubeconfig(tmp_path, url)) as opened:
        [reply] = await opened.get([ONE], deadline_s=10)

    assert reply == Reply(0, problem=f"{url.removeprefix('http://')} closed the connection without an answer")


async def test_a_server_that_speaks_something_else(tmp_path: Path) -> None:
    async def ssh(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        await writer.drain()

    async with raw(ssh) as url, api(kubeconfig(tmp_path, url)) as opened:
        [reply] = await opened.get([ONE], deadline_s=10)

    assert reply.status == 0
    assert "does not speak HTTP" in reply.problem


async def test_nothing_listens(tmp_path: Path) -> None:
    async with serving() as server:
        pass
    async with api(kubeconfig(tmp_path, server.url)) as opened:
        [reply] = await opened.get([ONE], deadline_s=10)

    address = server.url.removeprefix("http://")
    assert reply.problem == (
        f"{address} cannot be reached: connection refused; is the cluster running, the tunnel open, the port right?"
    )


async def test_a_name_that_does_not_resolve(tmp_path: Path) -> None:
    async with api(kubeconfig(tmp_path, "http://api.no-such-cluster.invalid:6443")) as opened:
        [reply] = await opened.get([ONE], deadline_s=10)

    assert (reply.status, reply.problem) == (
        0,
        "the name api.no-such-cluster.invalid cannot be resolved: check `server`, the VPN and the DNS of this machine",
    )


async def test_reviews_are_posted(tmp_path: Path) -> None:
    async with serving() as server, api(kubeconfig(tmp_path, server.url)) as opened:
        server.answer(Review.MAY_I, ok('{"kind": "SelfSubjectAccessReview"}'), status(403, "no"))

        replies = await opened.review(Review.MAY_I, [b'{"a": 1}'], deadline_s=10)
        refused = await opened.review(Review.MAY_I, [b'{"b": 1}'], deadline_s=10)

    assert [*replies, *refused] == [
        Reply(200, (b'{"kind": "SelfSubjectAccessReview"}',)),
        Reply(403, problem="403 Forbidden: no"),
    ]
    assert [seen.body for seen in server.seen] == [b'{"a": 1}', b'{"b": 1}']
    assert server.seen[0].headers["Content-Type"] == "application/json"


async def test_nothing_to_ask_needs_no_cluster(tmp_path: Path) -> None:
    async with api(tmp_path / "missing") as opened:
        assert await opened.get([], deadline_s=10) == []
