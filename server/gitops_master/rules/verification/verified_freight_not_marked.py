from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.access import Denial, parse_denial
from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.durations import human
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Evidence, Remedy, Severity
from gitops_master.model.kargo import Freight
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, refresh_stage
from gitops_master.rules.verification.effects import EFFECTS

_FREIGHTS = "freights.kargo.akuity.io"
PATIENCE = timedelta(seconds=30)
"""Kargo marks Freight in the same pass or the next: seen within a second on v1.11.2."""


@rule(
    "verified-freight-not-marked",
    area="verification",
    title="The verification succeeded, but the Freight is not marked as verified",
    on=StageView,
    severity=Severity.MEDIUM,
    needs={Freight.KIND},
    explains=EFFECTS | {"stage-unhealthy", "stage-reconcile-error"},
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go markFreightVerifiedForStage",),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The Stage's verification is Successful, yet downstream Stages do not get the Freight: it has no verifiedIn entry.

    Why: Kargo marks the Freight in a step of its own, and only if the Stage is Healthy at that moment and nothing before it in
    that pass fails. A Stage that turned Unhealthy right after the verification, or a ReconcileError, keeps it from that.

    How to tell: verificationHistory[0].phase is Successful; status.verifiedIn of the Freight lacks the Stage; the Stage's
    health or Ready condition says why.

    What to do: make the Stage Healthy (or mend the error its Ready condition quotes) and refresh it: the mark is made up for.

    Not this when: the verification has only just ended, or the Freight is marked and the downstream Stage waits for
    something else (soak time).
    """
    view = stage.verification
    if view is None or view.phase != "Successful" or stage.running is not None:
        return
    ended = view.info.finish_time
    if ended is not None and stage.snapshot.observed_at - ended < PATIENCE:
        return
    held = [stage.snapshot.get(Freight, stage.project, one.name) for one in stage.current_freight]
    unmarked = [one for one in held if one is not None and stage.name not in one.status.verified_in]
    if not unmarked:
        return
    one, why = unmarked[0], _reason(stage)
    cure, again = _cure(stage, get(_FREIGHTS, stage.project, one.name, ".status.verifiedIn")), refresh_stage(stage)
    if not why and not _feeds_others(stage):
        return
    age = f" {human(stage.snapshot.observed_at - ended)} ago" if ended else ""
    yield Hit(
        summary=f"The verification of Freight {one.name[:7]} in {stage.name} succeeded{age}, but the Freight is not marked as verified "
        f"there{f', because the Stage is {why}' if why else ''}; Stages downstream do not get it.",
        evidence=[
            fact(stage.stage, f"{view.path}.phase", "Successful", ended),
            fact(one, "status.verifiedIn", ", ".join(one.status.verified_in) or "none"),
            *_health(stage),
        ],
        remedies=[*cure, by_hand(again) if cure else again],
        confidence=Confidence.HIGH if why else Confidence.MEDIUM,
    )


def _cure(stage: StageView, confirm: str) -> list[Remedy]:
    """What keeps the mark away, by what the Stage says: a missing right, another error, its health."""
    if stage.reconcile_error is not None:
        denial = parse_denial(stage.reconcile_error.value)
        if denial is None:
            return [
                advise(
                    "Mend the error that the Ready condition quotes: the mark follows by itself", confirm_with=confirm
                )
            ]
        rule_ = f'apiGroups: ["{denial.group}"], resources: ["{denial.resource}"], verbs: ["{denial.verb}"]'
        return [
            advise(
                f"Give {denial.user} back the right to {denial.verb} {denial.resource} {denial.where}, by way of whoever installs "
                f"Kargo (its chart grants it in the controller's ClusterRole); the missing rule is {rule_}",
                confirm_with=_can_i(denial),
            )
        ]
    if stage.health not in {"", "Healthy"}:
        title = f"Make the Stage Healthy again (it is {stage.health}): the mark follows by itself"
        return [advise(title, confirm_with=confirm)]
    return []


def _can_i(denial: Denial) -> str:
    resource, _, part = denial.resource.partition("/")
    what = f"{resource}.{denial.group}" if denial.group else resource
    place = f" -n {denial.namespace}" if denial.namespace else ""
    return (
        f"kubectl auth can-i {denial.verb} {what}{f' --subresource={part}' if part else ''}{place} --as {denial.user}"
    )


def _feeds_others(stage: StageView) -> bool:
    """Whether any Stage takes Freight from this one: nobody misses the mark otherwise."""
    return any(
        stage.name in request.sources.stages
        for other in stage.snapshot.all(Stage, stage.project)
        for request in other.spec.requested_freight
    )


def _reason(stage: StageView) -> str:
    if stage.reconcile_error is not None:
        return "not reconciled without error"
    return stage.health if stage.health not in {"", "Healthy"} else ""


def _health(stage: StageView) -> list[Evidence]:
    found = [fact(stage.stage, "status.health.status", stage.health or "none")]
    if stage.health_issues:
        found.append(fact(stage.stage, "status.health.issues[0]", stage.health_issues[0]))
    ready = stage.ready
    if ready is not None and ready.status != "True" and ready.reason != stage.health:
        found.append(
            fact(stage.stage, "status.conditions[Ready].message", f"{ready.reason}: {ready.message}".rstrip(": "))
        )
    return found
