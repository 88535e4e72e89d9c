from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.apps import AUTHORIZED
from gitops_master.facts.authorized_stages import LISTS_SINCE, Mismatch, mismatch_of
from gitops_master.facts.patterns import Found
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence, Remedy
from gitops_master.model.kargo import Promotion
from gitops_master.model.stage import Stage
from gitops_master.rules.access.patterns import NOT_AUTHORIZED
from gitops_master.rules.promotion.app_operations import apps_of
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, failure_evidence, said
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, repromote


@rule(
    "authorized-stage-annotation-mismatch",
    area="access",
    title="The Application does not permit this Stage to update it",
    on=StageView,
    needs={Promotion.KIND, Application.KIND},
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo v1.11.2 pkg/api/stage.go AuthorizedStages", "akuity/kargo#2876", "akuity/kargo#2962"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """argocd-update ends with `Argo CD Application "…" in namespace "…" is not authorized`.

    Why: an Application has to name the Stages that may change it in its annotation kargo.akuity.io/authorized-stage, as
    `<project>:<stage>`; since Kargo 1.11 several, separated by commas. Globs are not accepted. Kubernetes RBAC has no part.

    How to tell: compare the annotation with the project and name of the Stage. Until 1.8 the message says `does not permit
    mutation by Kargo Stage`.

    What to do: correct the annotation where the Application comes from (Git, the ApplicationSet's template), then promote
    the same Freight again.

    Not this when: the Application does not exist, or the API server's RBAC forbids the patch.
    """
    found = said(stage, NOT_AUTHORIZED)
    if found is None:
        return
    app = _application(stage, found)
    mismatch = mismatch_of(app, stage.stage, stage.snapshot) if app is not None else None
    if mismatch is None and (app is not None or ("selected" in found.groups and stage.apps)):
        return
    name = app.name if app else found.groups.get("app") or found.groups.get("app2", "the Application")
    wanted = f"{stage.project}:{stage.name}"
    yield Hit(
        summary=(
            f"Application {name} does not authorise Stage {wanted}: "
            + (mismatch.why if mismatch else f"its annotation {AUTHORIZED} must name {wanted}; it could not be read.")
        ),
        evidence=[*failure_evidence(stage, found)[:2], *(_evidence(app, mismatch) if app and mismatch else [])],
        remedies=[*_remedies(stage, app, mismatch, name), repromote(stage)],
        confidence=Confidence.HIGH if app is not None else Confidence.MEDIUM,
    )


def _application(stage: StageView, found: Found) -> Application | None:
    """The Application the message names; for a selector the first selected one that does not authorise the Stage."""
    name = found.groups.get("app") or found.groups.get("app2", "")
    namespace = found.groups.get("namespace") or found.groups.get("namespace2", "")
    if name:
        return stage.snapshot.get(Application, namespace, name)
    step = stage.failed_step
    apps = [view.app for view in apps_of(stage, step)] if step is not None else []
    return next((app for app in apps if mismatch_of(app, stage.stage, stage.snapshot) is not None), None)


def _evidence(app: Application, mismatch: Mismatch) -> list[Evidence]:
    path = f"metadata.annotations[{AUTHORIZED}]"
    evidence = [
        fact(app, path, mismatch.value or "not set"),
        fact(app, f"{path} (expected)", f"expected value is {mismatch.wanted}"),
    ]
    generator = _generator(app)
    return [*evidence, fact(app, "metadata.ownerReferences", f"ApplicationSet {generator}")] if generator else evidence


def _generator(app: Application) -> str:
    return next((one.name for one in app.metadata.owner_references if one.kind == "ApplicationSet"), "")


def _remedies(stage: StageView, app: Application | None, mismatch: Mismatch | None, name: str) -> list[Remedy]:
    wanted = f"{stage.project}:{stage.name}"
    value = _new_value(stage, mismatch, wanted)
    generator = _generator(app) if app is not None else ""
    source = (
        f"the template of ApplicationSet {generator}"
        if generator
        else "the source that Application comes from (Git, an ApplicationSet)"
    )
    remedies = [advise(f"Set `{AUTHORIZED}: {value}` on Application {name} in {source}")]
    if app is not None and not generator:
        target = f"applications.argoproj.io {app.name}"
        path = AUTHORIZED.replace(".", r"\.")
        remedies.append(
            advise(
                f"Or correct it in place (lost if the Application's source says otherwise): Application {name}",
                f"kubectl -n {app.namespace} annotate {target} {AUTHORIZED}={value} --overwrite",
                confirm_with=get("applications.argoproj.io", app.namespace, app.name, f".metadata.annotations.{path}"),
            )
        )
    return remedies


def _new_value(stage: StageView, mismatch: Mismatch | None, wanted: str) -> str:
    """The Stage itself; beside others that exist where the release takes a list."""
    kargo = stage.snapshot.versions.kargo
    if mismatch is None or kargo is None or kargo < LISTS_SINCE:
        return wanted
    known = {f"{one.namespace}:{one.name}" for one in stage.snapshot.all(Stage)}
    kept = [one for one in mismatch.entries if one in known and one != wanted]
    return ",".join([*kept, wanted])
