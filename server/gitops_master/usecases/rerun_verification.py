"""Ask Kargo to verify what a Stage holds again, and follow what comes of it. The one thing that is written, after consent."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from gitops_master.facts.durations import human
from gitops_master.facts.stage import StageView
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable, UsageError
from gitops_master.model.kargo import VERIFICATION_TERMINAL
from gitops_master.model.rerun import Rerun
from gitops_master.model.stage import Stage, VerificationInfo
from gitops_master.model.verification import Verdict
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan
from gitops_master.ports.writing import Audit, AuditLine, Sent, StageWriter
from gitops_master.usecases.deadline import DEADLINE_S
from gitops_master.usecases.kargo_verification import kargo_verification, with_logs
from gitops_master.usecases.rerun_checks import Plan, WritePolicy, plan_of
from gitops_master.usecases.targets import find_in_project, find_project

KINDS = frozenset({"kargo.akuity.io/*"})
"""What the checks and the wait rest on."""
KINDS_OF_A_RESULT = KINDS | {
    "argoproj.io/*", "batch/Job", "v1/Pod", "v1/Event", "v1/ServiceAccount", "rbac.authorization.k8s.io/*",
}  # fmt: skip
ACTION = "reverify"
REVERIFY = "kargo.akuity.io/reverify"
_VERDICTS = {"Successful": Verdict.PASS, "Failed": Verdict.FAIL, "Error": Verdict.FAIL, "Aborted": Verdict.FAIL}
_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1}


class RerunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`wait_s`: for the verification to end; 0 only asks. `interval_s`: between looks. `deadline_s`: of one read or write."""

    stage: str
    project: str = ""
    wait_s: float = 600.0
    interval_s: float = 5.0
    deadline_s: float = DEADLINE_S


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What the use case works with. `consent` is asked once, before anything is written. `tell`: progress, one line each.

    `who`: as whom, for the audit. `clock`: aware times; `sleep`: seconds.
    """

    reader: ClusterReader
    writer: Callable[[], StageWriter]
    policy: WritePolicy
    consent: Callable[[Plan], Awaitable[bool]]
    audit: Audit
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    tell: Callable[[str], None] = lambda _line: None
    who: str = ""


async def rerun_verification(request: RerunRequest, means: Means) -> Rerun:
    """Raises Forbidden where it is refused, by whom and why in the message; UsageError on a Stage that does not exist;
    Unreachable where the cluster does not answer, or nobody can tell whether it took the request.
    """
    return await _Attempt(request, means).run()


def exit_code(answer: Rerun) -> int:
    """The one table of docs/architecture.md: what has not ended is waited for where it was seen, else not known."""
    return _CODES.get(answer.verdict, 2 if answer.kargo is not None and not _ended(answer.kargo.phase) else 3)


def _ended(phase: str) -> bool:
    return phase in VERIFICATION_TERMINAL


class _Seen(msgspec.Struct, frozen=True):
    """One look: what to tell, the new verification where there is one, and whether there is nothing more to wait for."""

    line: str
    found: VerificationInfo | None = None
    is_over: bool = False


class _Attempt:
    def __init__(self, request: RerunRequest, means: Means) -> None:
        self._request, self._means = request, means
        self._where = ""
        self._target = f"{request.project}/{request.stage}".lstrip("/")

    async def run(self) -> Rerun:
        try:
            self._means.policy.check()
            writer = self._means.writer()
            plan = await self._plan()
            if not await self._means.consent(plan):
                raise Forbidden("nothing was asked of Kargo: there was no consent", "answer yes, or say so with --yes")
            again = await self._plan()
            if again.verification_id != plan.verification_id:
                raise Forbidden(
                    f"Stage {plan.stage} has been verified anew in the meantime; nothing was asked of Kargo",
                    "look at it again: another run may not be needed",
                )
        except GitOpsError as error:
            self._note("refused" if isinstance(error, Forbidden) else "failed", error.message)
            raise
        await self._ask(plan, writer)
        return await self._follow(plan)

    # before

    async def _read(self, kinds: frozenset[str] = KINDS) -> StageView:
        focus = Focus(project=self._request.project, stage=self._request.stage)
        snapshot = await self._means.reader.read(ReadPlan(kinds, focus), deadline_s=self._request.deadline_s)
        project = find_project(snapshot, self._request.project)
        self._where = snapshot.source
        self._target = f"{project}/{self._request.stage}"
        return StageView(find_in_project(snapshot, Stage, project, self._request.stage), snapshot)

    async def _plan(self) -> Plan:
        view = await self._read()
        self._means.policy.check_stage(view.project, view.name)
        return plan_of(view, self._where)

    # the write

    async def _ask(self, plan: Plan, writer: StageWriter) -> None:
        deadline_s = self._request.deadline_s
        try:
            sent = await writer.reverify(plan.project, plan.stage, plan.verification_id, deadline_s=deadline_s)
        except GitOpsError as error:
            self._note("failed", error.message)
            raise
        if not sent.done:
            shown = await self._shows(plan) if sent.ambiguous else "does not show it"
            if shown:
                problem = _error(plan, sent, shown)
                self._note("not known" if sent.ambiguous else "failed", problem.message)
                raise problem
        self._note("done", f"annotation {REVERIFY} names verification {plan.verification_id}")
        self._means.tell(f"Kargo was asked to verify Stage {plan.stage} again")

    async def _shows(self, plan: Plan) -> str:
        """No answer came: empty where the Stage shows the request or what came of it, else what is known instead."""
        try:
            view = await self._read()
        except GitOpsError:
            return "cannot be read either"
        newest = view.verification_info
        is_new = newest is not None and newest.id != plan.verification_id
        is_there = plan.verification_id in view.stage.annotations.get(REVERIFY, "")
        return "" if is_new or is_there else "does not show it"

    # after

    async def _follow(self, plan: Plan) -> Rerun:
        ends = self._means.clock() + timedelta(seconds=self._request.wait_s)
        seen = _Seen("")
        while True:
            before, seen = seen, await self._look(plan, seen)
            if seen.line != before.line:
                self._means.tell(seen.line)
            left = (ends - self._means.clock()).total_seconds()
            if seen.is_over or left <= 0:
                return await self._answer(plan, seen)
            await self._means.sleep(min(self._request.interval_s, left))

    async def _look(self, plan: Plan, before: "_Seen") -> "_Seen":
        try:
            view = await self._read()
        except UsageError as error:
            return _Seen(error.message, before.found, is_over=True)
        except GitOpsError as error:
            return _Seen(f"cannot be read at the moment: {error.message}", before.found)
        if view.current is None or view.current.id != plan.collection:
            line = "other Freight was promoted in the meantime: what was to be verified is no longer there"
            return _Seen(line, before.found, is_over=True)
        newest = view.verification_info
        if newest is None or newest.id == plan.verification_id:
            return _Seen(f"waiting for Kargo to begin{_held_up(view)}")
        return _Seen(f"the verification is {newest.phase or 'Pending'}", newest, is_over=_ended(newest.phase))

    async def _answer(self, plan: Plan, seen: "_Seen") -> Rerun:
        found, line = seen.found, seen.line
        if not seen.is_over and self._request.wait_s:
            line = f"{line}, after {human(timedelta(seconds=self._request.wait_s))}"
        kargo = None
        if found is not None:
            try:
                kargo = kargo_verification(await self._with_logs(found))
            except GitOpsError as error:
                line = f"{line}; details cannot be read: {error.message}"
        verdict = _VERDICTS.get(found.phase, Verdict.UNKNOWN) if found is not None else Verdict.UNKNOWN
        return Rerun(
            project=plan.project,
            stage=plan.stage,
            verdict=verdict,
            message=line,
            asked=plan.verification_id,
            verification_id=found.id if found is not None else "",
            kargo=kargo,
            action=_action(plan, verdict, is_over=seen.is_over),
            next_call={} if verdict is Verdict.PASS else _diagnosis(plan),
            context=self._where,
            observed_at=self._means.clock(),
        )

    async def _with_logs(self, found: VerificationInfo) -> StageView:
        view = await self._read(KINDS_OF_A_RESULT)
        if view.verification_info is None or view.verification_info.id != found.id:
            raise Unreachable(f"verification {found.id} is no longer the newest one")
        return await with_logs(self._means.reader, view, deadline_s=self._request.deadline_s)

    def _note(self, verdict: str, detail: str) -> None:
        now, who = self._means.clock(), self._means.who
        self._means.audit(AuditLine(now, who, self._where, ACTION, f"Stage {self._target}", verdict, detail))


def _held_up(view: StageView) -> str:
    """Why it does not begin; what was fine when it was asked need not stay so."""
    if view.running is not None or view.stage.status.current_promotion is not None:
        return ": a Promotion has started"
    return f": the Stage is {view.health or 'without health'}" if view.health != "Healthy" else ""


def _error(plan: Plan, sent: Sent, shown: str) -> GitOpsError:
    what = f"Stage {plan.stage} of project {plan.project}"
    if sent.ambiguous:
        return Unreachable(
            f"no answer came to the request to verify {what} again, and the Stage {shown}: {sent.problem}",
            f"look again before asking anew: gitops-master state {plan.stage} --project {plan.project}",
        )
    if sent.status in {401, 403}:
        return Forbidden(
            f"Kargo was not asked to verify {what} again, which needs the right to patch stages.kargo.akuity.io in namespace "
            f"{plan.project}: {sent.problem}",
            "have it granted (the role kargo-admin of the project has it, kargo-promoter has not), or be somebody else: --as, --context",
        )
    if sent.status == 404:
        return UsageError(f"{what} is gone: {sent.problem}", "see which Stages there are: gitops-master state")
    return GitOpsError(f"Kargo was not asked to verify {what} again: {sent.problem}", "nothing was changed")


def _action(plan: Plan, verdict: Verdict, *, is_over: bool) -> str:
    look = f"gitops-master analyze {plan.stage} --project {plan.project}"
    if verdict is Verdict.PASS:
        return "None"
    return f"find out why: {look}" if is_over else f"look again later; if nothing moves: {look}"


def _diagnosis(plan: Plan) -> dict[str, str]:
    return {"tool": "analyze_stage", "project": plan.project, "stage": plan.stage}
