"""What is lost when a component of Argo CD restarts, and how the restart is written; in one place, for every rule that asks for one."""

RENDERS_LOST = "renders in progress, those of other Applications too; Argo CD asks for them again"
CACHE_LOADED_ANEW = "no data; the application controller loads its clusters anew and compares nothing until then"


def restart(place: str, kind: str, component: str) -> str:
    """By label: the names of the workloads vary with the way Argo CD was installed."""
    return f"kubectl -n {place} rollout restart {kind} -l app.kubernetes.io/name={component}"


def ready(place: str, component: str) -> str:
    """A command that shows whether the component's pods are up."""
    return f"kubectl -n {place} get pods -l app.kubernetes.io/name={component}"
