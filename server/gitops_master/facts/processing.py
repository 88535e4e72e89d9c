"""Signs that nobody processes an Application: requests that stay, a comparison older than what happened since."""

from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.app_trouble import app_troubles
from gitops_master.facts.application import REFRESH, ApplicationView, Op
from gitops_master.facts.durations import stamp
from gitops_master.facts.promotion import started
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence

SKIP_RECONCILE = "argocd.argoproj.io/skip-reconcile"
PATIENCE = timedelta(minutes=10)
"""Three git polls of Argo CD (120 s and up to 60 s jitter), and then some: a comparison older than that is late."""
_TO_START = timedelta(minutes=2)
"""A living controller starts a requested operation within seconds; its backstop poll is 30 s (appcontroller.go)."""
_NOT_TRUSTED = "was not reconciled after its most recent operation"
"""Kargo >= 1.10, pkg/health/checker/builtin/argocd.go."""


def unprocessed(app: ApplicationView, stage: StageView | None) -> list[Evidence]:
    """What shows that the Application is not processed; empty where nothing does."""
    return [*_issues(app, stage), *_stale(app), *_requested(app, stage), *_unanswered(app)]


def _issues(app: ApplicationView, stage: StageView | None) -> Iterator[Evidence]:
    for index, issue in enumerate(stage.health_issues if stage else ()):
        if _NOT_TRUSTED in issue and f'"{app.app.name}"' in issue and stage is not None:
            yield fact(stage.stage, f"status.health.issues[{index}]", issue)


def _stale(app: ApplicationView) -> Iterator[Evidence]:
    state, seen = app.operation_state, app.app.status.reconciled_at
    if not app.health_is_stale or state is None or state.finished_at is None or seen is None:
        return
    if app.snapshot.observed_at - state.finished_at > PATIENCE:
        yield fact(
            app.app,
            "status.reconciledAt",
            f"{stamp(seen)}, older than status.operationState.finishedAt {stamp(state.finished_at)}",
            seen,
        )


def _requested(app: ApplicationView, stage: StageView | None) -> Iterator[Evidence]:
    if app.op is not Op.REQUESTED or app.app.operation is None:
        return
    asked = started(stage.running) if stage is not None and stage.running is not None else None
    seen = asked or app.app.status.reconciled_at
    if seen is None or app.snapshot.observed_at - seen > _TO_START:
        who = app.app.operation.initiated_by.username or "somebody"
        yield fact(app.app, "operation", f"requested by {who}, status.operationState absent: not started", asked)


def _unanswered(app: ApplicationView) -> Iterator[Evidence]:
    seen = app.app.status.reconciled_at
    late = seen is None or app.snapshot.observed_at - seen > PATIENCE
    if app.refresh_pending and late:
        yield fact(app.app, f"metadata.annotations[{REFRESH}]", f"{app.refresh_pending} (not consumed)", seen)


def grown_old(app: ApplicationView) -> list[Evidence]:
    """A comparison so old that only a controller that does nothing, or one told not to poll, leaves it so."""
    seen = app.app.status.reconciled_at
    if seen is None or app.snapshot.observed_at - seen <= 3 * PATIENCE:
        return []
    return [fact(app.app, "status.reconciledAt", seen, seen)]


def hampers(app: ApplicationView, stage: StageView | None) -> bool:
    """Whether the Stage waits for the Application or failed on it, or the Application itself is not fine."""
    if stage is None:
        return not app.is_fine
    mine = next((one for one in app_troubles(stage) if one.ref == app.ref), None)
    blamed = mine is not None and (mine.ended_promotion or mine.holds_promotion)
    return blamed or (not app.is_fine and stage.health not in {"Healthy", ""})
