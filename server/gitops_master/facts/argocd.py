"""The Argo CD that serves an Application: its namespace, its pods, its settings."""

from gitops_master.facts.controllers import argocd_pods
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import ConfigMap
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod

PARAMETERS = "argocd-cmd-params-cm"


def home(app: Application | None, snapshot: Snapshot) -> str:
    """Where the Argo CD runs: what the controller wrote into the Application, else where the parameters lie."""
    if app is not None and app.status.controller_namespace:
        return app.status.controller_namespace
    held = {one.namespace for one in snapshot.all(ConfigMap) if one.name == PARAMETERS}
    if app is not None and (app.namespace in held or not held):
        return app.namespace
    return min(held, default="argocd")


def component_pods(app: Application | None, snapshot: Snapshot, component: str) -> list[Pod]:
    """Pods of one component of the Argo CD that serves the Application; of any, where none is in its namespace."""
    every = argocd_pods(snapshot, component)
    place = home(app, snapshot)
    return [pod for pod in every if pod.namespace == place] or every


def parameters(app: Application | None, snapshot: Snapshot) -> ConfigMap | None:
    """The ConfigMap that most settings of Argo CD's components come from."""
    return snapshot.get(ConfigMap, home(app, snapshot), PARAMETERS)
