from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.freight import label
from gitops_master.facts.policies import policy_evidence
from gitops_master.facts.progress import available_because, is_settled, unsuccessful_attempt, upcoming
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Confidence, Evidence, Risk, Severity
from gitops_master.model.kargo import Freight, ProjectConfig, Promotion
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import promote_candidate


@rule(
    "manual-promotion-required",
    area="promotion",
    title="Somebody has to promote the Freight",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Freight.KIND, Promotion.KIND, ProjectConfig.KIND},
    sources=("akuity/kargo#895", "akuity/kargo v1.11.2 pkg/api/auto_promotion.go IsAutoPromotionEnabled"),
)
def check(view: StageView) -> Iterator[Hit]:
    """Newer Freight is verified and available, nothing has failed, and no Promotion of it exists.

    Why: auto-promotion is not enabled for the Stage: no policy of the ProjectConfig matches it, or the first that does says
    autoPromotionEnabled: false. That is how stages with a person in charge are set up.

    How to tell: status.autoPromotionEnabled is absent, the policy says so, the Freight is available.

    What to do: if it should go out, promote it.

    Not this when: a policy that was meant to enable it has no effect (wrong place, wrong selector); the Stage was just put
    back from that Freight; a Promotion of it failed; or the Stage is not at rest.
    """
    if view.auto_promotion or view.is_control_flow or view.current is None or not is_settled(view):
        return
    for one in upcoming(view):
        failed = unsuccessful_attempt(view, one.freight.name)
        if not one.availability.available or (view.wanted is None and (failed or _was_here(view, one.freight))):
            continue
        yield Hit(
            summary=(
                f"Freight {label(one.freight)} is available to Stage {view.name}, but auto-promotion is off for it "
                "(autoPromotionEnabled: false): somebody has to promote it."
            ),
            evidence=_evidence(view, one),
            remedies=[
                promote_candidate(view, one.freight.name),
                advise(
                    "Nothing is broken: whether and when it goes out is for the people in charge of the Stage",
                    risk=Risk.NONE,
                ),
            ],
            ends=f"when somebody promotes it to {view.name}",
            # Without the Promotions, one of this Freight that failed, runs or waits would not be seen.
            confidence=Confidence.HIGH if view.snapshot.knows_all(Promotion.KIND) else Confidence.MEDIUM,
        )
        return


def _was_here(view: StageView, freight: Freight) -> bool:
    """The Stage held it and was moved away from it since: nobody waits for it."""
    return any(
        freight.name == item.name for entry in view.stage.status.freight_history for item in entry.items.values()
    )


def _evidence(view: StageView, one: NextFreight) -> list[Evidence]:
    failed = unsuccessful_attempt(view, one.freight.name)
    return [
        policy_evidence(view.stage, view.snapshot),
        available_because(view, one),
        fact(view.stage, "status.freightSummary", view.stage.status.freight_summary or "empty"),
        *(
            [fact(failed, "status.phase", f"{failed.status.phase}: {failed.status.message}", failed.created)]
            if failed
            else []
        ),
    ]
