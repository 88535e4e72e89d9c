from collections.abc import Iterator

from gitops_master.facts.durations import stamp
from gitops_master.facts.patterns import Found, peel, search
from gitops_master.facts.stage import StageView
from gitops_master.model.finding import Confidence
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import (
    FAILED_PROMOTION,
    change_step,
    failure_evidence,
    promote_now,
    said,
    step_name,
)
from gitops_master.rules.promotion.hosts import host_in, host_works, reached_since, still_complains
from gitops_master.rules.promotion.network_patterns import NAME_UNRESOLVED, NETWORK_TROUBLE, NOT_TRANSIENT
from gitops_master.rules.promotion.patterns import CUT_OFF, TIMED_OUT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "transient-error-without-step-retry",
    area="promotion",
    title="A step failed on a passing network or service error and had no retry",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION - {"auto-promotion-does-not-retry-failed-freight"},
    sources=("akuity/kargo v1.11.2 pkg/promotion/local_orchestrator.go", "seen on a live v1.11.2"),
    unless=(NOT_TRANSIENT, CUT_OFF, TIMED_OUT),
)
def check(stage: StageView) -> Iterator[Hit]:
    """A step ended at its first attempt on a refused connection, a timeout, a failed handshake or an unavailable service.

    Why: a step has an error threshold of 1 unless retry.errorThreshold says otherwise, so one passing error ends the whole
    Promotion. Retries come within seconds: they bridge a hiccup, not the restart of a service.

    How to tell: `met error threshold of 1` with an error of the network or of a service, and nothing wrong there now.

    What to do: promote the same Freight again; set retry.errorThreshold to 3 on steps that reach over the network.

    Not this when: the service still fails, its pods crashed, names do not resolve in the whole cluster, or the message tells
    of something lasting (401, 403, 404, a certificate, a missing branch).
    """
    found = said(stage, NETWORK_TROUBLE)
    step, last = stage.failed_step, stage.last
    if found is None or step is None or last is None or step.threshold != 1 or last.status.phase != "Errored":
        return
    if search((NOT_TRANSIENT, CUT_OFF, TIMED_OUT), found.text) or still_complains(stage, found):
        return
    host = host_in(found.text.value)
    working = host_works(stage, host, last.finished_at)
    if working is False or (working is None and _unresolved(found) and stage.current is None):
        return
    when = f" at {stamp(last.finished_at)}" if last.finished_at else ""
    witness = reached_since(stage, host, last.finished_at)
    fine = f"; {host} answers again" if (working or witness) and host else ""
    yield Hit(
        summary=(
            f"{step_name(step)} of Promotion {last.name} met one passing error{when} and has no retry{fine}: "
            f"{' '.join(peel(found.text.value).split())}"
        ),
        evidence=[*failure_evidence(stage, found), *([witness] if witness else [])],
        remedies=[
            promote_now(stage) if fine else repromote(stage),
            change_step(
                stage,
                step,
                f"Set `retry.errorThreshold: 3` on step {step.alias} of Stage {stage.name}, in the source the Stage is managed from",
            ),
        ],
        confidence=Confidence.HIGH if working or witness else Confidence.MEDIUM,
    )


def _unresolved(found: Found) -> bool:
    return search(NAME_UNRESOLVED, found.text) is not None
