import json
from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import component_pods
from gitops_master.facts.controllers import log_keys
from gitops_master.facts.revisions import desired_revisions, writes_target_revision
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, ApplicationSet, Source
from gitops_master.model.finding import Confidence, Evidence, Remedy
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.app_faults import stage_effects
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, repromote

_SETS = "applicationsets.argoproj.io"
_TOO_LONG = 5
"""Rewrites in a row worth quoting."""


@rule(
    "applicationset-overwrites-target-revision",
    area="argocd",
    title="The ApplicationSet puts the target revision back",
    on=StageView,
    needs={Application.KIND, ApplicationSet.KIND, Pod.KIND},
    explains={
        "stage-unhealthy", "application-not-fine", "app-synced-away-from-promoted-revision", "waiting-for-argocd-sync",
        "recorded-health-check-outdated",
    },
    sources=("argoproj/argo-cd#9101", "argoproj/argo-cd#14743", "argoproj/argo-cd#15975", "akuity/kargo pkg/health/checker/builtin/argocd.go"),
)  # fmt: skip
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """The Promotion succeeds, and soon after the Stage is Unhealthy: the Application runs the head of a branch again.

    Why: argocd-update wrote the promoted revision into the Application (updateTargetRevision), but an ApplicationSet made
    this Application and writes its template's targetRevision back at its next reconciliation; automatic sync follows.

    How to tell: the Application has an ApplicationSet as its owner; spec.source.targetRevision is the template's value, not
    the revision in the Stage's health check; the applicationset controller logs `updated Application`.

    What to do: let the ApplicationSet ignore that field (ignoreApplicationDifferences), or have Kargo commit to a branch
    of the Stage that the Application tracks, without updateTargetRevision.

    Not this when: no step sets the target revision, or nobody owns the Application: then somebody else moved it
    (app-synced-away-from-promoted-revision, pinned-revision-on-shared-branch).
    """
    for app in stage.apps:
        owner = next((one.name for one in app.app.metadata.owner_references if one.kind == "ApplicationSet"), "")
        wanted = [one for one in desired_revisions(stage, app) if one]
        if not owner or not wanted or not writes_target_revision(stage, app) or not _is_troubled(stage, app):
            continue
        targets = [source.target_revision or "HEAD" for source in app.app.all_sources]
        made_by = stage.snapshot.get(ApplicationSet, app.app.namespace, owner)
        if set(wanted) & set(targets) or (made_by is not None and _lets_it(made_by, targets)):
            continue
        lines, missing = _log_lines(app, owner)
        yield from missing
        yield Hit(
            summary=f"ApplicationSet {owner} owns Application {app.app.name} and put its targetRevision back to "
            f"{', '.join(targets)}, so the promoted revision {wanted[0]} was undone after the Promotion to {stage.name}",
            evidence=[*_facts(app, owner), *_template(made_by), *(lines or _issue(stage, app)), _wanted(stage, wanted)],
            remedies=[*_remedies(app, owner, made_by), _without(stage), by_hand(repromote(stage))],
            confidence=Confidence.HIGH if made_by is not None or lines else Confidence.MEDIUM,
            subject=app.ref,
            also_explains=stage_effects(stage, app),
        )


def _is_troubled(stage: StageView, app: ApplicationView) -> bool:
    return any(f'"{app.app.name}"' in issue for issue in stage.health_issues) or bool(stage_effects(stage, app))


def _lets_it(made_by: ApplicationSet, targets: list[str]) -> bool:
    """Whether the template would leave (or has not set) what the Application has now."""
    if any("/spec/source" in path or ".spec.source" in path for path in _ignored(made_by)):
        return True
    sources = _sources(made_by)
    plain = {source.target_revision or "HEAD" for source in sources if "{{" not in source.target_revision}
    return bool(plain) and not plain & set(targets)


def _ignored(made_by: ApplicationSet) -> list[str]:
    """Every path of an Application that the ApplicationSet leaves alone."""
    rules = made_by.spec.ignore_application_differences
    return [str(path) for one in rules for key in ("jsonPointers", "jqPathExpressions") for path in one.get(key) or ()]


def _sources(made_by: ApplicationSet) -> tuple[Source, ...]:
    """The template's; Argo CD ignores `source` beside a list of them."""
    spec = made_by.spec.template.spec
    return spec.sources or ((spec.source,) if spec.source else ())


def _facts(app: ApplicationView, owner: str) -> list[Evidence]:
    field = "spec.sources[*].targetRevision" if app.app.spec.sources else "spec.source.targetRevision"
    targets = ", ".join(source.target_revision or "HEAD" for source in app.app.all_sources)
    return [fact(app.app, "metadata.ownerReferences", f"ApplicationSet {owner}"), fact(app.app, field, targets)]


def _wanted(stage: StageView, wanted: list[str]) -> Evidence:
    path = "status.lastPromotion.status.healthChecks[*].config.apps[*].desiredRevisions"
    return fact(stage.stage, path, ", ".join(wanted), stage.last.finished_at if stage.last else None)


def _issue(stage: StageView, app: ApplicationView) -> list[Evidence]:
    issue = next((one for one in stage.health_issues if f'"{app.app.name}"' in one), "")
    return [fact(stage.stage, "status.health.issues", issue)] if issue else []


def _template(made_by: ApplicationSet | None) -> list[Evidence]:
    if made_by is None:
        return []
    sources, spec = _sources(made_by), made_by.spec.template.spec
    field = (
        "spec.template.spec.sources[*].targetRevision" if spec.sources else "spec.template.spec.source.targetRevision"
    )
    return [fact(made_by, field, ", ".join(source.target_revision or "HEAD" for source in sources))] if sources else []


def _log_lines(app: ApplicationView, owner: str) -> tuple[list[Evidence], list[Wanted]]:
    """`updated Application` lines about this Application, the newest."""
    found: list[Evidence] = []
    wanted: list[Wanted] = []
    for pod in component_pods(app.app, app.snapshot, "applicationset-controller"):
        for key in log_keys(pod):
            log = app.snapshot.log(key)
            if log is None:
                wanted += [Wanted(key)] if app.snapshot.may_read(key) else []
                continue
            lines = [one for one in log.lines if "updated Application" in one and app.app.name in one]
            about = f"{len(lines)} times, last: " if len(lines) >= _TOO_LONG else ""
            found += [
                fact(pod, f"log of container {key.container}", f"{about}{printable(line)[:400]}") for line in lines[-1:]
            ]
    return found, wanted


def _remedies(app: ApplicationView, owner: str, made_by: ApplicationSet | None) -> list[Remedy]:
    """In the source first; in place where it is known what stands there now."""
    rule_, limit = _leave_alone(app)
    place = app.app.namespace
    seen = get(_SETS, place, owner, ".spec.ignoreApplicationDifferences")
    found = [
        advise(
            f"In the source of ApplicationSet {owner}: add {rule_} to spec.ignoreApplicationDifferences{limit}",
            confirm_with=seen,
        )
    ]
    if made_by is not None:
        known = bool(made_by.spec.ignore_application_differences)
        path, value = (
            ("/spec/ignoreApplicationDifferences/-", rule_)
            if known
            else ("/spec/ignoreApplicationDifferences", f"[{rule_}]")
        )
        patch = f'[{{"op":"add","path":"{path}","value":{value}}}]'
        title = f"Or in place (lost if the source of ApplicationSet {owner} says otherwise)"
        found.append(
            advise(title, f"kubectl -n {place} patch {_SETS} {owner} --type json -p '{patch}'", confirm_with=seen)
        )
    return found


def _leave_alone(app: ApplicationView) -> tuple[str, str]:
    """The entry, as JSON (which is YAML, too), and what it cannot do."""
    if not app.app.spec.sources:
        return '{"jsonPointers":["/spec/source/targetRevision"]}', ""
    expression = json.dumps({"jqPathExpressions": [".spec.sources[].targetRevision"]}, separators=(",", ":"))
    return expression, " (any other change to the list of sources still replaces all of it)"


def _without(stage: StageView) -> Remedy:
    return advise(
        f"Or drop updateTargetRevision from the argocd-update step of Stage {stage.name}: commit to a branch of this Stage and let "
        "the template track that branch"
    )
