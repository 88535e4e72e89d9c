from collections.abc import Iterator

from gitops_master.facts.freight import label
from gitops_master.facts.log_lines import controller_lines, wanted_logs
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Evidence, Risk
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise


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
    sources=("akuity/kargo#2661", "akuity/kargo#2677"),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """A Promotion shows no steps and never gets on; newer Freight is promoted normally.

    Why: the Freight was made before Freight had an origin. This release copies it into the Promotion's status, where an empty
    origin.kind is invalid, so that status can never be written.

    How to tell: the Freight has no origin; the controller logs `origin.kind: Unsupported value`.

    What to do: promote newer Freight, or upgrade.

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
        evidence += [line.as_evidence() for line in lines[-1:]]
        yield Hit(
            summary=(
                f"Promotion {one.name} can never get on: its Freight {label(freight)} has no origin (it is from before Kargo 0.9), and "
                "with it the Promotion's status is invalid."
            ),
            evidence=evidence,
            remedies=[
                advise("Promote newer Freight, which has an origin, or let the Warehouse make this one anew"),
                advise("Upgrade Kargo past 0.9", risk=Risk.MEDIUM),
            ],
            confidence=Confidence.HIGH if lines else Confidence.MEDIUM,
        )
        return
