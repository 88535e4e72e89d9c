from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import in_charge
from gitops_master.facts.credentials import attempts
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.patterns import search
from gitops_master.facts.reconciliation import object_of
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence, Evidence, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import FAILED_PROMOTION
from gitops_master.rules.environment.patterns import TRANSFER_BROKEN
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import CONTROLLER_RESTART, try_again

LOW = 1.0
"""Cores: unpacking a repository of gigabytes takes minutes with less; the chart sets no limit at all (akuity/kargo#3347)."""
SLOW = timedelta(minutes=1)


@rule(
    "controller-cpu-throttling-slows-git-clone",
    area="environment",
    title="The controller's CPU limit makes Git transfers break off",
    on=(StageView, WarehouseView),
    needs={Promotion.KIND, Pod.KIND},
    explains={
        "warehouse-not-ready",
        "subscription-repository-unreachable",
        "promotion-running",
        "waiting-for-step-in-progress",
    },
    sources=("akuity/kargo#3347",),
)
def check(view: StageView | WarehouseView) -> Iterator[Hit]:
    """git-clone of a large repository ends after minutes with early EOF or index-pack errors; small ones work.

    Why: with a low CPU limit git unpacks so slowly that the server gives the transfer up.

    How to tell: the transfer's error; the controller container's CPU limit; no restarts of it; how long the step ran.

    What to do: raise or remove the controller's CPU limit; from 1.11 on git-clone's option blobless helps, too.

    Not this when: no CPU limit is set, the container was restarted (memory), or the transfer broke off within seconds (the
    network or the server).
    """
    access = next((one for one in attempts(view) if one.kind == "git" and search(TRANSFER_BROKEN, one.text)), None)
    if access is None:
        return
    pods = in_charge(object_of(view), view.snapshot)
    limited = [(pod, limit) for pod in pods if (limit := _cpu_limit(pod)) and 0 < _cores(limit) <= LOW]
    took = _took(view)
    if not limited or _restarted(limited[0][0]) or (took is not None and took < SLOW):
        return
    pod, limit = limited[0]
    after = f" after {human(took)}" if took is not None else ""
    yield Hit(
        summary=f"The Kargo controller may use {limit} CPU only, so Git transfers of {access.repo_url or 'a large repository'} "
        f"break off{after}.",
        evidence=[
            access.text.as_evidence(),
            fact(pod, "spec.containers[].resources.limits.cpu", limit),
            fact(
                pod,
                "status.containerStatuses[].restartCount",
                sum(c.restart_count for c in pod.status.container_statuses),
            ),
            *_duration(view, took),
        ],
        remedies=[
            advise(
                "Raise or remove the controller's CPU limit (chart value controller.resources.limits.cpu)",
                f"kubectl -n {pod.namespace} top pod {pod.name} --containers",
                risk=Risk.MEDIUM,
                destroys=CONTROLLER_RESTART,
            ),
            try_again(view),
        ],
        confidence=Confidence.HIGH if _cores(limit) <= LOW / 2 else Confidence.MEDIUM,
        subject=pod.ref,
        also_explains=FAILED_PROMOTION if isinstance(view, StageView) else frozenset(),
    )


def _cpu_limit(pod: Pod) -> str:
    return next((str(one.resources.limits["cpu"]) for one in pod.spec.containers if "cpu" in one.resources.limits), "")


def _cores(limit: str) -> float:
    """`200m` is 0.2; 0 for what is not a quantity of CPU."""
    try:
        return float(limit[:-1]) / 1000 if limit.endswith("m") else float(limit)
    except ValueError:
        return 0.0


def _restarted(pod: Pod) -> bool:
    return any(one.last_state.terminated is not None for one in pod.status.container_statuses)


def _took(view: StageView | WarehouseView) -> timedelta | None:
    step = view.failed_step if isinstance(view, StageView) else None
    if step is None or not step.execution.started_at or not step.execution.finished_at:
        return None
    return step.execution.finished_at - step.execution.started_at


def _duration(view: StageView | WarehouseView, took: timedelta | None) -> list[Evidence]:
    step = view.failed_step if isinstance(view, StageView) else None
    last = view.last if isinstance(view, StageView) else None
    begun, ended = (step.execution.started_at, step.execution.finished_at) if step is not None else (None, None)
    if step is None or last is None or took is None or begun is None or ended is None:
        return []
    ran = f"{stamp(begun)} to {stamp(ended)}"
    return [fact(last.ref, f"status.stepExecutionMetadata[{step.index}]", ran, ended)]
