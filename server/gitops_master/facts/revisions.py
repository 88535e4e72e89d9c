"""Revisions that Kargo wants an Application at: what its steps set, what its health check expects."""

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.model.kargo import Step

_REFUSALS = frozenset({"", "false", "none"})


def desired_revisions(stage: StageView, app: ApplicationView) -> list[str]:
    """From the health check that the last Promotion registered: one revision a source, empty where any will do."""
    for check in stage.last.status.health_checks if stage.last else ():
        for one in _apps(check.config):
            if one.get("name") == app.app.name and str(one.get("namespace") or app.app.namespace) == app.app.namespace:
                wanted = one.get("desiredRevisions")
                return [str(revision or "") for revision in wanted] if isinstance(wanted, list | tuple) else []
    return []


def writes_target_revision(stage: StageView, app: ApplicationView) -> bool:
    """Whether a step of the Stage (or of its last Promotion) sets the Application's targetRevision."""
    steps = (*stage.steps, *(stage.last.steps if stage.last else ()))
    return any(_writes(step, app.app.name) for step in steps)


def _writes(step: Step, name: str) -> bool:
    for one in _apps(step.config):
        mine = str(one.get("name", name))
        sources = one.get("sources")
        if (mine != name and "${{" not in mine) or not isinstance(sources, list | tuple):
            continue
        if any(str(source.get("updateTargetRevision", "")).lower() not in _REFUSALS for source in _dicts(sources)):
            return True
    return False


def _apps(config: dict[str, object]) -> list[dict[str, object]]:
    apps = config.get("apps")
    return _dicts(apps) if isinstance(apps, list | tuple) else []


def _dicts(values: list[object] | tuple[object, ...]) -> list[dict[str, object]]:
    return [one for one in values if isinstance(one, dict)]
