"""The outside of AnalysisTemplate and ClusterAnalysisTemplate, as Argo Rollouts v1.9.1 has them; a Job in one is not looked into."""

from collections.abc import Mapping
from typing import Any

from gitops_master.manifests.schema.parts import ANYTHING, FLAG, GO_SPAN, TEXT, WHOLE
from gitops_master.manifests.schema.rules import unique
from gitops_master.manifests.schema.shapes import Faults, Fields, Given, ListOf, MapOf, SchemaFault, Shape, WholeOrText
from gitops_master.model.manifest import Path

_INSIDE = MapOf(ANYTHING)
_HEADERS = ListOf(Fields({"key!": TEXT, "value!": TEXT}))
_LOGIN = Fields({"oauth2": _INSIDE, "sigv4": _INSIDE})
PROVIDERS: Mapping[str, Shape] = {
    "web": Fields(
        {
            "url!": TEXT,
            "method": TEXT,
            "headers": _HEADERS,
            "body": TEXT,
            "jsonBody": ANYTHING,
            "jsonPath": TEXT,
            "timeoutSeconds": WHOLE,
            "insecure": FLAG,
            "authentication": _LOGIN,
        }
    ),
    "prometheus": Fields(
        {
            "address": TEXT,
            "query": TEXT,
            "rangeQuery": Fields({"start": TEXT, "end": TEXT, "step": TEXT}),
            "headers": _HEADERS,
            "timeout": WHOLE,
            "insecure": FLAG,
            "authentication": _LOGIN,
        }
    ),
    "job": Fields({"metadata": _INSIDE, "spec!": _INSIDE}),
    "datadog": _INSIDE,
    "newRelic": _INSIDE,
    "wavefront": _INSIDE,
    "cloudWatch": _INSIDE,
    "graphite": _INSIDE,
    "influxdb": _INSIDE,
    "kayenta": _INSIDE,
    "skywalking": _INSIDE,
    "plugin": _INSIDE,
}


def _one_provider(value: Mapping[str, Any], path: Path, given: Given) -> Faults:
    """Rollouts takes the first that it knows, or says that there is none; the CRD is silent."""
    if len(value) != 1 and all(one in PROVIDERS for one in value):
        yield SchemaFault(path, f"must have one provider, has {', '.join(value) or 'none'}")


_COUNTS = ("count", "failureLimit", "inconclusiveLimit", "consecutiveErrorLimit", "consecutiveSuccessLimit")
_METRIC = Fields(
    {
        "name!": TEXT,
        "provider!": Fields(PROVIDERS, rules=(_one_provider,)),
        "initialDelay": GO_SPAN,
        "interval": GO_SPAN,
        "successCondition": TEXT,
        "failureCondition": TEXT,
        **dict.fromkeys(_COUNTS, WholeOrText()),
    }
)
_VALUE_FROM = Fields({"secretKeyRef": Fields({"name!": TEXT, "key!": TEXT}), "fieldRef": Fields({"fieldPath!": TEXT})})
SPEC = Fields(
    {
        "args": ListOf(
            Fields({"name!": TEXT, "value": TEXT, "valueFrom": _VALUE_FROM}),
            rules=(unique("name", words="the argument"),),
        ),
        "metrics": ListOf(_METRIC, rules=(unique("name", words="the metric"),)),
        "dryRun": ListOf(Fields({"metricName!": TEXT})),
        "measurementRetention": ListOf(Fields({"metricName!": TEXT, "limit!": WHOLE})),
        "templates": ListOf(Fields({"templateName": TEXT, "clusterScope": FLAG})),
    }
)
