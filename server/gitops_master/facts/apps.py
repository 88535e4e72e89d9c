"""Which Argo CD Applications a Stage deploys through: from its annotation, its health checks, its steps."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from gitops_master.facts.controllers import env, kargo_controllers
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import Promotion, PromotionStatus, Step
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage

CONTEXT = "kargo.akuity.io/argocd-context"
AUTHORIZED = "kargo.akuity.io/authorized-stage"
_ARGOCD_STEPS = frozenset({"argocd-update", "argocd-wait"})


class AppLink(msgspec.Struct, frozen=True):
    """One Application a Stage names. `by`: the field that names it; `namespace_given`: whether that field said where."""

    namespace: str
    name: str
    by: str
    namespace_given: bool = True


def default_namespace(snapshot: Snapshot) -> str:
    """Where a step without a namespace looks: the controller's ARGOCD_NAMESPACE, by default argocd."""
    for pod in kargo_controllers(snapshot):
        given = env(pod, "ARGOCD_NAMESPACE")
        if given:
            return given
    return "argocd"


def application_links(
    stage: Stage, promotions: Iterable[Promotion], last: PromotionStatus | None, snapshot: Snapshot
) -> list[AppLink]:
    """Each Application once, the surest source first. Names that are still expressions are left out."""
    default = default_namespace(snapshot)
    links: dict[tuple[str, str], AppLink] = {}
    for link in (
        *_from_annotation(stage),
        *_from_health_checks(last),
        *_from_steps(stage.spec.promotion_template.spec.steps, "spec.promotionTemplate.spec.steps", default, snapshot),
        *(
            link
            for one in promotions
            for link in _from_steps(one.spec.steps, f"{one.ref} spec.steps", default, snapshot)
        ),
        *_from_authorisation(stage, snapshot),
    ):
        links.setdefault((link.namespace, link.name), link)
    return list(links.values())


def _from_annotation(stage: Stage) -> Iterator[AppLink]:
    try:
        entries = json.loads(stage.annotations.get(CONTEXT, "[]"))
    except ValueError:
        return
    for one in entries if isinstance(entries, list) else []:
        if isinstance(one, dict) and one.get("name"):
            yield AppLink(str(one.get("namespace", "")), str(one["name"]), f"metadata.annotations[{CONTEXT}]")


def _from_health_checks(last: PromotionStatus | None) -> Iterator[AppLink]:
    for check in last.health_checks if last else ():
        for app in listed_apps(check.config):
            if app.get("name"):
                by = "status.lastPromotion.status.healthChecks"
                yield AppLink(str(app.get("namespace") or "argocd"), str(app["name"]), by)


def _from_steps(steps: tuple[Step, ...], by: str, default: str, snapshot: Snapshot) -> Iterator[AppLink]:
    for step in steps:
        if step.uses not in _ARGOCD_STEPS:
            continue
        for app in listed_apps(step.config):
            name = str(app.get("name") or "")
            if name and "${{" not in name:
                namespace = str(app.get("namespace") or "")
                known = "${{" not in namespace
                yield AppLink(namespace if namespace and known else default, name, by, bool(namespace))
            elif isinstance(app.get("selector"), dict):
                yield from _by_selector(app, by, default, snapshot)


def _by_selector(app: dict[str, Any], by: str, default: str, snapshot: Snapshot) -> Iterator[AppLink]:
    labels = app["selector"].get("matchLabels") or {}
    namespace = str(app.get("namespace") or default)
    for one in snapshot.all(Application, namespace):
        if labels and all(one.labels.get(key) == value for key, value in labels.items()):
            yield AppLink(namespace, one.name, f"{by} (selector)")


def _from_authorisation(stage: Stage, snapshot: Snapshot) -> Iterator[AppLink]:
    """Applications that permit this very Stage; only where its steps use Argo CD under names we cannot evaluate."""
    if not any(_is_computed(step) for step in stage.spec.promotion_template.spec.steps):
        return
    mine = f"{stage.namespace}:{stage.name}"
    for app in snapshot.all(Application):
        if mine in [one.strip() for one in app.annotations.get(AUTHORIZED, "").split(",")]:
            yield AppLink(app.namespace, app.name, f"its annotation {AUTHORIZED}")


def names_computed(stage: Stage) -> bool:
    """Whether only the Applications themselves can tell which are the Stage's: by labels, expressions or a task."""
    steps = stage.spec.promotion_template.spec.steps
    selects = any("selector" in app for step in steps if step.uses in _ARGOCD_STEPS for app in listed_apps(step.config))
    return selects or any(_is_computed(step) for step in steps)


def _is_computed(step: Step) -> bool:
    if step.task is not None:
        return True
    return step.uses in _ARGOCD_STEPS and any("${{" in str(app.get("name", "")) for app in listed_apps(step.config))


def listed_apps(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of `apps` in the configuration of an argocd step or of its health check."""
    apps = config.get("apps")
    return [one for one in apps if isinstance(one, dict)] if isinstance(apps, list | tuple) else []
