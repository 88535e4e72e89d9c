from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.log_lines import controller_lines, wanted_logs
from gitops_master.facts.policies import policies_in_project_spec
from gitops_master.facts.progress import listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Risk
from gitops_master.model.kargo import ProjectConfig
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, refresh_stage


@rule(
    "promotion-policies-not-in-projectconfig",
    area="promotion",
    title="The promotion policies stand where Kargo no longer reads them",
    on=StageView,
    risk=Risk.LOW,
    needs={ProjectConfig.KIND},
    explains={
        "manual-promotion-required",
        "no-freight-promoted-yet",
        "promotion-policy-does-not-apply-to-stage",
        "nothing-wrong-stale-errors",
    },
    versions=("kargo >= 1.5",),
    sources=(
        "akuity/kargo#3669",
        "akuity/kargo#4215",
        "akuity/kargo v1.11.2 pkg/api/auto_promotion.go:25",
        "akuity/kargo v1.5.0 and v1.6.0 internal/controller/management/projects/projects.go migrateSpecToProjectConfig",
    ),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """Auto-promotion stopped with an upgrade, although the Project's manifest enables it.

    Why: since 1.5 policies are read from the ProjectConfig, an object in the project's namespace with the project's name. 1.5
    and 1.6 moved the Project's own over to it; from 1.7 on the Project has no spec any more, and what Git still says there is
    dropped when it is applied.

    How to tell: there is no such ProjectConfig, and the Project's manifest (its last-applied annotation, or the warning
    `unknown field "spec.promotionPolicies"` of the sync that applied it) still holds the policies.

    What to do: put the policies into a ProjectConfig in Git and take them out of the Project.

    Not this when: a ProjectConfig exists: then look at its policies.
    """
    if (
        view.auto_promotion
        or view.is_control_flow
        or not view.snapshot.lacks(ProjectConfig, view.project, view.project)
    ):
        return
    old = policies_in_project_spec(view.project, view.snapshot)
    if old is None or (old.names is not None and view.name not in old.names):
        return
    yield from wanted_logs(view.snapshot)
    names = sorted(name for name in old.names or () if name) or [view.name]
    yield Hit(
        summary=(
            f"Auto-promotion of {view.name} is off because the promotion policies still stand in spec.promotionPolicies of Project "
            f"{view.project}, which Kargo >= 1.5 does not read, and no ProjectConfig {view.project}/{view.project} exists."
        ),
        evidence=_evidence(view, old.evidence),
        remedies=[
            advise(
                f"Add a ProjectConfig named {view.project} in namespace {view.project} to Git, with the policies (this is the object), "
                "and remove spec from the Project's manifest",
                _manifest(view, names),
                risk=Risk.MEDIUM,
                destroys=f"nothing; auto-promotion of {listed(names)} then promotes the newest available Freight",
                confirm_with=get("stages.kargo.akuity.io", view.project, view.name, ".status.autoPromotionEnabled"),
            ),
            refresh_stage(view),
        ],
    )


def _evidence(view: StageView, old: tuple[Evidence, ...]) -> list[Evidence]:
    found = [*old[:2], fact(f"ProjectConfig {view.project}/{view.project}", "metadata", "does not exist")]
    found.append(fact(view.stage, "status.autoPromotionEnabled", view.stage.status.auto_promotion_enabled))
    lines = controller_lines(view.snapshot, "checked auto-promotion policy for Stage", view.name, view.project)
    if lines:
        found.append(lines[-1].as_evidence())
    return found


def _manifest(view: StageView, names: list[str]) -> str:
    policies = [f"  - stageSelector: {{name: {name}}}\n    autoPromotionEnabled: true\n" for name in names]
    return (
        "kubectl apply -f - <<'EOF'\n"
        "apiVersion: kargo.akuity.io/v1alpha1\n"
        "kind: ProjectConfig\n"
        f"metadata: {{name: {view.project}, namespace: {view.project}}}\n"
        "spec:\n"
        "  promotionPolicies:\n"
        f"{''.join(policies)}"
        "EOF"
    )
