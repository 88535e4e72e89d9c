"""The Applications that a promotion will touch: do they exist, do they let this Stage change them, may they sync now."""

from collections.abc import Iterator

import msgspec

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.argocd import home
from gitops_master.facts.authorized_stages import mismatch_of
from gitops_master.facts.controllers import shard_of
from gitops_master.facts.sync_windows import Barrier, barrier, unreadable_windows
from gitops_master.facts.template_steps import UPDATE, AppTarget
from gitops_master.model.argocd import Application, AppProject
from gitops_master.model.meta import Ref
from gitops_master.model.operating import Gate, GateVerdict
from gitops_master.model.state import one_line
from gitops_master.model.versions import Version
from gitops_master.usecases.operating.gates import CLOSED, OPEN, UNREADABLE, WAITING, Attempt, gate

MANUAL_SINCE = Version(1, 1, 0)
"""Since then the sync of a Promotion that a person made is a manual one for Argo CD (argocd_updater.go); before, automatic."""


class Touched(msgspec.Struct, frozen=True):
    """An Application that is there, and the target that names it."""

    target: AppTarget
    view: ApplicationView


def touched(of: Attempt) -> list[Touched]:
    """Each once for each step, as far as they were read."""
    found = []
    for target in of.targets:
        for app in _found(of, target):
            found.append(Touched(target, ApplicationView(app, of.view.snapshot)))
    return found


def _found(of: Attempt, target: AppTarget) -> list[Application]:
    snapshot = of.view.snapshot
    if target.by_labels:
        every = (snapshot.get(Application, target.namespace, name) for name in target.selected)
        return [one for one in every if one is not None]
    one = snapshot.get(Application, target.namespace, target.name)
    if one is not None or target.namespace_known or not target.name:
        return [one] if one is not None else []
    # Where Kargo looks by default was not read; a name that is there once leaves no doubt.
    elsewhere = [app for app in snapshot.all(Application) if app.name == target.name]
    return elsewhere if len(elsewhere) == 1 else []


def app_gates(of: Attempt) -> Iterator[Gate]:
    """One for each Application that is in the way, one for all that are not."""
    fine: list[str] = []
    for target in of.targets:
        apps = _found(of, target)
        if not apps:
            yield _spared(target, _absent(of, target))
            continue
        wrong = [one for app in apps if (one := _wrong(of, target, app)) is not None]
        # Of several Applications selected by labels those that do not authorise the Stage are skipped.
        if wrong and (not target.by_labels or len(wrong) == len(apps)):
            yield from (_spared(target, one) for one in wrong)
        else:
            refused = {one.object for one in wrong}
            fine += [app.name for app in apps if str(app.ref) not in refused]
    if fine:
        names = ", ".join(dict.fromkeys(fine))
        yield gate("applications", OPEN, f"exist and may be touched by this Stage: {names}", of.view.stage)
    yield from _window_gates(of)


def _spared(target: AppTarget, one: Gate) -> Gate:
    """What stands in the way of a step that may be left out or fail does not end the Promotion."""
    if not target.step.may_be_left_out or one.verdict not in {CLOSED, WAITING}:
        return one
    detail = f"{one.detail} (but step {target.step.alias} has a condition, or may fail)"
    return one.model_copy(update={"verdict": OPEN, "detail": detail, "opens_at": None})


def _absent(of: Attempt, target: AppTarget) -> Gate:
    snapshot, step = of.view.snapshot, target.step.alias
    about = Ref(Application.KIND, target.namespace, target.name or one_line(target.text))
    if target.by_labels:
        if not target.namespace_known and not target.selected and "${{" in target.text:
            return gate(
                "applications", OPEN, f"step {step} selects by {one_line(target.text)}: not to be told before", about
            )
        if snapshot.knows_all(Application.KIND) and not shard_of(of.view.stage):
            return gate("applications", CLOSED, f"step {step}: no Application has the labels {target.text}", about)
    elif not target.name:
        detail = (
            f"step {step} names {one_line(target.text)}, which is evaluated only when it runs: not to be told before"
        )
        return gate("applications", OPEN, detail, about)
    elif _is_gone(of, target):
        detail = f"step {step}: there is no Application {target.name} in namespace {target.namespace}"
        return gate("applications", CLOSED, detail, about)
    gap, shard = snapshot.kind_gap(Application.KIND), shard_of(of.view.stage)
    why = gap.reason if gap is not None else "where Kargo looks for it is not known"
    if gap is None and shard:
        why = f"it is not here, and the controller of shard {one_line(shard, 80)} may work with another Argo CD"
    return gate("applications", UNREADABLE, f"step {step}: the Application could not be looked at: {why}", about)


def _is_gone(of: Attempt, target: AppTarget) -> bool:
    snapshot = of.view.snapshot
    if shard_of(of.view.stage):
        return False
    if target.namespace_known:
        return snapshot.lacks(Application, target.namespace, target.name)
    named = any(one.name == target.name for one in snapshot.all(Application))
    return not named and snapshot.lacks(Application, target.namespace, target.name)


def _wrong(of: Attempt, target: AppTarget, app: Application) -> Gate | None:
    """What would make the step fail for certain."""
    if app.metadata.deletion_timestamp is not None:
        return gate("applications", CLOSED, f"Application {app.name} is being deleted", app)
    if target.step.uses != UPDATE:
        return None
    mismatch = mismatch_of(app, of.view.stage, of.view.snapshot)
    if mismatch is not None:
        return gate("applications", CLOSED, f"Application {app.name} does not authorise the Stage: {mismatch.why}", app)
    state = app.status.operation_state
    orphan = app.operation is None and state is not None and state.phase in {"Running", "Terminating"}
    if orphan and ApplicationView(app, of.view.snapshot).op is Op.ORPHANED:
        detail = (
            f"Application {app.name} shows an operation that nobody runs any more: the step would wait for it until it "
            "times out (analyze_stage says how it is cleared away)"
        )
        return gate("applications", CLOSED, detail, app)
    return None


def _window_gates(of: Attempt) -> Iterator[Gate]:
    """One for each Application that may not sync now, or only as a person's; one for all others."""
    seen: set[Ref] = set()
    free: list[str] = []
    for one in touched(of):
        if one.target.step.uses != UPDATE or one.view.ref in seen:
            continue
        seen.add(one.view.ref)
        found = _sync_window(of, one.view)
        if found is None:
            free.append(one.view.app.name)
        else:
            yield _spared(one.target, found)
    if free:
        yield gate("sync windows", OPEN, f"let these Applications sync now: {', '.join(free)}", of.view.stage)


def _sync_window(of: Attempt, app: ApplicationView) -> Gate | None:
    """None where it may sync."""
    name, project = app.app.name, app.app.spec.project or "default"
    ref = Ref(AppProject.KIND, home(app.app, app.snapshot), project)
    if app.snapshot.find(ref) is None:
        if app.snapshot.lacks_ref(ref):
            return gate(
                "sync windows", CLOSED, f"Application {name} is of AppProject {project}, which does not exist", ref
            )
        gap = app.snapshot.kind_gap(AppProject.KIND)
        why = gap.reason if gap is not None else "not read"
        return gate("sync windows", UNREADABLE, f"whether Application {name} may sync now is not known: {why}", ref)
    unread = unreadable_windows(app)
    if unread:
        detail = f"a window for Application {name} cannot be understood: {', '.join(unread)}"
        return gate("sync windows", UNREADABLE, detail, ref)
    wall = barrier(app)
    if wall is None:
        return None
    kargo = of.view.snapshot.versions.kargo
    if wall.manual_passes and (kargo is None or kargo >= MANUAL_SINCE):
        detail = (
            f"{_window(wall)}, which lets manual syncs of Application {name} pass; that of a person's Promotion is one"
        )
        return gate("sync windows", OPEN, detail, ref)
    return gate("sync windows", *_held_back(wall, name), ref, wall.opens)


def _held_back(wall: Barrier, name: str) -> tuple[GateVerdict, str]:
    then = "" if wall.opens else "; when it ends is not known"
    detail = (
        f"{_window(wall)} keeps Application {name} from syncing: the step would wait for its end, or time out{then}"
    )
    return (WAITING if wall.opens else CLOSED), detail


def _window(wall: Barrier) -> str:
    what = "an active deny window" if wall.kind == "deny" else "an allow window that is closed"
    return f"AppProject {wall.project.name}: {what} ({one_line(wall.schedule)} for {one_line(wall.duration)})"
