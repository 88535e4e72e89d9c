from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import in_charge, live
from gitops_master.facts.durations import human
from gitops_master.facts.log_lines import controller_lines, said, wanted_logs
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Remedy, Risk, quoted
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_stage

PATIENCE = timedelta(minutes=2)
"""A live controller has finished with the finalizer within a second (0.2 s seen on v1.11.2)."""

MOST_REASON = 300
"""Characters of the controller's own words in the sentence."""

FINALIZER = "kargo.akuity.io/finalizer"

_WRAPPER = "error handling deletion of Stage: "
_ERRORS = (_WRAPPER.rstrip(": "), "error removing finalizer from Stage")
"""regular_stages.go:2177, :2182 and control_flow_stages.go:495, :500 (v1.11.2): every failed step of the clean-up is wrapped in the first."""


@rule(
    "stage-deletion-blocked-by-finalizer",
    area="stage",
    title="The Stage's deletion cannot finish",
    on=StageView,
    risk=Risk.HIGH,
    explains={
        "stage-being-deleted",
        "stage-reconcile-error",
        "no-freight-promoted-yet",
        "manual-promotion-required",
        "promotion-not-picked-up",
        "promotion-pending",
        "freight-not-verified-upstream",
    },
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go:2177 handleDelete",),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """A Stage has had a deletionTimestamp for minutes and does not go away.

    Why: its finalizer first takes its name out of every Freight's records and deletes its AnalysisRuns. If one of these
    writes fails, the finalizer stays.

    How to tell: the controller's log repeats `error handling deletion of Stage` with the reason.

    What to do: mend what the log names. Taking the finalizer away by hand leaves the records in the Freight behind.

    A finalizer of another name is not Kargo's: then whoever put it there has to take it away.

    Not this when: no controller that serves the Stage is alive: then that is the cause.
    """
    deleted, finalizers = view.stage.metadata.deletion_timestamp, view.stage.metadata.finalizers
    if deleted is None or not finalizers or view.snapshot.observed_at - deleted < PATIENCE:
        return
    yield from wanted_logs(view.snapshot)
    lines = [line for text in _ERRORS for line in controller_lines(view.snapshot, text, view.name)]
    served = live(in_charge(view.stage, view.snapshot))
    mine = FINALIZER in finalizers
    if mine and not lines and not served:
        return
    foreign = [] if mine else list(finalizers)
    evidence = [
        fact(view.stage, "metadata.deletionTimestamp", deleted, deleted),
        fact(view.stage, "metadata.finalizers", ", ".join(finalizers)),
    ]
    if lines and mine:
        evidence.append(lines[-1].as_evidence(said(lines[-1].value)))
    age = human(view.snapshot.observed_at - deleted)
    why = quoted(said(lines[-1].value, error_only=True), MOST_REASON) if lines and mine else ""
    yield Hit(
        summary=f"Stage {view.name} has been in deletion for {age} and keeps its finalizer {', '.join(finalizers)}"
        + _reason(why, foreign),
        evidence=evidence,
        remedies=_remedies(view, foreign),
        confidence=Confidence.HIGH if lines and mine else Confidence.LOW if mine else Confidence.MEDIUM,
    )


def _reason(why: str, foreign: list[str]) -> str:
    if foreign:
        return ", which is not Kargo's: whoever put it there has to take it away."
    return f": {why.removeprefix(_WRAPPER)}." if why else "; the Kargo controller's log tells which clean-up fails."


def _remedies(view: StageView, foreign: list[str]) -> list[Remedy]:
    gone = f"kubectl -n {view.project} get stages.kargo.akuity.io {view.name} --ignore-not-found"
    if foreign:
        return [
            advise(
                f"Find what sets {', '.join(foreign)} on Stage {view.name} and why it does not finish",
                confirm_with=gone,
            )
        ]
    return [
        advise(
            "Mend what the controller's log names (a webhook that refuses, missing permissions on Freight or AnalysisRuns); "
            "the controller tries again by itself",
            confirm_with=gone,
        ),
        refresh_stage(view).model_copy(
            update={"title": f"Or let it try at once: refresh Stage {view.name}", "confirm_with": gone}
        ),
        advise(
            "Do not take the finalizer away by hand: the Stage's name would stay in the records of all Freight",
            risk=Risk.HIGH,
        ),
    ]
