from collections.abc import Iterator

from gitops_master.facts import calls
from gitops_master.facts.advice import advise
from gitops_master.facts.freight import discovery_order, label
from gitops_master.facts.progress import is_control_flow, listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.model.kargo import Freight
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule


@rule(
    "control-flow-stage-not-promotable",
    area="promotion",
    title="A control-flow Stage only passes Freight on",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    risk=Risk.NONE,
    explains={"no-freight-promoted-yet"},
    sources=(
        "akuity/kargo#992",
        "akuity/kargo v1.11.2 pkg/webhook/kubernetes/promotion/webhook.go (defines no promotion steps)",
        "akuity/kargo v1.11.2 pkg/controller/stages/control_flow_stages.go",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """The Stage has no current Freight, no health and no Promotions; promoting to it is rejected.

    Why: a Stage without promotion steps is a control-flow Stage. It marks available Freight as verified at once and so passes
    it on to the Stages after it; auto-promotion does not apply to it.

    How to tell: spec.promotionTemplate has no steps, freightSummary is N/A. Promoting says `defines no promotion steps`.

    What to do: promote to the Stages after it (`--downstream-from` does that for all of them).

    Not this when: Ready is False: then passing on fails.
    """
    ready = view.ready
    if (
        not view.is_control_flow
        or not is_control_flow(view.stage)
        or view.promotions
        or (ready is not None and ready.status == "False")
    ):
        return
    if view.stage.metadata.deletion_timestamp is not None:
        return
    passed = [one for one in view.snapshot.all(Freight, view.project) if view.name in one.status.verified_in]
    after = [
        one.name
        for one in view.snapshot.all(Stage, view.project)
        if any(view.name in request.sources.stages for request in one.spec.requested_freight)
    ]
    yield _hit(view, passed, after)


def _hit(view: StageView, passed: list[Freight], after: list[str]) -> Hit:
    ready = view.ready
    evidence = [
        fact(view.stage, "spec.promotionTemplate", "no steps"),
        fact(view.stage, "status.freightSummary", view.stage.status.freight_summary or "N/A"),
    ]
    if ready is not None:
        evidence.append(fact(view.stage, "status.conditions[Ready]", f"{ready.status} {ready.reason}"))
    newest = next(iter(discovery_order(passed)), None)
    if newest is not None:
        evidence.append(fact(newest, f"status.verifiedIn.{view.name}", "present: passed on"))
    return Hit(
        summary=(
            f"Stage {view.name} is a control-flow Stage (no promotion steps): it never holds Freight and passes what is available on "
            f"to {listed(after)}; nothing can be promoted to it."
        ),
        evidence=evidence,
        remedies=[
            advise(
                f"If {label(newest)} should go further: promote it to {listed(after)}",
                f"kargo promote --project {view.project} --downstream-from {view.name} --freight {newest.name}",
                call=calls.promote_downstream(view, newest.name),
                risk=Risk.MEDIUM,
                confirm_with=f"kubectl -n {view.project} get stages.kargo.akuity.io {' '.join(after)}",
            )
        ]
        if after and newest is not None
        else [advise("Nothing has to be done", risk=Risk.NONE)],
    )
