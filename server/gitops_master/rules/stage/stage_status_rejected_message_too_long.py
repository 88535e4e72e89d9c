import re
from collections.abc import Iterator

from gitops_master.facts.log_lines import controller_lines, wanted_logs
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.patterns import peel
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise

LIMIT = 32768
"""Longest message of a condition (metav1.Condition, validated by the CRD)."""


@rule(
    "stage-status-rejected-message-too-long",
    area="stage",
    title="A Promotion's message is too long for the Stage's status",
    on=StageView,
    risk=Risk.MEDIUM,
    needs={Promotion.KIND},
    explains={
        "promotion-pending",
        "promotion-running",
        "promotion-failed",
        "stage-reconcile-error",
        "waiting-behind-other-promotion",
        "stage-not-yet-re-evaluated",
        "promotion-not-picked-up",
        "manual-promotion-required",
        "no-freight-promoted-yet",
        "stage-unhealthy",
        "auto-promotion-does-not-retry-failed-freight",
    },
    versions=("kargo < 1.11.0",),
    sources=("akuity/kargo#6158",),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """The Stage goes on showing a finished Promotion as its current one, and nothing new starts.

    Why: the message of a failed Promotion is copied into a condition of the Stage. A condition's message may have 32768
    characters; a longer one makes the API server refuse every write of the Stage's status.

    How to tell: the controller's log repeats `Too long` for a condition's message of the Stage; the Promotion that
    status.currentPromotion names has ended.

    What to do: upgrade to Kargo 1.11, or remove that one Promotion, whose record is then lost.

    Not this when: the validation error names another field.
    """
    admitted = view.stage.status.current_promotion
    found = view.snapshot.get(Promotion, view.project, admitted.name) if admitted is not None else None
    if found is None or not found.is_terminal:
        return
    yield from wanted_logs(view.snapshot)
    lines = controller_lines(view.snapshot, "Too long", view.name)
    size = len(found.status.message)
    if not lines and size <= LIMIT:
        return
    evidence: list[Evidence] = [
        fact(view.stage, "status.currentPromotion.name", found.name),
        fact(found, "status.phase", found.status.phase, found.status.finished_at),
        fact(found, "status.message", f"{size} characters, beginning: {found.status.message[:200]}"),
    ]
    error = _error(found)
    if error:
        evidence.append(fact(found, "status.message (the error itself)", error))
    if lines:
        evidence.append(lines[-1].as_evidence())
    yield Hit(
        summary=(
            f"Every status write of Stage {view.name} is refused: the message of Promotion {found.name} ({found.status.phase}, {size} "
            f"characters) exceeds the {LIMIT} characters of a condition, so the Stage still shows it as current."
        ),
        evidence=evidence,
        remedies=[
            advise("Upgrade Kargo to v1.11.0 or later, which shortens the message", risk=Risk.MEDIUM),
            advise(
                "Until then delete this one Promotion, so that the Stage's status can be written again",
                f"kubectl -n {view.project} delete promotions.kargo.akuity.io {found.name}",
                risk=Risk.MEDIUM,
                destroys="the record of that Promotion",
                confirm_with=f"kubectl -n {view.project} get stages.kargo.akuity.io {view.name} -o jsonpath='{{.status.currentPromotion}}'",
            ).model_copy(update={"reversible": False}),
            *([_mend(found, error)] if error else []),
        ],
        confidence=Confidence.HIGH if lines else Confidence.MEDIUM,
    )


def _error(found: Promotion) -> str:
    """What the message says went wrong, without its wrappers and the object that is quoted behind it."""
    return " ".join(re.split(r':? *\{"|\n', peel(found.status.message), maxsplit=1)[0][:400].split())


def _mend(found: Promotion, error: str) -> Remedy:
    name = found.spec.freight
    return advise(
        f"Mend what ended {found.name} as well, or promoting {name[:7]} again fails in the same way: {error}",
        risk=Risk.MEDIUM,
    )
