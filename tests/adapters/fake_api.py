"""A `ports.api.Api` over plain objects: what an API server holding them would answer, without one."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

from gitops_master.adapters.live.resources import RESOURCES
from gitops_master.model.registry import kind_of
from gitops_master.ports.api import Reply, Request, Review

_LOG = re.compile(r"/api/v1/namespaces/([^/]+)/pods/([^/]+)/log")


def plural(kind: str) -> str:
    return RESOURCES[kind].plural if kind in RESOURCES else f"{kind.rpartition('/')[2].lower()}s"


class FakeApi:
    """Holds objects and logs; `refuse` says which requests get which status instead; `may` what reviews say: None fails one."""

    title = "fake"
    together = True

    def __init__(
        self,
        objects: Sequence[dict[str, Any]],
        logs: dict[tuple[str, str, str], str] | None = None,
        refuse: Callable[[Request], int] = lambda _: 0,
        may: Callable[[dict[str, str]], bool | None] = lambda _: True,
    ) -> None:
        self.may = may
        self.reviewed: list[dict[str, str]] = []
        self._logs = logs or {}
        self.refuse = refuse
        self._lists: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}
        self.asked: list[Request] = []
        self.rounds = 0
        own = {_identity(one) for one in objects if "/" not in one["apiVersion"]}
        for one in objects:
            kind = kind_of(one["apiVersion"], one["kind"])
            if kind.startswith("v1/") and "/" in one["apiVersion"] and _identity(one) in own:
                continue  # an object that the server shows under two groups is one object
            served = RESOURCES[kind].group_version if kind in RESOURCES else one["apiVersion"]
            self._lists.setdefault((served, plural(kind)), []).append(one)
            namespaced = bool(one["metadata"].get("namespace"))
            self._kinds.setdefault(one["apiVersion"], {})[one["kind"]] = (plural(kind), namespaced)

    async def get(self, requests: Sequence[Request], *, deadline_s: float) -> list[Reply]:
        self.rounds += 1
        self.asked += requests
        return [self._answer(one) for one in requests]

    async def review(self, kind: Review, bodies: Sequence[bytes], *, deadline_s: float) -> list[Reply]:
        return [self._review(kind, json.loads(one)) for one in bodies]

    async def close(self) -> None:
        pass

    def _review(self, kind: Review, body: dict[str, Any]) -> Reply:
        refused = self.refuse(Request(kind.value))
        if refused:
            return Reply(refused, problem=f"{refused} refused by the test")
        if kind is Review.WHO_AM_I:
            return _json({"status": {"userInfo": {"username": "tester", "groups": ["system:authenticated"]}}})
        asked = body["spec"]["resourceAttributes"]
        self.reviewed.append(asked)
        allowed = self.may(asked)
        return (
            Reply(500, problem="500 refused by the test")
            if allowed is None
            else _json({"status": {"allowed": allowed}})
        )

    def _answer(self, request: Request) -> Reply:
        refused = self.refuse(request)
        if refused:
            return Reply(refused, problem=f"{refused} refused by the test")
        if request.path == "/version":
            return _json({"major": "1", "gitVersion": "v1.34.1"})
        if request.path == "/apis":
            return _json({"kind": "APIGroupList", "groups": self._groups()})
        log = _LOG.fullmatch(request.path)
        if log is not None:
            return self._log(log[1], log[2], dict(request.query))
        parts = [unquote(part) for part in request.path.split("/")[2:]]
        version, rest = (parts[0], parts[1:]) if request.path.startswith("/api/") else ("/".join(parts[:2]), parts[2:])
        if not rest:
            return self._served(version)
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        held = [
            one
            for one in self._lists.get((version, rest[0]), [])
            if not namespace or one["metadata"].get("namespace") == namespace
        ]
        if len(rest) > 1:
            found = next((one for one in held if one["metadata"]["name"] == rest[1]), None)
            return Reply(404, problem=f'{rest[0]} "{rest[1]}" not found') if found is None else _json(found)
        return _listed(held, dict(request.query))

    def _groups(self) -> list[dict[str, Any]]:
        found = sorted({version.partition("/")[::2] for version in self._kinds if "/" in version})
        return [{"name": group, "versions": [{"version": version}]} for group, version in found]

    def _served(self, version: str) -> Reply:
        kinds = self._kinds.get(version, {})
        found = [{"name": name, "kind": kind, "namespaced": scoped} for kind, (name, scoped) in kinds.items()]
        return _json({"kind": "APIResourceList", "resources": found}) if kinds else Reply(404, problem="not found")

    def _log(self, namespace: str, pod: str, query: dict[str, str]) -> Reply:
        text = self._logs.get((namespace, pod, query["container"]))
        if query.get("previous"):
            return Reply(400, problem="previous terminated container not found")
        return Reply(404, problem="not found") if text is None else Reply(200, (text.encode(),))


def _identity(one: dict[str, Any]) -> tuple[str, str, str]:
    return one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]


def _listed(held: list[dict[str, Any]], query: dict[str, str]) -> Reply:
    chosen = [one for one in held if _matches(one, query)]
    limit = int(query.get("limit", 0)) or len(chosen)
    more = {"continue": "more"} if len(chosen) > limit else {}
    items = [_item(one) for one in chosen[:limit]]
    return _json({"kind": "List", "metadata": more, "items": items})


def _item(one: dict[str, Any]) -> dict[str, Any]:
    """API servers leave out what each item of a list is where the kind is one of their own."""
    own = kind_of(one["apiVersion"], one["kind"]) in RESOURCES
    return {key: value for key, value in one.items() if key != "kind" or not own}


def _matches(one: dict[str, Any], query: dict[str, str]) -> bool:
    labels = one["metadata"].get("labels") or {}
    for part in re.findall(r"[^,(]+(?:\([^)]*\))?", query.get("labelSelector", "")):
        several = re.fullmatch(r"\s*(\S+) in \(([^)]*)\)", part)
        if several:
            if labels.get(several[1]) not in several[2].split(","):
                return False
        elif "=" in part:
            key, _, value = part.partition("=")
            if labels.get(key) != value:
                return False
        elif part not in labels:
            return False
    field, _, wanted = query.get("fieldSelector", "").partition("=")
    if field == "status.phase":
        return bool((one.get("status") or {}).get("phase") == wanted)
    if field == "spec.type":
        return bool((one.get("spec") or {}).get("type", "ClusterIP") == wanted)
    return field not in ("type", "reason") or one.get(field) == wanted


def _json(value: Any) -> Reply:
    return Reply(200, (json.dumps(value).encode(),))
