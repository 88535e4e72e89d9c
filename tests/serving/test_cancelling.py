"""A call that its client gives up: what it reads is given up, too; what it has sent is seen through, and told in the audit.

Real programs over both transports, in both eras, before an API server that keeps them waiting.
"""

import json
from pathlib import Path

import anyio
import pytest
from mcp import Client

from tests.serving.cluster import TRANSPORTS, WAIT_S, Cluster, cluster, program

REFRESH = {"operation": "refresh_stage", "project": "shop", "stage": "prod"}


async def _given_up(client: Client, tool: str, arguments: dict[str, str], when: anyio.Event) -> None:
    """Calls, and gives the call up once the cluster has been asked."""
    async with anyio.create_task_group() as calling:
        calling.start_soon(client.call_tool, tool, arguments)
        with anyio.fail_after(WAIT_S):
            await when.wait()
        calling.cancel_scope.cancel()


async def _hung_up(held: Cluster) -> None:
    with anyio.fail_after(WAIT_S):
        await held.hung_up.wait()


@pytest.mark.parametrize(("transport", "mode"), TRANSPORTS)
async def test_a_read_that_is_given_up_asks_no_further(transport: str, mode: str, tmp_path: Path) -> None:
    async with cluster() as held, program(transport, mode, tmp_path, held.url) as (client, _):
        held.hold_reads = True
        await _given_up(client, "analyze_stage", {"project": "shop", "stage": "prod"}, held.reading)

        await _hung_up(held)
        held.hold_reads = False
        still = await client.call_tool("get_stage_state", {"project": "shop"})

    assert not still.is_error


@pytest.mark.parametrize(("transport", "mode"), TRANSPORTS)
async def test_a_write_that_is_given_up_once_sent_is_seen_through_and_told(
    transport: str, mode: str, tmp_path: Path
) -> None:
    async with cluster() as held, program(transport, mode, tmp_path, held.url) as (client, running):
        planned = await client.call_tool("operate", REFRESH)
        plan = planned.structured_content["plan"]
        await _given_up(client, "operate", {**REFRESH, "plan_id": plan["plan_id"]}, held.writing)
        held.release.set()

        line = await running.line_with('"verdict":"done"')

    assert len(held.patched) == 1
    assert not held.hung_up.is_set()
    told = json.loads(line[line.index("{") :])
    told = told.get("audit", told)
    assert (told["action"], told["target"]) == ("refresh_stage", "shop/prod")
