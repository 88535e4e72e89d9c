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
    was_aborted,
)
from gitops_master.model.finding import Evidence
from gitops_master.rules.patterns import search
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.verification.effects import EFFECTS, HELD, NEEDS, then_verify
from gitops_master.rules.verification.patterns import ARGUMENT, JOB_REFUSED, NO_DATA, REQUEST_FAILED


@rule(
    "metric-provider-request-failed",
    area="verification",
    title="A metric provider cannot be asked",
    on=StageView,
    needs=NEEDS,
    explains=EFFECTS | HELD,
    sources=("argoproj/argo-rollouts metricproviders/*", "argoproj/argo-rollouts analysis/analysis.go"),
    unless=(NO_DATA, ARGUMENT, JOB_REFUSED),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification is in Error: `consecutiveErrors (5) > consecutiveErrorLimit (4)` about a minute after it began.

    Why: the measurement's provider cannot be reached, refuses the credentials or answers with an error status. Nothing was
    said about the release.

    How to tell: the measurements are in Error and quote the request's own error (status code, dial, TLS, missing Secret).

    What to do: mend the address, the network path, the certificate or the credentials; then verify again.

    Not this when: the request succeeded and its result is empty, or an argument of the template could not be resolved.
    """
    view = ended_badly(stage) or in_progress(stage)
    if view is None or was_aborted(view):
        return
    one = next((each for each in metrics(view) if _failed_request(view, each)), None)
    if one is None:
        return
    where = _address(one)
    yield Hit(
        summary=f"The verification in {stage.name} could not measure metric {one.result.name}: the request to "
        f"{_provider(one, where)} failed: {one.message}",
        evidence=_evidence(view, one, where),
        remedies=[
            advise(
                "Mend what the error names (address, network path, certificate, credentials); try the same request from the namespace of "
                "the Argo Rollouts controller, which is who asks"
            ),
            then_verify(stage),
        ],
    )


def _failed_request(view: VerificationView, one: MetricFacts) -> bool:
    if not is_erring(view, one) or one.provider == "job":
        return False
    text = Text(view.stage.ref, "", one.message)
    return (
        search(REQUEST_FAILED, text) is not None
        and not search(NO_DATA, text)
        and not search(ARGUMENT, text)
        and not search(JOB_REFUSED, text)
    )


def _provider(one: MetricFacts, where: str) -> str:
    kind = f"its {one.provider} provider" if one.provider else "its provider"
    return f"{where} ({kind})" if where else kind


def _address(one: MetricFacts) -> str:
    config = one.metric.provider.get(one.provider) if one.metric else None
    return str(config.get("url") or config.get("address") or "") if isinstance(config, dict) else ""


def _evidence(view: VerificationView, one: MetricFacts, where: str) -> list[Evidence]:
    found: list[Evidence] = []
    if view.run is not None and one.last is not None:
        place = f"{one.path}.measurements[{len(one.result.measurements) - 1}].message"
        found.append(fact(view.run, place, one.message, one.last.finished_at))
        found.append(fact(view.run, f"{one.path}.error", f"{one.result.error} errors, phase {one.result.phase}"))
        if where:
            found.append(fact(view.run, f"spec.metrics[{one.result.name}].provider.{one.provider}", where))
    return found + run_evidence(view, one.message)
