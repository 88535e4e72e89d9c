"""Whose Argo CD operation an Application is busy with, seen from a Promotion's argocd step."""

from datetime import datetime

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.apps import listed_apps
from gitops_master.facts.promotion import StepRun
from gitops_master.facts.stage import StageView

UPDATE_STEPS = ("argocd-update",)
ARGOCD_STEPS = ("argocd-update", "argocd-wait")
BUSY = frozenset({Op.RUNNING, Op.RETRYING, Op.TERMINATING, Op.ORPHANED})
KARGO_USER = "kargo-controller"


def apps_of(stage: StageView, step: StepRun) -> list[ApplicationView]:
    """The Applications that the step names; all of the Stage where its names are computed."""
    names = {str(one.get("name", "")) for one in listed_apps(step.step.config)}
    plain = {name for name in names if name and "${{" not in name}
    mine = [app for app in stage.apps if app.app.name in plain]
    return mine if plain and plain == names else stage.apps


def initiator(app: ApplicationView) -> str:
    """Who asked for the current operation, in Argo CD's words."""
    state = app.operation_state
    if state is None:
        return ""
    asked = state.operation.initiated_by
    return asked.username or ("automated sync" if asked.automated else "")


def is_of(app: ApplicationView, promotion: str, since: datetime | None) -> bool:
    """Whether the last operation is the Promotion's: by Kargo's note in it, else (older Kargo) by initiator and time."""
    if app.promotion:
        return app.promotion == promotion
    state = app.operation_state
    begun = state.started_at if state else None
    by_kargo = state is not None and state.operation.initiated_by.username == KARGO_USER
    return by_kargo and begun is not None and since is not None and begun >= since
