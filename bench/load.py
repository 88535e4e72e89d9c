"""`make bench`: many mixed calls over stdio and over HTTP from many clients: no error, nothing that grows, how even the times are.

A round before the one that counts fills what is kept (loaded modules, parsed pages, sessions, the allocator's memory). What the
process holds is read from /proc, so this needs Linux. Exit code 1 on an error or on growth; times are told, as ratios.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import quantiles
from typing import NamedTuple

from bench.counted import MARK
from bench.startup import resident
from tests.fuzz.calls import Call
from tests.fuzz.programs import Program, started
from tests.fuzz.requests import called, envelope
from tests.fuzz.transports import Answer, Http, Stdio

MOST_GROWTH = 1.05
"""Resident memory after a round, to that before it: pages of the allocator come and go, a leak of 10 kB a call would be 1.1."""
PATIENCE_S = 120
_COUNTS = 20
CALLS = (
    Call("tools/call", '{"name":"get_stage_state","arguments":{"project":"demo"}}', "get_stage_state"),
    Call("tools/call", '{"name":"get_stage_state","arguments":{"project":"demo","stage":"s-argo"}}', "get_stage_state"),
    Call("tools/call", '{"name":"analyze_stage","arguments":{"project":"demo","stage":"s-argo"}}', "analyze_stage"),
    Call("tools/call", '{"name":"analyze_stage","arguments":{"project":"demo"}}', "analyze_stage"),
    Call("tools/call", '{"name":"discover_env","arguments":{}}', "discover_env"),
    Call(
        "tools/call", '{"name":"run_verification","arguments":{"project":"demo","stage":"s-fail"}}', "run_verification"
    ),
    Call("tools/call", '{"name":"read_reference","arguments":{"name":"messages"}}', "read_reference"),
    Call("tools/list", "{}"),
    Call("resources/read", '{"uri":"gitops://references"}', "gitops://references"),
    Call("prompts/get", '{"name":"verify","arguments":{"stage":"s-fail"}}', "verify"),
)


class Held(NamedTuple):
    """By the server's process. `memory`: KiB."""

    memory: int
    descriptors: int
    tasks: int


async def held(program: Program) -> Held:
    """Once it has nothing to do: a task ends a moment after its answer is out, so the least of some counts is meant."""
    counts = []
    for _ in range(_COUNTS):
        line = program.line(MARK)
        program.process.send_signal(signal.SIGUSR1)
        counts.append(int((await asyncio.wait_for(line, PATIENCE_S)).split(MARK)[1]))
    number = program.process.pid
    return Held(resident(number), len(os.listdir(f"/proc/{number}/fd")), min(counts))


async def round_of(count: int, clients: int, ask: Callable[[int, Call, str], Awaitable[Answer]]) -> list[float]:
    """Seconds of each of `count` calls, `clients` of them at a time. Raises RuntimeError on one that is not answered well."""
    numbers, taken = iter(range(count)), list[float]()

    async def client(at: int) -> None:
        for number in numbers:
            call = CALLS[number % len(CALLS)]
            began = time.perf_counter()
            answer = await asyncio.wait_for(ask(at, call, f"{at}-{number}"), PATIENCE_S)
            taken.append(time.perf_counter() - began)
            result = answer.message.get("result") if isinstance(answer.message, dict) else None
            if not isinstance(result, dict) or result.get("isError"):
                raise RuntimeError(f"{call.params} was answered with {answer.status} {answer.text[:300]}")

    await asyncio.gather(*(client(at) for at in range(clients)))
    return taken


async def measured(
    program: Program, ask: Callable[[int, Call, str], Awaitable[Answer]], count: int, clients: int
) -> tuple[list[float], Held, Held]:
    """(seconds of each call, held before, held after)"""
    await round_of(count, clients, ask)
    before = await held(program)
    taken = await round_of(count, clients, ask)
    return taken, before, await held(program)


async def over_stdio(count: int, clients: int) -> tuple[list[float], Held, Held]:
    async with started(("-m", "bench.counted", "serve", "--demo")) as program:
        stdio = Stdio(program, modern=True)
        await stdio.open(PATIENCE_S)

        async def ask(_: int, call: Call, number: str) -> Answer:
            return await stdio.ask(envelope(call.method, call.params, number, modern=True), number)

        return await measured(program, ask, count, clients)


async def over_http(count: int, clients: int) -> tuple[list[float], Held, Held]:
    """Half of the clients speak the older protocol, in a session each."""
    serve = ("serve", "--demo", "--http", "127.0.0.1:0", "--rate", "0", "--concurrency", str(clients))
    async with started(("-m", "bench.counted", *serve)) as program:
        port = await program.port()
        connections = [Http(port) for _ in range(clients)]
        for one in connections[::2]:
            await one.open()

        async def ask(at: int, call: Call, number: str) -> Answer:
            return await connections[at].ask(called(call, number, connections[at].session))

        told = await measured(program, ask, count, clients)
        for one in connections:
            await one.close()
        return told


Over = Callable[[int, int], Awaitable[tuple[list[float], Held, Held]]]


def report(way: str, taken: list[float], before: Held, after: Held) -> bool:
    cuts = quantiles(taken, n=100)
    growth = after.memory / before.memory
    kept = growth <= MOST_GROWTH and after.descriptors <= before.descriptors and after.tasks <= before.tasks
    print(f"{len(taken)} mixed calls over {way}: no error, p99 to p50 {cuts[98] / cuts[49]:.1f}")
    print(
        f"  memory {before.memory / 1024:.0f} MiB, {growth:.3f} of that after (at most {MOST_GROWTH}); descriptors "
        f"{before.descriptors}, then {after.descriptors}; tasks {before.tasks}, then {after.tasks}{'' if kept else ', MISSED'}"
    )
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=50)
    given = parser.parse_args()
    kept = []
    for way, over in (("stdio", over_stdio), ("HTTP", over_http)):
        told = asyncio.run(over(given.calls, given.clients))
        kept.append(report(f"{way}, {given.clients} at a time", *told))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
