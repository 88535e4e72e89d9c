import re
from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.log_lines import controller_lines, said, wanted_logs
from gitops_master.facts.patterns import peel
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk, quoted
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

_STAGES = "stages.kargo.akuity.io"
LIMIT = 32768
"""Characters of a condition's longest message (the CRD's maxLength; the API server's refusal calls them bytes)."""


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
    sources=("akuity/kargo#6158", "akuity/kargo v1.11.0 pkg/conditions/conditions.go truncateMessage"),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """The Stage goes on showing a finished Promotion as its current one, and nothing new starts.

    Why: the message of a failed Promotion is copied into a condition of the Stage. A condition's message may have 32768
    characters; a longer one makes the API server refuse every write of the Stage's status.

    How to tell: the controller's log repeats `Too long` for a condition's message of the Stage; the Promotion that
    status.currentPromotion names has ended.

    What to do: upgrade to Kargo 1.11, or remove that one Promotion, whose record is then lost. Where the Promotion's own
    message is short, another text is too long: then only the upgrade helps.

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
    yield Hit(
        summary=_summary(view, found, size),
        evidence=_evidence(view, found, size, lines),
        remedies=_remedies(view, found, size),
        # Only the message itself shows which text is too long; the log names a condition, not whose words it holds.
        confidence=Confidence.HIGH if size > LIMIT else Confidence.MEDIUM,
    )


def _summary(view: StageView, found: Promotion, size: int) -> str:
    shown = f"so the Stage still shows Promotion {found.name}, which ended {found.status.phase}, as its current one"
    if size > LIMIT:
        return (
            f"Every status write of Stage {view.name} is refused, {shown}: that Promotion's message has {size} characters, and "
            f"a condition holds {LIMIT}."
        )
    return (
        f"Every status write of Stage {view.name} is refused, because a condition's message would exceed {LIMIT} characters, {shown}; "
        f"which text is too long cannot be seen (that Promotion's message has {size} characters)."
    )


def _evidence(view: StageView, found: Promotion, size: int, lines: list[Text]) -> list[Evidence]:
    evidence: list[Evidence] = [
        fact(view.stage, "status.currentPromotion.name", found.name),
        fact(found, "status.phase", found.status.phase, found.status.finished_at),
        fact(found, "status.message", f"{size} characters: {_error(found)}" if size > LIMIT else found.status.message),
    ]
    return [*evidence, *(line.as_evidence(said(line.value)) for line in lines[-1:])]


def _remedies(view: StageView, found: Promotion, size: int) -> list[Remedy]:
    upgrade = advise(
        "Upgrade Kargo to v1.11.0 or later, which shortens what it writes to a condition",
        risk=Risk.MEDIUM,
        destroys="nothing; the controller is restarted, running Promotions may begin again at their first step",
        confirm_with=get(_STAGES, view.project, view.name, ".status.lastPromotion.name"),
    )
    if size <= LIMIT:
        return [upgrade]
    return [
        upgrade,
        advise(
            "Until then delete this one Promotion, so that the Stage's status can be written again",
            f"kubectl -n {view.project} delete promotions.kargo.akuity.io {found.name}",
            risk=Risk.MEDIUM,
            destroys="the record of that Promotion",
            confirm_with=get(_STAGES, view.project, view.name, ".status.currentPromotion.name"),
        ).model_copy(update={"reversible": False}),
        _mend(found, _error(found)),
    ]


def _error(found: Promotion) -> str:
    """What the message says went wrong, without its wrappers and the object that is quoted behind it."""
    return quoted(" ".join(re.split(r':? *\{"|\n', peel(found.status.message), maxsplit=1)[0].split()), 400)


def _mend(found: Promotion, error: str) -> Remedy:
    name = found.spec.freight
    return advise(
        f"Mend what ended {found.name} as well, or promoting {name[:7]} again fails in the same way: {quoted(error, 300)}",
        risk=Risk.MEDIUM,
    )
