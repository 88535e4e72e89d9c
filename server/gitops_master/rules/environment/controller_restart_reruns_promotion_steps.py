from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import in_charge
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import memory_limit, was_oom_killed
from gitops_master.model.finding import Evidence, Risk, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.model.workloads import ContainerStatus, Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import CONTROLLER_RESTART, get

MARGIN = timedelta(seconds=5)
"""A first step starts within a second of its Promotion; 7 s after a quick restart on a live v1.11.2."""
RECENT = timedelta(days=1)
"""A rerun of a Promotion that ended earlier is history."""
_WAITS_BY_DESIGN = frozenset({"git-wait-for-pr", "http", "argocd-update", "argocd-wait"})


@rule(
    "controller-restart-reruns-promotion-steps",
    area="environment",
    title="The controller restarted in the middle of a Promotion, whose steps ran again",
    on=StageView,
    severity=Severity.MEDIUM,
    needs={Promotion.KIND},
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/promotions/promotions.go:608",
        "seen on a live v1.11.2 (controller killed)",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """Steps of one Promotion were carried out twice: a second commit, a second request, a second message.

    Why: the working directory went with the old container, so the new one begins at the first step again; the Promotion
    keeps its start, its steps get new times.

    How to tell: the first step's startedAt lies after a start of the controller's container, which lies after the
    Promotion's start.

    What to do: nothing for the Promotion, it goes on by itself. See what ended the controller, and whether a step that must
    not happen twice did.

    Not this when: a step fails because of the second run (that has its own id), or the container's file system survived:
    then nothing is repeated.
    """
    one = stage.running or (stage.last.object if stage.last is not None else None)
    first = (
        next((step.started_at for step in one.status.step_execution_metadata if step.started_at), None) if one else None
    )
    begun = (one.status.started_at or one.created) if one else None
    if one is None or first is None or begun is None or first - begun < MARGIN:
        return
    if one.status.finished_at is not None and stage.snapshot.observed_at - one.status.finished_at > RECENT:
        return
    for pod in in_charge(stage.stage, stage.snapshot):
        for index, status in enumerate(pod.status.container_statuses):
            start = status.state.running.started_at if status.state.running else None
            if start is None or not begun < start <= first:
                continue
            effects = {"promotion-running", "waiting-for-step-in-progress"} if _is_complaint(stage) else set()
            yield Hit(
                summary=f"The Kargo controller was restarted during Promotion {one.name}{_why(status)}, so its steps ran again "
                "from the first one.",
                evidence=[
                    fact(one, "status.startedAt", begun, begun),
                    fact(one, "status.stepExecutionMetadata[0].startedAt", first, first),
                    *_restart(pod, index, status, start),
                ],
                remedies=[
                    advise(
                        "Leave the Promotion alone: it goes on by itself; look whether a step that must not happen twice did",
                        confirm_with=get("promotions.kargo.akuity.io", one.namespace, one.name, ".status.phase"),
                    ),
                    advise(
                        "Raise the controller's memory limit (controller.resources.limits.memory in the chart's values)"
                        if was_oom_killed(status)
                        else "See what ended the controller",
                        f"kubectl -n {pod.namespace} describe pod {pod.name}",
                        risk=Risk.MEDIUM if was_oom_killed(status) else Risk.LOW,
                        destroys=CONTROLLER_RESTART if was_oom_killed(status) else "",
                    ),
                ],
                also_explains=frozenset(effects),
            )
            return


def _is_complaint(stage: StageView) -> bool:
    """Whether nothing but the second run explains that the Promotion still runs."""
    step = stage.running_step
    return step is not None and step.uses not in _WAITS_BY_DESIGN


def _why(status: ContainerStatus) -> str:
    ended = status.last_state.terminated
    return f" ({ended.reason or 'Error'}, exit code {ended.exit_code})" if ended is not None else ""


def _restart(pod: Pod, index: int, status: ContainerStatus, start: datetime) -> list[Evidence]:
    path = f"status.containerStatuses[{index}]"
    found = [fact(pod, f"{path}.state.running.startedAt", start, start)]
    ended = status.last_state.terminated
    if ended is not None:
        value = f"{ended.reason or 'Error'}, exitCode {ended.exit_code}"
        found.append(fact(pod, f"{path}.lastState.terminated", value, ended.finished_at))
    limit = memory_limit(pod, status.name)
    if limit and was_oom_killed(status):
        found.append(fact(pod, "spec.containers[].resources.limits.memory", limit))
    return found
