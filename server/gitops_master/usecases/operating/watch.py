"""Following Promotions to their end, and beyond: health, Kargo's verification, ours."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta

import msgspec

from gitops_master.facts.names import stage_named
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable, UsageError
from gitops_master.model.finding import Diagnosis, quoted
from gitops_master.model.kargo import Promotion
from gitops_master.model.operating import Outcome, PromotionProgress
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.state import MESSAGE_LIMIT, one_line
from gitops_master.model.verification import Verdict, Verification
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan
from gitops_master.usecases.deadline import DEADLINE_S
from gitops_master.usecases.operating import triage, watch_answer
from gitops_master.usecases.operating.promotion_progress import Progress, never_existed, progress
from gitops_master.usecases.operating.promotion_steps import ENDED
from gitops_master.usecases.targets import find_project
from gitops_master.usecases.watch_state import ageless

KINDS = frozenset(
    [
        *(f"kargo.akuity.io/{kind}" for kind in ("Project", "Stage", "Promotion", "Freight")),
        "argoproj.io/Application",
        "argoproj.io/AnalysisRun",
    ]
)
"""What the way of a Promotion shows in; pods and the rest are read once something is to be explained."""
VERIFIES_FOR = timedelta(minutes=2)
"""For which our own verification is tried again while it does not pass: pods, endpoints and routes follow the rollout."""


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """What to follow. `verify`: also with our own four levels, once Kargo is done. `wait_s`: all together; 0 looks once.

    `interval_s`: between looks. `deadline_s`: of one read.
    """

    project: str
    promotions: tuple[str, ...]
    verify: bool = False
    wait_s: float = 0.0
    interval_s: float = 5.0
    deadline_s: float = DEADLINE_S


class WatchMeans(msgspec.Struct, frozen=True, kw_only=True):
    """`clock`: aware times. `sleep`: seconds. `tell`: progress, one line each. `verify`: our own levels of a Stage."""

    reader: ClusterReader
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    tell: Callable[[str], Awaitable[None]]
    verify: Callable[[str, str], Awaitable[Verification]] | None = None


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """`outcome`: DONE only where every Promotion is live and verified. `diagnosis`: of the first Stage that is not. `context`,
    `observed_at`: of the last look that came back.
    """

    outcome: Outcome
    message: str
    promotions: tuple[PromotionProgress, ...] = ()
    verification: Verification | None = None
    diagnosis: Diagnosis | None = None
    action: str = ""
    context: str = ""
    observed_at: datetime | None = None


async def watch(follow: Follow, means: WatchMeans) -> Watched:
    """Looks until all Promotions have ended or the time is up. Keeps nothing: the same names can be followed again later.

    Raises UsageError on a Promotion or project that does not exist at the first look that tells. What cannot be read for a
    while is told and waited for.
    """
    if not follow.promotions:
        raise UsageError("no Promotion to follow", "name one, as `kubectl get promotions.kargo.akuity.io` lists it")
    if follow.verify and means.verify is None:
        raise UsageError("what is live cannot be verified here", "follow it without verify")
    return await _Watch(follow, means).run()


class _Watch:
    """`_seen`: each Promotion as last seen. `_now`: the clock of the last snapshot. `_problem`: why the last look failed."""

    def __init__(self, follow: Follow, means: WatchMeans) -> None:
        self._follow, self._means = follow, means
        self._names = tuple(dict.fromkeys(follow.promotions))
        self._project = follow.project
        self._seen: dict[str, Progress] = {}
        self._now: datetime | None = None
        self._context = ""
        self._problem = ""
        self._triaged: set[str] = set()
        self._ends = means.clock() + timedelta(seconds=follow.wait_s)

    async def run(self) -> Watched:
        while True:
            await self._look()
            if self._is_over or self._left_s <= 0:
                break
            await self._triage()
            await self._pause()
        outcome = watch_answer.outcome(self._every, len(self._names))
        verified = await self._verified() if outcome is Outcome.DONE and self._follow.verify else watch_answer.Own()
        return await self._answer(
            watch_answer.with_own(outcome, verified) if self._follow.verify else outcome, verified
        )

    @property
    def _every(self) -> list[Progress]:
        return [self._seen[name] for name in self._names if name in self._seen]

    @property
    def _left_s(self) -> float:
        return (self._ends - self._means.clock()).total_seconds()

    @property
    def _is_over(self) -> bool:
        every = self._every
        ended = len(every) == len(self._names) and all(one.outcome is not None for one in every)
        return ended and not any(one.settles for one in every)

    async def _pause(self) -> None:
        await self._means.sleep(max(0.0, min(self._follow.interval_s, self._left_s)))

    async def _tell(self, line: str) -> None:
        await self._means.tell(quoted(" ".join(line.split()), MESSAGE_LIMIT))

    # looking

    async def _look(self) -> None:
        plan = ReadPlan(KINDS, self._focus())
        try:
            snapshot = await self._means.reader.read(plan, deadline_s=self._follow.deadline_s)
            self._find_project(snapshot)
        except (Forbidden, Unreachable) as error:
            await self._failed(error)
            return
        found = self._judged(snapshot)
        if self._problem:
            await self._tell("the cluster can be read again")
        self._problem, self._now, self._context = "", snapshot.observed_at, snapshot.source
        for name, one in found.items():
            for line in _news(one, self._seen.get(name)):
                await self._tell(f"promotion {name}: {line}")
        self._seen = found

    async def _failed(self, error: GitOpsError) -> None:
        if not self._problem:
            await self._tell(f"cannot be read at the moment: {error.message}")
        self._problem = one_line(error.message) or "no reason was given"

    def _find_project(self, snapshot: Snapshot) -> None:
        """At the first look, where no Promotion proves that it is there."""
        if not self._seen and not any(snapshot.get(Promotion, self._project, name) for name in self._names):
            self._project = find_project(snapshot, self._project)

    def _judged(self, snapshot: Snapshot) -> dict[str, Progress]:
        found = {name: progress(snapshot, self._project, name, self._seen.get(name)) for name in self._names}
        for name, one in found.items():
            if one.is_missing and not self._awaited(name):
                raise never_existed(snapshot, self._project, name)
        return found

    def _awaited(self, name: str) -> bool:
        """Whether it was expected to show, having only just been made."""
        return name in self._seen and self._seen[name].is_known

    def _focus(self) -> Focus:
        """The one Stage, as the names or an earlier look tell it; the project where there are several, or none is known."""
        stages = {self._seen[name].shown.stage if name in self._seen else stage_named(name) for name in self._names}
        return Focus(project=self._project, stage=stages.pop() if len(stages) == 1 else "")

    # what is wrong

    async def _triage(self) -> None:
        """Says once of each Stage why its Promotion takes so long."""
        for one in self._every if self._now is not None else ():
            if self._now is not None and triage.is_overdue(one, self._now) and one.shown.stage not in self._triaged:
                self._triaged.add(one.shown.stage)
                found, problem = await self._diagnosed(one.shown.stage)
                await self._tell(triage.told(one, self._now, found, problem))

    async def _diagnosed(self, stage: str) -> tuple[Diagnosis | None, str]:
        return await triage.diagnose(self._means.reader, self._project, stage, self._follow.deadline_s)

    # our own verification

    async def _verified(self) -> watch_answer.Own:
        """Of each Stage, again and again until all pass, for a while or until the time is up."""
        ends = min(self._ends, self._means.clock() + VERIFIES_FOR)
        own = await self._verify_once()
        while not own.passed and self._means.clock() < ends:
            await self._tell(f"verification: {own.words}; trying again")
            await self._means.sleep(min(self._follow.interval_s, (ends - self._means.clock()).total_seconds()))
            own = await self._verify_once()
        await self._tell(f"verification: {own.words}")
        return own

    async def _verify_once(self) -> watch_answer.Own:
        """The first Stage that does not pass; the last where all do."""
        own, verify = watch_answer.Own(), self._means.verify
        if verify is None:
            return own
        for stage in dict.fromkeys(one.shown.stage for one in self._every):
            try:
                made = await verify(self._project, stage)
            except GitOpsError as error:
                return watch_answer.Own(stage=stage, problem=one_line(error.message) or "no reason was given")
            own = watch_answer.Own(stage=stage, made=made)
            if made.verdict is not Verdict.PASS:
                return own
        return own

    # the answer

    async def _answer(self, outcome: Outcome, own: watch_answer.Own) -> Watched:
        every = self._every
        wrong = triage.to_diagnose(every, self._now)
        stage = wrong.shown.stage if wrong is not None else own.stage if outcome is Outcome.FAILED else ""
        diagnosis, problem = await self._diagnosed(stage) if stage else (None, "")
        if diagnosis is not None and outcome is Outcome.FAILED and not triage.explains(diagnosis, wrong):
            diagnosis, problem = None, f"the diagnosis of Stage {stage} finds no fault by now"
        message = watch_answer.message(outcome, every, self._names, own, self._problem)
        return Watched(
            outcome=outcome,
            message=f"{message}; {problem}" if problem else message,
            promotions=tuple(one.shown for one in every),
            verification=own.made,
            diagnosis=diagnosis,
            action=watch_answer.action(outcome, every, self._project, stage if diagnosis is not None else ""),
            context=self._context,
            observed_at=self._now,
        )


def _news(now: Progress, before: Progress | None) -> Iterator[str]:
    """What was not told yet: steps that have ended since, and lines that say something new."""
    old = {ageless(line) for line in before.shown.lines} if before is not None else set()
    steps = before.shown.steps if before is not None else []
    for index, step in enumerate(now.shown.steps if before is not None else []):
        was = steps[index].status if index < len(steps) else ""
        if step.status in ENDED and was not in ENDED:
            yield f"step {index + 1}/{len(now.shown.steps)} {step.uses}: {step.status}{f', {step.link}' if step.link else ''}"
    yield from (line for line in now.shown.lines if ageless(line) not in old)
