"""The Stage itself: a new one, or one that is there with only what is asked for changed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gitops_master.manifests.build import tasks
from gitops_master.manifests.build.argocd import reference
from gitops_master.manifests.build.existing import editable, edited, mapping
from gitops_master.manifests.build.fit import Fit
from gitops_master.manifests.build.freight import Requested
from gitops_master.manifests.build.names import listed
from gitops_master.manifests.build.recipe import Recipe, written
from gitops_master.manifests.build.styles import recipe_of
from gitops_master.manifests.request import Delivery, RetryProfile, StageRequest
from gitops_master.model.manifest import Draft, Manifest, Path, at, items

TEMPLATE: Path = ("spec", "promotionTemplate", "spec")
_OWN = frozenset({"repoURL", "branch", "path", "image", "chart", "chartRepo", "key", "app", "sourceURL"})
"""Variables that recipes make: one that no step names any more goes with the steps that did."""
_VARIABLES = "Named once: steps refer to them."


class Steps(NamedTuple):
    """`spec`: of spec.promotionTemplate.spec. `comments`: by place in it. `task`: what the steps need beside the Stage."""

    spec: dict[str, Any]
    comments: Mapping[Path, str]
    task: Draft | None = None


def asks_for_steps(request: StageRequest) -> bool:
    """Whether the request says how to deliver, and not only to which Applications or with how much patience."""
    given = (request.repo_url, request.branch, request.path, request.image, request.chart, request.key)
    return request.delivery is not Delivery.ARGOCD or any(given) or request.pull_request or bool(request.shared_steps)


def stage(fit: Fit, requested: Requested, verification: Mapping[str, Any]) -> tuple[Draft, Draft | None]:
    """The Stage, and the task that its steps stand in where it is new or changed."""
    held = fit.existing
    steps = _adjusted(fit, held) if held and _keeps_steps(fit, held) else _built(fit)
    comments: dict[Path, str] = {
        ("spec", "requestedFreight", *place): text for place, text in requested.comments.items()
    }
    comments |= {(*TEMPLATE, *place): text for place, text in steps.comments.items()}
    spec: dict[str, Any] = {"requestedFreight": requested.rows}
    if steps.spec:
        spec["promotionTemplate"] = {"spec": steps.spec}
    if verification:
        spec["verification"] = dict(verification)
        comments[("spec", "verification")] = (
            "Runs once the Stage is healthy; Freight that passes is free for what is downstream."
        )
    if held is None:
        metadata = {"name": fit.request.name, "namespace": fit.request.project}
        data = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Stage", "metadata": metadata, "spec": spec}
        return Draft(data, f"stage-{fit.request.name}.yaml", comments), steps.task
    data = editable(held)
    data["spec"] = dict(held.spec) | spec
    return edited(held, data, f"stage-{fit.request.name}.yaml", comments), steps.task


def _keeps_steps(fit: Fit, held: Manifest) -> bool:
    """Whether the steps stay; a Stage without any only controls the flow, unless Applications are named for it."""
    return not asks_for_steps(fit.request) and bool(at(held.data, *TEMPLATE, "steps") or not fit.request.apps)


def _built(fit: Fit) -> Steps:
    request, world = fit.request, fit.world
    recipe = recipe_of(fit, shared=bool(request.shared_steps))
    if not fit.apps:
        fit.notes.append("No Application was named: the Stage writes, and nothing looks whether it is deployed.")
    old = items(fit.existing.data, *TEMPLATE, "steps") if fit.existing else []
    if request.shared_steps:
        row, told = tasks.reference(request, recipe)
        rows, comments = [row], {(0, *place): text for place, text in told.items()}
        task = tasks.task(request, world, recipe, fit.notes)
    else:
        kept = {str(one["uses"]): one["retry"] for one in old if "uses" in one and isinstance(one.get("retry"), dict)}
        patience = kept if request.retry is RetryProfile.DEFAULT else {}
        (rows, comments), task = written(recipe.steps, request.retry, world.kargo, patience), None
    _tell_replaced(fit, old, rows)
    variables = _variables(fit, recipe, rows)
    spec: dict[str, Any] = {**({"vars": variables} if variables else {}), "steps": rows}
    placed: dict[Path, str] = {("steps", *place): text for place, text in comments.items()}
    return Steps(spec, {**placed, **({("vars",): _VARIABLES} if variables else {})}, task)


def _tell_replaced(fit: Fit, old: list[Mapping[str, Any]], rows: list[dict[str, Any]]) -> None:
    def names(steps: Any) -> list[str]:
        return [str(one.get("uses") or f"task {at(one, 'task', 'name')}") for one in steps]

    gone = [one for one in names(old) if one not in names(rows)]
    if gone:
        fit.notes.append(
            f"The steps of Stage {fit.request.name} are replaced; no longer there: {listed(gone)}. Put back what you need."
        )


def _variables(fit: Fit, recipe: Recipe, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The template's: those that are there, with new values, and what the steps need beside them; a task's are its step's."""
    needed = {} if recipe.shared else dict(recipe.vars)
    text = str(rows)
    found: list[dict[str, Any]] = []
    for one in items(fit.existing.data, *TEMPLATE, "vars") if fit.existing else []:
        name = str(one.get("name"))
        if name in needed:
            found.append({**one, "value": needed.pop(name)})
        elif name not in _OWN or f"vars.{name}" in text:
            found.append(dict(one))
    return found + [{"name": name, "value": value} for name, value in needed.items()]


def _adjusted(fit: Fit, held: Manifest) -> Steps:
    """The steps as they are, with Applications that are missing, and the patience asked for."""
    spec = mapping(at(editable(held), *TEMPLATE))
    rows: list[Any] = spec["steps"] if isinstance(spec.get("steps"), list) else []
    comments: dict[Path, str] = {}
    task: Draft | None = None
    if fit.request.apps:
        _add_applications(fit, rows)
    if fit.request.retry is not RetryProfile.DEFAULT:
        for index, row in enumerate(rows):
            if name := at(row, "task", "name"):
                task = _patient_task(fit, row, str(name)) or task
            elif isinstance(row, dict):
                told = tasks.set_retry(row, fit.request, fit.world)
                comments |= {("steps", index, *place): text for place, text in told.items()}
    return Steps(spec, comments, task)


def _patient_task(fit: Fit, row: Mapping[str, Any], name: str) -> Draft | None:
    if at(row, "task", "kind") == "ClusterPromotionTask":
        fit.notes.append(
            f"ClusterPromotionTask {name} belongs to every project: its steps keep the retry that they have."
        )
        return None
    return tasks.patient(name, fit.request, fit.world, fit.notes)


def _add_applications(fit: Fit, rows: list[Any]) -> None:
    updates = [one for one in rows if at(one, "uses") == "argocd-update"]
    named = {(str(app.get("name")), str(app.get("namespace") or fit.world.argocd_namespace))
             for one in updates for app in items(one, "config", "apps")}  # fmt: skip
    missing = [one for one in fit.apps if (one.name, one.namespace) not in named]
    if not missing:
        return
    if any(at(one, "task", "name") for one in rows):
        given = {str(var.get("value")) for one in rows for var in items(one, "vars")}
        if left := [one.title for one in missing if one.name not in given]:
            fit.notes.append(
                f"The steps stand in a PromotionTask, so {listed(left)} is not added: give shared_steps as well."
            )
        return
    recipe = Recipe(shared=False)
    if not updates:
        rows.append({"uses": "argocd-update", "config": {"apps": [reference(one, recipe) for one in missing]}})
        return
    first = items(updates[0], "config", "apps")
    like = {"sources": first[0]["sources"]} if first and "sources" in first[0] else {}
    _append(updates[0], [{**reference(one, recipe), **like} for one in missing])
    if like:
        fit.notes.append(
            f"{listed(one.title for one in missing)}: sources as the first Application of the step has them."
        )
    for wait in (one for one in rows if at(one, "uses") == "argocd-wait"):
        more = {"waitFor": at(wait, "config", "apps", 0, "waitFor")} if at(wait, "config", "apps", 0, "waitFor") else {}
        _append(wait, [{**reference(one, recipe), **more} for one in missing])


def _append(step: dict[str, Any], apps: list[dict[str, Any]]) -> None:
    config = mapping(step.get("config"))
    step["config"] = {**config, "apps": [*items(config, "apps"), *apps]}
