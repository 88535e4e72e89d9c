import re
from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import find, search
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import (
    MetricFacts,
    ended_badly,
    in_progress,
    is_erring,
    metrics,
    outcome,
    run_evidence,
    was_aborted,
)
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kargo import VERIFICATION_TERMINAL
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, HELD, NEEDS, then_verify_anew
from gitops_master.rules.verification.patterns import ARGUMENT, CREDENTIALS, JOB_REFUSED, NO_DATA, REQUEST_FAILED
from gitops_master.rules.warehouse.patterns import BY_NAME, BY_SILENCE, BY_TLS

_SERVICE = re.compile(r"^(?:\w+://)?(?P<name>[a-z0-9-]+)\.(?P<namespace>[a-z0-9-]+)\.svc\b")
"""A Service of the same cluster; without `.svc` a name may as well be a host outside."""


@rule(
    "metric-provider-request-failed",
    area="verification",
    title="A metric provider cannot be asked",
    on=StageView,
    needs=NEEDS,
    explains=EFFECTS | HELD,
    sources=("argoproj/argo-rollouts@v1.9.1 metricproviders/*", "argoproj/argo-rollouts@v1.9.1 analysis/analysis.go"),
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
        remedies=[_cure(one, where), *then_verify_anew(stage)],
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


def _cure(one: MetricFacts, where: str) -> Remedy:
    """What to mend, by what the error says. The Argo Rollouts controller asks, from its own pod."""
    server, metric = where or f"the {one.provider or 'metric'} server", f"metric {one.result.name}"
    if find(CREDENTIALS, one.message):
        return advise(
            f"Renew the credentials that {metric} sends to {server}: the Secret or argument that its template names"
        )
    if find(BY_TLS, one.message):
        return advise(
            f"Give {server} a certificate that the Argo Rollouts controller trusts, or correct the address in the template"
        )
    service = _SERVICE.match(where)
    look = []
    if service is not None:
        chosen = f"-l kubernetes.io/service-name={service['name']}"
        look = [f"kubectl -n {service['namespace']} get endpointslices.discovery.k8s.io {chosen}"]
    if find(BY_NAME, one.message):
        title = f"Correct the address of {metric} in its template: {server} has no such name, seen from the Argo Rollouts controller"
    elif find(BY_SILENCE, one.message):
        title = f"Bring {server} back, or open the way to it from the Argo Rollouts controller's namespace (NetworkPolicy, port)"
    else:
        title = f"See why {server} answers {metric} so, and mend that or the address in the template"
    return advise(title, *look)


def _evidence(view: VerificationView, one: MetricFacts, where: str) -> list[Evidence]:
    found: list[Evidence] = []
    if view.run is not None and one.last is not None:
        place = f"{one.path}.measurements[{len(one.result.measurements) - 1}].message"
        found.append(fact(view.run, place, one.message, one.last.finished_at))
        if outcome(view) not in VERIFICATION_TERMINAL:
            found.append(fact(view.run, f"{one.path}.error", f"{one.result.error} errors so far"))
        if where:
            found.append(fact(view.run, f"spec.metrics[{one.result.name}].provider.{one.provider}", where))
    return found + run_evidence(view, one.message, named=True)
