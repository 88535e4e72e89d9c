"""What an Application says that matters here, and what it has to do with the Stage's Promotion."""

import re

import msgspec

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.project import ProjectView
from gitops_master.facts.promotion import StepRun
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.argocd import Application
from gitops_master.model.meta import Ref

_QUOTED = re.compile(
    r'Argo CD Application \\*"(?P<name>[^"\\]+)\\*" in namespace \\*"(?P<namespace>[^"\\]+)\\*" '
    r"(?:failed with|has \\*\"|health has regressed)"
)
"""argocd_updater.go and argocd_waiter.go, where they pass on what the Application says. Other errors that name one (not found,
not authorised, no such source) are about the step."""
_ARGOCD_STEPS = frozenset({"argocd-update", "argocd-wait"})


class AppTrouble(msgspec.Struct, frozen=True):
    """One Application, its own texts first, then what the failed step quotes of it. `app`: None where it was not read.

    `ended_promotion`: the Stage's last Promotion failed in a step that waits for this Application (which holds for a
    timeout, too, that quotes nothing). `holds_promotion`: the running Promotion is in such a step.
    """

    ref: Ref
    app: ApplicationView | None
    texts: tuple[Text, ...]
    ended_promotion: bool = False
    holds_promotion: bool = False


def app_troubles(view: StageView | ApplicationView | WarehouseView | ProjectView) -> list[AppTrouble]:
    """Every Application of the view (the view's own one, or all of a Stage) with what it says now."""
    match view:
        case ApplicationView():
            return [AppTrouble(view.ref, view, tuple(view.texts))]
        case StageView():
            return [*(_of_stage(view, app) for app in view.apps), *_unread(view)]
    return []


def _of_stage(stage: StageView, app: ApplicationView) -> AppTrouble:
    ended = _concerns(stage.failed_step, app) if stage.last_failed and stage.running is None else False
    texts = list(app.texts)
    if ended and not _moved_on(stage, app):
        held = {(text.path, text.value) for text in texts}
        mine = [text for text in app.operation_texts if (text.path, text.value) not in held]
        texts += mine if _is_of_last(stage, app) else []
        texts += [text for text in stage.failure_texts if app.app.name in _quoted(text)]
    return AppTrouble(app.ref, app, tuple(texts), ended, _concerns(stage.running_step, app))


def _is_of_last(stage: StageView, app: ApplicationView) -> bool:
    return stage.last is not None and app.promotion == stage.last.name


def _moved_on(stage: StageView, app: ApplicationView) -> bool:
    """The Application is fine and whatever it did last was not for the failed Promotion: its old words are history."""
    return app.is_fine and not _is_of_last(stage, app)


def _concerns(step: StepRun | None, app: ApplicationView) -> bool:
    if step is None:
        return False
    named = _quoted(Text(app.ref, "", step.message))
    if named:
        return app.app.name in named
    silent = not step.message or "timed out" in step.message or step.execution.status == "Running"
    return silent and step.uses in _ARGOCD_STEPS


def _quoted(text: Text) -> set[str]:
    return {match["name"] for match in _QUOTED.finditer(text.value)}


def _unread(stage: StageView) -> list[AppTrouble]:
    """Applications that the failed step quotes but that could not be read."""
    read = {app.app.name for app in stage.apps}
    found: dict[Ref, list[Text]] = {}
    for text in stage.failure_texts:
        for match in _QUOTED.finditer(text.value):
            if match["name"] not in read:
                found.setdefault(Ref(Application.KIND, match["namespace"], match["name"]), []).append(text)
    return [AppTrouble(ref, None, tuple(texts), ended_promotion=True) for ref, texts in found.items()]
