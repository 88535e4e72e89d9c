"""Steps that several Stages share: a PromotionTask, and how a Stage refers to it."""

from collections.abc import Mapping
from typing import Any

from gitops_master.manifests.build.existing import editable, edited
from gitops_master.manifests.build.names import listed
from gitops_master.manifests.build.recipe import Recipe, retry_comments, written
from gitops_master.manifests.build.retry import retry_of
from gitops_master.manifests.request import RetryProfile, StageRequest
from gitops_master.manifests.world import STAGE, TASK, World
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Draft, Manifest, Path, at, items
from gitops_master.model.versions import Version

SINCE = Version(1, 2, 0)
ALIAS = "deploy"
_GIVEN = "Each Stage gives its own."
_NO_RETRY = "No retry here: Kargo refuses one on a step that names a task. It stands in the task's own steps."


def task(request: StageRequest, world: World, recipe: Recipe, notes: list[str]) -> Draft | None:
    """The PromotionTask; None where there is one of that name, which is not rewritten.

    Raises UsageError where that one does not take what the Stage has to give, or wants more; and for a Kargo before 1.2.
    """
    if world.kargo is not None and world.kargo < SINCE:
        raise UsageError(
            f"shared_steps: Kargo {world.kargo} has no PromotionTasks", f"they came with {SINCE}; leave it out"
        )
    held = world.get(TASK, request.project, request.shared_steps)
    if held is not None:
        _fits(held, recipe, request, notes)
        return None
    if world.live_known and not world.lacks(TASK, request.project, request.shared_steps):
        notes.append(f"PromotionTask {request.shared_steps} could not be looked up: it is written as a new one.")
    rows, told = written(recipe.steps, request.retry, world.kargo, {})
    comments: dict[Path, str] = {("spec", "steps", *place): text for place, text in told.items()}
    if recipe.vars:
        comments[("spec", "vars")] = _GIVEN
    data = {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "PromotionTask",
        "metadata": {"name": request.shared_steps, "namespace": request.project},
        "spec": {**({"vars": [{"name": one} for one in recipe.vars]} if recipe.vars else {}), "steps": rows},
    }
    return Draft(data, f"task-{request.shared_steps}.yaml", comments)


def _fits(held: Manifest, recipe: Recipe, request: StageRequest, notes: list[str]) -> None:
    takes = {str(one.get("name")): one.get("value") for one in items(held.spec, "vars")}
    lacking = [one for one in recipe.vars if one not in takes]
    wanting = [name for name, value in takes.items() if not value and name not in recipe.vars]
    if lacking or wanting:
        parts = [f"it does not take {listed(lacking)}"] if lacking else []
        parts += [f"it wants {listed(wanting)} as well"] if wanting else []
        raise UsageError(
            f"PromotionTask {held.name} exists and does not fit what was asked for: {', and '.join(parts)}",
            f"its variables are {listed(takes)}; choose another name for a task of this kind",
        )
    uses = [str(one.get("uses")) for one in items(held.spec, "steps")]
    asked = [one.uses for one in recipe.steps]
    if uses != asked:
        notes.append(
            f"PromotionTask {held.name} is used as it is ({', '.join(uses)}); asked for was {', '.join(asked)}."
        )
    if request.retry is not RetryProfile.DEFAULT:
        notes.append(
            f"PromotionTask {held.name} keeps the retry that it has: ask for a Stage that uses it, without delivery."
        )


def reference(request: StageRequest, recipe: Recipe) -> tuple[dict[str, Any], dict[Path, str]]:
    """The Stage's step, and comments by place in it."""
    given = [{"name": name, "value": value} for name, value in recipe.vars.items()]
    step: dict[str, Any] = {"task": {"name": request.shared_steps}, "as": ALIAS}
    return ({**step, "vars": given} if given else step), {(): _NO_RETRY}


def patient(name: str, request: StageRequest, world: World, notes: list[str]) -> Draft | None:
    """An existing task whose steps get the retry asked for; None where it is not known, or has it."""
    held = world.get(TASK, request.project, name)
    if held is None:
        notes.append(f"PromotionTask {name} is not among what was read: its steps keep the retry that they have.")
        return None
    data = editable(held)
    comments: dict[Path, str] = {}
    for index, step in enumerate(items(data, "spec", "steps")):
        comments |= {("spec", "steps", index, *at): text for at, text in set_retry(step, request, world).items()}
    others = [one.name for one in world.all(STAGE, request.project) if one.name != request.name and _uses(one, name)]
    if others:
        notes.append(f"PromotionTask {name} is used by {listed(others)} as well: their steps get the same retry.")
    return edited(held, data, f"task-{name}.yaml", comments)


def _uses(stage: Manifest, name: str) -> bool:
    return any(at(one, "task", "name") == name for one in items(stage.spec, "promotionTemplate", "spec", "steps"))


def set_retry(step: Any, request: StageRequest, world: World) -> Mapping[Path, str]:
    """Changes the step where it takes retry. Answers comments by place in it."""
    uses = str(step.get("uses") or "")
    retry = retry_of(uses, request.retry, world.kargo)
    if not retry:
        return {}
    step["retry"] = retry
    return retry_comments(uses, retry)
