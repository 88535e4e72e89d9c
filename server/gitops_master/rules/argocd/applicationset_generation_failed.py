from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.app_trouble import app_troubles
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import peel
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.argocd import Application, ApplicationSet
from gitops_master.model.finding import Confidence
from gitops_master.model.meta import condition
from gitops_master.rules.app_faults import APP_EFFECTS, STEP_EFFECTS, stage_effects
from gitops_master.rules.registry import Hit, rule


@rule(
    "applicationset-generation-failed",
    area="argocd",
    title="The ApplicationSet cannot generate its Applications",
    on=(StageView, ApplicationView),
    needs={Application.KIND, ApplicationSet.KIND},
    explains=APP_EFFECTS | {"argocd-app-not-found"},
    sources=("argoproj/argo-cd applicationset/controllers/applicationset_controller.go", "argoproj/argo-cd#9698"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """An Application that should exist is missing, or does not follow its ApplicationSet's template any more.

    Why: one wrong parameter stops a whole ApplicationSet: a generator that cannot read its source, a template with a missing
    key, two Applications of one name, a project that does not exist.

    How to tell: condition ErrorOccurred True of the ApplicationSet; its message says where.

    What to do: mend generator or template; the Applications follow within minutes.

    Not this when: the Application exists and is fine: then the error concerns others, or has no effect here yet.
    """
    for one in view.snapshot.all(ApplicationSet):
        error = condition(one.status.conditions, "ErrorOccurred")
        if error is None or error.status != "True":
            continue
        affected = _affected(view, one)
        if affected is None:
            continue
        name, is_missing = affected
        state = "does not exist" if is_missing else "is not kept up to date"
        text = Text(one.ref, "status.conditions[ErrorOccurred].message", error.message, error.last_transition_time)
        yield Hit(
            summary=f"ApplicationSet {one.name} cannot generate its Applications, so Application {name} {state}: {peel(error.message)}",
            evidence=[
                text.as_evidence(),
                fact(one.ref, "status.conditions[ErrorOccurred].reason", error.reason, error.last_transition_time),
            ],
            remedies=[
                advise(
                    f"Mend the generator or template of ApplicationSet {one.name} in its source of truth",
                    confirm_with=f"kubectl -n {one.namespace} get applicationsets.argoproj.io {one.name} "
                    "-o jsonpath='{.status.conditions}'",
                )
            ],
            confidence=Confidence.HIGH if is_missing else Confidence.LOW,
            subject=one.ref,
            also_explains=_effects(view, name, is_missing=is_missing),
        )


def _affected(view: StageView | ApplicationView, one: ApplicationSet) -> tuple[str, bool] | None:
    """The view's Application that is missing (name, True) or made by this ApplicationSet and in trouble (name, False)."""
    for trouble in app_troubles(view):
        app = trouble.app
        if app is not None and _made_by(app, one) and (not app.is_fine or trouble.ended_promotion):
            return app.app.name, False
    for link in view.links if isinstance(view, StageView) else ():
        gone = view.snapshot.lacks(Application, link.namespace, link.name)
        if gone and link.namespace == one.namespace and _could_make(view, link.name, one):
            return link.name, True
    return None


def _made_by(app: ApplicationView, one: ApplicationSet) -> bool:
    owners = app.app.metadata.owner_references
    return app.app.namespace == one.namespace and any(
        owner.kind == "ApplicationSet" and owner.name == one.name for owner in owners
    )


def _could_make(view: StageView | ApplicationView, name: str, one: ApplicationSet) -> bool:
    """Names it itself, shares its first word, or is the only ApplicationSet there is."""
    error = condition(one.status.conditions, "ErrorOccurred")
    told = error is not None and name in error.message
    return told or name.split("-")[0] == one.name.split("-")[0] or len(view.snapshot.all(ApplicationSet)) == 1


def _effects(view: StageView | ApplicationView, name: str, *, is_missing: bool) -> frozenset[str]:
    if isinstance(view, StageView):
        if is_missing:
            return STEP_EFFECTS
        return frozenset[str]().union(*(stage_effects(view, app) for app in view.apps if app.app.name == name))
    return frozenset()
