"""The calls that run: each with an end, counted, logged, and ended in words when the server stops."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import anyio
import msgspec
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, TextContent

from gitops_master.model.printable import printable
from gitops_master.serving.limits import Slot
from gitops_master.serving.logs import AUDIT
from gitops_master.serving.messages import CALLS
from gitops_master.serving.metrics import Metrics
from gitops_master.serving.refusals import REFUSED

SLOT = "gitops_master.slot"
"""Where a request carries its place."""
_TOOL = "tools/call"
_LOG = logging.getLogger("gitops_master.calls")
_WRITTEN: ContextVar[list[str] | None] = ContextVar("written", default=None)
"""What the call of this context has left in the audit."""


class Calls:
    """Middleware of the MCP server, outermost, so that what refuses a call is counted as its outcome."""

    def __init__(self, server: MCPServer[Any], metrics: Metrics, call_s: float) -> None:
        self._server, self._metrics, self._call_s = server, metrics, call_s
        self._tools: frozenset[str] | None = None
        self._running: set[anyio.CancelScope] = set()
        self._changed = anyio.Event()
        self._stopping = False

    @property
    def number(self) -> int:
        return len(self._running)

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method not in CALLS or ctx.request_id is None:
            return await call_next(ctx)
        slot: Slot | None = ctx.request.scope.get(SLOT) if ctx.request is not None else None
        if slot is not None and not slot.hold():
            raise MCPError(code=REFUSED, message="the caller hung up before the call began")
        try:
            return await self._run(ctx, call_next)
        finally:
            if slot is not None:
                slot.release()

    async def _run(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        tool = await self._tool(ctx)
        written: list[str] = []
        began, outcome = time.monotonic(), "failed"
        result: HandlerResult = None
        token = _WRITTEN.set(written)
        try:
            with anyio.CancelScope(deadline=anyio.current_time() + self._call_s) as scope, self._counted(scope):
                result = await call_next(ctx)
                outcome = _outcome(result)
            if scope.cancelled_caught:
                outcome = "stopped" if self._stopping else "timeout"
                result = self._ended(ctx.method, written)
            return result
        except MCPError:
            outcome = outcome if outcome in ("stopped", "timeout") else "error"
            raise
        except anyio.get_cancelled_exc_class():
            outcome = "cancelled"
            raise
        finally:
            _WRITTEN.reset(token)
            self._told(ctx.method, tool, outcome, time.monotonic() - began)

    @contextmanager
    def _counted(self, scope: anyio.CancelScope) -> Iterator[None]:
        self._running.add(scope)
        try:
            yield
        finally:
            self._running.discard(scope)
            self._changed.set()

    async def _tool(self, ctx: ServerRequestContext[Any, Any]) -> str:
        """One of ours, or `other`: what a caller writes becomes no label."""
        if ctx.method != _TOOL:
            return ""
        if self._tools is None:
            self._tools = frozenset(one.name for one in await self._server.list_tools())
        name = (ctx.params or {}).get("name")
        return name if isinstance(name, str) and name in self._tools else "other"

    def _ended(self, method: str, written: list[str]) -> CallToolResult:
        why = "the server was stopped" if self._stopping else f"it took more than {self._call_s:g} s (--call-seconds)"
        words = f"This call was ended: {why}."
        if written:
            words += f" What it had written, it had written: {'; '.join(written)}. Look at it before anything is asked again."
        else:
            words += " It had written nothing. Ask again" + (", of less at a time." if not self._stopping else ".")
        if method != _TOOL:
            raise MCPError(code=REFUSED, message=words)
        return CallToolResult(is_error=True, content=[TextContent(text=words)])

    def _told(self, method: str, tool: str, outcome: str, seconds: float) -> None:
        self._metrics.called(method, tool, outcome, seconds)
        fields = {"method": method, "tool": tool, "outcome": outcome, "seconds": round(seconds, 3), "caller": _caller()}
        _LOG.info("call", extra={"fields": {key: value for key, value in fields.items() if value != ""}})

    async def finish(self, seconds: float) -> None:
        """Waits that long for those that run, then ends them, and waits until each has told how: a write is not left halfway."""
        with anyio.move_on_after(seconds):
            await self._idle()
        self._stopping = True
        for scope in tuple(self._running):
            scope.cancel()
        await self._idle()

    async def _idle(self) -> None:
        while self._running:
            self._changed = anyio.Event()
            await self._changed.wait()


def _outcome(result: HandlerResult) -> str:
    told = result if isinstance(result, dict) else result.model_dump(by_alias=True) if result is not None else {}
    if told.get("isError"):
        return "error"
    return "asked" if told.get("resultType") == "input_required" else "ok"


def _caller() -> str:
    token = get_access_token()
    return printable(str(token.subject or token.client_id))[:200] if token is not None else ""


class _Audited(msgspec.Struct, frozen=True):
    action: str
    target: str
    verdict: str
    detail: str


_SENT = ("done", "not known")


class AuditOfCall(logging.Handler):
    """Notes beside the log what a call has written, for the answer that it could not give."""

    def emit(self, record: logging.LogRecord) -> None:
        written = _WRITTEN.get()
        if written is None:
            return
        line = msgspec.json.decode(record.getMessage(), type=_Audited)
        if line.verdict in _SENT:
            written.append(f"{line.action} of {line.target}: {line.verdict} ({line.detail})")


@contextmanager
def audited() -> Iterator[None]:
    """While it lasts, calls know what they have written."""
    handler, log = AuditOfCall(), logging.getLogger(AUDIT)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
