from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.pinned import Mismatch, Mover, mismatches, moved_by_hand, mover, sharing_stages
from gitops_master.facts.progress import listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.meta import Ref
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, repromote


@rule(
    "pinned-revision-on-shared-branch",
    area="stage",
    title="Stages that share a branch move each other's pinned revision",
    on=StageView,
    risk=Risk.MEDIUM,
    needs={Application.KIND, Promotion.KIND},
    explains={
        "stage-unhealthy",
        "app-synced-away-from-promoted-revision",
        "freight-not-verified-upstream",
        "application-not-fine",
    },
    sources=("akuity/kargo#2980", "akuity/kargo#2952", "akuity/kargo v1.11.2 pkg/health/checker/builtin/argocd.go:365"),
)
def check(view: StageView) -> Iterator[Hit]:
    """The Stage turns Unhealthy for a revision mismatch whenever another Stage is promoted; Argo CD shows all green.

    Why: argocd-update pins the Application to this Stage's own commit, but several Stages push to the branch that their
    Applications track. The next Stage's commit becomes the newest on the branch for all of them.

    How to tell: the Application's revision is the commit of another Stage's Promotion, or another Stage pushes to the same
    branch of the same repository.

    What to do: give each Stage a branch of its own, or drop desiredRevision from argocd-update.

    Not this when: nobody but people or other tools writes to the branch.
    """
    if not any("are synced to the desired revisions" in one for one in view.health_issues):
        return
    for found in mismatches(view):
        moved = mover(view, found)
        sharing = [] if moved_by_hand(found) else sharing_stages(view, found.app.app)
        if moved is None and not sharing:
            continue
        yield _hit(view, found, moved, sharing)
        return


def _hit(view: StageView, found: Mismatch, moved: Mover | None, sharing: list[str]) -> Hit:
    app = found.app.app
    branch = "; ".join(f"{one.repo_url} {one.target_revision}" for one in app.all_sources)
    evidence = [
        fact(view.stage, "status.lastPromotion.status.healthChecks[].config.apps[].desiredRevisions", found.desired),
        fact(app, "status.sync.revision", found.actual, app.status.reconciled_at),
        fact(app, "spec.source", branch),
    ]
    by = f"{listed(sharing)} push to the same branch"
    if moved is not None:
        ref = Ref(Promotion.KIND, view.project, moved.promotion)
        evidence.append(fact(ref, _field(view, ref, found.actual), found.actual))
        by = f"Promotion {moved.promotion} of Stage {moved.stage} made {found.actual}"
    healthy = get("stages.kargo.akuity.io", view.project, view.name, ".status.health.status")
    again = f"Promoting to {view.name} again helps only until the next Stage pushes"
    return Hit(
        summary=(
            f"Stage {view.name} pins {app.name} to its own commit {found.desired} on a branch that it shares ({branch}): {by}, so "
            "the Stage is Unhealthy although Argo CD is fine."
        ),
        evidence=evidence,
        remedies=[
            advise(
                f"Let each Stage push to a branch of its own that only its Application tracks, then promote to {view.name} again",
                risk=Risk.MEDIUM,
                confirm_with=healthy,
            ),
            advise(
                f"Or drop desiredRevision from the argocd-update step of {view.name} and promote again: health then compares no revisions",
                risk=Risk.MEDIUM,
                confirm_with=healthy,
            ),
            by_hand(repromote(view)).model_copy(update={"title": again}),
        ],
        confidence=Confidence.HIGH if moved is not None else Confidence.MEDIUM,
    )


def _field(view: StageView, ref: Ref, revision: str) -> str:
    """Where the Promotion has the revision: an output of a step that made it, else the health check that pins it."""
    promotion = view.snapshot.get(Promotion, ref.namespace, ref.name)
    for alias, output in promotion.status.state.items() if promotion is not None else ():
        for key, value in output.items() if isinstance(output, dict) else ():
            if value == revision:
                return f"status.state.{alias}.{key}"
    return "status.healthChecks[].config.apps[].desiredRevisions"
