from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.promoters import promoting_pods
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Confidence, Evidence
from gitops_master.model.kargo import ClusterPromotionTask, PromotionTask, TaskReference
from gitops_master.model.kubernetes import Event
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.promotion.patterns import INFLATE_FAILED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_stage


@rule(
    "promotion-task-not-found",
    area="promotion",
    title="The Stage refers to a promotion task that does not exist",
    on=StageView,
    needs={PromotionTask.KIND, ClusterPromotionTask.KIND},
    versions=("kargo >= 1.2",),
    explains=(
        "stage-reconcile-error",
        "no-freight-promoted-yet",
        "admission-policy-denies-object",
    ),
    sources=("akuity/kargo v1.11.2 pkg/webhook/kubernetes/promotion/webhook.go", "seen on a live v1.11.2"),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """Promoting to the Stage is refused, or auto-promotion fails, because a task of its template is missing.

    Why: tasks are put into the steps when a Promotion is created. A template may name one that does not exist, or with the
    wrong kind: a PromotionTask lies in the project, a ClusterPromotionTask belongs to the whole cluster.

    How to tell: spec.promotionTemplate.spec.steps[].task against the tasks there are; the refusal (in the Stage's Ready
    condition, or in the log of whoever promotes) says `failed to inflate Promotion steps … not found`.

    What to do: correct name or kind in the Stage, or create the task.

    Not this when: the task exists but one of its steps is wrong.
    """
    wanted = [(index, one.task) for index, one in enumerate(stage.steps) if one.task is not None and one.task.name]
    if not wanted:
        return
    refusals = list(_told(stage))
    for log in logs_of(promoting_pods(stage.snapshot, stage.project), stage.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            refusals += matching(log, INFLATE_FAILED.regex, "not found")
    for index, task in wanted:
        refused = [text for text in refusals if f'"{task.name}"' in text.value.replace('\\"', '"')]
        if not _is_absent(stage, task) and (not refused or _exists(stage, task)):
            continue
        yield _hit(stage, index, task, refused)
        return


def _hit(stage: StageView, index: int, task: TaskReference, refused: list[Text]) -> Hit:
    path, other = f"spec.promotionTemplate.spec.steps[{index}].task", _under_other_kind(stage, task)
    evidence: list[Evidence] = [fact(stage.stage, path, f"kind: {task.kind}, name: {task.name}")]
    evidence += [text.as_evidence() for text in refused[-1:]]
    if other:
        evidence.append(fact(f"{other} {task.name}", "metadata.name", task.name))
    elif _is_absent(stage, task):
        evidence.append(fact(f"{task.kind}s", "names", ", ".join(_names(stage, task.kind)) or "none"))
    of = "" if task.kind == "ClusterPromotionTask" else f" in project {stage.project}"
    hint = f"; there is a {other} of that name" if other else ""
    where = f"step {index + 1} of Stage {stage.name}, in the source the Stage is managed from"
    mend = (
        f"Set `kind: {other}` on the task of {where}"
        if other
        else f"Create {task.kind} {task.name}{of}, or correct the task's name in {where}"
    )
    return Hit(
        summary=(
            f"Stage {stage.name} refers to {task.kind} {task.name}, which does not exist{of}{hint}, so no Promotion can be created."
        ),
        evidence=evidence,
        remedies=[
            advise(mend, confirm_with="the next promotion to the Stage is no longer refused"),
            *([refresh_stage(stage)] if stage.auto_promotion else []),
        ],
        confidence=Confidence.HIGH if _is_absent(stage, task) else Confidence.MEDIUM,
    )


def _told(stage: StageView) -> Iterator[Text]:
    """Refusals that the Stage itself or an event of the project tells of."""
    if stage.ready is not None and "inflate" in stage.ready.message and "not found" in stage.ready.message:
        yield Text(stage.ref, "status.conditions[Ready].message", stage.ready.message)
    for event in stage.snapshot.all(Event, stage.project):
        if "inflate" in event.text and "not found" in event.text:
            yield Text(event.ref, "message", event.text, event.seen)


def _is_absent(stage: StageView, task: TaskReference) -> bool:
    if task.kind == "ClusterPromotionTask":
        return stage.snapshot.lacks(ClusterPromotionTask, "", task.name)
    return stage.snapshot.lacks(PromotionTask, stage.project, task.name)


def _exists(stage: StageView, task: TaskReference) -> bool:
    if task.kind == "ClusterPromotionTask":
        return stage.snapshot.get(ClusterPromotionTask, "", task.name) is not None
    return stage.snapshot.get(PromotionTask, stage.project, task.name) is not None


def _under_other_kind(stage: StageView, task: TaskReference) -> str:
    if task.kind == "ClusterPromotionTask":
        return "PromotionTask" if stage.snapshot.get(PromotionTask, stage.project, task.name) else ""
    return "ClusterPromotionTask" if stage.snapshot.get(ClusterPromotionTask, "", task.name) else ""


def _names(stage: StageView, kind: str) -> list[str]:
    if kind == "ClusterPromotionTask":
        return sorted(one.name for one in stage.snapshot.all(ClusterPromotionTask))[:5]
    return sorted(one.name for one in stage.snapshot.all(PromotionTask, stage.project))[:5]
