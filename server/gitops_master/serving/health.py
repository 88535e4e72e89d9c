"""Whether the server can do its work: asked rarely, however often it is asked, and told without a reason.

The reason is for the log: who asks may be anybody.
"""

import logging
import time
from collections.abc import Awaitable, Callable

import anyio

from gitops_master.model.errors import GitOpsError
from gitops_master.ports.sources import Sources

Check = Callable[[], Awaitable[str]]
"""Why the cluster cannot be worked with; empty: it can."""

ASKED_S = 3.0
"""Seconds that a cluster has to answer: a kubelet waits as long for a probe where it is told to."""
_KEPT_S = 5.0
_LOG = logging.getLogger("gitops_master.http")


async def always() -> str:
    """Nothing else is needed."""
    return ""


def cluster_answers(sources: Sources, *, own_identity: bool = True) -> Check:
    """That the API server of the default context answers, and lets this program in where its `own_identity` is used."""

    async def check() -> str:
        probe = sources.environment().probe()
        if probe is None:  # a saved cluster: what is wrong with its files, the tools tell
            return ""
        server = await probe.server(deadline_s=ASKED_S)
        if not server.answers or server.status >= 500:
            return server.problem or "the API server does not answer"
        if own_identity and not server.lets_in:
            return server.problem or "the API server does not take the credentials"
        return ""

    return check


class Readiness:
    """One question at a time, and its answer for the next few seconds."""

    def __init__(self, check: Check, clock: Callable[[], float] = time.monotonic) -> None:
        self._check, self._clock = check, clock
        self._asking = anyio.Lock()
        self._until = -1.0
        self._problem = ""
        self.stopping = False

    async def ready(self) -> bool:
        if self.stopping:
            return False
        async with self._asking:
            if self._clock() >= self._until:
                before, self._problem = self._problem, await self._asked()
                self._until = self._clock() + _KEPT_S
                if self._problem != before:
                    _LOG.warning("not ready: %s" if self._problem else "ready again%s", self._problem)
        return not self._problem

    async def _asked(self) -> str:
        try:
            with anyio.fail_after(ASKED_S + 1):
                return await self._check()
        except GitOpsError as error:
            return error.message
        except TimeoutError:
            return "the cluster did not answer in time"
