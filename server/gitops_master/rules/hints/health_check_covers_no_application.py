from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import Pattern, find
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

NO_CHECKS = Pattern(
    "no-health-checks",
    r"performed 0 health checks",
    "akuity/kargo@v1.11.2 pkg/controller/stages/regular_stages.go assessHealth",
    vectors=("Stage is healthy (performed 0 health checks)",),
)


@rule(
    "health-check-covers-no-application",
    area="hints",
    title="Healthy says nothing here: no Application is checked",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=("akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go assessHealth",),
    is_hint=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """The Stage is Healthy with `performed 0 health checks`, although its steps deploy through Argo CD.

    Why: health checks are registered by steps such as argocd-update when they run. The last Promotion had none that ran
    (it was skipped by its `if`, or came into the template later), so Healthy only means that nothing was asked.

    How to tell: the Healthy condition's message; an argocd-update step in the template; an Application of the Stage.

    What to do: look at the Application itself; promote once more so that the step runs and registers its check.

    Not this when: the Stage deploys without Argo CD: then zero checks are what there is.
    """
    healthy, last = stage.condition("Healthy"), stage.last
    if healthy is None or healthy.status != "True" or not find(NO_CHECKS, healthy.message) or last is None:
        return
    if last.status.phase != "Succeeded" or last.status.health_checks or not stage.apps:
        return
    index = next((at for at, one in enumerate(stage.steps) if one.uses == "argocd-update"), None)
    if index is None:
        return
    app = stage.apps[0].app
    yield Hit(
        summary=f"Stage {stage.name} is Healthy only because nothing is checked: Promotion {last.name} registered no health check for "
        f"Application {app.name}.",
        evidence=[
            fact(stage.stage, "status.conditions[Healthy].message", healthy.message),
            fact(stage.stage, f"spec.promotionTemplate.spec.steps[{index}].uses", "argocd-update"),
            fact(app, "status.health.status", app.status.health.status or "none"),
        ],
        remedies=[
            advise(
                f"Judge by Application {app.name} itself until a Promotion has run argocd-update for it",
                get(
                    "applications.argoproj.io", app.namespace, app.name, ".status.sync.status", ".status.health.status"
                ),
                risk=Risk.NONE,
                confirm_with=get(
                    "stages.kargo.akuity.io", stage.project, stage.name, ".status.lastPromotion.status.healthChecks"
                ),
            )
        ],
    )
