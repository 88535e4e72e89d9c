from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.freight import label
from gitops_master.facts.log_lines import controller_lines, said, wanted_logs
from gitops_master.facts.progress import upcoming
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, promote_candidate


@rule(
    "freight-in-old-format-without-origin",
    area="freight",
    title="Freight from before origins cannot be promoted",
    on=StageView,
    risk=Risk.MEDIUM,
    needs={Freight.KIND, Promotion.KIND},
    explains={
        "promotion-pending",
        "promotion-running",
        "promotion-not-picked-up",
        "promotion-failed",
        "waiting-behind-other-promotion",
        "freight-origin-not-requested",
        "stage-reconcile-error",
    },
    versions=("kargo >= 0.9, < 0.10",),
    sources=("akuity/kargo#2661", "akuity/kargo#2677 (v1.0.0: the Promotion ends Errored instead)"),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """A Promotion shows no steps and never gets on; newer Freight is promoted normally.

    Why: the Freight was made before Freight had an origin. This release copies it into the Promotion's status, where an empty
    origin.kind is invalid, so that status can never be written.

    How to tell: the Freight has no origin; the controller logs `origin.kind: Unsupported value`.

    What to do: delete the Promotion and promote newer Freight. From 1.0 on such a Promotion ends Errored instead of hanging;
    the Freight stays unusable.

    Not this when: the Freight has an origin.
    """
    for one in view.promotions:
        freight = view.snapshot.get(Freight, view.project, one.spec.freight)
        if one.is_terminal or freight is None or freight.origin.name:
            continue
        yield from wanted_logs(view.snapshot)
        lines = controller_lines(view.snapshot, "origin.kind", "Unsupported value")
        evidence: list[Evidence] = [
            fact(freight, "origin", "absent", freight.created),
            fact(one, "status.phase", one.status.phase or "none", one.created),
        ]
        evidence += [line.as_evidence(said(line.value)) for line in lines[-1:]]
        yield Hit(
            summary=(
                f"Promotion {one.name} can never get on: its Freight {label(freight)} has no origin (it was made by an older Kargo), and "
                "with it the Promotion's status is invalid."
            ),
            evidence=evidence,
            remedies=_remedies(view, one),
            confidence=Confidence.HIGH if lines else Confidence.MEDIUM,
        )
        return


def _remedies(view: StageView, stuck: Promotion) -> list[Remedy]:
    """The Promotion holds the Stage; the Freight is of no use on a newer Kargo either."""
    newer = next(
        (one.freight for one in upcoming(view) if one.availability.available and one.freight.origin.name), None
    )
    return [
        advise(
            f"Delete Promotion {stuck.name}, so that {view.name} can take others",
            f"kubectl -n {view.project} delete promotions.kargo.akuity.io {stuck.name}",
            risk=Risk.MEDIUM,
            destroys="the record of that one Promotion",
            confirm_with=get("stages.kargo.akuity.io", view.project, view.name, ".status.currentPromotion.name"),
        ).model_copy(update={"reversible": False}),
        promote_candidate(view, newer.name)
        if newer is not None
        else advise("Promote newer Freight, which has an origin, as soon as the Warehouse has made some"),
        advise("Upgrade Kargo to v1.0.0 or later, where such a Promotion ends Errored instead", risk=Risk.MEDIUM),
    ]
