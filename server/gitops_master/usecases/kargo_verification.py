"""Kargo's own verification of what a Stage holds, in words: for the answer of run_verification."""

from collections.abc import Iterator

from gitops_master.facts.job_access import JobAccess, job_access
from gitops_master.facts.rights import Account
from gitops_master.facts.stage import StageView
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_origin import origin
from gitops_master.facts.verification_outcome import MetricFacts, metrics, wanted_logs, why_not_begun
from gitops_master.facts.verification_pods import not_starting
from gitops_master.model.finding import quoted
from gitops_master.model.kubernetes import ClusterRole, PolicyRule, Role
from gitops_master.model.meta import condition
from gitops_master.model.snapshot import Wanted
from gitops_master.model.state import MESSAGE_LIMIT, bounded, one_line
from gitops_master.model.verification import KargoVerification
from gitops_master.ports.cluster import ClusterReader

MOST_METRICS, MOST_RIGHTS = 20, 5
LAST_WORDS = 3
_EVERYBODYS = "system:"
"""What every API server binds to all ServiceAccounts says nothing about this one."""
NOT_YET = "NotStarted"
"""Said for a phase where a Stage has a verification, holds Freight, and Kargo has not begun."""


def kargo_verification(stage: StageView) -> KargoVerification | None:
    """None where the Stage holds nothing, or neither has a verification nor a record of one."""
    view, wanted = stage.verification, stage.stage.spec.verification
    if stage.current is None or (view is None and wanted is None):
        return None
    access = _access(job_access(stage))
    if view is None:
        return KargoVerification(phase=NOT_YET, access=access, message=why_not_begun(stage))
    info, run = view.info, view.info.analysis_run
    message = quoted(info.message or (view.run.status.message if view.run else ""), MESSAGE_LIMIT)
    if wanted is None and run is None and not message:
        message = "the Stage has no spec.verification: Kargo counts its Freight as verified once the Stage is Healthy"
    unread = " (not read)" if run is not None and view.run is None else ""
    lines, more = bounded([_metric(view, one) for one in metrics(view)], MOST_METRICS, "further metrics")
    return KargoVerification(
        phase=info.phase or "Pending",
        analysis_run=f"{run.namespace or stage.project}/{run.name}{unread}" if run is not None else "",
        started_at=info.start_time,
        finished_at=info.finish_time,
        belongs=origin(stage),
        metrics=[*lines, *more],
        access=access,
        message=message,
    )


def wanted_for(stage: StageView) -> Iterator[Wanted]:
    """The logs that the answer would quote and that are not read yet."""
    if stage.verification is not None:
        yield from wanted_logs(stage.verification)


async def with_logs(reader: ClusterReader, stage: StageView, *, deadline_s: float) -> StageView:
    """The same Stage, with those logs."""
    keys = sorted({one.log for one in wanted_for(stage)})
    if not keys:
        return stage
    read = await reader.read_logs(keys, deadline_s=deadline_s)
    return StageView(stage.stage, stage.snapshot.with_logs(read.logs, read.gaps))


def _metric(view: VerificationView, one: MetricFacts) -> str:
    """`smoke Failed: 0 successful, 1 failed; last: received non 2xx response code: 503`."""
    result, last = one.result, one.last
    counts = (("successful", result.successful), ("failed", result.failed), ("error", result.error))
    counted = [f"{count} {word}" for word, count in (*counts, ("inconclusive", result.inconclusive)) if count]
    parts = [", ".join(counted)]
    if last is not None and (last.message or last.value):
        parts.append(f"last: {last.message or last.value}")
    elif result.message:
        parts.append(result.message)
    field, expression = one.condition
    if expression and result.phase in {"Failed", "Inconclusive"}:
        parts.append(f"{field}: {expression}")
    parts += _job(view, one)
    return one_line(
        f"{result.name} {result.phase}: {'; '.join(part for part in parts if part)}".rstrip(": "), MESSAGE_LIMIT
    )


def _job(view: VerificationView, one: MetricFacts) -> Iterator[str]:
    """How the newest Job of the metric ended, and the last words of its pod."""
    job = next((each for each in view.jobs if each.metric == one.result.name), None)
    if job is None:
        return
    failed = condition(job.job.status.conditions, "Failed")
    ended = f" failed ({failed.reason})" if failed is not None else ""
    yield f"Job {job.job.name}{ended}"
    stuck = not_starting(view)
    if stuck is not None and stuck.job is not None and stuck.job.job is job.job:
        yield f"its pod does not start: {stuck.reason}: {stuck.text.value}"
    names = {pod.name for pod in job.pods}
    said = [text.value for text in view.output_texts() if text.object.name in names]
    if said and one.result.phase != "Successful":
        yield f"its pod's last words: {' / '.join(said[-LAST_WORDS:])}"


def _access(found: JobAccess) -> str:
    parts = [f"ServiceAccount {_named(one)} does not exist, so no pod of its Job can be made" for one in found.absent]
    for denial in found.refused[:MOST_RIGHTS]:
        account = denial.service_account
        who = f"ServiceAccount {_named(account)}" if account is not None else denial.user
        parts.append(f"{who} was refused to {denial.verb} {denial.full_resource} {denial.where}")
    own = [one for one in found.roles if not one.name.startswith(_EVERYBODYS)]
    if found.refused and own:
        parts.append(f"bound to it: {', '.join(_role(one) for one in own[:MOST_RIGHTS])}")
    for account, need in found.lacking[:MOST_RIGHTS]:
        if account not in found.absent:
            parts.append(f"ServiceAccount {_named(account)} may not {need.what}, which `{need.command}` needs")
    left = len(found.lacking) - MOST_RIGHTS
    if left > 0:
        parts.append(f"{left} further rights are missing")
    return one_line("; ".join(parts), 2 * MESSAGE_LIMIT)


def _named(account: Account) -> str:
    return "/".join(account)


def _role(one: Role | ClusterRole) -> str:
    return f"{one.ref} ({'; '.join(_rule(rule) for rule in one.rules[:MOST_RIGHTS]) or 'no rules'})"


def _rule(rule: PolicyRule) -> str:
    return f"{', '.join(rule.verbs)} {', '.join(rule.resources)}"
