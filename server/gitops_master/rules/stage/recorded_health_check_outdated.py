from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import Found, first
from gitops_master.facts.progress import is_idle, listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Risk
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote
from gitops_master.rules.stage.patterns import CHECK_OUTDATED


@rule(
    "recorded-health-check-outdated",
    area="stage",
    title="The health check of the last Promotion no longer fits",
    on=StageView,
    needs={Application.KIND},
    explains={"stage-unhealthy", "freight-not-verified-upstream", "stage-not-yet-re-evaluated"},
    sources=(
        "akuity/kargo v1.11.2 pkg/health/checker/builtin/argocd.go:187",
        "akuity/kargo v1.11.2 pkg/health/aggregating_checker.go:107",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Health is Unknown although nothing is wrong with the rollout.

    Why: what to check is recorded by the last Promotion. Since then the Application was deleted or renamed, its number of
    sources changed, or this Kargo does not know the kind of check.

    How to tell: status.health.issues say `unable to find Argo CD Application`, `sources but ... desired revisions` or `no
    health checker registered`; compare status.lastPromotion.status.healthChecks.

    What to do: correct the Stage's argocd-update step if it still has the old name, then promote the current Freight again:
    the new Promotion records a fitting check.

    Not this when: the Application exists under that name (then Kargo may not see its namespace).
    """
    if view.last is None or view.last.status.phase != "Succeeded" or not is_idle(view):
        return
    texts = [Text(view.ref, f"status.health.issues[{index}]", one) for index, one in enumerate(view.health_issues)]
    found = first(CHECK_OUTDATED, texts)
    if found is None or not _is_gone(view, found):
        return
    recorded = [
        f"{one.uses}: {', '.join(str(app.get('name', '')) for app in one.config.get('apps') or ()) or 'no apps'}"
        for one in view.last.status.health_checks
    ]
    now = sorted(app.app.name for app in view.apps)
    freight = view.current_freight[0].name if view.current_freight else ""
    yield Hit(
        summary=(
            f"The health check that Promotion {view.last.name} recorded for Stage {view.name} no longer fits: {found.text.value}; the "
            "next Promotion records one that does."
        ),
        evidence=[
            found.text.as_evidence(),
            fact(
                view.stage,
                "status.lastPromotion.status.healthChecks",
                "; ".join(recorded) or "none",
                view.last.finished_at,
            ),
            fact(view.stage, "Applications of the Stage that exist", ", ".join(now) or "none"),
        ],
        remedies=[
            advise(
                f"See that the argocd-update step of Stage {view.name} names the Application as it is called now"
                + (f" ({listed(now)})" if now else "")
                + ", and its sources",
                risk=Risk.NONE,
            ),
            repromote(view, freight).model_copy(
                update={
                    "title": f"Then promote the current Freight to {view.name} again: that records a fitting health check"
                }
            ),
        ],
    )


def _is_gone(view: StageView, found: Found) -> bool:
    name = found.groups.get("gone")
    return name is None or view.snapshot.get(Application, found.groups.get("namespace", ""), name) is None
