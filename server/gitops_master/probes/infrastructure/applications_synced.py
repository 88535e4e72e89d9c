"""Level 1: did Argo CD apply what it should have?"""

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.meta import Ref
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import absent
from gitops_master.probes.registry import Seen, probe

_MOVING = {
    Op.REQUESTED: "an operation is requested and not begun",
    Op.RUNNING: "its operation is running",
    Op.RETRYING: "its operation failed and is being tried again",
    Op.TERMINATING: "its operation is being terminated",
}
_WARNINGS = ("SharedResourceWarning", "RepeatedResourceWarning")
"""Others (orphaned or excluded resources) say nothing of what the Application deploys."""
_EXPECTED = "Synced, without errors"


@probe(
    "applications-synced",
    level=1,
    order=2,
    kinds=[Application.KIND],
    counts="Applications",
    nothing="no Application belongs to it",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """What Argo CD last did; also an Application that the Stage names and that is not there.

    Reads: `Application.status.sync.status`, `Application.status.conditions[].type`, `Application.status.operationState.phase`, `Application.status.operationState.finishedAt`, `Application.status.reconciledAt`
    PASS: `Synced`, no error condition, reconciled since the last operation ended
    WARN: `OutOfSync` after a successful operation (drift, or a commit that Kargo did not promote); `SharedResourceWarning` or `RepeatedResourceWarning`
    FAIL: an error condition (`ComparisonError`, `InvalidSpecError`, `SyncError`); sync status `Unknown`; last operation `Failed` or `Error` and not older than the last Promotion; an operation that nobody works on; no such Application
    UNKNOWN, SKIPPED: UNKNOWN: operation `Running`, or reconciledAt older than finishedAt
    Rights: get applications
    """
    for stage in deployed.stages:
        for link in stage.links:
            ref = Ref(Application.KIND, link.namespace, link.name)
            if deployed.snapshot.find(ref) is None and deployed.snapshot.knows_all(Application.KIND):
                yield absent(ref, deployed.snapshot, f"{stage.ref} names it ({link.by})")
    for app in deployed.apps:
        yield _seen(app, deployed)


def _seen(app: ApplicationView, deployed: Deployed) -> Seen:
    verdict, observed, evidence = _judged(app, deployed)
    return Seen(
        verdict=verdict,
        target=app.ref,
        expected=_EXPECTED,
        observed=observed,
        evidence=evidence,
        remedies=[_look(app)] if verdict in {Verdict.FAIL, Verdict.WARN} else [],
        good=int(verdict in {Verdict.PASS, Verdict.WARN}),
    )


def _judged(app: ApplicationView, deployed: Deployed) -> tuple[Verdict, str, list[Evidence]]:
    sync = fact(app.app, "status.sync.status", app.sync or "empty", app.app.status.reconciled_at)
    errors = app.complaints()
    if errors:
        return Verdict.FAIL, errors[0].value, [one.as_evidence() for one in errors[:3]]
    state = app.operation_state
    operation = fact(app.app, "status.operationState.phase", state.phase, state.finished_at) if state else sync
    if app.op is Op.ORPHANED:
        return (
            Verdict.FAIL,
            "the record of its operation is left over: `operation` is empty, nobody finishes it",
            [operation],
        )
    if app.op in _MOVING:
        said = f": {state.message}" if state is not None and state.message else ""
        return Verdict.UNKNOWN, f"{_MOVING[app.op]}{said}", [operation]
    if state is not None and state.phase in {"Failed", "Error"} and _is_current(app, deployed):
        texts = app.operation_texts
        why = f": {texts[-1].value}" if texts else ""
        return (
            Verdict.FAIL,
            f"its last operation ended {state.phase}{why}",
            [operation, *(one.as_evidence() for one in texts[:3])],
        )
    return _compared(app, sync)


def _is_current(app: ApplicationView, deployed: Deployed) -> bool:
    """An old failure is history, unless the last Promotion came before it: then that one's sync has failed."""
    state = app.operation_state
    if app.op is Op.FAILED or state is None:
        return True
    begun = [one.last.status.started_at or one.last.finished_at for one in deployed.stages if one.last is not None]
    times = [one for one in begun if one is not None]
    deployed_since = (
        app.app.last_deployed is not None and state.finished_at and app.app.last_deployed > state.finished_at
    )
    return bool(times and state.finished_at and state.finished_at >= max(times) and not deployed_since)


def _compared(app: ApplicationView, sync: Evidence) -> tuple[Verdict, str, list[Evidence]]:
    if app.health_is_stale:
        seen = fact(app.app, "status.reconciledAt", app.app.status.reconciled_at)
        return Verdict.UNKNOWN, "Argo CD has not compared it since the last operation ended", [seen]
    if app.sync == "Unknown":
        return Verdict.FAIL, "sync status Unknown: Argo CD could not compare it", [sync]
    if not app.sync:
        return Verdict.UNKNOWN, "Argo CD has not compared it yet", [sync]
    if app.sync == "OutOfSync":
        differing = [f"{one.kind}/{one.name}" for one in app.app.status.resources if one.status == "OutOfSync"]
        named = f": {', '.join(differing[:3])}{' and more' if len(differing) > 3 else ''}" if differing else ""
        since = "after a successful operation" if app.op is Op.SUCCEEDED else "and no operation has succeeded"
        return Verdict.WARN, f"OutOfSync {since}{named}", [sync]
    warnings = app.complaints(*_WARNINGS)
    if warnings:
        return Verdict.WARN, warnings[0].value, [one.as_evidence() for one in warnings[:3]]
    return Verdict.PASS, app.sync, [sync]


def _look(app: ApplicationView) -> Remedy:
    place = f"kubectl -n {app.app.namespace} get applications.argoproj.io {app.app.name}"
    shown = "{.status.sync.status} {.status.operationState.message} {.status.conditions[*].message}"
    return advise(
        "Mend what Argo CD says of it; analyze_stage with this Application names the cause",
        f"{place} -o jsonpath='{shown}'",
    )
