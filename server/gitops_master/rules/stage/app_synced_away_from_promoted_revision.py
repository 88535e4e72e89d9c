from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.durations import stamp
from gitops_master.facts.pinned import Mismatch, mismatches
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote

_ISSUE = "are synced to the desired revisions"


@rule(
    "app-synced-away-from-promoted-revision",
    area="stage",
    title="An Application is at another revision than the one promoted",
    on=StageView,
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains={"stage-unhealthy", "freight-not-verified-upstream", "application-not-fine"},
    sources=("akuity/kargo v1.11.2 pkg/health/checker/builtin/argocd.go:365",),
)
def check(view: StageView) -> Iterator[Hit]:
    """The Stage is Unhealthy with `Not all sources of Application ... are synced to the desired revisions`.

    Why: the last Promotion pinned the Application to its commit, and the Application shows another one: somebody synced or
    rolled back by hand, auto-sync took a newer commit, or just a commit arrived on the tracked branch (Kargo compares
    status.sync.revision, so no sync is needed for that).

    How to tell: desiredRevisions in lastPromotion's healthChecks and status.sync.revision of the Application differ; the
    operation's initiator tells who.

    What to do: promote the wanted Freight again, and keep others from writing to the branch; or do not pin
    (desiredRevision) where the branch is meant to be followed.

    Not this when: the other commit is another Stage's (shared branch), or an ApplicationSet rewrites the Application.
    """
    issue = next((one for one in view.health_issues if _ISSUE in one), None)
    if issue is None:
        return
    for found in mismatches(view):
        app = found.app.app
        yield Hit(
            summary=(
                f"Application {app.name} is at revision {found.actual}{_by(found)}, not at {found.desired}, which Promotion "
                f"{view.last.name if view.last else ''} pinned, so Stage {view.name} is {view.health}."
            ),
            evidence=_evidence(view, found, issue),
            remedies=_remedies(view, found),
        )
        return


def _remedies(view: StageView, found: Mismatch) -> list[Remedy]:
    """Where Argo CD itself follows the branch, each new commit moves the Application again: promoting anew mends nothing."""
    app, who = found.app.app, found.app.operation_state
    culprit = advise(f"Find out who moved {app.name}: the author of {found.actual}, or who synced it")
    unpin = "drop desiredRevision from the argocd-update step, so that health compares no revisions"
    automated = who is not None and who.operation.initiated_by.automated and not found.app.promotion
    if not automated:
        follow = advise(f"If the branch is meant to be followed: {unpin}", risk=Risk.MEDIUM)
        return [culprit, repromote(view), follow]
    branch = ", ".join(dict.fromkeys(one.target_revision or "HEAD" for one in app.all_sources if not one.chart))
    again = f"Promoting to {view.name} again pins a new commit, but helps only until the next commit on {branch}"
    return [
        advise(f"Let {app.name} follow {branch} and {unpin}", risk=Risk.MEDIUM),
        advise(
            f"Or give Stage {view.name} a branch of its own that only Kargo writes to and {app.name} tracks",
            risk=Risk.MEDIUM,
        ),
        culprit,
        by_hand(repromote(view)).model_copy(update={"title": again}),
    ]


def _by(found: Mismatch) -> str:
    state = found.app.operation_state
    synced = state.sync_result.revision if state and state.sync_result else ""
    if state is None or found.app.promotion or synced != found.actual:
        return ""
    who = state.operation.initiated_by
    when = f" at {stamp(state.finished_at)}" if state.finished_at else ""
    by = "automatically" if who.automated else f"by {who.username or 'an unknown user'}"
    return f" (synced {by}{when})"


def _evidence(view: StageView, found: Mismatch, issue: str) -> list[Evidence]:
    app = found.app.app
    evidence = [
        fact(view.stage, "status.health.issues", issue),
        fact(view.stage, "status.lastPromotion.status.healthChecks[].config.apps[].desiredRevisions", found.desired),
        fact(app, "status.sync.revision", found.actual, app.status.reconciled_at),
    ]
    state = found.app.operation_state
    if state is not None:
        who = state.operation.initiated_by
        text = (
            f"automated: true{f', username: {who.username}' if who.username else ''}"
            if who.automated
            else f"username: {who.username or 'not recorded'}"
        )
        evidence.append(fact(app, "status.operationState.operation.initiatedBy", text, state.finished_at))
    sources = "; ".join(f"{one.repo_url} {one.target_revision}" for one in app.all_sources)
    evidence.append(fact(app, "spec.sources" if app.spec.sources else "spec.source", sources))
    return evidence
