"""One cluster, asked through kubectl."""

import asyncio
import math
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from gitops_master.adapters.kubectl_command.calls import Call, call_of, review_of
from gitops_master.adapters.kubectl_command.command import Command
from gitops_master.adapters.kubectl_command.frames import OVER, Frame, Frames
from gitops_master.adapters.kubectl_command.outcomes import Outcome, of_error, of_frame, of_silence
from gitops_master.adapters.kubectl_command.process import Ended, Processes
from gitops_master.adapters.kubectl_command.quoting import checked
from gitops_master.adapters.kubectl_command.script import LANES, MOST_BYTES, SERVER, chunks, script, size_of
from gitops_master.model.errors import Unreachable, UsageError
from gitops_master.ports.api import MAX_BODY, MOST_RELAYED, Reply, Request, Review

FAR_AT_ONCE = 2
"""Remote commands at a time, where one script does not hold all. Each runs up to six kubectls."""

FAR_GRACE_S = 2
"""How much longer than our deadline a far kubectl may run that no signal of ours reaches."""

_NO_RELAY = (
    "kubectl follows redirects and takes its token along, so an application that points elsewhere would be given it: "
    "requests through the API server's proxy need a kubeconfig here instead of a command"
)
"""client-go v0.36 transport/round_trippers.go: what adds the token runs once more for each host that a redirect leads to, and
nothing in kubectl or client-go keeps `get --raw` from following one."""
_NO_HEADERS = "kubectl sends no headers of ours; this needs a kubeconfig here instead of a command"

_BASE = re.compile(r"(?:/[A-Za-z0-9._~:@%-]+)*")
_Asked = TypeVar("_Asked")


class Identity(msgspec.Struct, frozen=True):
    """Which context of the kubeconfig, and as whom. Empty: what kubectl takes by itself."""

    context: str = ""
    namespace: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()

    def flags(self) -> tuple[str, ...]:
        """As kubectl takes them, each in one word, so that no value can be an option. Raises UsageError."""
        if self.as_groups and not self.as_user:
            raise UsageError("groups to act as were given without a user", "name the user as well")
        pairs = [("context", self.context), ("namespace", self.namespace), ("as", self.as_user)]
        pairs += [("as-group", group) for group in self.as_groups]
        return tuple(f"--{name}={checked(value)}" for name, value in pairs if value)


class Kubectl:
    """Calls of kubectl over a command.

    `environ`: what the command's process gets, before the command's own NAME=value words; this program's by default.
    `relays`: take relayed requests (see `_NO_RELAY` for what that gives away); of what an application answers, kubectl shows the
    body of a success, and of the rest a status that may be rounded to 500.
    """

    def __init__(
        self,
        command: Command,
        identity: Identity | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        max_body: int = MAX_BODY,
        relays: bool = False,
    ) -> None:
        self._command = command
        self._identity = identity or Identity()
        self._flags = self._identity.flags()
        self._environ = {**(os.environ if environ is None else environ), **dict(command.environ)}
        self._max_body = max_body
        self._relays = relays
        self._processes = Processes()
        self._places = asyncio.Semaphore(FAR_AT_ONCE if command.far else LANES)
        # `kubectl get --raw` drops the path of the server's address, below which Rancher and others serve a cluster
        # (client-go rest/request.go RequestURI). It is found out with the first call; None until then.
        self._base = None if command.far else _base_named(command.words)

    @property
    def title(self) -> str:
        context = self._identity.context
        return f"{self._command.title}, context {context}" if context else self._command.title

    async def close(self) -> None:
        await self._processes.end_all()

    async def replies(
        self, call_for: Callable[[_Asked], Call], asked: Sequence[_Asked], deadline_s: float, *, writes: bool = False
    ) -> list[Reply]:
        """`writes`: a command that ended without a word may have carried them out, and that is no error but a reply."""
        calls: dict[int, Call] = {}
        replies: dict[int, Reply] = {}
        for number, one in enumerate(asked):
            try:
                calls[number] = call_for(one)
            except UsageError as error:
                relayed = isinstance(one, Request) and one.relayed  # whose 400 would be the application's
                replies[number] = Reply(0 if relayed else 400, problem=error.message)
        ask = self._ask_far if self._command.far else self._ask_near
        outcomes = await ask(list(calls.values()), deadline_s) if calls else []
        if outcomes and all(outcome.hopeless and not (writes and outcome.doubtful) for outcome in outcomes):
            raise Unreachable(self._cleaned(outcomes[0].reply.problem), outcomes[0].hint)
        for number, outcome in zip(calls, outcomes, strict=True):
            problem = self._cleaned(outcome.reply.problem)
            replies[number] = msgspec.structs.replace(outcome.reply, problem=problem)
        return [replies[number] for number in range(len(asked))]

    def _cleaned(self, problem: str) -> str:
        return self._command.without_environ(problem)

    # near: one process a call

    async def _ask_near(self, calls: Sequence[Call], deadline_s: float) -> list[Outcome]:
        deadline = asyncio.get_running_loop().time() + deadline_s
        base = self._base
        if base is None and any(call.raw for call in calls):
            view = Call(words=("config", "view", "--minify", "-o", SERVER))
            found = await self._near(view, "", deadline, deadline_s)
            base = _base_of(b"".join(found.reply.bodies).decode(errors="replace"))
        outcomes = await asyncio.gather(*(self._near(call, base or "", deadline, deadline_s) for call in calls))
        self._remember(base, outcomes)
        return outcomes

    async def _near(self, call: Call, base: str, deadline: float, deadline_s: float) -> Outcome:
        body, most = bytearray(), self._most([call])

        def take(data: bytes) -> bool:
            body.extend(data)
            return len(body) > most

        words = (*self._command.words, *self._flags, _request_timeout(deadline_s), *call.arguments(base))
        try:
            ended = await self._run(words, take, deadline, call.body.encode())
        except Unreachable as error:
            return of_error(error)
        if len(body) > most:
            return of_frame(call, Frame(OVER, bytes(body[:most]), b""), self.title, most)
        if not ended.in_time or ended.code is None or ended.code < 0:
            return of_silence(ended, self.title, deadline_s, answered=True)
        return of_frame(call, Frame(ended.code, bytes(body), ended.stderr), self.title, most)

    # far: one process for many calls

    async def _ask_far(self, calls: Sequence[Call], deadline_s: float) -> list[Outcome]:
        deadline = asyncio.get_running_loop().time() + deadline_s
        outcomes: dict[int, Outcome] = {}
        fitting: list[int] = []
        for number, call in enumerate(calls):
            if size_of(call) <= MOST_BYTES:
                fitting.append(number)
            else:
                outcomes[number] = Outcome(Reply(414, problem="the request is too long for one command"))
        parts = [[fitting[n] for n in part] for part in chunks([calls[number] for number in fitting])]
        asked = (self._far([calls[number] for number in part], deadline, deadline_s) for part in parts)
        for part, found in zip(parts, await asyncio.gather(*asked), strict=True):
            outcomes.update(zip(part, found, strict=True))
        return [outcomes[number] for number in range(len(calls))]

    async def _far(self, calls: Sequence[Call], deadline: float, deadline_s: float) -> list[Outcome]:
        base, nonce, most = self._base, secrets.token_hex(16), self._most(calls)
        frames = Frames(nonce, len(calls) + (base is None), most)
        flags = (*self._flags, _request_timeout(deadline_s))
        line = script(
            calls,
            nonce=nonce,
            flags=flags,
            base=base,
            seconds=math.ceil(deadline_s) + FAR_GRACE_S,
            most_body=most,
        )
        try:
            ended = await self._run((*self._command.words, line), frames.feed, deadline)
        except Unreachable as error:
            return [of_error(error)] * len(calls)
        frames.end()
        silence = of_silence(ended, self.title, deadline_s, nonce=nonce, answered=bool(frames.found))
        outcomes = [
            of_frame(call, frames.found[n], self.title, most) if n in frames.found else silence
            for n, call in enumerate(calls)
        ]
        if base is None and len(calls) in frames.found:
            self._remember(_base_of(frames.found[len(calls)].out.decode(errors="replace")), outcomes)
        return outcomes

    def _most(self, calls: Sequence[Call]) -> int:
        """Bytes of an answer."""
        return MOST_RELAYED if all(call.relayed for call in calls) else self._max_body

    async def _run(
        self, words: Sequence[str], take: Callable[[bytes], bool], deadline: float, stdin: bytes = b""
    ) -> Ended:
        async with self._places:
            if asyncio.get_running_loop().time() >= deadline:
                return Ended(None, b"", in_time=False)
            return await self._processes.run(words, self._environ, take, deadline=deadline, stdin=stdin)

    def _remember(self, base: str | None, outcomes: Sequence[Outcome]) -> None:
        """Only what a server answered below: a kubeconfig that is broken now may be mended later."""
        if any(outcome.reply.status for outcome in outcomes):
            self._base = base


class KubectlApi(Kubectl):
    """What reads: `ports.api.Api`. Posts only reviews, which store nothing."""

    @property
    def together(self) -> bool:
        """Each call starts a process, far away a whole login."""
        return True

    async def get(self, requests: Sequence[Request], *, deadline_s: float) -> list[Reply]:
        return await self.replies(self._call_of, requests, deadline_s)

    async def review(self, kind: Review, bodies: Sequence[bytes], *, deadline_s: float) -> list[Reply]:
        """As the port says. A kubectl_command like `docker exec` has to pass its standard input on (`-i`)."""
        return await self.replies(lambda body: review_of(kind, body), bodies, deadline_s)

    def _call_of(self, request: Request) -> Call:
        if request.relayed and not self._relays:
            raise UsageError(_NO_RELAY)
        if request.headers:
            raise UsageError(_NO_HEADERS)
        return call_of(request)


def _request_timeout(deadline_s: float) -> str:
    """A little less than we wait, so that kubectl itself says what it waited for, and ends where no signal of ours reaches it."""
    return f"--request-timeout={max(1, math.floor(deadline_s - 1))}s"


def _base_of(server: str) -> str:
    """The path of a server's address, or of one that has only its path left."""
    path = urlsplit(server.strip()).path.rstrip("/")
    return path if _BASE.fullmatch(path) else ""


def _base_named(words: Sequence[str]) -> str | None:
    """Of the server that the command itself names: it counts, not the kubeconfig's."""
    for before, word in zip(("", *words), words, strict=False):
        if word.startswith("--server="):
            return _base_of(word.removeprefix("--server="))
        if before in ("--server", "-s") and "://" in word:
            return _base_of(word)
    return None
