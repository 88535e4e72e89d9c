from collections.abc import Iterator
from typing import Any

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get


@rule(
    "auto-sync-beside-argocd-update",
    area="hints",
    title="Automatic sync follows the branch while the Stage pins a commit of it",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=(
        "akuity/kargo pkg/health/checker/builtin/argocd.go",
        "argoproj/argo-cd controller/appcontroller.go autoSync",
    ),
    is_hint=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """The Stage is fine now; the next commit on the branch by anybody else can make it Unhealthy.

    Why: argocd-update with desiredRevision makes Kargo expect that commit for good. The Application tracks the branch and
    syncs by itself, so a later commit moves it on, and the Stage's health check no longer finds its revision.

    How to tell: spec.syncPolicy.automated is on, the source tracks a branch, and the step gives desiredRevision without
    updateTargetRevision for that source.

    What to do: give the Stage a branch of its own, leave desiredRevision out, or switch automatic sync off: argocd-update
    starts the sync anyway.

    Not this when: the step writes the revision into the Application (updateTargetRevision), or it has been moved already:
    that is a fault.
    """
    for app in stage.apps:
        automated, pinned = app.app.spec.sync_policy.automated, _pinned(stage, app)
        if automated is None or not automated.enabled or pinned is None:
            continue
        source = next((one for one in app.app.all_sources if one.repo_url == pinned[0]), None)
        if source is None or source.chart or stage.health != "Healthy":
            continue
        at = f"spec.sources[{app.app.all_sources.index(source)}]" if app.app.spec.sources else "spec.source"
        yield Hit(
            summary=f"Application {app.app.name} syncs by itself to {source.target_revision or 'HEAD'}, while Stage {stage.name} pins one "
            "commit of it: a commit by anybody else will make the Stage Unhealthy.",
            evidence=[
                fact(app.app, "spec.syncPolicy.automated.enabled", True),
                fact(app.app, f"{at}.targetRevision", source.target_revision or "HEAD"),
                fact(stage.stage, f"spec.promotionTemplate.spec.{pinned[1]}.desiredRevision", pinned[2]),
            ],
            remedies=[
                advise(
                    f"Let only Stage {stage.name} write to the branch that {app.app.name} tracks, or leave desiredRevision out, or switch "
                    "automatic sync off",
                    confirm_with=get("stages.kargo.akuity.io", stage.project, stage.name, ".status.health"),
                )
            ],
        )
        return


def _pinned(stage: StageView, app: ApplicationView) -> tuple[str, str, str] | None:
    """Repository, path and revision of the source whose revision an argocd-update step pins without writing it."""
    for index, step in enumerate(stage.steps):
        if step.uses != "argocd-update":
            continue
        for at, one in enumerate(_dicts(step.config.get("apps"))):
            if one.get("name") != app.app.name:
                continue
            for number, source in enumerate(_dicts(one.get("sources"))):
                if source.get("desiredRevision") and not source.get("updateTargetRevision"):
                    path = f"steps[{index}].config.apps[{at}].sources[{number}]"
                    return str(source.get("repoURL", "")), path, str(source["desiredRevision"])
    return None


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list | tuple) else []
