"""Kargo's verification of a Stage, run again as the first step of something else: what follows makes no sense without it."""

from msgspec import structs

from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable
from gitops_master.model.operating import Operated, Operation, Outcome
from gitops_master.ports.writing import AuditLine
from gitops_master.usecases.operating.means import Following, Means
from gitops_master.usecases.operating.operate import Agree, operate
from gitops_master.usecases.operating.planned import OperationRequest


async def verify_again(project: str, stage: str, means: Means, *, agree: Agree, following: Following) -> Operated:
    """What came of it, however it ended, as far as `following` waits.

    Raises Forbidden where Kargo was not asked (no permission, no consent, a closed gate), Unreachable where nobody can tell
    whether it was; else as `operate` does.
    """
    noted: list[AuditLine] = []

    def audit(line: AuditLine) -> None:
        noted.append(line)
        means.audit(line)

    request = OperationRequest(operation=Operation.REVERIFY, project=project, stage=stage)
    answer = await operate(request, structs.replace(means, audit=audit), agree=agree, following=following, insists=True)
    if not any(one.verdict == "done" for one in noted):
        raise _not_asked(answer, stage)
    return answer


def _not_asked(answer: Operated, stage: str) -> GitOpsError:
    if answer.outcome is Outcome.PLANNED:
        question = answer.plan.question if answer.plan is not None else ""
        return Forbidden(f"nobody is there to agree: {question}", "agree beforehand with --yes")
    if answer.outcome is Outcome.NOT_KNOWN:
        look = f"gitops-master state {stage} --project {answer.project}"
        return Unreachable(answer.message, f"look again before asking anew: {look}")
    if answer.outcome is Outcome.REFUSED:
        return Forbidden(answer.message, f"without it: gitops-master verify {stage} --project {answer.project}")
    return GitOpsError(answer.message, "nothing was changed")
