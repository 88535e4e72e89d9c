"""Stages that deploy the very programs which carry out their Promotions."""

import re
from collections.abc import Iterator

from gitops_master.manifests.apps import UPDATE, KnownApp, app_uses, matching
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import where
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level, at, items

_HERE = frozenset({"", "https://kubernetes.default.svc", "https://kubernetes.default"})
_CHARTS = {"kargo": "Kargo", "argo-cd": "Argo CD"}
_REPOSITORIES = re.compile(r"(?:^|/)(akuity/kargo-charts/kargo|akuity/kargo|argoproj/argo-cd)(?:\.git)?/?$")
_CONTROLLERS = {
    "kargo-controller": "Kargo",
    "argocd-application-controller": "Argo CD",
    "argocd-repo-server": "Argo CD",
}


@check(
    "stage-promotes-kargo-itself",
    title="The Stage deploys the Kargo or Argo CD that carries out its Promotions",
    level=Level.WARNING,
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/promotions/promotions.go",
        "argoproj/argo-cd v3.5.1 controller/appcontroller.go",
    ),
)
def itself(world: World) -> Iterator[Fault]:
    """argocd-update of a Stage names the Application of Kargo or of Argo CD in the same cluster.

    Why: nothing forbids it, but a new version restarts the controller in the middle of the Promotion that asked for it. Kargo loses its
    working directory and runs all steps again from the first; a restarting Argo CD leaves argocd-update waiting, up to its timeout.

    How to tell: a source with the chart `kargo` or `argo-cd`, or of their repositories, or the controllers among the resources of the
    running Application; and a destination in the cluster that Argo CD runs in.

    What to do: let Argo CD deploy them by automatic sync, without a Stage. Otherwise keep the steps safe to run twice.

    Not this when: the Application deploys to another cluster, or only a Project's objects.
    """
    for stage in world.all(STAGE):
        for use in app_uses(stage, world, UPDATE):
            place = where(use.step, stage, world, "config", "apps", use.number)
            told = next(((app, name) for app in matching(use, world) if (name := _deploys(app))), None)
            if place is not None and told is not None and use.name:
                yield Fault(
                    place[0],
                    place[1],
                    f"{stage.title} deploys {told[1]} itself through {told[0].title}: a new version restarts it in the middle of the Promotion",
                    f"let Argo CD sync {told[0].name} by itself, without a Stage, or keep the steps safe to run twice",
                )


def _deploys(app: KnownApp) -> str:
    """`Kargo`, `Argo CD`, or nothing of the kind."""
    destination = at(app.spec, "destination")
    server, name = (str(at(destination, key) or "") for key in ("server", "name"))
    if server not in _HERE or name not in {"", "in-cluster"}:
        return ""
    for one in items(app.manifest.data, "status", "resources"):
        if str(one.get("kind")) in {"Deployment", "StatefulSet"} and str(one.get("name")) in _CONTROLLERS:
            return _CONTROLLERS[str(one["name"])]
    for _, source in app.sources:
        chart, url = str(source.get("chart") or ""), str(source.get("repoURL") or "")
        if chart.rpartition("/")[2] in _CHARTS:
            return _CHARTS[chart.rpartition("/")[2]]
        found = _REPOSITORIES.search(url)
        if found and not chart:
            return "Argo CD" if "argo-cd" in found[1] else "Kargo"
    return ""
