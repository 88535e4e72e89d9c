"""Stages that undo each other's work in an Application."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitops_master.manifests.apps import UPDATE, AppUse, app_uses
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import listed, where
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level, items

_Key = tuple[str, str, str, str]
"""Namespace and name of an Application, repository and chart of a source."""


@check(
    "several-stages-pin-one-application",
    title="Several Stages set the revision or images of one Application",
    level=Level.WARNING,
    sources=(
        "akuity/kargo v1.11.2 pkg/health/checker/builtin/argocd.go",
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go",
    ),
)
def contention(world: World) -> Iterator[Fault]:
    """argocd-update steps of two Stages set desiredRevision or images of the same source of the same Application.

    Why: each Stage holds Freight of its own, so the Application follows whichever was promoted last; the others find another revision
    than theirs and become Unhealthy, or show as deployed what is not.

    How to tell: the same name and namespace under config.apps and the same repoURL and chart under sources, in two Stages.

    What to do: an Application for each Stage.

    Not this when: the steps only start a sync, without sources; or they set different sources of it.
    """
    users: dict[_Key, list[tuple[AppUse, int]]] = {}
    for stage in world.all(STAGE):
        for use in app_uses(stage, world, UPDATE):
            for index, source in enumerate(items(use.data, "sources")):
                if use.name and use.namespace and _sets(source):
                    key = (use.namespace, use.name, str(source.get("repoURL")), str(source.get("chart") or ""))
                    users.setdefault(key, []).append((use, index))
    for found in users.values():
        names = {(use.stage.namespace, use.stage.name) for use, _ in found}
        if len(names) < 2:
            continue
        for use, index in found:
            place = where(use.step, use.stage, world, "config", "apps", use.number, "sources", index)
            others = sorted({one.stage.title for one, _ in found} - {use.stage.title})
            if place is not None:
                yield Fault(
                    place[0],
                    place[1],
                    f"{use.stage.title} sets revision or images of {use.title}, and so {'do' if len(others) > 1 else 'does'} "
                    f"{listed(others)}: the last one promoted wins, the others become Unhealthy",
                    "give each Stage an Application of its own",
                )


def _sets(source: Mapping[str, Any]) -> bool:
    return any(source.get(one) for one in ("desiredRevision", "kustomize", "helm"))
