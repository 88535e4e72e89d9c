import re
from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controller_restarts import started_around
from gitops_master.facts.controllers import kargo_controllers
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.patterns import Found, peel
from gitops_master.facts.release import release
from gitops_master.facts.stage import StageView
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, failure_evidence, promote_now, said
from gitops_master.rules.promotion.patterns import CUT_OFF, PANICKED
from gitops_master.rules.registry import Hit, rule


@rule(
    "step-canceled-or-panicked",
    area="promotion",
    title="A step was cut off by the controller, or its code panicked",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION | {"transient-error-without-step-retry", "promotion-step-config-invalid"},
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/local_orchestrator.go",
        "akuity/kargo v1.11.2 pkg/promotion/local_executor.go",
    ),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """A Promotion is Errored although nothing outside Kargo refused anything.

    Why: the controller shut down while the step ran and cancelled it, or the step's code panicked; Kargo then ends the
    Promotion with the panic's own text.

    How to tell: `execution canceled`, `context canceled`, `step panicked`, or a Go runtime error as the message.

    What to do: promote the same Freight again. If it panics again, the message and the release belong into an issue at
    akuity/kargo.

    Not this when: the Promotion is Aborted: a person ended it.
    """
    found, last = said(stage, CUT_OFF), stage.last
    if last is None or last.status.phase != "Errored" or stage.running is not None:
        return
    if found is None and stage.failed_step is None:
        for log in logs_of(kargo_controllers(stage.snapshot), stage.snapshot):
            if isinstance(log, Wanted):
                yield log
            elif lines := matching(log, PANICKED.regex, re.escape(last.name)):
                found = Found(lines[-1], {}, "panic")
    if found is None:
        return
    cut = "cancel" in found.span.lower()
    also = {"controller-restart-reruns-promotion-steps"} if cut else set[str]()
    what = "was cut off while the controller shut down" if cut else "ended in a panic of Kargo's own code"
    again = "nothing else needs mending" if cut else "if it panics again, nothing but another release of Kargo helps"
    ended = last.status.finished_at or last.finished_at
    around = started_around(stage.snapshot, ended)[:2] if cut and ended else []
    report = advise(f"Report the panic's text with the release ({release(stage.snapshot)}) at akuity/kargo")
    yield Hit(
        summary=f"Promotion {last.name} {what}: {peel(last.status.message or found.text.value)}",
        evidence=[*failure_evidence(stage, found), *around],
        remedies=[
            promote_now(stage, again),
            *([] if cut else [report]),
        ],
        also_explains=frozenset(also),
    )
