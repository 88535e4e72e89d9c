from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.log_lines import controller_lines, wanted_logs
from gitops_master.facts.progress import last_was_unsuccessful
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.model.versions import Version
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get


@rule(
    "pending-behind-unverified-current-freight",
    area="promotion",
    title="A Promotion waits for a verification that can never start",
    on=StageView,
    risk=Risk.MEDIUM,
    needs={Promotion.KIND},
    explains={
        "promotion-pending",
        "promotion-failed",
        "stage-unhealthy",
        "stage-not-yet-re-evaluated",
        "health-unknown-by-design-after-unsuccessful-promotion",
        "auto-promotion-does-not-retry-failed-freight",
    },
    versions=("kargo >= 1.1.0, < 1.1.2",),
    sources=(
        "akuity/kargo#3050",
        "akuity/kargo#3053",
        "akuity/kargo v1.1.0 and v1.1.1 internal/controller/stages/regular_stages.go syncPromotions",
    ),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """A Promotion stays Pending for ever while no other runs.

    Why: 1.1.0 and 1.1.1 start no Promotion before the current Freight is verified. After a Promotion that was aborted or
    failed they assess no health, and without health no verification starts: a deadlock.

    How to tell: lastPromotion did not succeed, the current Freight has no successful and no running verification, and the
    controller logs `current Freight needs to be verified before allowing new promotions to start`.

    What to do: upgrade Kargo to 1.1.2 or later; the waiting Promotion then starts.

    Not this when: a verification is running, or the current Freight has been verified.
    """
    waiting = [one for one in view.waiting_promotions if one.status.phase == "Pending"]
    if (
        not waiting
        or view.running is not None
        or view.current is None
        or not last_was_unsuccessful(view)
        or view.last is None
    ):
        return
    if _is_let_through(view):
        return
    yield from wanted_logs(view.snapshot)
    yield Hit(
        summary=(
            f"Promotion {waiting[0].name} can never start: this Kargo release first wants the current Freight of {view.name} verified, "
            f"and since Promotion {view.last.name} ended {view.last.status.phase} no health check and so no verification runs."
        ),
        evidence=_evidence(view, waiting[0]),
        remedies=[
            advise(
                "Upgrade Kargo to v1.1.2 or later (v1.2.0 has it, too): the waiting Promotion then starts",
                risk=Risk.MEDIUM,
                confirm_with=get("promotions.kargo.akuity.io", view.project, waiting[0].name, ".status.phase"),
            ),
            advise(
                "Until then only a repair of the Stage's status by a cluster admin frees it (a Successful entry in "
                "status.freightHistory[0].verificationHistory); a refresh or another Promotion does nothing",
                risk=Risk.HIGH,
            ),
        ],
    )


def _is_let_through(view: StageView) -> bool:
    """Whether the newest verification lets the next Promotion start: 1.1.0 wants a successful one, 1.1.1 one that has ended."""
    newest, kargo = view.verification_info, view.snapshot.versions.kargo
    if newest is None:
        return False
    return view.verification_runs or newest.phase == "Successful" or kargo is None or kargo >= Version(1, 1, 1)


def _evidence(view: StageView, pending: Promotion) -> list[Evidence]:
    found = [fact(pending, "status.phase", "Pending", pending.created)]
    if view.last is not None:
        found.append(
            fact(
                view.last.ref,
                "status.phase",
                f"{view.last.status.phase}: {view.last.status.message}",
                view.last.finished_at,
            )
        )
    healthy = view.condition("Healthy")
    if healthy is not None:
        found.append(
            fact(view.stage, "status.conditions[Healthy]", f"{healthy.status} {healthy.reason}: {healthy.message}")
        )
    phases = ", ".join(one.phase for one in view.verifications)
    found.append(fact(view.stage, "status.freightHistory[0].verificationHistory", phases or "absent"))
    lines = controller_lines(view.snapshot, "current Freight needs to be verified", view.name)
    if lines:
        found.append(lines[-1].as_evidence())
    return found
