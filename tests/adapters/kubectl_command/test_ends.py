"""A command ends at its deadline, with all that it started; and what it leaves behind holds nobody up."""

import asyncio
import os
from pathlib import Path

import pytest

from gitops_master.adapters.kubectl_command import ssh_command
from gitops_master.model.errors import Unreachable
from gitops_master.ports.api import Reply
from tests.adapters.kubectl_command.far_side import FarSide, all_gone, get, until_gone

both_ways = pytest.mark.parametrize("way", ["near", "far"])
# Held open by kubectl and its children: whoever reads the other end sees when the last of them is gone.
HANG = 'exec 9>"$HOME/alive"; echo "dialling" >&2; sleep 600'


@pytest.fixture
def far(tmp_path: Path) -> FarSide:
    far = FarSide(tmp_path)
    os.mkfifo(far.home / "alive")
    return far


@both_ways
async def test_at_the_deadline_what_hangs_is_ended_and_what_is_there_stays(far: FarSide, way: str) -> None:
    far.answers(f"case $path in /hangs) {HANG};; *) echo '{{}}';; esac")
    gone = asyncio.create_task(all_gone(far.home / "alive"))

    fast, hung, other = await get(far.api(way), "/fast", "/hangs", "/other", deadline_s=3)

    await gone
    assert fast == other == Reply(200, (b"{}\n",))
    assert hung.status == 0
    assert hung.problem.startswith(f"no answer within 3 s: {'kubectl' if way == 'near' else 'sh -c'}")
    assert list(far.temporary.iterdir()) == []


async def test_a_shell_that_never_answers_is_ended_and_quoted(far: FarSide) -> None:
    far.program("shell", f'#!/bin/sh\ntrap "" TERM; echo "Connecting to bastion" >&2; {HANG}\n')
    gone = asyncio.create_task(all_gone(far.home / "alive"))

    replies = await get(far.api(ssh_command("shell")), "/api", "/apis", deadline_s=0.5)

    await gone
    assert replies == [Reply(0, problem="no answer within 0.5 s: shell: Connecting to bastion; dialling")] * 2


async def test_what_outlives_the_command_is_ended_with_it(far: FarSide) -> None:
    far.answers("echo '{}'")
    far.program("shell", '#!/bin/sh\n{ exec 9>"$HOME/alive" >/dev/null 2>&1; sleep 600; } &\nexec sh -c "$1"\n')
    gone = asyncio.create_task(all_gone(far.home / "alive"))

    replies = await get(far.api(ssh_command("shell")), "/api")

    await gone
    assert replies == [Reply(200, (b"{}\n",))]


@both_ways
async def test_a_request_that_is_given_up_leaves_nothing_running(far: FarSide, way: str) -> None:
    far.answers(HANG)
    asking = asyncio.create_task(get(far.api(way), "/api"))
    alive = await asyncio.to_thread((far.home / "alive").open, "rb")  # opens once kubectl has

    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking
    with alive:
        await until_gone(alive)


@both_ways
async def test_closing_ends_what_runs(far: FarSide, way: str) -> None:
    far.answers(HANG)
    api = far.api(way)
    asking = asyncio.create_task(get(api, "/api"))
    alive = await asyncio.to_thread((far.home / "alive").open, "rb")

    await api.close()

    with alive:
        await until_gone(alive)
    (reply,) = await asking
    assert reply.status == 0
    assert f"{api.title} was ended before all had come" in reply.problem


async def test_endless_output_without_an_answer_stays_bounded_and_ends(far: FarSide) -> None:
    far.program("shell", "#!/bin/sh\nexec yes\n")

    (reply,) = await get(far.api(ssh_command("shell")), "/api", deadline_s=0.5)

    assert reply == Reply(0, problem="no answer within 0.5 s: shell")


async def test_a_connection_left_open_behind_the_command_is_not_waited_for(far: FarSide) -> None:
    """ssh with ControlPersist: the master it leaves behind keeps stderr, and a session of its own."""
    far.answers("echo '{}'")
    far.program(
        "shell",
        '#!/bin/sh\nsetsid sh -c \'exec 9>"$HOME/alive"; sleep 600 & echo $! >"$HOME/pid"\' 9>&- &\nsh -c "$1"\n',
    )
    opened = asyncio.create_task(asyncio.to_thread((far.home / "alive").open, "rb"))

    replies = await asyncio.wait_for(get(far.api(ssh_command("shell")), "/api", deadline_s=60), 30)

    with await opened as alive:
        assert replies == [Reply(200, (b"{}\n",))]
        os.kill(int((far.home / "pid").read_text()), 15)
        await until_gone(alive)


async def test_a_far_shell_whose_reader_goes_away_tidies_up(far: FarSide) -> None:
    far.answers("head -c 300000 /dev/zero")
    far.program("shell", '#!/bin/sh\nexec 9>"$HOME/alive"; sh -c "$1" | head -c 10 >/dev/null\n')
    gone = asyncio.create_task(all_gone(far.home / "alive"))

    with pytest.raises(Unreachable, match="without an answer"):
        await get(far.api(ssh_command("shell")), "/api", "/apis")

    await gone
    assert list(far.temporary.iterdir()) == []
