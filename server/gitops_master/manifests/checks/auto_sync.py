"""Argo CD moving what Kargo has pinned."""

from collections.abc import Iterator
from typing import Any

from gitops_master.manifests.apps import UPDATE, KnownApp, app_uses, matching
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import where
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level, at, items


@check(
    "auto-sync-beside-argocd-update",
    title="Automatic sync follows the branch while the Stage pins a commit of it",
    level=Level.WARNING,
    sources=(
        "akuity/kargo v1.11.2 pkg/health/checker/builtin/argocd.go",
        "argoproj/argo-cd v3.5.1 controller/appcontroller.go autoSync",
    ),
)
def auto_sync(world: World) -> Iterator[Fault]:
    """argocd-update gives a source's desiredRevision without writing it into the Application, which syncs by itself.

    Why: Kargo expects that commit for good. The Application tracks a branch and syncs by itself, so the next commit of anybody moves it
    on: the Stage becomes Unhealthy, and while Argo CD's own sync runs the step waits. Without desiredRevision the two merely race: a
    note, since new commits arrive without a Promotion unless only the Stage writes to the branch.

    How to tell: spec.syncPolicy.automated of the Application, and the step's sources.

    What to do: give the Stage a branch of its own, leave desiredRevision out, set updateTargetRevision, or switch automatic sync off:
    argocd-update starts the sync anyway.

    Not this when: updateTargetRevision is true, or the source is a chart at a fixed version.
    """
    for stage in world.all(STAGE):
        for use in app_uses(stage, world, UPDATE):
            app = next((one for one in matching(use, world) if is_automated(one)), None)
            place = where(use.step, stage, world, "config", "apps", use.number)
            if app is None or place is None or not use.name:
                continue
            pinned = _pinned(use.data, app)
            if pinned:
                yield Fault(
                    place[0],
                    place[1],
                    f"{app.title} syncs by itself to {pinned}, while {stage.title} pins one commit of it: a commit by anybody else makes "
                    "the Stage Unhealthy",
                    "set updateTargetRevision: true, leave desiredRevision out, or switch spec.syncPolicy.automated off",
                )
            elif not items(use.data, "sources") and any(not one.get("chart") for _, one in app.sources):
                yield Fault(
                    place[0],
                    place[1],
                    f"{app.title} syncs by itself: what is committed to its branch is deployed without a Promotion of {stage.title}",
                    "let only this Stage write to the branch, or switch spec.syncPolicy.automated off: argocd-update syncs anyway",
                    level=Level.NOTE,
                )


def is_automated(app: KnownApp) -> bool:
    automated = at(app.spec, "syncPolicy", "automated")
    return isinstance(automated, dict) and automated.get("enabled") is not False and is_known(app)


def is_known(app: KnownApp) -> bool:
    """What an ApplicationSet's patch may change is not judged."""
    return not (app.may_differ and "syncPolicy" in str(app.manifest.spec.get("templatePatch")))


def _pinned(entry: Any, app: KnownApp) -> str:
    """The branch of the source that the entry pins without writing it; empty where there is none."""
    for one in items(entry, "sources"):
        if not one.get("desiredRevision") or one.get("updateTargetRevision"):
            continue
        for _, source in app.sources:
            if source.get("repoURL") == one.get("repoURL") and not source.get("chart"):
                return str(source.get("targetRevision") or "HEAD")
    return ""
