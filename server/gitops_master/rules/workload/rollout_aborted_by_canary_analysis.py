from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Managed
from gitops_master.facts.failing_pods import held_up
from gitops_master.facts.patterns import find
from gitops_master.facts.texts import Text, fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.meta import condition
from gitops_master.model.rollouts import AnalysisRun, Rollout
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS
from gitops_master.rules.workload.patterns import ABORTED, ANALYSIS_FAILED

POD_HASH = "rollouts-pod-template-hash"


@rule(
    "rollout-aborted-by-canary-analysis",
    area="workload",
    title="An Argo Rollout aborted its update after a failed analysis",
    on=ApplicationView,
    needs={Application.KIND, Rollout.KIND, AnalysisRun.KIND},
    explains=EFFECTS,
    risk=Risk.MEDIUM,
    sources=("argoproj/argo-rollouts v1.10.0-rc1 rollout/analysis.go:376", "argoproj/argo-rollouts#1466"),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """The Promotion and the sync succeeded, then the Stage turned Unhealthy; users still see the old version.

    Why: an AnalysisRun of the Rollout (a canary step, in the background, or before or after a blue-green switch) failed or
    ended in an error. The Rollout aborts: traffic goes back to the stable revision and it stays Degraded, though nothing is down.

    How to tell: the Rollout's message begins with RolloutAborted (status.abort is true); an AnalysisRun owned by the Rollout
    is Failed or Error.

    What to do: treat the new version as bad: find out what the metric saw, then promote the Freight that ran before, or a
    mended one (Kargo allows that from Unhealthy). Retry the same one only where the metric was wrong.

    Not this when: a person aborted the Rollout (no failed run), an Inconclusive run only pauses it (workload-suspended), or the failed run belongs to the Stage's verification.
    """
    for one in app.troubled:
        text = _abort_text(app, one)
        if text is None:
            continue
        run = _failed_run(app, one)
        if run is None and not find(ANALYSIS_FAILED, text.value):
            continue
        words = run.status.message if run else ""
        named = f"AnalysisRun {run.name} {run.status.phase}: {words}" if run else text.value
        yield Hit(
            summary=f"Rollout {one.resource.name} of {app.app.name} aborted its update and serves the stable revision again: {named}",
            evidence=[text.as_evidence(), *_rollout_evidence(one), *(_run_evidence(run) if run else [])],
            remedies=_remedies(one, run),
            also_explains=held_up(app),
        )
        return


def _abort_text(app: ApplicationView, one: Managed) -> Text | None:
    if one.resource.kind != "Rollout" or one.health is None or one.health.status != "Degraded":
        return None
    if isinstance(one.live, Rollout):
        progress = condition(one.live.status.conditions, "Progressing")
        if one.live.status.abort or find(ABORTED, one.live.status.message):
            at = one.live.status.aborted_at
            return Text(
                one.live.ref,
                "status.message",
                one.live.status.message or (progress.message if progress else "aborted"),
                at,
            )
        return None
    if find(ABORTED, one.health.message):
        index = app.app.status.resources.index(one.resource)
        return Text(app.ref, f"status.resources[{index}].health.message", one.health.message)
    return None


def _failed_run(app: ApplicationView, one: Managed) -> AnalysisRun | None:
    """The newest unsuccessful run of the Rollout's aborted revision."""
    runs = [
        run
        for run in app.snapshot.all(AnalysisRun, one.resource.namespace)
        if run.status.phase in {"Failed", "Error"} and _is_of(run, one)
    ]
    return max(runs, key=lambda run: run.created.timestamp() if run.created else 0.0, default=None)


def _is_of(run: AnalysisRun, one: Managed) -> bool:
    if not any(ref.kind == "Rollout" and ref.name == one.resource.name for ref in run.metadata.owner_references):
        return False
    current = one.live.status.current_pod_hash if isinstance(one.live, Rollout) else ""
    label = run.labels.get(POD_HASH, "")
    return not current or not label or current == label


def _rollout_evidence(one: Managed) -> list[Evidence]:
    if not isinstance(one.live, Rollout):
        return []
    status = one.live.status
    found = [fact(one.live, "status.abort", status.abort, status.aborted_at)]
    if status.stable_rs and status.current_pod_hash:
        found.append(
            fact(one.live, "status.stableRS", f"{status.stable_rs} (currentPodHash {status.current_pod_hash})")
        )
    return found


def _run_evidence(run: AnalysisRun) -> Iterator[Evidence]:
    yield fact(run, "status.phase", f"{run.status.phase}: {run.status.message}", run.status.completed_at)
    for index, result in enumerate(run.status.metric_results):
        bad = [one for one in result.measurements if one.phase not in {"Successful", "Running", "Pending"}]
        if bad:
            shown = ", ".join(one.value or one.message or one.phase for one in bad[-5:])
            yield fact(
                run,
                f"status.metricResults[{index}].measurements ({result.name}, {bad[-1].phase})",
                shown,
                bad[-1].finished_at,
            )


def _remedies(one: Managed, run: AnalysisRun | None) -> list[Remedy]:
    ns, name = one.resource.namespace, one.resource.name
    confirm = f"kubectl -n {ns} get rollouts.argoproj.io {name} -o jsonpath='{{.status.phase}}'"
    look = [f"kubectl -n {ns} get analysisruns.argoproj.io {run.name} -o yaml"] if run else []
    retry = "Only if the metric was wrong (mend it first): let the Rollout try the same revision again"
    return [
        advise("Find out what the metric saw; the new version is bad until shown otherwise", *look),
        advise("Promote the Freight that ran before, or a mended one: Kargo allows that from an Unhealthy Stage", risk=Risk.MEDIUM,
               confirm_with=confirm),
        advise(retry, f"kubectl argo rollouts retry rollout {name} -n {ns}", risk=Risk.MEDIUM, confirm_with=confirm),
    ]  # fmt: skip
