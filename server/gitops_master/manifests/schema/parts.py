"""Shapes that several of Kargo's objects share. Each CRD of Kargo v1.11.2 says the same of them."""

from collections.abc import Mapping
from typing import Any

from gitops_master.manifests.schema.rules import different, duration, email, exactly_one, forbids, no_match, unique
from gitops_master.manifests.schema.shapes import (
    Anything,
    Faults,
    Fields,
    Flag,
    Given,
    ListOf,
    MapOf,
    SchemaFault,
    Shape,
    Text,
    Whole,
)
from gitops_master.model.manifest import Path

TEXT, FLAG, WHOLE, ANYTHING = Text(), Flag(), Whole(), Anything()
SOME = Text(1)
"""A text that is not empty."""
TEXTS, TEXT_MAP = ListOf(TEXT), MapOf(TEXT)
DNS = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
NAME_WORDS = "a name: lower-case letters, digits, '-' and '.', letters or digits at both ends"
NAME = Text(1, 253, DNS, NAME_WORDS)
SPAN = Text(pattern=r"^([0-9]+(\.[0-9]+)?(s|m|h))+$", what="a duration such as 90s, 5m or 1h30m")
"""As CRDs want durations: other than Go's, without sign and without units below a second."""
GO_SPAN = Text(check=duration)
EMAIL = Text(1, check=email)

VARIABLES = ListOf(
    Fields({"name!": Text(1, 0, r"^[a-zA-Z_]\w*$", "a name: letters, digits and '_', no digit first"), "value": TEXT})
)

_ALIASES = unique("as", words="the alias")
_RESERVED = no_match("as", r"^(step|task)-\d+$", "is an alias that Kargo keeps for itself: step-N and task-N")
_RETRY = Fields({"timeout@1.1": GO_SPAN, "errorThreshold": WHOLE})
_TASK = Fields({"name!": NAME, "kind": Text(choices=("PromotionTask", "ClusterPromotionTask"))})


def _inner_step(value: Any, path: Path, given: Given) -> Faults:
    if "task" in value:
        yield SchemaFault((*path, "task"), "a task cannot name another task", "write the steps of that task here")
    elif "uses" not in value:
        yield SchemaFault((*path, "uses"), "is missing")


def steps(in_task: bool) -> ListOf:
    """The steps of a promotion template or of a task, which may name no further task."""
    # Of `if` and `config` the webhook says so, of the others CEL (pkg/webhook/kubernetes/stage/webhook.go, v1.11.2).
    no = "a step that names a task cannot have this: its steps have their own"
    tasks = (
        exactly_one("uses", "task", present=True),
        forbids("task", "if", "config", "continueOnError", "retry", why=no),
    )
    step = Fields(
        {
            "uses": SOME,
            "task@1.2": _TASK,
            "as": TEXT,
            "if@1.3": TEXT,
            "continueOnError@1.5": FLAG,
            "retry@1.1": _RETRY,
            "vars@1.2": VARIABLES,
            "config": ANYTHING,
        },
        rules=((_inner_step,) if in_task else tasks) + (_RESERVED,),
    )
    return ListOf(step, 1, rules=(_ALIASES,))


TASK_SPEC = Fields({"vars": VARIABLES, "steps!": steps(in_task=True)})

_EXPRESSION = Fields(
    {"key!": TEXT, "operator!": Text(choices=("In", "NotIn", "Exists", "DoesNotExist")), "values": TEXTS}
)
SELECTOR: Mapping[str, Shape] = {"matchLabels": TEXT_MAP, "matchExpressions": ListOf(_EXPRESSION)}
LINKS = ListOf(Fields({"title!": SOME, "url!": SOME, "description": TEXT, "if": TEXT}))
SECRET = Fields({"name": TEXT})
OUTCOMES: Mapping[str, Shape] = {
    "onPromotion": ListOf(Text(choices=("Failed", "Errored")), most=2, rules=(different,)),
    "onVerification": ListOf(Text(choices=("Failed", "Error")), most=2, rules=(different,)),
}

_INDEX = Fields(
    {
        "key!": Text(choices=("subscribedURLs", "receiverPaths")),
        "operator!": Text(choices=("Equals", "NotEquals")),
        "value!": TEXT,
    }
)


def _some_target(value: Any, path: Path, given: Given) -> Faults:
    if not any(value.get(one) for one in ("name", "labelSelector", "indexSelector")):
        yield SchemaFault(path, "must have one of name, labelSelector, indexSelector")


_TARGET = Fields(
    {
        "kind!": Text(choices=("Warehouse",)),
        "name": TEXT,
        "labelSelector": Fields(SELECTOR),
        "indexSelector": Fields({"matchIndices": ListOf(_INDEX, 1)}),
    },
    rules=(_some_target,),
)
_ACTION = Fields(
    {
        "action!": Text(choices=("Refresh",)),
        "parameters": TEXT_MAP,
        "targetSelectionCriteria": ListOf(_TARGET, 1),
        "whenExpression": TEXT,
    }
)
_PLAIN = Fields({"secretRef!": SECRET})
_SENDERS: Mapping[str, Shape] = {
    "artifactory@1.7": Fields({"secretRef!": SECRET, "virtualRepoName@1.8": TEXT}),
    "azure@1.7": _PLAIN,
    "bitbucket": _PLAIN,
    "dockerhub": _PLAIN,
    "generic@1.9": Fields({"secretRef!": SECRET, "actions": ListOf(_ACTION, 1)}),
    "gitea@1.7": _PLAIN,
    "github": _PLAIN,
    "gitlab": _PLAIN,
    "harbor@1.8": _PLAIN,
    "quay": _PLAIN,
}


def _one_sender(value: Any, path: Path, given: Given) -> Faults:
    there = [one for key in _SENDERS if (one := key.partition("@")[0]) in value]
    if len(there) > 1:
        yield SchemaFault(
            (*path, there[-1]), f"a receiver has one sort; this has {', '.join(there)}", "make it several"
        )


RECEIVERS = ListOf(Fields({"name!": NAME, **_SENDERS}, rules=(_one_sender,)), rules=(unique("name", words="the name"),))
