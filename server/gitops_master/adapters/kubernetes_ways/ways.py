"""`KubernetesWays`: tries each write as a dry run, and sends it once."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import anyio
import msgspec

from gitops_master.adapters.kubernetes_ways import promotions, syncs
from gitops_master.adapters.kubernetes_ways.refusals import is_certain, refusal, takes_no_dry_run
from gitops_master.adapters.kubernetes_ways.requests import request_of, was_taken
from gitops_master.model.errors import Forbidden, Unreachable
from gitops_master.ports.writing import (
    ApproveFreight,
    Changed,
    ObjectChange,
    ObjectWriter,
    Premises,
    Promote,
    Sent,
    SyncApplication,
    Way,
    Write,
)

_NOTES: dict[type[Write], tuple[str, ...]] = {
    Promote: ("a dry run showed that Kargo's admission webhook names the Promotion and gives it the Stage's steps",),
    ApproveFreight: ("written into the Freight's status, an approval leaves no event that tells who gave it",),
    SyncApplication: ("the sync is asked for through the Application itself, past the rights that Argo CD's own RBAC gives",),
}  # fmt: skip
_UNTRIED = "a webhook in the way takes no dry run, so nobody knows before whether the server will take it"


def _now() -> datetime:
    return datetime.now(UTC)


class KubernetesWays:
    """`ports.writing.Writer` for every kind of write. `clock`: aware times. `mark`: a text that was never used before."""

    def __init__(
        self,
        objects: ObjectWriter,
        *,
        clock: Callable[[], datetime] = _now,
        mark: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._objects, self._clock, self._mark = objects, clock, mark

    async def way(self, write: Write, premises: Premises, *, deadline_s: float) -> Way:
        return await self._attempt(write, premises, deadline_s).way()

    async def send(self, write: Write, premises: Premises, *, deadline_s: float) -> Sent:
        return await self._attempt(write, premises, deadline_s).send()

    async def close(self) -> None:
        await self._objects.close()

    def _attempt(self, write: Write, premises: Premises, deadline_s: float) -> "_Attempt":
        ends = anyio.current_time() + deadline_s
        return _Attempt(self._objects, write, premises, self._mark(), ends, self._clock)


class _Attempt:
    """One write, from its dry run to what came of it. `ends`: of the loop's clock."""

    def __init__(
        self,
        objects: ObjectWriter,
        write: Write,
        premises: Premises,
        mark: str,
        ends: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._objects, self._write, self._premises = objects, write, premises
        self._mark, self._ends, self._clock = mark, ends, clock

    async def way(self) -> Way:
        if isinstance(self._write, Promote):
            found, _ = await self._proof(self._write)
            return Way(
                title=self._title, who=found.who, notes=self._notes(), holds=found.hold, is_tried=True, is_caller=True
            )
        change = await self._change()
        tried = await self._do(msgspec.structs.replace(change, dry_run=True))
        if takes_no_dry_run(tried):
            return Way(title=self._title, notes=(*self._notes(), _UNTRIED), is_caller=True)
        self._check(tried, change)
        if not was_taken(change, tried.body):
            raise Forbidden(
                f"the server takes the request and drops what it says ({change.resource})", "is it installed?"
            )
        return Way(title=self._title, notes=self._notes(), is_tried=True, is_caller=True)

    async def send(self) -> Sent:
        if isinstance(self._write, Promote):
            return await self._promote(self._write)
        change = await self._change()
        began = self._clock()
        return self._sent(await self._do(change), change, began)

    @property
    def _title(self) -> str:
        return f"the Kubernetes API ({self._objects.title})"

    def _notes(self) -> tuple[str, ...]:
        return _NOTES.get(type(self._write), ())

    async def _change(self) -> ObjectChange:
        if not isinstance(self._write, SyncApplication):
            return request_of(self._write)
        look = msgspec.structs.replace(syncs.look(self._write), dry_run=True)
        seen = await self._do(look)
        self._check(seen, look)
        return syncs.sync(self._write, seen.body)

    async def _proof(self, write: Promote) -> tuple[promotions.Proof, Changed]:
        promotions.check_version(write, self._premises.kargo)
        change = promotions.marked(write, self._mark)
        tried = await self._do(change)
        self._check(tried, change)
        return promotions.proof(write, tried.body), tried

    async def _promote(self, write: Promote) -> Sent:
        began = self._clock()
        _, tried = await self._proof(write)
        change = promotions.promotion(write, self._mark)
        changed = await self._do(change)
        # The dry run came just before: its time is of the server's clock also where the request itself gets no answer.
        sent = self._sent(changed, change, tried.at or began)
        if not sent.done:
            lost = f"{sent.problem}; were it made, it would have the label {promotions.REQUEST}={self._mark}"
            return msgspec.structs.replace(sent, problem=lost) if sent.ambiguous else sent
        made = promotions.made_by(changed.body)
        if made is None:
            return Sent(0, "the server answered, but not with the Promotion", at=sent.at)
        at = changed.at or made.metadata.creation_timestamp or began
        return msgspec.structs.replace(sent, names=(made.name,), at=at)

    async def _do(self, change: ObjectChange) -> Changed:
        left = self._ends - anyio.current_time()
        if left <= 0:
            raise Unreachable("nothing was written: the time for it was over before it was sent")
        return await self._objects.change(change, deadline_s=left)

    def _check(self, changed: Changed, change: ObjectChange) -> None:
        """Raises what a dry run's failure means."""
        if not 200 <= changed.status < 300:
            raise refusal(changed, change, self._write)

    def _sent(self, changed: Changed, change: ObjectChange, began: datetime) -> Sent:
        """Raises Unreachable where the server could not ask its webhooks: then nothing was stored."""
        at = changed.at or began
        if 200 <= changed.status < 300:
            return Sent(changed.status, at=at)
        if not is_certain(changed):
            return Sent(changed.status, changed.problem, at=at)
        problem = refusal(changed, change, self._write)
        if isinstance(problem, Unreachable):
            raise Unreachable(f"nothing was written: {problem.message}", problem.hint)
        hint = f"; {problem.hint}" if problem.hint else ""
        status = changed.status if changed.status < 500 else 403  # a webhook's denial may come as an internal error
        return Sent(status, f"{problem.message}{hint}", at=at)
