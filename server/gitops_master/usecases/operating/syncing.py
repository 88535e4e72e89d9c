"""Starting a sync of what an Application tracks, with what its spec says, where nobody else is at it."""

from datetime import datetime, timedelta

from gitops_master.facts.application import PROMOTION_INFO, ApplicationView, Op
from gitops_master.facts.durations import stamp
from gitops_master.facts.sync_windows import barrier
from gitops_master.model.argocd import Application, OperationState
from gitops_master.model.operating import Gate, Outcome
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.writing import SyncApplication, Write
from gitops_master.usecases.operating.app_plan import APP_KINDS, Deployment, deployment, seen
from gitops_master.usecases.operating.applications import NOT_SEEN, state
from gitops_master.usecases.operating.neighbour_plan import Draft, gate, planned, takes
from gitops_master.usecases.operating.planned import After, OperationRequest, Planned, Trace
from gitops_master.usecases.targets import existing

_SLACK = timedelta(seconds=30)
"""By how much the controller's clock may be behind the one that dated the request."""
_HARSH = frozenset({"Replace=true", "Force=true"})


class Syncing:
    """Planner of sync_app."""

    def kinds(self) -> frozenset[str]:
        return APP_KINDS

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        takes(request, "app")
        about = deployment(request.app, snapshot)
        app, write = about.app, _write(about.app)
        tracked = _tracked(app)
        deleted = _to_prune(app) if write.prune else []
        also = f" It deletes {existing(deleted)}." if deleted else ""
        draft = Draft(
            operation=request.operation,
            target=about.title,
            question=f"Sync Application {about.title} to {tracked}?{also}",
            write=write,
            gates=[
                _free(about),
                _automatic(about),
                about.window(is_manual=True, otherwise="the operation would be parked until it opens"),
                _whole(about, prune=write.prune),
                about.processed(),
            ],
            now=[state(about.view)],
            next=[f"Argo CD syncs to {tracked}{_how(write)}; Kargo is not asked"],
            warnings=_warnings(about, write, deleted),
            stages=about.names,
            judged=[
                f"tracked {tracked}",
                f"options {', '.join(write.options)}",
                f"prune {write.prune}",
                f"retries {write.retry_limit}",
                *(f"deletes {one}" for one in deleted),
            ],
        )
        return planned(draft, snapshot)

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> Trace:
        view = seen(write, now)
        if view is None:
            return Trace(None, words="the Application cannot be seen")
        found = _begun(view, seen(write, before), since)
        if found is not None:
            by = found.operation.initiated_by
            when = stamp(found.started_at) if found.started_at else ""
            if by.automated or view.promotion:
                return Trace(False, words=f"another sync began at {when}: {by.username or 'automatic sync'}")
            return Trace(True, words=f"a sync began at {when}, by {by.username or 'nobody named'}")
        asked = view.app.operation
        by_kargo = asked is not None and any(one.name == PROMOTION_INFO for one in asked.info)
        if asked is not None and not asked.initiated_by.automated and not by_kargo:
            return Trace(True, words=f"its operation is there, by {asked.initiated_by.username or 'nobody named'}")
        return Trace(False, words="the Application does not show it")

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        write = planned.writes[0]
        view = seen(write, now)
        if view is None:
            return NOT_SEEN
        found = _begun(view, seen(write, before), since)
        if found is None:
            return After("Argo CD has not begun to sync yet")
        said = f": {found.message}" if found.message else ""
        if found.phase in {"Running", "Terminating"}:
            return After(f"the sync is {found.phase}{said}")
        outcome = Outcome.DONE if found.phase == "Succeeded" else Outcome.FAILED
        return After(f"the sync has ended {found.phase}{said}; it is {state(view)}{_left(found)}", outcome)


def _write(app: Application) -> SyncApplication:
    """What operations do not take from the spec by themselves (seen on v3.5.1); several sources need a revision each."""
    policy = app.spec.sync_policy
    return SyncApplication(
        namespace=app.namespace,
        app=app.name,
        options=policy.sync_options,
        prune=policy.automated is not None and policy.automated.prune,
        retry_limit=policy.retry.limit if policy.retry is not None else None,
        revisions=tuple(one.target_revision or "HEAD" for one in app.spec.sources),
    )


def _tracked(app: Application) -> str:
    """`1.2.3 of https://…`, of each source."""
    return (
        ", ".join(f"{one.target_revision or 'HEAD'} of {one.repo_url}" for one in app.all_sources) or "what it tracks"
    )


def _to_prune(app: Application) -> list[str]:
    return [
        f"{one.kind} {one.namespace}/{one.name}" if one.namespace else f"{one.kind} {one.name}"
        for one in app.status.resources
        if one.requires_pruning
    ]


def _how(write: SyncApplication) -> str:
    parts = [*write.options, "with pruning" if write.prune else "without pruning"]
    if write.retry_limit:
        parts.append(f"up to {write.retry_limit} retries" if write.retry_limit > 0 else "retries without end")
    return f" ({', '.join(parts)})"


def _free(about: Deployment) -> Gate:
    app, found = about.app, about.view.operation_state
    if app.operation is not None:
        who = app.operation.initiated_by.username or "automatic sync"
        return gate("free", f"an operation is there, by {who}: let it end, or terminate_app_operation", "", app)
    if found is not None and found.phase in {"Running", "Terminating"}:
        words = (
            f"`operation` is empty, but its record says {found.phase}: Argo CD would go on with the old one; analyze_stage has the "
            "cure (orphaned-sync-operation)"
        )
        return gate("free", words, "", app)
    gone = app.metadata.deletion_timestamp is not None
    return gate("free", "it is being deleted" if gone else "", "no operation is there", app)


def _automatic(about: Deployment) -> Gate:
    """Whether automatic sync is about to do it itself (v3.5.1 controller/appcontroller.go autoSync)."""
    app, view = about.app, about.view
    policy = app.spec.sync_policy.automated
    if policy is None or not policy.enabled:
        return gate("automatic sync", "", "it is off", app)
    if view.sync != "OutOfSync":
        return gate("automatic sync", "", f"it is on, and has nothing to do: {view.sync or 'never compared'}", app)
    if view.op is Op.FAILED or view.complaints("SyncError"):
        return gate("automatic sync", "", "it has given up on this revision", app)
    waiting = [one for one in app.status.resources if one.status not in {"Synced", ""}]
    if waiting and not policy.prune and all(one.requires_pruning for one in waiting):
        return gate("automatic sync", "", "it does not prune, and nothing else is to be done", app)
    if barrier(view) is not None:
        return gate("automatic sync", "", "a sync window keeps it back", app)
    if _is_at(view) and not policy.self_heal:
        return gate("automatic sync", "", "it does not sync the same revision again: selfHeal is off", app)
    why = "self-heal" if _is_at(view) else "automatic sync"
    return gate("automatic sync", f"{why} is on and syncs it by itself: a second sync would fight with it", "", app)


def _is_at(view: ApplicationView) -> bool:
    """Whether its last sync was one to what it tracks now."""
    found = view.operation_state.sync_result if view.operation_state is not None else None
    if found is None:
        return False
    return (found.revisions or ((found.revision,) if found.revision else ())) == view.app.revisions


def _whole(about: Deployment, *, prune: bool) -> Gate:
    """Argo CD's own guard, which counts for automatic syncs alone."""
    every = about.app.status.resources
    wipes = prune and bool(every) and all(one.requires_pruning for one in every)
    shut = "its source renders nothing any more: with pruning, everything it manages would be deleted"
    return gate("not empty", shut if wipes else "", "something is left to be deployed", about.app)


def _warnings(about: Deployment, write: SyncApplication, deleted: list[str]) -> list[str]:
    told = [f"it deletes what is no longer in the source: {existing(deleted)}"] if deleted else []
    kept = _to_prune(about.app) if not write.prune else []
    if kept:
        told.append(f"what is no longer in the source stays, and it stays OutOfSync: {existing(kept)}")
    harsh = sorted(_HARSH.intersection(write.options))
    if harsh:
        told.append(f"its spec has {', '.join(harsh)}: resources may be deleted and made anew")
    errors = [one.value.partition(":")[0] for one in about.view.complaints("ComparisonError", "InvalidSpecError")]
    if errors:
        told.append(f"it has {', '.join(dict.fromkeys(errors))}: unless that is mended, the sync ends with it")
    if about.is_kargos:
        names = f" (Stage {existing(f'{project}/{name}' for project, name in about.names)})" if about.names else ""
        told.append(
            f"Kargo deploys it{names} and sets revisions itself: another revision than the promoted one makes the Stage unhealthy; "
            "to have the promoted one again, promote it again (repromote)"
        )
    busy = [one.name for one in (*about.running, *about.queued)]
    if busy:
        told.append(f"Promotions that use it: {existing(busy)}; they wait for this sync")
    return told


def _begun(view: ApplicationView, old: ApplicationView | None, since: datetime) -> OperationState | None:
    """The operation that was not there before; None where that has not begun."""
    found = view.operation_state
    if found is None or found.started_at is None:
        return None
    was = old.operation_state.started_at if old is not None and old.operation_state is not None else None
    return found if found.started_at != was and found.started_at >= since - _SLACK else None


def _left(found: OperationState) -> str:
    """What a sync that succeeded has left alone, or could not do."""
    every = found.sync_result.resources if found.sync_result is not None else ()
    odd = [f"{one.kind} {one.name} {one.status}" for one in every if one.status in {"PruneSkipped", "SyncFailed"}]
    return f"; {existing(odd)}" if odd else ""
