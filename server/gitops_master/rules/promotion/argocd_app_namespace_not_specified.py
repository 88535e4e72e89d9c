from collections.abc import Iterator

from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.app_namespace import elsewhere
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, failure_evidence, said
from gitops_master.rules.promotion.patterns import APP_ABSENT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "argocd-app-namespace-not-specified",
    area="promotion",
    title="The step does not say in which namespace the Application is",
    on=StageView,
    needs={Promotion.KIND, Application.KIND},
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go",),
)
def check(stage: StageView) -> Iterator[Hit]:
    """argocd-update or argocd-wait cannot find an Application that exists.

    Why: without `namespace` the step looks in the Argo CD namespace that the controller is configured with (default argocd);
    this Application lives in another one.

    How to tell: `unable to find Argo CD Application "…" in namespace "…"`, an Application of that name elsewhere, and no
    namespace in the step's configuration.

    What to do: add the namespace to the step, then promote again.

    Not this when: the step names a namespace, or no Application of that name exists anywhere.
    """
    found = said(stage, APP_ABSENT)
    step, last = stage.failed_step, stage.last
    if found is None or step is None or last is None:
        return
    name, looked_in = found.groups["app"], found.groups["namespace"]
    there = elsewhere(stage, name, looked_in)
    if not there:
        return
    evidence = failure_evidence(stage, found)
    evidence.append(fact(there[0], "metadata.namespace", there[0].namespace))
    evidence.append(fact(last.ref, f"spec.steps[{step.index}].config.apps", f"name: {name}, no namespace"))
    yield Hit(
        summary=(
            f"Application {name} is in namespace {there[0].namespace}, but step {step.alias} of Stage {stage.name} names no "
            f"namespace and so looked in {looked_in}."
        ),
        evidence=evidence,
        remedies=[
            change_step(
                stage,
                step,
                f"Add `namespace: {there[0].namespace}` to Application {name} in step {step.alias} of Stage {stage.name}, in "
                "the source the Stage is managed from",
            ),
            repromote(stage),
        ],
    )
