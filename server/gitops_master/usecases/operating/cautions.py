"""What one should know before promoting, although it does not keep the promotion back."""

from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.application import Op
from gitops_master.facts.authorized_stages import mismatch_of
from gitops_master.facts.controllers import (
    argocd_pods,
    heartbeat,
    in_charge,
    is_stale,
    kargo_controllers,
    live,
    shard_of,
)
from gitops_master.facts.freight import same_freight
from gitops_master.facts.names import is_generated
from gitops_master.facts.progress import newest_attempt
from gitops_master.facts.stage import StageView
from gitops_master.facts.template_steps import UPDATE
from gitops_master.model.kargo import VERIFICATION_TERMINAL, Freight, Promotion
from gitops_master.model.state import one_line
from gitops_master.usecases.operating.app_gates import Touched, touched
from gitops_master.usecases.operating.auto_hold import HoldOutlook
from gitops_master.usecases.operating.gates import Attempt, ahead_of, damaged, queue_line

MOST = 25
"""Warnings of one Stage; more come only of very many Applications."""
PATIENCE = timedelta(minutes=1)
"""A live controller gives a new Promotion its first phase within seconds (0.1-0.6 s seen on v1.11.2)."""
_SYNCING = {
    Op.REQUESTED: "is about to sync",
    Op.RUNNING: "is syncing",
    Op.RETRYING: "is retrying a sync",
    Op.TERMINATING: "is ending a sync",
    Op.ORPHANED: "shows an operation without an end",
}
_ENDED = VERIFICATION_TERMINAL
_CONTROL_PLANES = ("kargo", "argo-cd", "argocd")


def cautions(of: Attempt, hold: HoldOutlook, words: str = "") -> list[str]:
    """`words`: as the Freight was asked for."""
    found = [
        *_queue(of),
        *_earlier(of),
        *_content(of, words),
        *([hold.warning] if hold.warning else []),
        *_stage(of.view),
        *_controller(of.view),
        *_applications(of),
        *_control_planes(of),
    ]
    every = list(dict.fromkeys(found))
    more = [f"and {len(every) - MOST} more warnings"] if len(every) > MOST else []
    return every[:MOST] + more


def _queue(of: Attempt) -> Iterator[str]:
    line = queue_line(of)
    if line:
        yield line
    for one in ahead_of(of)[:1]:
        age = of.view.snapshot.observed_at - one.created if one.created else timedelta()
        if not one.status.phase and age > PATIENCE:
            yield f"Promotion {one.name} has no status yet: no controller has taken it up, and what is behind it will not run"
    rogue = next((one for one in of.view.waiting_promotions if not is_generated(one.name, of.view.name)), None)
    if rogue is not None:
        yield (
            f"Promotion {rogue.name} waits under a name that Kargo did not generate: once it has run, the Stage may never "
            "record a later one; abort and delete it first"
        )
    check = of.view.verification
    run = check.run if check is not None and check.phase not in _ENDED else None
    if run is not None and run.status.phase in _ENDED:
        yield f"AnalysisRun {run.name} has ended, but the Stage has not taken it up: refresh_stage mends that"


def _earlier(of: Attempt) -> Iterator[str]:
    view, newest = of.view, newest_attempt(of.view, of.freight.name)
    if newest is not None and newest.status.phase != "Succeeded":
        said = one_line(newest.status.message, 300)
        yield f"Promotion {newest.name} of the same Freight ended {newest.status.phase}" + (f": {said}" if said else "")
    elif newest is None and view.last is not None and view.last_failed:
        yield f"the last Promotion to the Stage ended {view.last.status.phase}: {one_line(view.last.status.message, 300)}"
    for entry in view.stage.status.freight_history:
        if any(one.name == of.freight.name for one in entry.items.values()) and entry.verification_history:
            ended = entry.verification_history[0]
            if ended.phase in _ENDED - {"Successful"}:
                yield f"its last verification in this Stage was {ended.phase}: {one_line(ended.message) or 'no message'}"
            return


def _content(of: Attempt, words: str) -> Iterator[str]:
    view, freight = of.view, of.freight
    held = view.current.items.get(freight.origin.key) if view.current is not None else None
    if held is not None and held.name != freight.name and same_freight(held, freight):
        yield "it carries the same artifacts as what the Stage holds, under another name: nothing will change"
    if words and words != freight.name and not view.snapshot.knows_all(Freight.KIND):
        yield f"Freight was not read in full: other Freight may carry {one_line(words, 80)} as well"
    if freight.status.approved_for.get(view.name) is not None:
        yield "it was approved for this Stage: verification and soak time upstream are not asked for"
    wanted = view.stage.spec.requested_freight
    lacking = [one.origin.key for one in wanted if view.held(one) is None and one.origin.key != freight.origin.key]
    if lacking:
        yield f"the Stage holds no Freight of {', '.join(lacking)} yet: steps that ask for its artifacts fail"


def _stage(view: StageView) -> Iterator[str]:
    error = view.reconcile_error
    if error is not None:
        yield f"the Stage cannot be reconciled, which may keep the Promotion from starting: {one_line(error.value, 300)}"
    check = view.stage.spec.verification
    if check is None or not check.analysis_templates:
        yield "no verification is defined for the Stage: healthy is all that is asked of the Freight there"


def _controller(view: StageView) -> Iterator[str]:
    """Whether somebody is there to run it, as far as controllers could be seen."""
    snapshot, wanted = view.snapshot, shard_of(view.stage)
    where = f"shard {one_line(wanted, 80)}" if wanted else "Stages without a shard"
    beat = heartbeat(snapshot, wanted)
    mine = in_charge(view.stage, snapshot)
    if beat is not None and is_stale(beat, snapshot):
        yield f"the Kargo controller of {where} has not renewed its heartbeat: the Promotion would wait for it"
    elif kargo_controllers(snapshot) and not live(mine):
        what = "is not ready" if mine else "does not exist"
        yield f"a Kargo controller for {where} {what}, as far as was read: the Promotion would wait for it"


def _applications(of: Attempt) -> Iterator[str]:
    for one in touched(of):
        app = one.view
        if app.op in _SYNCING:
            waits = "; argocd-update waits until that has ended" if one.target.step.uses == UPDATE else ""
            yield f"Application {app.app.name} {_SYNCING[app.op]}{waits}"
        if (
            one.target.by_labels
            and one.target.step.uses == UPDATE
            and mismatch_of(app.app, of.view.stage, app.snapshot)
        ):
            yield f"Application {app.app.name} is selected but does not authorise the Stage: it is skipped"
        elif app.health == "Degraded":
            yield f"Application {app.app.name} is Degraded now"
        if damaged(app.app, of.view):
            yield f"Application {app.app.name} could not be read in full"
    for target in of.targets:
        if not target.by_labels and not target.name:
            yield f"whether {one_line(target.text, 80)} exists and authorises the Stage cannot be told before the step runs"


def _control_planes(of: Attempt) -> Iterator[str]:
    """Kargo or Argo CD among what is promoted: the Promotion may be cut off by what it does."""
    names = {one.name for one in of.freight.charts if one.name.rpartition("/")[2] in _CONTROL_PLANES}
    names |= {one.repo_url.rpartition("/")[2] for one in of.freight.charts} & set(_CONTROL_PLANES)
    names |= {one.repo_url.rpartition("/")[2] for one in of.freight.images} & set(_CONTROL_PLANES)
    snapshot = of.view.snapshot
    pods = [*kargo_controllers(snapshot), *argocd_pods(snapshot, "application-controller")]
    homes = {pod.namespace for pod in pods}
    names |= {one.view.app.name for one in touched(of) if _is_control_plane(one, homes)}
    if names:
        listed = ", ".join(sorted(names))
        yield f"Kargo or Argo CD itself is among what is promoted ({listed}): steps may start over when their controller restarts"


def _is_control_plane(one: Touched, homes: set[str]) -> bool:
    app = one.view.app
    charts = {source.chart.rpartition("/")[2] for source in app.all_sources if source.chart}
    manages = any(
        managed.kind in {"Deployment", "StatefulSet"} and managed.namespace in homes for managed in app.status.resources
    )
    return bool(charts & set(_CONTROL_PLANES)) or manages


def moving(view: StageView) -> list[Promotion]:
    """Promotions to the Stage that have not ended."""
    return [one for one in view.promotions if not one.is_terminal]
