"""Problems as SARIF 2.1.0, which code scanning takes: a rule a check, a result a problem."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gitops_master.files.gathering import STDIN_NAME
from gitops_master.manifests.checks.registry import Check
from gitops_master.model.manifest import Level
from gitops_master.model.setup import LintProblem, SetupAnswer

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}
FINGERPRINT = "gitopsMasterProblem/v1"


def sarif(answer: SetupAnswer, checks: Sequence[Check], version: str, folder: Path) -> dict[str, Any]:
    """The whole log. `folder`: what the URIs of files are relative to, as the root of a checkout is."""
    index = {one.id: at for at, one in enumerate(checks)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "gitops-master",
                        "semanticVersion": version,
                        "rules": [_rule(one) for one in checks],
                    }
                },
                "invocations": [
                    {"executionSuccessful": True, "toolExecutionNotifications": list(_not_checked(answer))}
                ],
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, index, folder) for one in answer.problems],
            }
        ],
    }


def _rule(one: Check) -> dict[str, Any]:
    return {
        "id": one.id,
        "shortDescription": {"text": one.title},
        "fullDescription": {"text": one.manual.split("\n\n")[0] or one.title},
        "help": {"text": one.manual or one.title, "markdown": one.manual or one.title},
        "defaultConfiguration": {"level": _LEVELS[one.level]},
        "properties": {"tags": ["gitops", "kubernetes"]},
    }


def _not_checked(answer: SetupAnswer) -> Iterator[dict[str, Any]]:
    for one in answer.not_checked:
        yield {"level": "note", "message": {"text": f"not checked: {one.what}: {one.reason}"}}


def _result(one: LintProblem, index: dict[str, int], folder: Path) -> dict[str, Any]:
    told = f"{one.message}\n{one.fix}" if one.fix else one.message
    found = {
        "ruleId": one.check,
        "level": _LEVELS[one.level],
        "message": {"text": f"{one.object}: {told}" if one.object else told},
        "locations": [location] if (location := _location(one, folder)) else [],
        "partialFingerprints": {FINGERPRINT: _fingerprint(one, folder)},
    }
    return {**found, "ruleIndex": index[one.check]} if one.check in index else found


def _location(one: LintProblem, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if one.file and one.file != STDIN_NAME:
        artifact: dict[str, Any] = {"artifactLocation": _artifact(one.file, folder)}
        if one.line:
            artifact["region"] = {"startLine": one.line}
        found["physicalLocation"] = artifact
    if one.object:
        name = "/".join(part for part in (one.object, one.path) if part)
        found["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
    return found


def _artifact(file: str, folder: Path) -> dict[str, str]:
    path = Path(file)
    path = path if path.is_absolute() else folder / path
    parts = Path(*_without_dots(path.parts))
    if parts.is_relative_to(folder):
        return {"uri": quote(parts.relative_to(folder).as_posix()), "uriBaseId": "%SRCROOT%"}
    return {"uri": parts.as_uri()}


def _without_dots(parts: Sequence[str]) -> list[str]:
    """As URIs are resolved: by their words, whatever links there are."""
    kept: list[str] = []
    for part in parts:
        if part == ".." and len(kept) > 1:
            kept.pop()
        elif part not in (".", ".."):
            kept.append(part)
    return kept


def _fingerprint(one: LintProblem, folder: Path) -> str:
    """The same wherever in the file the problem stands."""
    where = _artifact(one.file, folder)["uri"] if one.file else ""
    return hashlib.sha256("\0".join((one.check, where, one.object, one.path, one.message)).encode()).hexdigest()[:32]
