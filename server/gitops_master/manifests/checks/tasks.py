"""PromotionTasks that steps name."""

from collections.abc import Iterator, Mapping

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.near import near
from gitops_master.manifests.pipeline import find, is_missing, listed, siblings, stages, task_steps
from gitops_master.manifests.template import values
from gitops_master.manifests.world import CLUSTER_TASK, TASK, World
from gitops_master.model.manifest import Level, Manifest, at

_INFLATE = "akuity/kargo v1.11.2 pkg/api/promotion.go"


def _named(step: Mapping[str, object]) -> tuple[str, str]:
    """Kind and name; no name where there is none to be judged, or the kind is unknown."""
    kind, name = at(step, "task", "kind") or "PromotionTask", at(step, "task", "name")
    if not isinstance(name, str) or "${{" in name or kind not in {"PromotionTask", "ClusterPromotionTask"}:
        return TASK, ""
    return (CLUSTER_TASK if kind == "ClusterPromotionTask" else TASK), name


@check(
    "promotion-task-not-found",
    title="A step names a PromotionTask that does not exist",
    level=Level.ERROR,
    versions=("kargo >= 1.2",),
    sources=(f"{_INFLATE} getPromotionTaskSpec",),
)
def missing(world: World) -> Iterator[Fault]:
    """A step of a Stage names a PromotionTask that its project does not have, or a ClusterPromotionTask that the cluster has not.

    Why: steps of a task are put in when a Promotion is created; without the task the Promotion is refused, so the Stage accepts its
    template and then can never be promoted to.

    How to tell: no PromotionTask of that name in the project; with `kind: ClusterPromotionTask` none in the cluster.

    What to do: correct name or kind, or add the task.

    Not this when: tasks are not among the files, and the cluster was not asked.
    """
    for stage in stages(world):
        for path, step in task_steps(stage):
            kind, name = _named(step)
            home = "" if kind == CLUSTER_TASK else stage.namespace
            if name and is_missing(world, kind, home, name):
                yield Fault(
                    stage,
                    (*path, "task", "name"),
                    f"a step of {stage.title} names {kind.rpartition('/')[2]} {name}, which does not exist",
                    _other_kind(kind, name, stage, world)
                    or near(name, [one.name for one in siblings(world, kind, home)])
                    or "add the task",
                )


def _other_kind(kind: str, name: str, stage: Manifest, world: World) -> str:
    if kind == CLUSTER_TASK:
        found = find(world, TASK, stage.namespace, name)
        return f"leave kind out: {name} is a PromotionTask" if found else ""
    return f"set kind: ClusterPromotionTask, which {name} is" if find(world, CLUSTER_TASK, "", name) else ""


@check(
    "promotion-task-variable-without-value",
    title="A variable that a PromotionTask needs has no value",
    level=Level.ERROR,
    versions=("kargo >= 1.2",),
    sources=(f"{_INFLATE} promotionTaskVarsToStepVars",),
)
def without_value(world: World) -> Iterator[Fault]:
    """A task declares a variable without a value, and neither the step, the template nor the Stage gives one.

    Why: each Promotion is refused with `missing value for variable`. An empty value counts as none.

    How to tell: spec.vars of the task without value; vars of the step, of the promotion template and of the Stage.

    What to do: give the value in the step's vars, or a default in the task.

    Not this when: the task is not known here.
    """
    for stage in stages(world):
        shared = values(stage.spec.get("vars")) | values(at(stage.data, "spec", "promotionTemplate", "spec", "vars"))
        for path, step in task_steps(stage):
            kind, name = _named(step)
            task = find(world, kind, "" if kind == CLUSTER_TASK else stage.namespace, name) if name else None
            if task is None:
                continue
            sent = {key for key, value in (*shared.items(), *values(step.get("vars")).items()) if value}
            lacking = [key for key, value in values(task.spec.get("vars")).items() if not value and key not in sent]
            if lacking:
                yield Fault(
                    stage,
                    path,
                    f"{task.title} needs {listed(lacking)}, and {stage.title} gives no value: every Promotion is refused",
                    f"add {listed(lacking)} to the step's vars",
                )
