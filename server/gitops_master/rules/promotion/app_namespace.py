"""Whether a step looked for an Application in the default namespace only because it names none."""

from gitops_master.facts.apps import listed_apps
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application


def elsewhere(stage: StageView, name: str, looked_in: str) -> list[Application]:
    """Applications of that name in other namespaces, where the failed step names no namespace for it."""
    step = stage.failed_step
    if step is None or stage.snapshot.get(Application, looked_in, name) is not None:
        return []
    listed = listed_apps(step.step.config)
    entries = [one for one in listed if one.get("name") == name] or [
        one for one in listed if "${{" in str(one.get("name", ""))
    ]
    if not entries or any(one.get("namespace") for one in entries):
        return []
    return [one for one in stage.snapshot.all(Application) if one.name == name and one.namespace != looked_in]
