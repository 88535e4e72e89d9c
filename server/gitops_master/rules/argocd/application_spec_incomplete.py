from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import Pattern, first, peel
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, apps_of, stage_effects
from gitops_master.rules.registry import Hit, View, rule
from gitops_master.rules.remedies import app_state, refresh_app, repromote

INCOMPLETE = Pattern(
    "application-spec-incomplete",
    r"spec\.source\.repoURL and (?:either|spec\.source\.path either) (?:spec\.)?source\.|spec\.sourceHydrator\.[\w.]+ is required"
    r"|targetRevision is required if the manifest source is a helm chart"
    r"|destination can't have both name and server defined|Destination server missing from app spec",
    "argoproj/argo-cd@v3.5.1 util/argo/argo.go ValidatePermissions, validateSourcePermissions, GetDestinationCluster",
    vectors=(
        "spec.source.repoURL and either spec.source.path or spec.source.chart are required",
        "spec.source.repoURL and either source.path, source.chart, or source.ref are required for source {  v1.2.3 }",
        "spec.sourceHydrator.syncSource.targetBranch is required",
        "spec.source.targetRevision is required if the manifest source is a helm chart",
        "application destination can't have both name and server defined: prod-eu https://10.0.4.7:6443",
        "Destination server missing from app spec",
    ),
)


@rule(
    "application-spec-incomplete",
    area="argocd",
    title="The Application's own spec lacks something or contradicts itself",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"destination-cluster-unreachable", "resource-kind-not-permitted-in-appproject"},
    sources=("argoproj/argo-cd v3.5.1 util/argo/argo.go ValidatePermissions",),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Sync and health are both Unknown and an InvalidSpecError names a field.

    Why: Argo CD does not compare an Application whose source names neither path nor chart, whose chart has no
    targetRevision, or whose destination names a cluster twice or not at all.

    How to tell: condition InvalidSpecError with the field's name; nothing about a project or a cluster that is missing.

    What to do: correct spec.source or spec.destination where the Application comes from (git, its ApplicationSet).

    Not this when: the AppProject refuses the source or destination, or the cluster is not registered.
    """
    for app in apps_of(view):
        found = first(INCOMPLETE, app.complaints("InvalidSpecError"))
        if found is None:
            continue
        owner = next((one for one in app.app.metadata.owner_references if one.kind == "ApplicationSet"), None)
        where = f"ApplicationSet {owner.name}" if owner else "wherever the Application is managed"
        yield Hit(
            summary=f"The spec of Application {app.app.name} is not usable: {_without_source(peel(found.text.value))}",
            evidence=[
                found.text.as_evidence(),
                fact(app.app, "status.sync.status", app.sync or "none"),
                fact(app.app, "status.health.status", app.health or "none"),
            ],
            remedies=[
                advise(
                    f"Correct the field that the text names, in {where}",
                    risk=Risk.MEDIUM,
                    confirm_with=app_state(app.ref),
                ),
                refresh_app(app.ref),
                *_again(view),
            ],
            subject=app.ref,
            also_explains=stage_effects(view, app),
        )


def _without_source(text: str) -> str:
    """With several sources Argo CD prints the fields of the one that is meant, as Go does, behind the sentence."""
    return text.partition(" for source ")[0]


def _again(view: View) -> list[Remedy]:
    return [repromote(view)] if isinstance(view, StageView) and view.last_failed else []
