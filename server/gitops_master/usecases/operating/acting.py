"""The writes themselves: each sent once, looked up where nobody knows what became of it, noted in the audit."""

from collections.abc import Sequence
from datetime import datetime

import anyio
import msgspec

from gitops_master.model.errors import Forbidden, GitOpsError
from gitops_master.model.operating import Outcome, Refusal
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.cluster import ClusterReader, ReadPlan
from gitops_master.ports.writing import AuditLine, Sent, Write
from gitops_master.ports.writing_commands import command_of
from gitops_master.usecases.operating.means import Means, Prepared
from gitops_master.usecases.operating.planned import Trace

LOOKS = (0.5, 2.0, 4.0)
"""Seconds before each look for what a write without an answer has done; Kargo makes a Promotion within milliseconds or not at all."""


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """`outcome`: None where all was done. `names`: of the Promotions that were made. `since`: when the first write was sent."""

    since: datetime
    outcome: Outcome | None = None
    refusal: Refusal | None = None
    message: str = ""
    names: tuple[str, ...] = ()


async def act(prepared: Prepared, means: Means) -> Acted:
    """In order, up to the first that is not done. Not interrupted: what was sent is reported."""
    attempt = _Act(prepared, means)
    with anyio.CancelScope(shield=True):
        await attempt.run()
    return attempt.acted


async def read_again(prepared: Prepared, reader: ClusterReader, deadline_s: float, kinds: frozenset[str]) -> Snapshot:
    """The same place, as it is now."""
    return await reader.read(ReadPlan(kinds, prepared.request.focus), deadline_s=deadline_s)


class _Act:
    def __init__(self, prepared: Prepared, means: Means) -> None:
        self._prepared, self._means = prepared, means
        self._since = means.clock()
        self._names: list[str] = []
        self.acted = Acted(since=self._since)

    async def run(self) -> None:
        self.acted = await self._run()

    async def _run(self) -> Acted:
        writer = self._means.writer()
        writes, targets = self._prepared.planned.writes, self._prepared.plan.targets
        for number, write in enumerate(writes):
            target = targets[number].target if number < len(targets) else ""
            since = self._means.clock()
            try:
                sent = await writer.send(write, self._prepared.premises, deadline_s=self._means.deadline_s)
            except GitOpsError as error:
                refused = isinstance(error, Forbidden)
                self._note(target, "refused" if refused else "failed", error.message)
                outcome = Outcome.REFUSED if refused else Outcome.FAILED
                words = f"{error.message}; {error.hint}" if error.hint else error.message
                return self._ended(outcome, Refusal.NO_WAY if refused else None, target, words, writes[number:])
            stopped = await self._judged(sent, write, target, sent.at or since)
            if stopped is not None:
                return self._ended(*stopped, writes[number:])
        return Acted(since=self._since, names=tuple(self._names))

    async def _judged(
        self, sent: Sent, write: Write, target: str, since: datetime
    ) -> tuple[Outcome, Refusal | None, str, str] | None:
        """None where it was done; else how it ended, and why."""
        if sent.done:
            self._names += sent.names or (await self._trace(write, since, looks=LOOKS[:1])).names
            self._note(target, "done", _made(sent.names) if sent.names else command_of(write))
            return None
        if not sent.ambiguous:
            self._note(target, "refused", sent.problem)
            return Outcome.REFUSED, Refusal.SERVER, target, f"nothing was changed: {sent.problem}"
        trace = await self._trace(write, since, looks=LOOKS)
        if trace.found:
            self._names += trace.names
            self._note(target, "done", f"no answer came ({sent.problem}); the cluster shows it: {trace.words}")
            return None
        words = f"no answer came ({sent.problem}), and {trace.words or 'the cluster does not show it'}"
        self._note(target, "not known", words)
        return Outcome.NOT_KNOWN, None, target, f"{words}; look again before it is asked anew"

    async def _trace(self, write: Write, since: datetime, *, looks: Sequence[float]) -> Trace:
        """Whether the cluster shows it: it may take a moment, so not seen at once says little."""
        planner = self._means.planners[self._prepared.request.operation]
        trace = Trace(None)
        for wait_s in looks:
            await self._means.sleep(wait_s)
            try:
                now = await read_again(self._prepared, self._means.reader, self._means.deadline_s, planner.kinds())
            except GitOpsError as error:
                trace = Trace(None, words=f"the cluster cannot be read either: {error.message}")
                continue
            trace = planner.done(self._prepared.planned, write, self._prepared.snapshot, now, since)
            if trace.found:
                return trace
        return trace

    def _ended(
        self, outcome: Outcome, refusal: Refusal | None, target: str, words: str, left: Sequence[Write]
    ) -> Acted:
        message = f"{target}: {words}" if target else words
        if self._names:
            message = f"{_made(self._names)} before it stopped. {message}"
            outcome = outcome if outcome is Outcome.NOT_KNOWN else Outcome.FAILED
        if len(left) > 1:
            message += f" ({len(left) - 1} more not tried)"
        return Acted(since=self._since, outcome=outcome, refusal=refusal, message=message, names=tuple(self._names))

    def _note(self, target: str, verdict: str, detail: str) -> None:
        note(self._prepared, self._means, target, verdict, detail)


def note(prepared: Prepared, means: Means, target: str, verdict: str, detail: str) -> None:
    """One line of the audit."""
    seen = next((way.who for way in prepared.ways if way.who), "")
    who = f"{means.who} as {seen}" if means.who and seen and seen != means.who else means.who or seen
    where = ", ".join(dict.fromkeys(way.title for way in prepared.ways)) or prepared.snapshot.source
    operation = prepared.request.operation.value
    means.audit(AuditLine(means.clock(), who, where, operation, _shown(prepared, target), verdict, detail))


def _shown(prepared: Prepared, target: str) -> str:
    plan = prepared.plan
    named = target or ", ".join(one.target for one in plan.targets)
    place = f"{plan.project}/{named}" if plan.project else named
    return f"{place}, Freight {plan.freight}" if plan.freight else place


def _made(names: Sequence[str]) -> str:
    return f"Promotion {', '.join(names)} was made" if names else "it was done"
