"""Objects of a case folder or a saved real state, as plain data that is JSON."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from tests import worlds

_INDEXES = {"snapshot.yaml", "case.yaml"}


def folders() -> list[Path]:
    """Every case and every saved real state."""
    return [*sorted(path.parent for path in worlds.CASES.glob("*/*/case.yaml")), *sorted(worlds.REAL.iterdir())]


def objects_in(folder: Path) -> list[dict[str, Any]]:
    """What the YAML files of a folder hold, Lists taken apart, in the order of the files."""
    result: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name not in _INDEXES:
            for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
                result += _taken_apart(document)
    return result


def logs_in(folder: Path) -> dict[tuple[str, str, str], bytes]:
    """(namespace, pod, container) -> what it said."""
    logs = {}
    for path in sorted(folder.glob("logs/*.log")):
        namespace, pod, container = path.stem.split("_")
        logs[namespace, pod, container] = path.read_bytes()
    return logs


def _taken_apart(document: Any) -> list[dict[str, Any]]:
    if not document:
        return []
    if "items" not in document:
        return [_plain(document)]
    head = {"apiVersion": document["apiVersion"], "kind": document["kind"].removesuffix("List")}
    return [_plain({**head, **item}) for item in document["items"]]


def _plain(value: Any) -> Any:
    """YAML reads an unquoted time as a time; on the wire it is text."""
    if isinstance(value, dict):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
