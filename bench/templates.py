"""Objects that real controllers wrote (tests/cases/live) as texts with holes: names, ids and hours are filled in."""

import json
import re
from copy import deepcopy
from functools import cache
from textwrap import indent
from typing import Any

from tests import worlds

Json = dict[str, Any]

PARTS = ("api", "web", "worker", "cron")
"""The Deployments of a service; the recorded ones have a single one."""
HOUR = "2026-11-23T05"
"""The hour in which the cases were recorded; older objects get another one."""


class Template:
    """The text of an object with holes where `names` stood; its own uid and the hour are holes, too."""

    def __init__(self, one: Json, names: dict[str, str]) -> None:
        self.kind = str(one["kind"])
        one["metadata"]["managedFields"] = _managed_fields(one)
        holes = {**names, HOUR: "hour", one["metadata"]["uid"]: "uid"}
        words = "|".join(re.escape(word) for word in sorted(holes, key=len, reverse=True))
        pieces = re.split(rf"(?<!\w)({words})(?!\w)", indent(json.dumps(one, indent=4, default=str), " " * 8))
        self._pieces = [holes[piece] if index % 2 else piece for index, piece in enumerate(pieces)]

    def text(self, values: dict[str, str]) -> tuple[str, str]:
        return self.kind, "".join(values[one] if index % 2 else one for index, one in enumerate(self._pieces))


def _managed_fields(one: Json) -> list[Json]:
    """Who set which field, as the API server records it: the creator the spec, the controller the status."""
    time = one["metadata"].get("creationTimestamp")
    entry = {"apiVersion": one["apiVersion"], "fieldsType": "FieldsV1", "operation": "Update", "time": time}
    owned = {part: one[part] for part in ("status", "spec") if part in one}
    return [
        {**entry, "manager": f"{one['kind'].lower()}-{part}", "fieldsV1": {f"f:{part}": _fields(value)}}
        for part, value in owned.items()
    ]


def _fields(value: Any) -> Json:
    if isinstance(value, dict):
        return {f"f:{key}": _fields(held) for key, held in value.items()}
    if not isinstance(value, list):
        return {}
    keyed = [
        (next((key for key in ("name", "type") if key in held), ""), held) for held in value if isinstance(held, dict)
    ]
    return {f'k:{{"{key}":"{held[key]}"}}': _fields(held) for key, held in keyed if key}


@cache
def case(number: str) -> list[Json]:
    return worlds.load(worlds.case_folder(f"live/{number}"))[0]


def named(number: str, title: str) -> Json:
    return deepcopy(worlds.named(case(number), title))


class KargoTemplates:
    """Templates of one recorded case: a Stage, its last Promotion, its Application. `now` and `before`: its Freight."""

    def __init__(self, number: str, project: str, service: str, stage: str, now: str, before: str) -> None:
        self._number, self._project = number, project
        upstream = "staging" if stage == "live" else "nowhere"
        short = {now[:7]: "short", before[:7]: "short_before"}
        self.names = {
            **{project: "project", service: "service", stage: "stage", upstream: "upstream", **short, now: "freight"},
            **{before: "before", f"{service}-{stage}": "app", f"{project}-{stage}": "namespace"},
            **{freight["commits"][0]["id"]: key for freight, key in self._freight(now, before)},
        }
        last = named(number, f"Stage {project}/{stage}")["status"]["lastPromotion"]["name"]
        promotion = named(number, f"Promotion {project}/{last}")
        self.names |= {last.split(".")[1]: "ulid", promotion["metadata"]["ownerReferences"][0]["uid"]: "stage_uid"}
        self.promotion = Template(promotion, self.names)
        self.stage = self._stage(stage, direct=False)
        self.first_stage = self._stage(stage, direct=True)
        self.app = self._application(f"Application argocd/{service}-{stage}")

    def _freight(self, now: str, before: str) -> list[tuple[Json, str]]:
        pairs = [(now, "commit"), (before, "commit_before")] if now != before else [(now, "commit")]
        return [(named(self._number, f"Freight {self._project}/{name}"), key) for name, key in pairs]

    def _stage(self, name: str, *, direct: bool) -> Template:
        one = named(self._number, f"Stage {self._project}/{name}")
        if direct:
            one["spec"]["requestedFreight"][0]["sources"] = {"direct": True}
        elif "direct" in one["spec"]["requestedFreight"][0]["sources"]:
            one["spec"]["requestedFreight"][0]["sources"] = {"stages": ["nowhere"]}
        return Template(one, self.names)

    def _application(self, title: str) -> Template | None:
        """With one Deployment a part where the recorded one has a single one; None where the case has none."""
        try:
            one = named(self._number, title)
        except ValueError:
            return None
        resources = one["status"]["resources"]
        deployment = next(held for held in resources if held["kind"] == "Deployment")
        others = [held for held in resources if held is not deployment]
        one["status"]["resources"] = others + [{**deployment, "name": f"{deployment['name']}-{part}"} for part in PARTS]
        return Template(one, self.names)


class WorkloadTemplates:
    """Templates of a Deployment, its ReplicaSets and their Pods. `waiting`: how many Pods of ten are of the newer set."""

    def __init__(self, level: str, old: str, new: str, waiting: int) -> None:
        namespace, waits = f"kestova-{level}", {"replicas": waiting, "readyReplicas": 0, "availableReplicas": 0}
        names = {namespace: "namespace", f"portal-{level}": "app", "kestova": "project", "portal": "workload"}
        deployment = named("14", f"Deployment {namespace}/portal")
        running = {"replicas": 10 - waiting, "readyReplicas": 10 - waiting, "availableReplicas": 10 - waiting}
        deployment["spec"]["replicas"] = 10
        if not waiting:
            deployment["status"] |= {"updatedReplicas": 10}
        deployment["status"] |= {**running, "replicas": 10} | (
            {"updatedReplicas": waiting, "unavailableReplicas": waiting} if waiting else {}
        )
        names |= {deployment["metadata"]["uid"]: "deployment_uid"}
        self.deployment = Template(deployment, names)
        self.waiting = waiting
        self.sets = [self._set(namespace, old, running, names)]
        self.sets += [self._set(namespace, new, waits, names)] if waiting else []

    def _set(self, namespace: str, name: str, counts: Json, names: dict[str, str]) -> tuple[Template, Template]:
        one = named("14", f"ReplicaSet {namespace}/{name}")
        one["spec"]["replicas"] = counts["replicas"]
        one["status"] |= counts
        pod = next(
            deepcopy(held) for held in case("14") if held["kind"] == "Pod" and held["metadata"]["name"].startswith(name)
        )
        _fatten(pod)
        names = {**names, one["metadata"]["uid"]: "set_uid", name: "set", name.rpartition("-")[2]: "hash"}
        return Template(one, names), Template(pod, {**names, pod["metadata"]["name"]: "pod"})


def _fatten(pod: Json) -> None:
    """What a recorded test pod lacks beside one of a real service: settings, probes, limits, a token volume."""
    pod["metadata"]["labels"]["app.kubernetes.io/name"] = "portal"
    container = pod["spec"]["containers"][0]
    container["env"] = [{"name": f"SETTING_{index}", "value": f"value-{index}"} for index in range(2)]
    probe = {"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1}
    container["readinessProbe"] = {"httpGet": {"path": "/ready", "port": 8080, "scheme": "HTTP"}, **probe}
    container["resources"] = {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}}
    mount = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "kube-api-access", "readOnly": True}
    container["volumeMounts"] = [mount]
    token = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
    pod["spec"]["volumes"] = [{"name": "kube-api-access", "projected": {"defaultMode": 420, "sources": [token]}}]
