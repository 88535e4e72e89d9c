"""Errors of the past that can still be seen around a Stage: Promotions, operations, restarts from before the last success."""

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import stamp
from gitops_master.facts.stage import LastPromotion, StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import last_exit
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.model.workloads import Pod


def old_promotions(view: StageView, last: LastPromotion) -> list[Promotion]:
    """Unsuccessful Promotions that ended before the last success, newest first."""
    found = []
    for one in view.by_age:
        ended = one.status.finished_at
        if (
            one.status.phase not in {"Failed", "Errored"}
            or ended is None
            or last.finished_at is None
            or ended >= last.finished_at
        ):
            continue
        found.append(one)
    return found


def old_operations(view: StageView) -> list[ApplicationView]:
    """Applications of the Stage, or named for its project, whose failed operation is history."""
    named = view.snapshot.grouped(Application, _projects).get(view.project, ())
    ours = {app.ref: ApplicationView(app, view.snapshot) for app in named} | {app.ref: app for app in view.apps}
    return [one for one in ours.values() if one.op is Op.FAILED_BEFORE and one.is_fine]


def _projects(app: Application) -> set[str]:
    """Of what projects it may be, by its name (`project-…`) and by where it deploys to."""
    parts = app.name.split("-")
    starts = {"-".join(parts[:count]) for count in range(1, len(parts))}
    return {parts[0], app.spec.destination.namespace, *starts}


def old_restart(view: StageView, last: LastPromotion) -> list[Evidence]:
    """One old end of a container of Kargo or Argo CD that explains old errors and has not come back since."""
    for pod in view.snapshot.all(Pod):
        if not pod.labels.get("app.kubernetes.io/name", "").startswith(("argocd", "kargo", "argo-rollouts")):
            continue
        for index, status in enumerate(pod.status.container_statuses):
            ended = status.last_state.terminated
            if (
                ended
                and ended.finished_at
                and last.finished_at
                and ended.finished_at < last.finished_at
                and ended.exit_code
            ):
                path = f"status.containerStatuses[{index}].lastState"
                return [
                    fact(
                        pod,
                        path,
                        f"{last_exit(status)}, ended {stamp(ended.finished_at)}, ready since",
                        ended.finished_at,
                    )
                ]
    return []
