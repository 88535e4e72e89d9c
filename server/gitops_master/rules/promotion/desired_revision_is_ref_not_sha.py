import re
from collections.abc import Iterator
from typing import Any

import msgspec

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.apps import listed_apps
from gitops_master.facts.controllers import kargo_controllers
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.patterns import find
from gitops_master.facts.promotion import StepRun
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.promotion.app_operations import UPDATE_STEPS, apps_of
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, RUNNING_PROMOTION, change_step, said
from gitops_master.rules.promotion.patterns import REVISION_MISMATCH, TIMED_OUT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SYMBOLIC = re.compile(r"\.(?:Tag|Branch|branch)\b")
_VARIABLE = re.compile(r"^\s*\$\{\{\s*vars\.(\w+)\s*\}\}\s*$")


class Symbolic(msgspec.Struct, frozen=True):
    """A desired revision that names a commit instead of being one. `written`: as in the step; `value`: what it comes to."""

    app: ApplicationView
    written: str
    value: str


@rule(
    "desired-revision-is-ref-not-sha",
    area="promotion",
    title="The step desires a tag or branch where Argo CD records commit IDs",
    on=StageView,
    needs={Promotion.KIND, Application.KIND},
    explains=FAILED_PROMOTION
    | RUNNING_PROMOTION
    | {
        "argocd-update-step-timeout-too-short",
        "waiting-for-argocd-sync",
        "stage-unhealthy",
        "app-synced-away-from-promoted-revision",
    },
    sources=("akuity/kargo#4020", "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go"),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """argocd-update starts one sync after the other, all of them successful, until it times out.

    Why: the step compares desiredRevision with what Argo CD synced to. For a Git source that is a commit ID, so a tag, a
    branch or HEAD never equals it.

    How to tell: desiredRevision of a Git source is symbolic; the sync result shows 40 hex digits; the controller's log says
    `sync result revisions […] do not match desired revisions […]`.

    What to do: use the commit ID (`${{ commitFrom(…).ID }}`, `${{ outputs.push.commit }}`), or leave desiredRevision out.

    Not this when: the source is a Helm chart (its version is what Argo CD records), or the value is a commit ID.
    """
    held = _held(stage)
    if held is None:
        return
    promotion, ref, step = held
    logged: list[Text] = []
    for log in logs_of(kargo_controllers(stage.snapshot), stage.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            logged += [
                line for line in matching(log, REVISION_MISMATCH.regex) if _is_about(line, promotion, stage, step)
            ]
    for one in _symbolic(stage, step, logged):
        if not logged and not any(_COMMIT.fullmatch(synced) for synced in _synced(one.app)):
            continue
        yield Hit(
            summary=(
                f"The argocd-update step of Stage {stage.name} desires revision {_shown(one, logged)} of Application "
                f"{one.app.app.name}, but Argo CD records the commit it resolves to, so the two never agree."
            ),
            evidence=_evidence(one, ref, step, logged),
            remedies=[
                change_step(
                    stage,
                    step,
                    f"Set desiredRevision of {one.app.app.name} in step {step.alias} to the commit ID ({_by_commit(stage, one)}), or "
                    "leave it out, in the source the Stage is managed from",
                ),
                *([repromote(stage)] if stage.running is None else []),
            ],
            confidence=Confidence.HIGH if logged else Confidence.MEDIUM,
        )
        return


def _by_commit(stage: StageView, one: Symbolic) -> str:
    """Expressions that give the ID: of the Freight's commit, and of what the steps before have pushed."""
    git = next((source.repo_url for source in one.app.app.all_sources if not source.chart), "")
    pushed = next((run.as_ for run in stage.steps if run.uses == "git-push" and run.as_), "")
    given = [f"${{{{ commitFrom('{git}').ID }}}}"] if git else []
    return " or ".join([*given, *([f"${{{{ outputs['{pushed}'].commit }}}}"] if pushed else [])]) or "commitFrom(…).ID"


def _shown(one: Symbolic, logged: list[Text]) -> str:
    """What the expression came to by the controller's log, with the expression; else what is known of either."""
    desired = [match["desired"].split() for line in logged if (match := find(REVISION_MISMATCH, line.value))]
    came_to = next((value for value in desired[-1] if not _COMMIT.fullmatch(value)), "") if desired else ""
    if came_to and not one.value:
        return f"{came_to} (from {one.written})"
    return one.value or one.written


def _held(stage: StageView) -> tuple[str, Ref, StepRun] | None:
    """The Promotion that is in argocd-update, or has timed out there."""
    if stage.running is not None:
        step = stage.running_step
        return (stage.running.name, stage.running.ref, step) if step and step.uses in UPDATE_STEPS else None
    if stage.last is None or stage.failed_step is None or said(stage, TIMED_OUT, *UPDATE_STEPS) is None:
        return None
    return stage.last.name, stage.last.ref, stage.failed_step


def _is_about(line: Text, promotion: str, stage: StageView, step: StepRun) -> bool:
    return promotion in line.value or any(f'"{app.app.name}"' in line.value for app in apps_of(stage, step))


def _synced(app: ApplicationView) -> list[str]:
    """What the last operation synced to, one revision a source."""
    state = app.operation_state
    result = state.sync_result if state else None
    return [*result.revisions, result.revision] if result is not None else []


def _symbolic(stage: StageView, step: StepRun, logged: list[Text]) -> Iterator[Symbolic]:
    """Desired revisions that are no commit IDs: as the step writes them, or as the log says they came out."""
    yield from _written(stage, step)
    desired = [match["desired"].split() for line in logged if (match := find(REVISION_MISMATCH, line.value))]
    for app in apps_of(stage, step) if desired else ():
        value = next((one for one in desired[-1] if not _COMMIT.fullmatch(one)), "")
        if value and all(not one.chart and not one.repo_url.startswith("oci://") for one in app.app.all_sources):
            yield Symbolic(app, value, value)


def _written(stage: StageView, step: StepRun) -> Iterator[Symbolic]:
    apps = {app.app.name: app for app in apps_of(stage, step)}
    for entry in listed_apps(step.step.config):
        app = apps.get(str(entry.get("name", ""))) or (next(iter(apps.values())) if len(apps) == 1 else None)
        sources = entry.get("sources")
        for source in sources if isinstance(sources, list | tuple) else ():
            written = str(source.get("desiredRevision") or "") if isinstance(source, dict) else ""
            value = _value(written, stage)
            if app is not None and _is_symbolic(value) and _is_git(app, source):
                yield Symbolic(app, written, "" if "${{" in value else value)


def _value(written: str, stage: StageView) -> str:
    """The text itself, or that of the variable it names."""
    match = _VARIABLE.match(written)
    promotion = stage.running or (stage.last.object if stage.last else None)
    if match is None or promotion is None:
        return written
    named = [one.get("value") for one in promotion.spec.vars if one.get("name") == match[1]]
    return str(named[0]) if named and named[0] else written


def _is_symbolic(value: str) -> bool:
    if "${{" in value:
        return _SYMBOLIC.search(value) is not None
    return bool(value) and _COMMIT.fullmatch(value) is None


def _is_git(app: ApplicationView, source: dict[str, Any]) -> bool:
    """A chart's desired revision is its version, which is what Argo CD records."""
    mine = [one for one in app.app.all_sources if one.repo_url == source.get("repoURL")] or list(app.app.all_sources)
    return not source.get("chart") and all(not one.chart and not one.repo_url.startswith("oci://") for one in mine)


def _evidence(one: Symbolic, ref: Ref, step: StepRun, logged: list[Text]) -> list[Evidence]:
    evidence = [
        fact(ref, f"spec.steps[{step.index}].config.apps[].sources[].desiredRevision", one.value or one.written)
    ]
    if step.message:
        evidence.append(fact(ref, f"status.stepExecutionMetadata[{step.index}].message", step.message))
    state = one.app.operation_state
    if state is not None:
        told = f"{state.phase}: {state.message}"
        evidence.append(fact(one.app.app, "status.operationState.phase", told, state.finished_at or state.started_at))
        synced = [revision for revision in _synced(one.app) if revision]
        evidence.append(fact(one.app.app, "status.operationState.syncResult.revision", synced or "none"))
    return [*evidence, *(text.as_evidence() for text in logged[-1:])]
