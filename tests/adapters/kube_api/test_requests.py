"""What comes back of each way in which a server can answer, fail, or not answer."""

from pathlib import Path

import pytest

from gitops_master.adapters.kube_api import Surroundings
from gitops_master.ports.api import Reply, Request
from tests.adapters.kube_api.worlds import POD, PODS, Answers, Waits, api, kubeconfig, ok, page, serving, status

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
