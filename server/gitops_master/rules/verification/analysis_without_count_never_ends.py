from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import lasting
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import MetricFacts, begun, in_progress, metrics, template_names, templates
from gitops_master.model.rollouts import Metric
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import HELD, NEEDS, then_verify_anew


@rule(
    "analysis-without-count-never-ends",
    area="verification",
    title="A metric of the verification has an interval but no count",
    on=StageView,
    needs=NEEDS,
    explains=HELD,
    sources=(
        "argoproj/argo-rollouts@v1.9.1 analysis/analysis.go generateMetricTasks",
        "argoproj/argo-rollouts@v1.9.1 pkg/apis/rollouts/v1alpha1/analysis_types.go EffectiveCount",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The Stage stays in VerificationRunning, with ever more successful measurements; the next Promotion stays Pending.

    Why: a metric with an interval and without a count measures for ever. In a Rollout's background analysis the Rollout ends
    it; in a Stage's verification nobody does.

    How to tell: the AnalysisRun is Running; the metric has an interval, no count (or 0), and is not failing.

    What to do: give the metric a count in the template, abort this verification, and verify again.

    Not this when: all metrics have a count: then it ends by itself.
    """
    view = in_progress(stage)
    one = endless(view) if view is not None else None
    if view is None or view.run is None or one is None or one.metric is None:
        return
    since = begun(view)
    age = lasting(since, stage.snapshot.observed_at)
    result = one.result
    yield Hit(
        summary=f"The verification in {stage.name} has been running{age} and never ends: metric {result.name} has interval "
        f"{one.metric.interval} but no count ({result.successful} successful measurements so far).",
        evidence=[
            fact(view.run, f"spec.metrics[{result.name}].interval", one.metric.interval),
            fact(
                view.run,
                f"spec.metrics[{result.name}].count",
                one.metric.count if one.metric.count is not None else "absent",
            ),
            fact(view.run, f"{one.path}.count", f"{result.count} so far, {result.successful} of them successful"),
            fact(view.run, "status.phase", view.run.status.phase, view.run.status.started_at),
            *(
                fact(each, "status.phase", each.status.phase or "none", each.created)
                for each in stage.waiting_promotions[:1]
            ),
        ],
        remedies=[
            advise(
                f"Give metric {result.name} a count in {template_names(stage)}, in its source: {_example(one.metric)}",
                confirm_with=named[0].command(stage.project) if (named := templates(stage)) else "",
            ),
            *then_verify_anew(stage),
        ],
    )


def _example(metric: Metric) -> str:
    return f"`count: 5` ends it after five measurements, {metric.interval} apart"


def endless(view: VerificationView) -> MetricFacts | None:
    """A metric that is still measuring and has no end."""
    return next((one for one in metrics(view) if one.result.phase == "Running" and _has_no_end(one.metric)), None)


def _has_no_end(metric: Metric | None) -> bool:
    return metric is not None and bool(metric.interval) and str(metric.count or 0) == "0"
