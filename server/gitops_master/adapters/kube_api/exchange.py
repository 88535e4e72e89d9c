"""Requests of one `get`, before one deadline: tries, pages, new credentials, and every failure in its own reply."""

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

import aiohttp
import anyio
import msgspec

from gitops_master.adapters.kube_api.access import Surroundings
from gitops_master.adapters.kube_api.link import Link
from gitops_master.adapters.kube_api.problems import Failure, named, of_answer, of_error
from gitops_master.adapters.kube_api.progress import Progress
from gitops_master.adapters.kube_api.transport import Answer, Call, TooLong, Transport
from gitops_master.model.errors import GitOpsError, Unreachable
from gitops_master.ports.api import Reply, Request

TRIES = 4
RELAYED_S = 10.0
"""Seconds for what stands behind the API server; kubelets wait 1 for a probe's answer unless told otherwise."""
_FIRST_WAIT_S = 0.2
_RETRIED = frozenset((429, 500, 502, 503, 504))
PAGE = "2000"
"""Objects; a page of 2,000 Pods is about 10 MB. A first page comes from the server's memory, those behind it from etcd, at
twice the cost and one after the other: four times what kubectl asks for, so that there are few.
"""

_JSON = "application/json"
_METADATA = "application/json;as={kind};g=meta.k8s.io;v=v1"
"""With nothing after it: a server that cannot leave the contents out must refuse (406), not send them."""


class _ListMeta(msgspec.Struct):
    continue_: str = msgspec.field(default="", name="continue")


class _Head(msgspec.Struct):
    kind: str = ""
    api_version: str = msgspec.field(default="", name="apiVersion")
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)


_HEAD = msgspec.json.Decoder(_Head)
_LIST_META = msgspec.json.Decoder(_ListMeta)
_BEGINNING = re.compile(rb'\{"kind":"([A-Za-z]+)","apiVersion":"([\w./-]+)","metadata":(\{[^{}]{0,4096}\}),"items":\[')
"""Of the lists of kinds that the server itself has types for; those of custom resources end with what they say of themselves."""


class Identity(Protocol):
    """Where new credentials come from when the server refuses those of a line."""

    async def renewed(self, refused: "Line", progress: Progress) -> "Line":
        """Raises what opening raises."""


class Line(NamedTuple):
    """A link with its open connections."""

    link: Link
    transport: Transport


class Exchange:
    """One request's way to its reply."""

    def __init__(self, batch: "Batch", progress: Progress) -> None:
        self._batch, self._progress = batch, progress
        self._left = batch.around.max_body
        self._sent = 0.0

    async def get(self, request: Request) -> Reply:
        if request.relayed:
            return await self._relayed(request)
        single = not request.pages and not _is_list(request.path)
        kind = ("PartialObjectMetadata" if single else "PartialObjectMetadataList") if request.metadata_only else ""
        accept = _METADATA.format(kind=kind) if kind else _JSON if _is_object(request.path) else f"{_JSON}, */*"
        if request.pages:
            return await self._pages(request, accept, kind)
        answer = await self._answer(Call(request.path, request.query, accept))
        reply, _ = self._reply(answer, json=_is_object(request.path) or bool(kind), kind=kind)
        return reply

    async def post(self, path: str, body: bytes) -> Reply:
        return self._reply(await self._answer(Call(path, (), _JSON, body)), json=True)[0]

    async def _relayed(self, request: Request) -> Reply:
        """Whatever stands behind the API server has the last word: its 503 is no reason to ask again."""
        answer = await self._answer(Call(request.path, request.query, "*/*", relayed=True, headers=request.headers))
        if isinstance(answer, Failure):
            return Reply(0, problem=answer.problem)
        problem = "" if 200 <= answer.status < 300 else named(answer.status)
        elapsed_s = anyio.current_time() - self._sent
        return Reply(answer.status, (answer.body,), problem, answer.headers, answer.truncated, elapsed_s)

    async def change(self, path: str, query: tuple[tuple[str, str], ...], body: bytes, media: str) -> Reply:
        """A patch of the media type, or a post. Sent once: of one that got no answer nobody knows whether it was done.

        Once more with new credentials where the server knew nobody by the old ones: those it has not let in. The reply has the
        header `date`. Raises Unreachable where the server was not reached, or let nobody in.
        """
        answer = await self._authorized(Call(path, query, _JSON, body, media=media))
        if isinstance(answer, Failure):
            if answer.undone:
                raise Unreachable(f"nothing was written: {answer.problem}")
            return Reply(0, problem=answer.problem)
        elapsed_s = anyio.current_time() - self._sent
        reply = self._reply(answer, json=True)[0]
        return msgspec.structs.replace(reply, headers={"date": answer.date}, elapsed_s=elapsed_s)

    async def _pages(self, request: Request, accept: str, kind: str) -> Reply:
        limit = () if any(name == "limit" for name, _ in request.query) else (("limit", PAGE),)
        bodies: list[bytes] = []
        after, restarted = "", False
        while True:
            more = (("continue", after),) if after else ()
            answer = await self._answer(Call(request.path, (*request.query, *limit, *more), accept))
            if isinstance(answer, Answer) and answer.status == 410 and after and not restarted:
                # The place to go on from has expired: from the beginning, once.
                bodies, after, restarted = [], "", True
                self._left = self._batch.around.max_body
                continue
            reply, head = self._reply(answer, json=True, kind=kind)
            if not reply.ok:
                return reply
            bodies += reply.bodies
            if not head.metadata.continue_:
                return Reply(reply.status, tuple(bodies))
            if head.metadata.continue_ == after:
                return Reply(0, problem="the server goes on with the page that it just sent; its list has no end")
            after = head.metadata.continue_

    def _reply(self, answer: Answer | Failure, *, json: bool, kind: str = "") -> tuple[Reply, _Head]:
        if isinstance(answer, Failure):
            return Reply(0, problem=answer.problem), _Head()
        if not 200 <= answer.status < 300:
            return Reply(answer.status, problem=of_answer(self._batch.line.link, answer)), _Head()
        self._left -= len(answer.body)
        if not json:
            if answer.media == "text/html":
                return Reply(0, problem=_no_api(answer)), _Head()
            return Reply(answer.status, (answer.body,)), _Head()
        try:
            head = _head(answer.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Reply(0, problem=_no_api(answer)), _Head()
        if kind and (head.kind != kind or not head.api_version.startswith("meta.k8s.io/")):
            return Reply(
                0, problem="the server sends more than the metadata that was asked for; it was dropped unread"
            ), _Head()
        return Reply(answer.status, (answer.body,)), head

    async def _answer(self, call: Call) -> Answer | Failure:
        """Of the last of several tries."""
        for tried in range(1, TRIES + 1):
            answer = await self._authorized(call)
            again = answer.passing if isinstance(answer, Failure) else answer.status in _RETRIED and not call.relayed
            wait = self._wait(answer, tried)
            if not again or tried == TRIES or wait > self._batch.left():
                break
            self._progress.doing = f"waiting to try again after: {_short(answer)}"
            await self._batch.around.sleep(wait)
        return answer

    def _wait(self, answer: Answer | Failure, tried: int) -> float:
        """Seconds. Twice as long each time, and never the same for two that were turned away together."""
        wait = _FIRST_WAIT_S * 2.0 ** (tried - 1) * (0.5 + self._batch.around.random())
        asked = answer.retry_after if isinstance(answer, Answer) else ""
        return max(wait, float(asked)) if re.fullmatch(r"\d{1,6}", asked) else wait

    async def _authorized(self, call: Call) -> Answer | Failure:
        """Once more with new credentials where these are refused."""
        used = self._batch.line
        answer = await self._once(used, call)
        if isinstance(answer, Failure) or answer.status != 401 or (call.relayed and not _is_status(answer)):
            return answer
        try:
            line = await self._batch.renewed(used, self._progress)
        except GitOpsError as error:
            words = of_answer(used.link, answer)
            return Failure(f"{words}; asking for new credentials failed: {error.message}", undone=True)
        return answer if line is used else await self._once(line, call)

    async def _once(self, line: Line, call: Call) -> Answer | Failure:
        async with self._batch.limiter:
            self._progress.doing = "about to send"
            self._sent = anyio.current_time()
            try:
                if not call.relayed:
                    return await line.transport.send(line.link, call, self._progress, self._left)
                # One application that hangs must not keep the place of others until the deadline of all.
                with anyio.move_on_after(RELAYED_S):
                    return await line.transport.send(line.link, call, self._progress, self._left)
                return Failure(self._progress.unfinished(RELAYED_S))
            except (aiohttp.ClientError, OSError, TooLong, ValueError) as error:
                return of_error(line.link, error, self._batch.around.max_body)


class Batch:
    """What the requests of one call share."""

    def __init__(
        self,
        identity: Identity,
        line: Line,
        limiter: anyio.Semaphore,
        around: Surroundings,
        deadline_s: float,
        spent_s: float,
    ) -> None:
        self.line, self.limiter, self.around = line, limiter, around
        self._identity, self._deadline_s = identity, deadline_s
        self._ends = anyio.current_time() + deadline_s - spent_s
        self._renewal = anyio.Lock()
        self._renewed = False
        self._failed: GitOpsError | None = None

    def left(self) -> float:
        """Seconds."""
        return self._ends - anyio.current_time()

    async def renewed(self, refused: Line, progress: Progress) -> Line:
        """New credentials at most once in a batch; `refused` itself where these are the newest."""
        async with self._renewal:
            if not self._renewed:
                self._renewed = True
                try:
                    self.line = await self._identity.renewed(refused, progress)
                except GitOpsError as error:
                    self._failed = error
        if self._failed is not None:
            raise self._failed
        return self.line

    async def run(self, works: list[Callable[[Exchange], Awaitable[Reply]]]) -> list[Reply]:
        """A reply each; what is not there by the deadline has that as its problem."""
        replies: list[Reply | None] = [None] * len(works)
        progresses = [Progress() for _ in works]

        async def fill(number: int, work: Callable[[Exchange], Awaitable[Reply]]) -> None:
            replies[number] = await work(Exchange(self, progresses[number]))

        with anyio.CancelScope(deadline=self._ends):
            if len(works) == 1:  # as the live reader asks, often: a group costs more than it brings
                await fill(0, works[0])
            else:
                async with anyio.create_task_group() as tasks:
                    for number, work in enumerate(works):
                        tasks.start_soon(fill, number, work)
        return [
            reply or Reply(0, problem=progress.unfinished(self._deadline_s))
            for reply, progress in zip(replies, progresses, strict=True)
        ]


def _head(body: bytes) -> _Head:
    """What a body says of itself; raises what decoding raises. Of a list that says so first, the items wait for whoever wants them."""
    first = _BEGINNING.match(body)
    if first is None or not body.endswith((b"]}", b"]}\n")):
        return _HEAD.decode(body)
    kind, api_version, metadata = first.groups()
    return _Head(kind.decode(), api_version.decode(), _LIST_META.decode(metadata))


def _segments(path: str) -> list[str]:
    """What follows the group and version: `namespaces/demo/pods/a` gives pods, a."""
    parts = path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:] if parts[0] == "apis" else []
    return rest[2:] if len(rest) > 2 and rest[0] == "namespaces" else rest


def _is_list(path: str) -> bool:
    return len(_segments(path)) == 1


def _is_object(path: str) -> bool:
    """Whether JSON must come back: everything of the API but logs and what is proxied to elsewhere."""
    segments = _segments(path)
    return path.startswith(("/api/", "/apis/")) and not (len(segments) > 2 and segments[2] in ("log", "proxy"))


def _no_api(answer: Answer) -> str:
    what = f" but {answer.media}" if answer.media and answer.media != _JSON else ""
    return f"{named(answer.status)}, yet what came is not a Kubernetes object{what}: is `server` an API server, or a proxy or login page?"


def _is_status(answer: Answer) -> bool:
    """Whether the API server itself may have said it: an application's own 401 is no reason to get new credentials."""
    try:
        return _HEAD.decode(answer.body).kind == "Status"
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def _short(answer: Answer | Failure) -> str:
    return answer.problem if isinstance(answer, Failure) else named(answer.status)
