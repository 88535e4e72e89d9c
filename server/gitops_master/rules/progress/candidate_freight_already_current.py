from collections.abc import Iterator

from gitops_master.facts.availability import request_for
from gitops_master.facts.freight import label, same_artifacts
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.model.kargo import Freight
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise


@rule(
    "candidate-freight-already-current",
    area="promotion",
    title="The Stage already holds that Freight",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Freight.KIND},
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go autoPromoteFreight (Stage already has candidate Freight)",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """No new Promotion appears for the Freight asked about.

    Why: it, or Freight of the very same artifacts, is what the Stage holds already.

    How to tell: status.freightHistory[0] of the Stage.

    What to do: nothing.

    Not this when: nobody asked about a certain piece of Freight; or the running version differs from it.
    """
    if view.wanted is None:
        return
    request = request_for(view.stage, view.wanted)
    held = view.held(request) if request is not None else None
    if held is None or not (held.name == view.wanted.name or same_artifacts(view.wanted, held)):
        return
    since = view.wanted.status.currently_in.get(view.name)
    at = since.since if since else None
    twin = "" if held.name == view.wanted.name else f" (as {held.name[:7]}, Freight of the same artifacts)"
    evidence = [fact(view.stage, f"status.freightHistory[0].items[{held.origin.key}].name", held.name, at)]
    if at is not None:
        evidence.append(fact(view.wanted, f"status.currentlyIn.{view.name}.since", at, at))
    if view.last is not None:
        evidence.append(fact(view.stage, "status.lastPromotion.name", view.last.name, view.last.finished_at))
    yield Hit(
        summary=f"Stage {view.name} already holds Freight {label(view.wanted)}{twin}; there is nothing to promote.",
        evidence=evidence,
        remedies=[advise("Nothing has to be done", risk=Risk.NONE)],
    )
