"""SIGTERM: new work is turned away, what runs comes to its end, and what is cut off is told how far it came."""

import contextlib
import signal
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import pytest
from mcp import Client

from tests.serving.cluster import WAIT_S, Program, cluster, over_http
from tests.serving.test_cancelling import REFRESH
from tests.serving.worlds import ERAS, READ, Answer, ask, call, modern


async def _until(root: str, path: str, status: int) -> None:
    with anyio.fail_after(WAIT_S):
        while (await ask(root + path)).status != status:
            pass


async def _ended(running: Program) -> int:
    assert running.process is not None
    with anyio.fail_after(WAIT_S):
        return await running.process.wait()


def _terminate(running: Program) -> None:
    assert running.process is not None
    running.process.send_signal(signal.SIGTERM)


async def _noted(client: Client, into: list[Any], tool: str, arguments: Any) -> None:
    into.append(await client.call_tool(tool, arguments))


@pytest.mark.parametrize("mode", ERAS)
async def test_what_runs_comes_to_its_end_while_new_work_is_turned_away(mode: str, tmp_path: Path) -> None:
    tool, arguments = READ
    answers: list[Any] = []
    async with cluster() as held, over_http(tmp_path, held.url, "--drain-seconds", "60") as running:
        root = running.url.removesuffix("/mcp")
        held.hold_reads = True
        async with Client(running.url, mode=mode) as client, anyio.create_task_group() as calling:
            await client.list_tools()  # or the client would ask afterwards, to check the answer by its schema
            calling.start_soon(_noted, client, answers, tool, arguments)
            with anyio.fail_after(WAIT_S):
                await held.reading.wait()
            await _until(root, "/readyz", 200)
            _terminate(running)
            await _until(root, "/readyz", 503)
            refused = await ask(running.url, call(tool, arguments), headers=modern(tool))
            alive = await ask(f"{root}/healthz")
            held.release.set()
        code = await _ended(running)

    assert (refused.status, refused.body["error"]["data"]["reason"]) == (503, "stopping")
    assert refused.headers["Retry-After"] == "1"
    assert alive.status == 200
    assert not answers[0].is_error
    assert code == 0


@pytest.mark.parametrize("mode", ERAS)
async def test_a_read_that_takes_too_long_is_ended_in_words(mode: str, tmp_path: Path) -> None:
    tool, arguments = READ
    answers: list[Any] = []
    async with cluster() as held, over_http(tmp_path, held.url, "--drain-seconds", "0") as running:
        held.hold_reads = True
        async with Client(running.url, mode=mode) as client, anyio.create_task_group() as calling:
            calling.start_soon(_noted, client, answers, tool, arguments)
            with anyio.fail_after(WAIT_S):
                await held.reading.wait()
            _terminate(running)
        code = await _ended(running)

    assert answers[0].is_error
    assert "the server was stopped. It had written nothing" in answers[0].content[0].text
    assert held.hung_up.is_set()
    assert code == 0


@pytest.mark.parametrize("mode", ERAS)
async def test_a_write_that_was_sent_is_seen_through_and_told_in_the_answer(mode: str, tmp_path: Path) -> None:
    answers: list[Any] = []
    async with cluster() as held, over_http(tmp_path, held.url, "--drain-seconds", "0") as running:
        async with Client(running.url, mode=mode) as client, anyio.create_task_group() as calling:
            planned = await client.call_tool("operate", REFRESH)
            plan_id = planned.structured_content["plan"]["plan_id"]
            asked = {**REFRESH, "plan_id": plan_id, "wait_seconds": 600}
            calling.start_soon(_noted, client, answers, "operate", asked)
            with anyio.fail_after(WAIT_S):
                await held.writing.wait()
            _terminate(running)
            await _until(running.url.removesuffix("/mcp"), "/readyz", 503)
            held.release.set()
        code = await _ended(running)

    assert len(held.patched) == 1
    assert answers[0].is_error
    assert "refresh_stage of shop/prod: done" in answers[0].content[0].text
    assert code == 0


async def test_clients_that_only_listen_delay_nothing(tmp_path: Path) -> None:
    async with cluster() as held, over_http(tmp_path, held.url) as running, Client(running.url, mode="legacy"):
        _terminate(running)
        code = await _ended(running)

    assert code == 0


async def test_a_second_signal_ends_what_would_have_had_time(tmp_path: Path) -> None:
    tool, arguments = READ
    answers: list[Answer] = []

    async def asked(url: str) -> None:
        answers.append(await ask(url, call(tool, arguments), headers=modern(tool)))

    async with cluster() as held, over_http(tmp_path, held.url, "--drain-seconds", "600") as running:
        held.hold_reads = True
        async with anyio.create_task_group() as asking:
            asking.start_soon(asked, running.url)
            with anyio.fail_after(WAIT_S):
                await held.reading.wait()
            _terminate(running)
            await _until(running.url.removesuffix("/mcp"), "/readyz", 503)
            _terminate(running)
        code = await _ended(running)

    assert "the server was stopped" in str(answers[0].body)
    assert code == 0


async def test_a_third_signal_waits_for_nothing(tmp_path: Path) -> None:
    async with cluster() as held, over_http(tmp_path, held.url, "--drain-seconds", "600") as running:
        async with Client(running.url) as client:
            planned = await client.call_tool("operate", REFRESH)
        arguments = {**REFRESH, "plan_id": planned.structured_content["plan"]["plan_id"]}
        async with anyio.create_task_group() as asking:
            asking.start_soon(_cut_off, running.url, call("operate", arguments), modern("operate"))
            with anyio.fail_after(WAIT_S):
                await held.writing.wait()
            _terminate(running)
            await _until(running.url.removesuffix("/mcp"), "/readyz", 503)
            _terminate(running)
            await running.line_with('"told":2')
            _terminate(running)
            code = await _ended(running)

    assert code == 0


async def _cut_off(url: str, body: Any, headers: dict[str, str]) -> None:
    with contextlib.suppress(aiohttp.ClientError):
        assert (await ask(url, body, headers=headers)).status >= 500
