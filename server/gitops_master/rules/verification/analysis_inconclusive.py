from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import (
    MetricFacts,
    bad_metrics,
    ended_badly,
    measured,
    outcome,
    run_evidence,
    template_names,
    was_aborted,
)
from gitops_master.facts.verification_pods import not_starting
from gitops_master.facts.verification_worth import TERMINATED
from gitops_master.model.finding import Evidence, Risk, Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.verification.effects import EFFECTS, NEEDS, then_verify_anew
from gitops_master.rules.verification.patterns import POD_TERMINAL


@rule(
    "analysis-inconclusive",
    area="verification",
    title="The verification could not decide",
    on=StageView,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    explains=EFFECTS,
    sources=(
        "argoproj/argo-rollouts@v1.9.1 utils/evaluate/evaluate.go EvaluateResult, metricproviders/kayenta/kayenta.go",
        "argoproj/argo-rollouts#3015",
    ),
    unless=(POD_TERMINAL, TERMINATED),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification ended Inconclusive; the Freight is not verified.

    Why: with both a success and a failure condition a value can satisfy neither; some providers call a score marginal. That
    is made for a person to decide.

    How to tell: phase Inconclusive, `inconclusive (I) > inconclusiveLimit (L)`, and measurements with a value.

    What to do: look at the value and decide: verify again, or close the gap between the conditions; whoever is entitled may
    approve the Freight for the next Stage.

    Not this when: a user ended the verification, or the Job's pod could not start.
    """
    view = ended_badly(stage)
    if view is None or outcome(view) != "Inconclusive" or was_aborted(view):
        return
    if first(POD_TERMINAL, view.texts) or first(TERMINATED, view.texts) or not_starting(view) is not None:
        return
    one = next((each for each in bad_metrics(view) if each.result.phase == "Inconclusive"), None)
    yield Hit(
        summary=_summary(stage, view, one),
        evidence=[
            *(measured(view, one) if one else []),
            *_other(view, one),
            *run_evidence(view, named=one is not None),
        ],
        remedies=[
            advise(
                "Look at the value and decide. If it is good enough, whoever is entitled to may approve the Freight for the next Stage; "
                "if not, promote mended Freight",
                *_look(view),
                risk=Risk.NONE,
            ),
            *([advise(_gap(stage))] if _decides_by_both(one) else []),
            *then_verify_anew(stage),
        ],
    )


def _summary(stage: StageView, view: VerificationView, one: MetricFacts | None) -> str:
    begin = f"The verification of the current Freight in {stage.name} ended Inconclusive"
    if one is None or one.last is None:
        return f"{begin}: {view.info.message}" if view.info.message else f"{begin}."
    value = one.last.value.strip("[]") or "no value"
    if _decides_by_both(one):
        return f"{begin}: metric {one.result.name} measured {value}, which meets neither its success nor its failure condition."
    return f"{begin}: metric {one.result.name} measured {value}, which its provider calls undecided."


def _decides_by_both(one: MetricFacts | None) -> bool:
    """Only a metric with both conditions leaves a gap between them (utils/evaluate/evaluate.go EvaluateResult)."""
    metric = one.metric if one is not None else None
    return metric is None or bool(metric.success_condition and metric.failure_condition)


def _look(view: VerificationView) -> list[str]:
    run = view.run
    return [] if run is None else [get("analysisruns.argoproj.io", run.namespace, run.name, ".status.metricResults")]


def _gap(stage: StageView) -> str:
    return (
        f"Close the gap between successCondition and failureCondition in {template_names(stage)}, in its source, so that every value "
        "decides"
    )


def _other(view: VerificationView, one: MetricFacts | None) -> list[Evidence]:
    """The failure condition, where the success condition was quoted as the one that decides."""
    metric = one.metric if one else None
    if view.run is None or metric is None or not (metric.success_condition and metric.failure_condition):
        return []
    return [fact(view.run, f"spec.metrics[{metric.name}].failureCondition", metric.failure_condition)]
