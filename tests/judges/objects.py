"""Objects that an API server with the products' CRDs takes, and ones with a single fault each."""

from copy import deepcopy
from typing import Any, NamedTuple

JSON = dict[str, Any]
KARGO, ARGO = "kargo.akuity.io/v1alpha1", "argoproj.io/v1alpha1"
DELETE = object()


class Faulty(NamedTuple):
    """`of`: which good object. `path`: where `value` is put in it, or DELETE. `said`: what both judges speak of."""

    of: str
    path: tuple[str | int, ...]
    value: Any
    said: str


def _one(
    api_version: str, kind: str, name: str, spec: JSON | None = None, *, namespace: str = "demo", **more: Any
) -> JSON:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    made: JSON = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}
    return made if spec is None else {**made, "spec": spec}


_CLONE = {
    "uses": "git-clone",
    "config": {"repoURL": "${{ vars.repo }}", "checkout": [{"branch": "main", "path": "./src"}]},
}
_UPDATE = {
    "uses": "argocd-update",
    "retry": {"timeout": "10m", "errorThreshold": 3},
    "config": {
        "apps": [
            {
                "name": "shop-${{ ctx.stage }}",
                "sources": [
                    {"repoURL": "https://git.example.com/shop", "desiredRevision": "${{ outputs.push.commit }}"}
                ],
            }
        ]
    },
}
GOOD = {
    "Project": _one(KARGO, "Project", "shop", namespace=""),
    "ProjectConfig": _one(KARGO, "ProjectConfig", "demo", {
        "promotionPolicies": [
            {"stage": "test", "autoPromotionEnabled": True, "autoRollback": {"onPromotion": ["Failed"]}},
            {"stageSelector": {"name": "glob:prod-*", "matchLabels": {"tier": "web"}}},
        ]
    }),
    "Warehouse": _one(KARGO, "Warehouse", "main", {
        "interval": "5m", "subscriptions": [{"git": {"repoURL": "https://git.example.com/shop", "branch": "main"}}]
    }),
    "Stage": _one(KARGO, "Stage", "test", {
        "requestedFreight": [{"origin": {"kind": "Warehouse", "name": "main"}, "sources": {"direct": True}}],
        "promotionTemplate": {"spec": {"steps": [_CLONE, {"task": {"name": "render"}, "vars": [{"name": "a", "value": "b"}]},
                                                 _UPDATE]}},
        "verification": {"analysisTemplates": [{"name": "web"}], "args": [{"name": "url", "value": "https://a.example"}]},
    }),
    "control-flow Stage": _one(KARGO, "Stage", "gate", {
        "requestedFreight": [{
            "origin": {"kind": "Warehouse", "name": "main"},
            "sources": {"stages": ["test"], "requiredSoakTime": "1h30m", "availabilityStrategy": "All"},
        }]
    }),
    "PromotionTask": _one(KARGO, "PromotionTask", "render", {"vars": [{"name": "a"}], "steps": [_CLONE]}),
    "ClusterPromotionTask": _one(KARGO, "ClusterPromotionTask", "render", {"steps": [_UPDATE]}, namespace=""),
    "Application": _one(ARGO, "Application", "shop", {
        "project": "default",
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
        "source": {"repoURL": "https://git.example.com/shop", "path": ".", "targetRevision": "main"},
    }),
    "AnalysisTemplate": _one(ARGO, "AnalysisTemplate", "web", {
        "args": [{"name": "url"}],
        "metrics": [{
            "name": "up", "interval": "10s", "count": 3, "failureLimit": "1", "successCondition": "result.ok",
            "provider": {"web": {"url": "{{ args.url }}", "timeoutSeconds": 5, "headers": [{"key": "a", "value": "b"}]}},
        }],
    }),
    "ClusterAnalysisTemplate": _one(ARGO, "ClusterAnalysisTemplate", "job", {
        "metrics": [{"name": "smoke", "provider": {"job": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "smoke", "image": "a.example/b:1"}]
        }}}}}}]
    }, namespace=""),
}  # fmt: skip

_STEP = ("spec", "promotionTemplate", "spec", "steps")
FAULTY = {
    "a field of the spec that is unknown": Faulty("Stage", ("spec", "freight"), {}, "freight"),
    "a field of a list's entry that is unknown": Faulty(
        "Stage", ("spec", "requestedFreight", 0, "sources", "stage"), ["test"], "stage"
    ),
    "a field that is required and not there": Faulty(
        "Stage", ("spec", "requestedFreight", 0, "sources"), DELETE, "sources"
    ),
    "a word that is none of the enum": Faulty(
        "control-flow Stage", ("spec", "requestedFreight", 0, "sources", "availabilityStrategy"), "Any", "Any"
    ),
    "a duration of another pattern": Faulty(
        "control-flow Stage",
        ("spec", "requestedFreight", 0, "sources", "requiredSoakTime"),
        "1 hour",
        "requiredSoakTime",
    ),
    "a number where a text is wanted": Faulty("Stage", (*_STEP, 1, "vars", 0, "value"), 5, "value"),
    "a step with both uses and task": Faulty("Stage", (*_STEP, 1, "uses"), "git-clone", "exactly one"),
    "a step with neither": Faulty("Stage", (*_STEP, 0, "uses"), DELETE, "exactly one"),
    "a task that is tried again": Faulty("Stage", (*_STEP, 1, "retry"), {"timeout": "5m"}, "retry"),
    "a task whose failure is passed over": Faulty("Stage", (*_STEP, 1, "continueOnError"), True, "continueOnError"),
    "a step of a task that is a task": Faulty("PromotionTask", ("spec", "steps", 0, "task"), {"name": "x"}, "uses set"),
    "a policy for a stage and a selector": Faulty(
        "ProjectConfig", ("spec", "promotionPolicies", 0, "stageSelector"), {"name": "a"}, "exactly one of stage"
    ),
    "a rollback on what is no outcome": Faulty(
        "ProjectConfig",
        ("spec", "promotionPolicies", 0, "autoRollback", "onPromotion", 0),
        "Aborted",
        "Failed or Errored",
    ),
    "no subscriptions at all": Faulty("Warehouse", ("spec", "subscriptions"), [], "subscriptions"),
    "a text where a number or text is wanted, but a map": Faulty(
        "AnalysisTemplate", ("spec", "metrics", 0, "count"), {"a": 1}, "count"
    ),
    "a provider that is unknown": Faulty("AnalysisTemplate", ("spec", "metrics", 0, "provider", "http"), {}, "http"),
    "no metrics' provider": Faulty("AnalysisTemplate", ("spec", "metrics", 0, "provider"), DELETE, "provider"),
    "no containers": Faulty(
        "ClusterAnalysisTemplate",
        ("spec", "metrics", 0, "provider", "job", "spec", "template", "spec", "containers"),
        DELETE,
        "containers",
    ),
    "no destination": Faulty("Application", ("spec", "destination"), DELETE, "destination"),
    "metadata that is unknown": Faulty("Warehouse", ("metadata", "label"), {}, "label"),
    "a name in capitals": Faulty("Warehouse", ("metadata", "name"), "Main", "name"),
    "a label that is none": Faulty("Warehouse", ("metadata", "labels"), {"a": "b c"}, "b c"),
    "an annotation that is no text": Faulty("Stage", ("metadata", "annotations"), {"a": True}, "annotations"),
}


def faulty(one: Faulty) -> JSON:
    """The good object with the fault in it."""
    made = deepcopy(GOOD[one.of])
    place: Any = made
    for part in one.path[:-1]:
        place = place[part]
    if one.value is DELETE:
        del place[one.path[-1]]
    else:
        place[one.path[-1]] = one.value
    return made
