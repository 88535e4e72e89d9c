from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.autopromotion import candidate
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.freight import label
from gitops_master.facts.log_lines import wanted_logs
from gitops_master.facts.past import anti_loop_lines, is_long_ago, reason_that_is_over, transient_text
from gitops_master.facts.patterns import peel
from gitops_master.facts.progress import is_idle, newest_attempt, unsuccessful_attempt, upcoming
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Evidence, Remedy, Severity, quoted
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.model.versions import Version
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote

MOST_REASON = 200
"""Characters of the failed Promotion's message in the sentence; the evidence has more of it."""

OVER = frozenset(
    {"promotion-failed", "transient-error-without-step-retry", "health-unknown-by-design-after-unsuccessful-promotion"}
)


@rule(
    "auto-promotion-does-not-retry-failed-freight",
    area="promotion",
    title="Auto-promotion leaves Freight alone whose Promotion has failed",
    on=StageView,
    severity=Severity.MEDIUM,
    needs={Freight.KIND, Promotion.KIND},
    sources=(
        "akuity/kargo#5147",
        "akuity/kargo#5148",
        "akuity/kargo#5151",
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go autoPromoteFreight",
    ),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """Auto-promotion is on, the Freight is available, the trouble is over, but nothing promotes it.

    Why: Kargo never promotes a piece of Freight automatically again whose newest finished Promotion to the Stage did not
    succeed (up to 1.10: of which any Promotion exists), lest it repeats a failure for ever. That the cause is gone does not
    wake it; nor does a refresh.

    How to tell: status.autoPromotionEnabled is true; the newest Promotion of exactly this Freight is Failed, Errored or
    Aborted; no other runs. At debug level the controller logs `skipping auto-promotion to avoid an infinite loop`.

    What to do: when the cause is gone, promote the Freight once by hand. Newer Freight is promoted by itself.

    Not this when: the cause of the failure still exists: then that is the cause, and this only its consequence.
    """
    if not view.auto_promotion or not is_idle(view) or view.is_control_flow:
        return
    for one in upcoming(view):
        failed = unsuccessful_attempt(view, one.freight.name) or _any_attempt(view, one)
        chosen = candidate(view.stage, one.request, view.snapshot)
        if failed is None or chosen is None or chosen.name != one.freight.name:
            continue
        yield from wanted_logs(view.snapshot)
        lines = anti_loop_lines(view)
        yield _hit(view, one, failed, lines, _is_over(view, failed, lines))
        return


def _any_attempt(view: StageView, one: NextFreight) -> Promotion | None:
    """Up to 1.10 a Promotion in any phase keeps auto-promotion away (after a rollback, say)."""
    kargo = view.snapshot.versions.kargo
    old = kargo is not None and kargo < Version(1, 11, 0)
    newest_first = one.request.sources.auto_promotion_options.selection_policy != "MatchUpstream"
    found = newest_attempt(view, one.freight.name) if old and newest_first else None
    current = view.stage.status.current_promotion
    unrecorded = found is not None and current is not None and current.name == found.name
    return None if unrecorded else found


def _is_over(view: StageView, failed: Promotion, lines: list[Text]) -> bool:
    """Whether the failure belongs to the past, so that only its consequence is left."""
    if view.last is None or view.last.name != failed.name or failed.status.phase in {"Aborted", "Succeeded"}:
        return True
    if reason_that_is_over(view) is not None:
        return True
    return transient_text(view) is not None and (is_long_ago(view) or bool(lines))


def _hit(view: StageView, one: NextFreight, failed: Promotion, lines: list[Text], over: bool) -> Hit:
    ended = failed.status.finished_at
    age = f" {human(view.snapshot.observed_at - ended)} ago" if ended else ""
    message = quoted(peel(failed.status.message), MOST_REASON).rstrip(".")
    why = f" ({message})" if message else ""
    taken = "which this release takes for done" if failed.status.phase == "Succeeded" else "which did not succeed"
    return Hit(
        summary=(
            f"Auto-promotion of {view.name} will not try Freight {label(one.freight)} again by itself, because of its newest "
            f"Promotion, {taken}: {failed.name} ended {failed.status.phase}{age}{why}."
        ),
        evidence=_evidence(view, failed, lines),
        remedies=_remedies(view, one, failed, over),
        also_explains=OVER if over else frozenset(),
    )


def _evidence(view: StageView, failed: Promotion, lines: list[Text]) -> list[Evidence]:
    ended = failed.status.finished_at
    found = [
        fact(
            failed, "status.phase", f"{failed.status.phase}, finishedAt {stamp(ended) if ended else 'unknown'}", ended
        ),
        fact(view.stage, "status.autoPromotionEnabled", view.auto_promotion),
    ]
    if failed.status.message:
        found.insert(1, fact(failed, "status.message", failed.status.message, ended))
    over = reason_that_is_over(view)
    if over is not None:
        found.append(over)
    if lines:
        found.append(lines[-1].as_evidence())
    return found


def _remedies(view: StageView, one: NextFreight, failed: Promotion, over: bool) -> list[Remedy]:
    once = repromote(view, one.freight.name)
    if over:
        once = once.model_copy(update={"title": f"Promote Freight {one.freight.name[:7]} to {view.name} once by hand"})
    step = view.failed_step
    if step is None or view.last is None or view.last.name != failed.name or transient_text(view) is None:
        return [once]
    return [
        once,
        advise(
            f"Against the next trouble that passes within seconds: set retry.errorThreshold of step {step.alias} ({step.uses}) to 3 "
            f"or more in the source of Stage {view.name}"
        ),
    ]
