"""`ports.sources.Sources` that answers each caller from connections of their own."""

import asyncio
import hashlib
import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import msgspec
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from gitops_master.adapters.kargo_api.login import LOGIN
from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.serving.callers import Caller, current_caller
from gitops_master.serving.identity import Identity, Impersonation, clusters_of
from gitops_master.settings import Settings
from gitops_master.sources import LiveClusters

if TYPE_CHECKING:
    from gitops_master.ports.cluster import ClusterReader
    from gitops_master.ports.environment import Environment
    from gitops_master.ports.manifests import DryRunner, ManifestReader
    from gitops_master.ports.outside import Means
    from gitops_master.ports.writing import Terms, Writer

MOST_CALLERS = 64
"""With connections at a time: each has at most a dozen sockets, and a process a thousand."""
IDLE_S = 300.0
"""Seconds that connections of a caller who asks nothing stay open: a person reads an answer before the next question."""
_LOG = logging.getLogger("gitops_master.http")


class _Held:
    """One caller's clusters, and how many calls use them."""

    def __init__(self, key: bytes, clusters: LiveClusters) -> None:
        self.key, self.clusters = key, clusters
        self.users = 0
        self.timer: asyncio.TimerHandle | None = None


class _Call:
    """A request that is being answered, and what it uses."""

    def __init__(self) -> None:
        self.held: _Held | None = None


_CALL: ContextVar[_Call | None] = ContextVar("call", default=None)


class CallersSources:
    """See the module. Everything but names of contexts needs a caller, inside of `calls`.

    `settings`: of running clusters. `caller`: who asks now. `most`: callers with connections; `idle_s`: until theirs are closed.
    Raises UsageError where the settings and the identity exclude each other.
    """

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        prefixes: Impersonation | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        caller: Callable[[], Caller | None] = current_caller,
        most: int = MOST_CALLERS,
        idle_s: float = IDLE_S,
    ) -> None:
        check_identity(settings, identity)
        self._settings, self._identity = settings, identity
        self._prefixes = prefixes or Impersonation()
        self._environ = dict(environ)
        self._caller, self._most, self._idle_s = caller, most, idle_s
        self.own = LiveClusters(settings, environ)
        """The server's own: for its readiness, and for what is known without asking a cluster."""
        self._terms: Terms | None = None
        self._held: OrderedDict[bytes, _Held] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def open(self) -> int:
        """Callers with connections."""
        return len(self._held)

    @property
    def project(self) -> str:
        return self.own.project

    def contexts(self) -> tuple[str, ...]:
        return () if self._identity is Identity.TOKEN else self.own.contexts()

    def terms(self) -> "Terms":
        """Before there is a caller: what may be allowed to some."""
        if self._terms is None:
            self._terms = self.own.terms()  # once: without a file each call would make another key
        caller = self._caller()
        if caller is None:
            return self._terms
        writes = self._terms.allow_writes and caller.may_write
        return msgspec.structs.replace(self._terms, allow_writes=writes, who=caller.name)

    def reader(self, context: str = "") -> "ClusterReader":
        return self._clusters().reader(context)

    def environment(self, context: str = "") -> "Environment":
        return self._clusters().environment(context)

    def means(self, context: str = "") -> "Means":
        return self._clusters().means(context)

    def manifests(self, context: str = "") -> "ManifestReader":
        return self._clusters().manifests(context)

    def dry_runner(self, context: str = "") -> "DryRunner | None":
        return self._clusters().dry_runner(context)

    def writer(self, context: str = "") -> "Writer":
        clusters = self._clusters()
        if not self.terms().allow_writes:
            raise Forbidden("this caller may only read here", "whoever runs the server decides who may write")
        return clusters.writer(context)

    async def calls(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Middleware of the MCP server: what a request uses is not closed before it ends."""
        call = _Call()
        token = _CALL.set(call)
        try:
            return await call_next(ctx)
        finally:
            _CALL.reset(token)
            self._leave(call)

    def _clusters(self) -> LiveClusters:
        caller, call = self._caller(), _CALL.get()
        if caller is None or call is None:
            raise Forbidden("nobody is known to ask", "send a bearer token: the server tells its callers apart")
        key = _key(caller)
        if call.held is None:
            call.held = self._taken(key, caller)
            call.held.users += 1
        if call.held.key != key:
            raise Forbidden("another caller's connection was asked for", "this is a bug: please report it")
        return call.held.clusters

    def _taken(self, key: bytes, caller: Caller) -> _Held:
        held = self._held.get(key)
        if held is None:
            self._make_room()
            environ = self._environ if self._identity is Identity.SERVER else {**self._environ, LOGIN: "off"}
            held = _Held(key, clusters_of(caller, self._identity, self._prefixes, self._settings, environ))
            self._held[key] = held
        self._held.move_to_end(key)
        if held.timer is not None:
            held.timer.cancel()
            held.timer = None
        return held

    def _make_room(self) -> None:
        if len(self._held) < self._most:
            return
        idle = next((one for one in self._held.values() if not one.users), None)
        if idle is None:
            raise Unreachable(
                f"{self._most} callers are being answered; there is no room for one more", "try again shortly"
            )
        self._drop(idle)

    def _leave(self, call: _Call) -> None:
        held = call.held
        if held is None:
            return
        held.users -= 1
        if not held.users and self._held.get(held.key) is held:
            held.timer = asyncio.get_running_loop().call_later(self._idle_s, self._drop, held)

    def _drop(self, held: _Held) -> None:
        if held.timer is not None:
            held.timer.cancel()
        self._held.pop(held.key, None)
        task = asyncio.get_running_loop().create_task(held.clusters.close())
        self._closing.add(task)
        task.add_done_callback(self._closed)

    def _closed(self, task: "asyncio.Task[None]") -> None:
        self._closing.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _LOG.warning("a caller's connections were not closed in order: %s", type(task.exception()).__name__)

    async def close(self) -> None:
        for held in tuple(self._held.values()):
            self._drop(held)
        await asyncio.gather(*self._closing, return_exceptions=True)
        await self.own.close()


def _key(caller: Caller) -> bytes:
    """Of everything that decides about rights: who is in other groups than before does not meet the old connections."""
    token = caller.token.token if caller.token is not None else ""
    told = [caller.issuer, caller.subject, caller.user, sorted(caller.groups), caller.may_write, token]
    return hashlib.sha256(msgspec.json.encode(told)).digest()


def check_identity(settings: Settings, identity: Identity) -> None:
    """Raises UsageError where the settings and the identity exclude each other."""
    if settings.snapshot is not None and identity is not Identity.SERVER:
        raise UsageError(f"--identity {identity}: a snapshot knows no identities", "leave --identity out")
    if settings.as_user and identity is not Identity.SERVER:
        raise UsageError(f"--as and --identity {identity} both say as whom the cluster is asked", "leave --as out")
    if settings.command is not None and identity is Identity.TOKEN:
        raise UsageError(
            "--identity token: a command (--ssh-command, --kubectl-command) would show the token to other programs",
            "use --identity impersonate, or let the server reach the API server over HTTPS by a kubeconfig",
        )
