"""Applications whose revision the last Promotion pinned: what it should be, what it is, and who else moves the branch."""

import re
from collections.abc import Iterator

import msgspec

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import Promotion, PromotionStatus
from gitops_master.model.stage import Stage

_QUOTED = re.compile(r'of Application "(?P<app>[^"]+)".*? does not match the desired revision "(?P<revision>[^"]+)"')
"""pkg/health/checker/builtin/argocd.go:356 (v1.11.2), the same since 1.4."""


class Mismatch(msgspec.Struct, frozen=True):
    """An Application that is not at the revision that the Stage's health check wants."""

    app: ApplicationView
    desired: str
    actual: str


class Mover(msgspec.Struct, frozen=True):
    """A Promotion of another Stage that made the revision the Application is at now."""

    stage: str
    promotion: str


def desired_revisions(status: PromotionStatus, app: Application) -> tuple[str, ...]:
    for check in status.health_checks:
        for one in check.config.get("apps") or ():
            if one.get("name") == app.name and (one.get("namespace") or "argocd") == app.namespace:
                return tuple(str(revision) for revision in one.get("desiredRevisions") or ())
    return ()


def mismatches(view: StageView) -> Iterator[Mismatch]:
    """As Kargo's health check compares: source by source, an empty desired revision matches anything."""
    if view.last is None or view.last.status.phase != "Succeeded":
        return
    for app in view.apps:
        desired, actual = _desired(view, app), app.app.revisions
        if len(desired) != len(actual):
            continue
        for wanted, is_now in zip(desired, actual, strict=True):
            if wanted and wanted != is_now:
                yield Mismatch(app, wanted, is_now)
                break


def _desired(view: StageView, app: ApplicationView) -> tuple[str, ...]:
    """From the recorded health checks, else from the issue that quotes it."""
    reference = view.stage.status.last_promotion
    copies = [
        view.last.status if view.last else None,
        reference.status if reference else None,
        view.last.object.status if view.last and view.last.object else None,
    ]
    for status in copies:
        found = desired_revisions(status, app.app) if status is not None else ()
        if found:
            return found
    for issue in view.health_issues:
        quoted = _QUOTED.search(issue)
        if quoted is not None and quoted["app"] == app.app.name:
            return (quoted["revision"],)
    return ()


def mover(view: StageView, found: Mismatch) -> Mover | None:
    """The Promotion of another Stage whose outputs or health checks name the revision the Application is at."""
    for one in view.snapshot.all(Promotion):
        if (one.namespace, one.spec.stage) == (view.project, view.name):
            continue
        if _names(one.status, found.actual):
            return Mover(one.spec.stage, one.name)
    for stage in view.snapshot.all(Stage):
        last = stage.status.last_promotion
        if stage.ref != view.ref and last is not None and last.status is not None and _names(last.status, found.actual):
            return Mover(stage.name, last.name)
    return None


def _names(status: PromotionStatus, revision: str) -> bool:
    outputs = [value for output in status.state.values() if isinstance(output, dict) for value in output.values()]
    pinned = [
        revision
        for check in status.health_checks
        for app in check.config.get("apps") or ()
        for revision in app.get("desiredRevisions") or ()
    ]
    return revision in outputs or revision in pinned


def sharing_stages(view: StageView, app: Application) -> list[str]:
    """Other Stages of the project that push and whose Applications track the same branch of the same repository."""
    tracked = {(one.repo_url, one.target_revision) for one in app.all_sources}
    found = []
    for stage in view.snapshot.all(Stage, view.project):
        if stage.ref == view.ref or not any(
            step.uses == "git-push" for step in stage.spec.promotion_template.spec.steps
        ):
            continue
        others = StageView(stage, view.snapshot).apps
        if any((one.repo_url, one.target_revision) in tracked for other in others for one in other.app.all_sources):
            found.append(stage.name)
    return found


def moved_by_hand(found: Mismatch) -> bool:
    """Whether a person synced the Application to where it is, or put it back to a revision it had before."""
    state = found.app.operation_state
    synced = state.sync_result.revision if state and state.sync_result else ""
    by_person = state is not None and synced == found.actual and not found.app.promotion
    if (
        by_person
        and state is not None
        and state.operation.initiated_by.username
        and not state.operation.initiated_by.automated
    ):
        return True
    deployed = [one.revision for one in found.app.app.status.history]
    return (
        found.actual in deployed
        and found.desired in deployed
        and deployed.index(found.actual) < deployed.index(found.desired)
    )
