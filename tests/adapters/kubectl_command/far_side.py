"""A kubectl for tests: a script on a PATH of its own, which records its arguments and answers as the test says."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from gitops_master.adapters.kubectl_command import Command, Identity, KubectlApi, kubectl_command, ssh_command
from gitops_master.ports.api import Reply, Request

WAYS = {"near": kubectl_command("kubectl"), "far": ssh_command("sh -c")}

# Arguments are recorded one a line, which no argument may break; `config view` is asked for by ourselves.
_SCRIPT = """\
#!/bin/sh
case " $* " in *" config view "*) printf '%s' '{server}'; exit 0;; esac
for word in "$@"; do printf '%s\\n' "$word"; done >"$RECORD/$$"
path=
for word in "$@"; do case $word in --raw=*) path=${{word#--raw=}};; esac; done
{answer}
"""
ECHO = """printf '{"path":"%s"}' "$path" """


class FarSide:
    """`bin`: where its kubectl is; `temporary`: what TMPDIR names; `home`: the working folder, where nothing may appear."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.record, self.temporary, self.home = (folder / name for name in ("bin", "record", "tmp", "home"))
        for made in (self.bin, self.record, self.temporary, self.home):
            made.mkdir()
        self.environ = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "RECORD": str(self.record),
            "TMPDIR": str(self.temporary),
            "HOME": str(self.home),
        }

    def answers(self, script: str = ECHO, *, server: str = "https://cluster.example.com") -> "FarSide":
        """kubectl runs this piece of sh, in which $path is the raw path."""
        self.program("kubectl", _SCRIPT.format(answer=script, server=server))
        return self

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def api(self, way: str | Command = "far", identity: Identity | None = None, **more: Any) -> KubectlApi:
        command = WAYS[way] if isinstance(way, str) else way
        environ: Mapping[str, str] = more.pop("environ", self.environ)
        return KubectlApi(command, identity, environ=environ, **more)

    def litter(self) -> list[Path]:
        """What lies where a command that was smuggled in, or a script that did not tidy up, would leave it."""
        return [*self.home.rglob("*"), *self.temporary.rglob("*"), *Path.cwd().glob("x")]

    def asked(self) -> list[list[str]]:
        """The arguments of each kubectl that ran, sorted; the limit in time, which only the far side sets, left out."""
        runs = (path.read_text().split("\n")[:-1] for path in self.record.iterdir())
        return sorted([word for word in run if not word.startswith("--request-timeout=")] for run in runs)


async def get(api: KubectlApi, *requests: Request | str, deadline_s: float = 30) -> list[Reply]:
    wanted = [Request(one) if isinstance(one, str) else one for one in requests]
    return await api.get(wanted, deadline_s=deadline_s)


def content(reply: Reply) -> Any:
    assert reply.ok, reply
    return json.loads(b"".join(reply.bodies))


async def all_gone(fifo: Path) -> None:
    """Returns when every process that holds the writing end has ended; by then one has to have opened it."""
    reader = await asyncio.to_thread(fifo.open, "rb")
    with reader:
        await until_gone(reader)


async def until_gone(reader: IO[bytes]) -> None:
    """As `all_gone`, of a pipe that is open already. No thread waits in it, so that a test that fails ends all the same."""
    os.set_blocking(reader.fileno(), False)
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()

    def read() -> None:
        if reader.read() == b"":
            gone.set()

    loop.add_reader(reader.fileno(), read)
    try:
        await asyncio.wait_for(gone.wait(), 20)
    finally:
        loop.remove_reader(reader.fileno())
