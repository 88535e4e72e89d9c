from collections.abc import Iterator
from difflib import get_close_matches

from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence, Remedy
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.app_namespace import elsewhere
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, failure_evidence, said
from gitops_master.rules.promotion.patterns import APP_ABSENT, NO_APP_SELECTED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise, repromote


@rule(
    "argocd-app-not-found",
    area="promotion",
    title="Kargo cannot find the Argo CD Application that the step names",
    on=StageView,
    needs={Promotion.KIND, Application.KIND},
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go", "akuity/kargo#5844"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """argocd-update or argocd-wait ends because the Application is not there.

    Why: the name is wrong, the Application was deleted or renamed, no Application carries the selector's labels, or Kargo's
    controller may only watch the Argo CD namespace (controller.argocd.watchArgocdNamespaceOnly).

    How to tell: `unable to find Argo CD Application "…" in namespace "…"`, `no Argo CD Applications found matching selector`.

    What to do: correct the name or labels in the step, or create the Application; then promote again.

    Not this when: an Application of that name exists in another namespace and the step names none, or it was created since.
    """
    found = said(stage, (APP_ABSENT, NO_APP_SELECTED))
    if found is None:
        return
    name = found.groups.get("app", "")
    namespace = found.groups.get("namespace") or found.groups.get("selected", "")
    if name and elsewhere(stage, name, namespace):
        return
    evidence, there = failure_evidence(stage, found), stage.snapshot.get(Application, namespace, name)
    if there is not None and _came_later(there, stage):
        return
    if there is not None:
        evidence.append(fact(there, "metadata.creationTimestamp", there.created or "unknown", there.created))
    else:
        evidence += _candidates(stage, name, namespace)
    what = f"Argo CD Application {name}" if name else "an Argo CD Application with the labels of the step's selector"
    known = stage.snapshot.knows_all(Application.KIND)
    yield Hit(
        summary=(
            f"Stage {stage.name} is to update {what} in namespace {namespace}, "
            + ("which exists now but was not visible to Kargo then." if there else "but there is none.")
        ),
        evidence=evidence,
        remedies=[_mend(stage, name, namespace, exists=there is not None), repromote(stage)],
        confidence=Confidence.HIGH if known and there is None else Confidence.MEDIUM,
    )


def _came_later(app: Application, stage: StageView) -> bool:
    """Whether the Application was created after the Promotion had failed: then it is missing no more."""
    ended = stage.last.finished_at if stage.last else None
    return ended is not None and app.created is not None and app.created > ended


def _candidates(stage: StageView, name: str, namespace: str) -> list[Evidence]:
    """What is there instead: names like it, else how many Applications the namespace holds."""
    names = sorted(one.name for one in stage.snapshot.all(Application, namespace))
    if not stage.snapshot.knows_all(Application.KIND, namespace):
        return []
    close = get_close_matches(name, names, n=2, cutoff=0.7) if name else []
    told = f"there is {', '.join(close)}" if close else f"none of the {len(names)} there is called {name or 'so'}"
    return [fact(f"namespace {namespace}", "Applications", told)]


def _mend(stage: StageView, name: str, namespace: str, *, exists: bool) -> Remedy:
    if exists:
        return advise(
            f"Make sure that Kargo's controller may watch Applications in {namespace} "
            "(Helm value controller.argocd.watchArgocdNamespaceOnly)"
        )
    wrong = f"the name {name}" if name else "the selector"
    return advise(
        f"Correct {wrong} in the argocd step of Stage {stage.name}, or create the Application in namespace {namespace}",
        f"kubectl get applications.argoproj.io --namespace {namespace}",
    )
