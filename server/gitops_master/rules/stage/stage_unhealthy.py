from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.progress import listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Risk
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_stage

_NOT_TROUBLE = frozenset(
    {
        "",
        "Healthy",
        "NoFreight",
        "ActivePromotion",
        "LastPromotionFailed",
        "LastPromotionErrored",
        "LastPromotionAborted",
        "WaitingForHealthCheck",
    }
)


@rule(
    "stage-unhealthy",
    area="stage",
    title="The Stage is not healthy",
    on=StageView,
    needs={Application.KIND},
    sources=("akuity/kargo v1.11.2 pkg/health/checker/builtin/argocd.go",),
    is_symptom=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """The last Promotion succeeded, but the Stage's health is Unhealthy, Progressing or Unknown.

    Why: Kargo merges the health of the Applications that the last Promotion registered; the issues say which and why.
    Verification waits for Healthy, and what is not verified is not available downstream.

    How to tell: the Healthy condition, status.health.issues.

    What to do: see the Applications named in the issues.

    Not this when: the last Promotion did not succeed (health is Unknown by design) or one is running.
    """
    healthy = stage.condition("Healthy")
    reason = healthy.reason if healthy else ""
    if stage.health in {"", "Healthy", "NotApplicable"} or (reason in _NOT_TROUBLE and healthy is not None):
        return
    if stage.last is None or stage.last.status.phase not in {"Succeeded", ""}:
        return
    issues = stage.health_issues
    detail = issues[0] if issues else (healthy.message if healthy else "")
    evidence = [fact(stage.stage, f"status.health.issues[{index}]", issue) for index, issue in enumerate(issues[:3])]
    evidence.append(fact(stage.stage, "status.health.status", stage.health))
    yield Hit(
        summary=f"Stage {stage.name} is {stage.health} after a successful Promotion: {detail}".rstrip(": "),
        evidence=evidence,
        remedies=[
            advise(
                "Look at the Applications that the issues name"
                + (f": {listed(app.app.name for app in stage.apps)}" if stage.apps else ""),
                risk=Risk.NONE,
            ),
            by_hand(refresh_stage(stage)),
        ],
    )
