from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.controllers import in_charge, live
from gitops_master.facts.durations import human
from gitops_master.facts.log_lines import controller_lines, wanted_logs
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Risk
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise, refresh_stage

PATIENCE = timedelta(minutes=2)
"""A live controller has finished with the finalizer within a second (0.2 s seen on v1.11.2)."""

_ERRORS = (
    "handling deletion of Stage",
    "clearing verification status of Freight",
    "clearing approval status of Freight",
    "deleting AnalysisRuns for Stage",
)
"""regular_stages.go:2177, :2224, :2267, :2290 (v1.11.2)."""


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

    Not this when: no controller that serves the Stage is alive: then that is the cause.
    """
    deleted, finalizers = view.stage.metadata.deletion_timestamp, view.stage.metadata.finalizers
    if deleted is None or not finalizers or view.snapshot.observed_at - deleted < PATIENCE:
        return
    yield from wanted_logs(view.snapshot)
    lines = [line for text in _ERRORS for line in controller_lines(view.snapshot, text, view.name)]
    served = live(in_charge(view.stage, view.snapshot))
    if not lines and not served:
        return
    said = lines[-1].value if lines else ""
    evidence = [
        fact(view.stage, "metadata.deletionTimestamp", deleted, deleted),
        fact(view.stage, "metadata.finalizers", ", ".join(finalizers)),
    ]
    if lines:
        evidence.append(lines[-1].as_evidence())
    age = human(view.snapshot.observed_at - deleted)
    yield Hit(
        summary=(
            f"Stage {view.name} has been in deletion for {age} and keeps its finalizer {', '.join(finalizers)}"
            + (f": {said[-300:]}" if said else "; the Kargo controller's log tells which clean-up fails")
        ),
        evidence=evidence,
        remedies=[
            advise(
                "Mend what the controller's log names (a webhook that refuses, missing permissions on Freight or AnalysisRuns)"
            ),
            refresh_stage(view),
            advise(
                "Do not take the finalizer away by hand: the Stage's name would stay in the records of all Freight",
                risk=Risk.HIGH,
            ),
        ],
        confidence=Confidence.HIGH if lines else Confidence.LOW,
    )
