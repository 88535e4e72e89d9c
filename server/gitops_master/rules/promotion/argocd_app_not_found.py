from collections.abc import Iterator
from difflib import get_close_matches

from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence, Remedy
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.app_namespace import elsewhere
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, failure_evidence, said, step_name
from gitops_master.rules.promotion.patterns import APP_ABSENT, NO_APP_SELECTED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


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
    what = f"Argo CD Application {name}" if name else "an Argo CD Application with the labels of its selector"
    known, step = stage.snapshot.knows_all(Application.KIND), stage.failed_step
    yield Hit(
        summary=(
            f"{step_name(step) if step else 'A step'} of Stage {stage.name} needs {what} in namespace {namespace}, "
            + (
                "which exists but is not visible to Kargo."
                if there
                else f"but there is none{_instead(stage, name, namespace)}."
            )
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
    if not stage.snapshot.knows_all(Application.KIND, namespace):
        return []
    names, close = _names(stage, namespace), _close(stage, name, namespace)
    so = f"is called {name}" if name else "carries those labels"
    told = f"there is {', '.join(close)}" if close else f"{len(names)} of them, none {so}" if names else "none"
    return [fact(f"namespace {namespace}", "Applications", told)]


def _names(stage: StageView, namespace: str) -> list[str]:
    return sorted(one.name for one in stage.snapshot.all(Application, namespace))


def _close(stage: StageView, name: str, namespace: str) -> list[str]:
    """Names there that this one may be a slip of."""
    return get_close_matches(name, _names(stage, namespace), n=2, cutoff=0.7) if name else []


def _instead(stage: StageView, name: str, namespace: str) -> str:
    close = _close(stage, name, namespace)
    return f" (there is {' and '.join(close)})" if close else ""


def _mend(stage: StageView, name: str, namespace: str, *, exists: bool) -> Remedy:
    if exists:
        return advise(
            f"Make sure that Kargo's controller may watch Applications in {namespace} "
            "(false for the Helm value controller.argocd.watchArgocdNamespaceOnly)"
        )
    close = _close(stage, name, namespace)
    right = f" to {' or '.join(close)}" if close else ""
    wrong = f"the name {name}{right}" if name else "the selector"
    step = f"step {stage.failed_step.alias}" if stage.failed_step else "the argocd step"
    return advise(
        f"Correct {wrong} in {step} of Stage {stage.name}, in the source the Stage is managed from, or create the Application in "
        f"namespace {namespace}",
        f"kubectl -n {namespace} get applications.argoproj.io --show-labels",
    )
