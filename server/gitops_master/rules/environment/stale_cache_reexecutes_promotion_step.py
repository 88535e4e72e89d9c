from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.controllers import in_charge
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.patterns import first
from gitops_master.facts.promotion import StepRun
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Confidence
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.patterns import PATH_EXISTS, PROMOTION_BEGUN
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote, upgrade_kargo

SECONDS = timedelta(seconds=30)
"""The stale copy is read right after the first status update; 5 s in akuity/kargo#5282."""


@rule(
    "stale-cache-reexecutes-promotion-step",
    area="environment",
    title="A finished step was run again from a stale copy of the Promotion",
    on=StageView,
    needs={Promotion.KIND},
    explains={
        "promotion-failed",
        "auto-promotion-does-not-retry-failed-freight",
        "promotion-step-config-invalid",
        "transient-error-without-step-retry",
        "manual-promotion-required",
    },
    versions=("kargo < 1.9.6",),
    sources=("akuity/kargo#5282", "akuity/kargo#6029"),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """Now and then a Promotion fails in an early step because what the step makes `already exists`; the next one works.

    Why: right after its first status update the controller reads the Promotion from a cache that has not seen it, takes
    the finished step for not begun and runs it again in the same working directory.

    How to tell: the failed step's message says that a path below the Promotion's working directory already exists; the
    log shows `began promotion` and `continuing Promotion` within seconds; the controller did not restart in between.

    What to do: upgrade; until then promote the same Freight again. errorThreshold does not help: the directory stays.

    Not this when: two steps of the template write to the same path (it fails every time then), the step was retried after
    another error, or the controller restarted (controller-restart-reruns-promotion-steps).
    """
    step, last = stage.failed_step, stage.last
    found = first(PATH_EXISTS, stage.failure_texts)
    if (
        step is None
        or last is None
        or found is None
        or step.execution.error_count > 1
        or _shares_path(step, last.steps)
    ):
        return
    if "exit status 128" not in found.text.value and "/promotion-" not in found.text.value:
        return
    pods = in_charge(stage.stage, stage.snapshot)
    if _restarted(pods, stage):
        return
    began: list[Text] = []
    read = False
    for log in logs_of(pods, stage.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            read = True
            began += matching(log, last.name.replace(".", r"\."), PROMOTION_BEGUN.regex)
    twice = _within_seconds(began)
    if read and began and not twice:
        return
    yield Hit(
        summary=f'Promotion {last.name} failed because step "{step.alias}" ({step.uses}) was run a second time: the '
        "controller went on from a stale copy of the Promotion.",
        evidence=[
            fact(last.ref, "status.phase", last.status.phase, last.finished_at),
            found.text.as_evidence(),
            *(text.as_evidence() for text in twice[:2]),
        ],
        remedies=[
            repromote(stage),
            upgrade_kargo(
                stage.snapshot, "v1.9.6", "it waits for its own status update; a higher errorThreshold does not help"
            ),
        ],
        confidence=Confidence.HIGH if twice else Confidence.MEDIUM,
    )


def _shares_path(step: StepRun, steps: tuple[object, ...]) -> bool:
    """Whether the template itself names the step's output path twice."""
    mine = _paths(step.step.config)
    if len(mine) != len(set(mine)):
        return True
    earlier = [
        path
        for one in steps[: step.index]
        if getattr(one, "uses", "") == step.uses
        for path in _paths(getattr(one, "config", {}))
    ]
    return any(path in earlier for path in mine)


def _paths(config: dict[str, object]) -> list[str]:
    checkout = config.get("checkout")
    inner = (
        [str(one.get("path", "")) for one in checkout if isinstance(one, dict)] if isinstance(checkout, list) else []
    )
    return inner or [str(config[key]) for key in ("outPath", "path") if config.get(key)]


def _restarted(pods: list[Pod], stage: StageView) -> bool:
    """Whether a container of the controller began during the Promotion."""
    last = stage.last
    begun = last.object.created if last is not None and last.object is not None else None
    ended = last.finished_at if last is not None else None
    starts = [
        one.state.running.started_at for pod in pods for one in pod.status.container_statuses if one.state.running
    ]
    return any(begun and ended and start and begun < start <= ended for start in starts)


def _within_seconds(lines: list[Text]) -> list[Text]:
    """The pair of lines, begun and continued, that lie within seconds of each other."""
    begun = [line for line in lines if "began" in line.value.lower()]
    continued = [line for line in lines if "continuing" in line.value.lower()]
    for one in begun:
        for other in continued:
            if one.at and other.at and timedelta() <= other.at - one.at <= SECONDS:
                return [one, other]
    return []
