from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.pinned import desired_revisions
from gitops_master.facts.progress import is_idle
from gitops_master.facts.running_images import Difference, differences, live_changes, split_image
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Risk, Severity
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.stage.outside_change import tracked_change, workload_change


@rule(
    "image-changed-outside-kargo",
    area="stage",
    title="Another version runs than Kargo promoted",
    on=StageView,
    severity=Severity.MEDIUM,
    risk=Risk.MEDIUM,
    needs={Application.KIND, Promotion.KIND},
    explains={
        "manual-promotion-required",
        "candidate-freight-already-current",
        "nothing-wrong-stale-errors",
        "application-not-fine",
    },
    sources=(
        "https://kargo-observer.kutlak.cc/docs/architecture.html",
        "argoproj/argo-cd controller/state.go summary.images",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """The Stage is green on one version while its Application runs another.

    Why: somebody or something changed the tracked Git path or the live workload without a Promotion. Kargo only knows what it
    promoted; without a pinned revision its health check does not see the difference.

    How to tell: status.summary.images of the Application names another tag than the current Freight, no Promotion carries
    that version, and the Application's last sync names no Promotion.

    What to do: find the author of the commit; then promote the Freight with the running version, or promote the current
    Freight again to put its version back. Protect the branch.

    Not this when: a Promotion runs or failed half-way (it may have pushed); a newer Promotion was never recorded because of
    its name; or a pinned revision already makes the Stage Unhealthy.
    """
    last = view.last
    if last is None or last.status.phase != "Succeeded" or not is_idle(view):
        return
    for app in view.apps:
        if app.complaints() or app.op in _BUSY:
            continue
        changed = live_changes(app)
        if changed:
            yield workload_change(view, app, changed[0])
            return
        if any(desired_revisions(last.status, app.app)) and app.sync != "OutOfSync":
            continue
        for freight in view.current_freight:
            for found in differences(app, freight):
                if _promoted_since(view, found) or _never_arrived(view, app, found):
                    continue
                yield tracked_change(view, app, freight, found)
                return


_BUSY = frozenset({Op.REQUESTED, Op.RUNNING, Op.RETRYING, Op.TERMINATING, Op.FAILED, Op.ORPHANED})
"""While an operation is under way, or has failed, the images are not what anybody decided on."""


def _never_arrived(view: StageView, app: ApplicationView, found: Difference) -> bool:
    """The Application still runs what it ran before the last Promotion: that has not reached it, nobody changed anything."""
    state, ended = app.operation_state, view.last.finished_at if view.last else None
    synced = app.app.last_deployed or (state.finished_at if state else None)
    later = bool(synced and ended and synced > ended) and not app.promotion
    _, tag, digest = split_image(found.running)
    before = [
        image
        for entry in view.stage.status.freight_history[1:]
        for freight in entry.items.values()
        for image in freight.images
        if image.repo_url == found.expected.repo_url
    ]
    return not later and any(image.tag == tag != "" or image.digest == digest != "" for image in before)


def _promoted_since(view: StageView, found: Difference) -> bool:
    """Whether a Promotion newer than the recorded one carries the running version: then it came by Kargo."""
    since = view.last.finished_at if view.last else None
    _, tag, digest = split_image(found.running)
    for one in view.promotions:
        if one.is_terminal and one.created is not None and since is not None and one.created <= since:
            continue
        freight = view.snapshot.get(Freight, view.project, one.spec.freight) or one.status.freight
        for image in freight.images if freight else ():
            if image.repo_url == found.expected.repo_url and (image.tag == tag != "" or image.digest == digest != ""):
                return True
    return False
