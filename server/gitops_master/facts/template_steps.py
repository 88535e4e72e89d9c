"""What a Stage's promotion template comes to: its steps with tasks put in, and the Applications that they will touch.

Kargo does the same when a Promotion is created (pkg/api/promotion.go InflateSteps, v1.11.2), and evaluates expressions when a
step runs. Here only names that stand for themselves are evaluated: `ctx.project`, `ctx.stage` and `vars`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gitops_master.facts.apps import default_namespace, listed_apps
from gitops_master.facts.controllers import kargo_controllers
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import ClusterPromotionTask, PromotionTask, Step, TaskReference
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage

UPDATE, WAIT = "argocd-update", "argocd-wait"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_DEEPEST = 5
"""Variables that name variables; Kargo evaluates them in turn, people stop at two."""


class TemplateStep(msgspec.Struct, frozen=True):
    """A step as a Promotion would run it. `vars`: what its expressions may name, `task`: where it comes from, if from one."""

    alias: str
    uses: str
    step: Step
    vars: Mapping[str, str]
    task: str = ""

    @property
    def may_be_left_out(self) -> bool:
        """Its failure, or its being skipped, need not end the Promotion."""
        return bool(self.step.if_) or self.step.continue_on_error


class TaskFault(msgspec.Struct, frozen=True):
    """Why the template cannot be made into steps. `certain`: so for sure, else the task could not be read."""

    alias: str
    reference: TaskReference
    why: str
    certain: bool


class AppTarget(msgspec.Struct, frozen=True):
    """An Application, or several by their labels, that a step will touch.

    `namespace`: where it is looked for; `namespace_known`: not merely by default. `text`: as the template writes the name.
    `name`: empty where it is an expression that cannot be evaluated here. `selected`: the labels' names in the snapshot.
    """

    step: TemplateStep
    text: str
    namespace: str
    namespace_known: bool
    name: str = ""
    by_labels: bool = False
    selected: tuple[str, ...] = ()


def template_steps(stage: Stage, snapshot: Snapshot) -> tuple[list[TemplateStep], list[TaskFault]]:
    """The steps in order, and what is wrong with its tasks. A task that is not there stands for itself."""
    template = stage.spec.promotion_template.spec
    shared = _values(stage.spec.vars) | _values(template.vars)
    steps: list[TemplateStep] = []
    faults: list[TaskFault] = []
    for index, step in enumerate(template.steps):
        alias = step.as_ or f"step-{index + 1}"
        if step.task is None:
            steps.append(TemplateStep(alias, step.uses, step, shared | _values(step.vars)))
            continue
        task = _task(step.task, stage, snapshot)
        fault = _fault(alias, step, task, shared, stage, snapshot)
        if fault is not None:
            faults.append(fault)
        steps += _inflated(alias, step, task, shared) if task is not None else [_standing_in(alias, step, shared)]
    return steps, faults


def _standing_in(alias: str, step: Step, shared: dict[str, str]) -> TemplateStep:
    name = step.task.name if step.task is not None else ""
    return TemplateStep(alias, f"task {name}", step, shared | _values(step.vars), name)


def _task(reference: TaskReference, stage: Stage, snapshot: Snapshot) -> PromotionTask | ClusterPromotionTask | None:
    if reference.kind == "ClusterPromotionTask":
        return snapshot.get(ClusterPromotionTask, "", reference.name)
    return snapshot.get(PromotionTask, stage.namespace, reference.name)


def _fault(
    alias: str,
    step: Step,
    task: PromotionTask | ClusterPromotionTask | None,
    shared: dict[str, str],
    stage: Stage,
    snapshot: Snapshot,
) -> TaskFault | None:
    reference = step.task or TaskReference()
    if task is None:
        is_cluster = reference.kind == "ClusterPromotionTask"
        kind, place = (ClusterPromotionTask, "") if is_cluster else (PromotionTask, stage.namespace)
        if snapshot.lacks(kind, place, reference.name):
            return TaskFault(alias, reference, "does not exist", certain=True)
        return TaskFault(alias, reference, "was not read", certain=False)
    given = {name for name, value in (shared | _values(step.vars)).items() if value}
    missing = [name for name, value in _values(task.spec.vars).items() if not value and name not in given]
    return TaskFault(alias, reference, f"has no value for {', '.join(missing)}", certain=True) if missing else None


def _inflated(
    alias: str, step: Step, task: PromotionTask | ClusterPromotionTask, shared: dict[str, str]
) -> Iterable[TemplateStep]:
    defaults = {name: value for name, value in _values(task.spec.vars).items() if value and not shared.get(name)}
    known = shared | defaults | _values(step.vars)
    for index, inner in enumerate(task.spec.steps):
        name = f"{alias}::{inner.as_ or f'step-{index + 1}'}"
        yield TemplateStep(name, inner.uses, inner, known | _values(inner.vars), task.name)


def _values(variables: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {str(one.get("name", "")): str(one.get("value", "")) for one in variables}


def evaluated(text: str, step: TemplateStep, stage: Stage) -> str:
    """The text with its expressions replaced; empty where one of them is more than a name that is known."""
    for _ in range(_DEEPEST):
        parts = _EXPRESSION.findall(text)
        if not parts:
            return text if "${{" not in text else ""
        values = {part: _value(part, step, stage) for part in parts}
        if None in values.values():
            return ""
        text = _EXPRESSION.sub(lambda match: values[match[1]] or "", text)  # noqa: B023
    return ""


def _value(expression: str, step: TemplateStep, stage: Stage) -> str | None:
    if expression in {"ctx.project", "ctx.stage"}:
        return stage.namespace if expression == "ctx.project" else stage.name
    return step.vars.get(expression.removeprefix("vars.")) if expression.startswith("vars.") else None


def app_targets(steps: Iterable[TemplateStep], stage: Stage, snapshot: Snapshot) -> list[AppTarget]:
    """What the steps that speak with Argo CD are about, in their order."""
    controllers_known = bool(kargo_controllers(snapshot))
    default = default_namespace(snapshot)
    found = []
    for step in steps:
        for app in listed_apps(step.step.config) if step.uses in {UPDATE, WAIT} else ():
            given = str(app.get("namespace") or "")
            where = evaluated(given, step, stage) if given else default
            known = bool(where) and (bool(given) or controllers_known)
            if app.get("name"):
                text = str(app["name"])
                name = evaluated(text, step, stage)
                found.append(AppTarget(step, text, where, known, name))
            elif isinstance(app.get("selector"), dict):
                found.append(_by_labels(app["selector"], step, where, known, snapshot))
    return found


def _by_labels(selector: dict[str, Any], step: TemplateStep, where: str, known: bool, snapshot: Snapshot) -> AppTarget:
    labels = {str(key): str(value) for key, value in (selector.get("matchLabels") or {}).items()}
    text = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))
    plain = bool(labels) and not selector.get("matchExpressions") and "${{" not in text
    apps = snapshot.all(Application, where) if plain else ()
    mine = tuple(one.name for one in apps if all(one.labels.get(key) == value for key, value in labels.items()))
    return AppTarget(step, text, where, known and plain, by_labels=True, selected=mine)
