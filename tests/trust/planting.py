"""Worlds in which somebody has left something in every field: a credential, or words meant for a model."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

CANARY = "ghp_" + "CaNaRy7Q" * 5
"""A token by its form: nothing of it may leave, wherever it stands."""
QUIET = "quiet-canary-7f3a9"
"""A secret by its place alone: the value of an environment variable, a Secret, a manifest that was applied before."""
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_IDENTITY = {"apiVersion", "kind"}
_NAMES = {"name", "namespace"}
_FREE = {"message", "error", "reason", "description", "note", "title", "author", "subject", "commitMessage", "value"}
"""What people and controllers write freely: an analysis goes the same way whatever stands there at the end."""

_READ = {"ARGOCD_NAMESPACE"}
"""Variables that say where things are, and are read of Kargo's own controllers (docs/trust.md)."""

Path = tuple[str, ...]
"""Kind and keys; the items of a list share theirs."""


def leaves(one: dict[str, Any]) -> Iterator[tuple[Path, Any, Any]]:
    """(path, what holds it, key or index) of every text in an object but what says which object it is."""
    for key, value in one.items():
        if key not in _IDENTITY:
            yield from _below((one["kind"], key), one, key, value)


def _below(path: Path, holder: Any, key: Any, value: Any) -> Iterator[tuple[Path, Any, Any]]:
    if isinstance(value, str):
        if not (path[1] == "metadata" and path[-1] in _NAMES and len(path) == 3):
            yield path, holder, key
    elif isinstance(value, dict):
        for inner in value:
            yield from _below((*path, str(inner)), value, inner, value[inner])
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _below(path, value, at, each)


def paths(objects: list[dict[str, Any]]) -> list[Path]:
    """All of these objects, each once, in order."""
    return sorted({path for one in objects for path, _, _ in leaves(one)})


def is_free(path: Path) -> bool:
    """Whether no judgement depends on how the text there ends."""
    return path[-1] in _FREE - {"reason", "value"} or path[1:3] == ("metadata", "annotations")


def planted(objects: list[dict[str, Any]], text: str, where: Callable[[Path], bool]) -> list[dict[str, Any]]:
    """The objects, with the text behind every other text whose path is meant."""
    result = json.loads(json.dumps(deepcopy(objects), default=str))
    for one in result:
        for path, holder, key in list(leaves(one)):
            if where(path):
                holder[key] = f"{holder[key]} {text}"
    return list(result)


def hidden(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects, with QUIET wherever a place alone makes a secret, and a Secret beside them in each namespace."""
    result = json.loads(json.dumps(deepcopy(objects), default=str))
    for one in result:
        one["metadata"].setdefault("annotations", {})[LAST_APPLIED] = json.dumps({"data": {"password": QUIET}})
        for env in _envs(one):
            env["value"] = f"{QUIET}-{env.get('name', '')}"
    for place in sorted({one["metadata"]["namespace"] for one in result if one["metadata"].get("namespace")}):
        metadata = {"name": "canary", "namespace": place, "labels": {"kargo.akuity.io/cred-type": "git"}}
        content = {"data": {"password": QUIET}, "stringData": {"repoURL": "https://git.example.com/a", "token": QUIET}}
        result.append({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **content})
    return list(result)


def _envs(value: Any) -> Iterator[dict[str, Any]]:
    """The environment variables of all containers below."""
    if isinstance(value, dict):
        for container in value.get("containers") or []:
            if isinstance(container, dict):
                container.setdefault("env", []).append({"name": "CANARY", "value": ""})
                yield from (one for one in container["env"] if "valueFrom" not in one and one.get("name") not in _READ)
        for each in value.values():
            yield from _envs(each)
    elif isinstance(value, list):
        for each in value:
            yield from _envs(each)
