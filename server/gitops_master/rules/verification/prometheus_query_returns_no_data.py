from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import search
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import (
    MetricFacts,
    ended_badly,
    in_progress,
    is_erring,
    metrics,
    run_evidence,
    template_names,
)
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, HELD, NEEDS, then_verify_anew
from gitops_master.rules.verification.patterns import NO_DATA


@rule(
    "prometheus-query-returns-no-data",
    area="verification",
    title="The Prometheus query of a metric returns no series",
    on=StageView,
    needs=NEEDS,
    explains=EFFECTS | HELD | {"metric-provider-request-failed"},
    sources=(
        "argoproj/argo-rollouts#1466",
        "argoproj/argo-rollouts#2101",
        "argoproj/argo-rollouts@v1.10.0-rc1 utils/evaluate/evaluate.go formatEvalError (#4680)",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification ends in Error with `reflect: slice index out of range`, since Argo Rollouts 1.10 `no data returned`.

    Why: Prometheus answered, but with no series (no traffic yet, another label, a name that does not exist), and the
    condition indexes the empty result.

    How to tell: the measurements are in Error with that text and their value is empty or `[]`.

    What to do: make sure the series exist (labels, traffic in this Stage), and guard the condition for an empty result; then
    verify again.

    Not this when: the request itself failed (connection, credentials, an error status).
    """
    view = ended_badly(stage) or in_progress(stage)
    if view is None:
        return
    one = next((each for each in metrics(view) if _is_empty(view, each)), None)
    if one is None or one.last is None:
        return
    field, expression = one.condition
    value = one.last.value or "empty"
    yield Hit(
        summary=f"Metric {one.result.name} of the verification in {stage.name} got no data from Prometheus, and its "
        f"{field or 'condition'} {expression} cannot be evaluated on an empty result.",
        evidence=_evidence(view, one, value),
        remedies=_remedies(stage, one),
    )


def _is_empty(view: VerificationView, one: MetricFacts) -> bool:
    if one.last is None or not is_erring(view, one) or one.provider not in {"prometheus", ""}:
        return False
    said = search(NO_DATA, Text(view.stage.ref, "", one.message)) is not None
    return said and one.last.value in {"", "[]", "null", "{}"}


def _evidence(view: VerificationView, one: MetricFacts, value: str) -> list[Evidence]:
    if view.run is None or one.last is None:
        return run_evidence(view)
    place = f"{one.path}.measurements[{len(one.result.measurements) - 1}]"
    field, expression = one.condition
    found = [
        fact(view.run, f"{place}.message", one.message, one.last.finished_at),
        fact(view.run, f"{place}.value", value, one.last.finished_at),
        fact(view.run, f"spec.metrics[{one.result.name}].{field}", expression),
    ]
    config = one.metric.provider.get("prometheus") if one.metric else None
    query = config.get("query", "") if isinstance(config, dict) else ""
    if query:
        found.append(fact(view.run, f"spec.metrics[{one.result.name}].provider.prometheus.query", query))
    return [*found, *run_evidence(view, one.message, named=True)][:5]


def _remedies(stage: StageView, one: MetricFacts) -> list[Remedy]:
    field, expression = one.condition
    guard = f"len(result) == 0 || {expression}" if expression else "len(result) == 0 || …"
    return [
        advise(
            f"Run the query by hand{_at(one)}: do its series exist, with these labels, and is there traffic in this Stage?",
            risk=Risk.NONE,
        ),
        advise(
            f"If no traffic may count as a pass, guard {field or 'the condition'} in {template_names(stage)} for an empty result, in its source: "
            f"`{guard}` (a division by zero gives NaN: isNaN(result[0]))"
        ),
        *then_verify_anew(stage),
    ]


def _at(one: MetricFacts) -> str:
    config = one.metric.provider.get("prometheus") if one.metric else None
    address = config.get("address", "") if isinstance(config, dict) else ""
    return f" at {address}" if address else ""
