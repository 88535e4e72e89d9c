"""Verification by one HTTP endpoint that the Argo Rollouts controller asks: an AnalysisTemplate with the web provider.

Checked against Rollouts v1.9.1 and v1.10.1, metricproviders/webmetric/webmetric.go: any status but 2xx is an Error, redirects
are followed first, no answer is an Error; a body that is no JSON is Successful whatever the condition says; a JSON body is
judged by the condition, and without one is Successful.
"""

from typing import Any

from gitops_master.manifests.build.probe_urls import probe_of
from gitops_master.manifests.build.templates import Template
from gitops_master.manifests.request import StageRequest
from gitops_master.model.errors import UsageError

EXAMPLE = "http://shop.shop.svc.cluster.local:8080/healthz"
URL = "web-url"
COUNT, INTERVAL_S, FAILURES, ERRORS = 5, 10, 1, 11
TIMEOUT_S = 5


def web_template(request: StageRequest) -> Template:
    """Raises UsageError without a URL. A condition behind it is an expression on `result`, the JSON of the answer."""
    probe = probe_of(request, EXAMPLE)
    web: dict[str, Any] = {
        "url": f"{{{{args.{URL}}}}}",
        "timeoutSeconds": TIMEOUT_S,
        "headers": [{"key": "Accept", "value": "application/json"}],
        "jsonPath": "{$}",
    }
    metric: dict[str, Any] = {
        "name": "web",
        "count": COUNT,
        "interval": f"{INTERVAL_S}s",
        "failureLimit": FAILURES,
        "consecutiveErrorLimit": ERRORS,
    }
    if probe.holds:
        metric["successCondition"] = _condition(probe.holds)
    return Template(
        name=f"{request.name}-web",
        file=f"analysis-{request.name}-web.yaml",
        metric={**metric, "provider": {"web": web}},
        args={URL: probe.url},
        comments=_comments(bool(probe.holds)),
        notes=(
            "the web provider follows redirects and passes every 2xx answer that is no JSON, a login page too (Argo Rollouts "
            "1.9 and 1.10); ask a path that answers JSON and give a condition, or verify by a job, which takes neither",
        ),
    )


def _condition(text: str) -> str:
    if "result" not in text:
        raise UsageError(
            f"the condition behind the URL does not look at the answer: {text!r}",
            f"it is an expression on `result`, the answer's JSON: {EXAMPLE} result.status == 'UP'",
        )
    if "{{" in text:
        raise UsageError(f"the condition holds {{{{: {text!r}", "Argo Rollouts would take what follows for an argument")
    return text


def _comments(conditional: bool) -> dict[tuple[str | int, ...], str]:
    made: dict[tuple[str | int, ...], str] = {
        (): "The Argo Rollouts controller asks, from its own pod: the URL has to be reachable from there.",
        (
            "count",
        ): f"With interval: it ends, after {COUNT} answers over {(COUNT - 1) * INTERVAL_S} s; without count it would run for ever.",
        ("failureLimit",): "One answer that does not meet the condition is borne: an instance that is still starting.",
        (
            "consecutiveErrorLimit",
        ): f"No answer, or a status other than 2xx, is an error; it is tried again after 10 s. {ERRORS + 1} in a row, two minutes, bridge a restart.",
        ("provider", "web", "timeoutSeconds"): "Slower is an error. Argo Rollouts' own limit is 10 s.",
        (
            "provider",
            "web",
            "headers",
        ): "Argo Rollouts 1.9 and 1.10 pass an answer that is no JSON without a look at the condition.",
        ("provider", "web", "jsonPath"): "The whole answer; it is `result` in a condition.",
    }
    if conditional:
        made["successCondition",] = "A key that the answer lacks is nil: the condition fails."
    return made
