from collections.abc import Iterator

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
)
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.rules.patterns import search
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.verification.effects import EFFECTS, HELD, NEEDS, then_verify
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
        "argoproj/argo-rollouts utils/evaluate/evaluate.go",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification ends in Error with `reflect: slice index out of range` or `no data returned from the metric provider`.

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
        summary=f"Metric {one.result.name} of the verification in {stage.name} got no data from Prometheus (value {value}), and its "
        f"{field or 'condition'} {expression} cannot be evaluated on an empty result: {one.message}",
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
    query = one.metric.provider.get("prometheus", {}).get("query", "") if one.metric else ""
    if query:
        found.append(fact(view.run, f"spec.metrics[{one.result.name}].provider.prometheus.query", query))
    return [*found, *run_evidence(view)]


def _remedies(stage: StageView, one: MetricFacts) -> list[Remedy]:
    field, expression = one.condition
    guard = f"len(result) == 0 || {expression}" if expression else "len(result) == 0 || …"
    return [
        advise("Run the query by hand: do its series exist, with these labels, and is there traffic in this Stage?"),
        advise(
            f"Guard the template's {field or 'condition'} for an empty result, for example `{guard}` (or isNaN for a division by zero)"
        ),
        then_verify(stage),
    ]
