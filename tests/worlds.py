"""Snapshots for tests: from a case folder, from inline objects, and changed a little to make a near miss."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from gitops_master.model.finding import Diagnosis
from gitops_master.model.versions import Versions, parse_version
from gitops_master.usecases.analyze_stage import AnalyzeRequest

CASES = Path(__file__).parent / "cases"
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/case.yaml"))
"""Of every case, those that were composed (dev) and those that real controllers wrote (live)."""
NAMES = [f"{path.parent.name}/{path.name}" for path in FOLDERS]
"""Of the same, in their order: what pytest calls them."""
REAL = Path(__file__).parent / "real"
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")


def case_folder(name: str) -> Path:
    """`dev/k03` finds dev/k03-app-not-authorized."""
    kind, _, start = name.partition("/")
    found = sorted((CASES / kind).glob(f"{start}*"))
    if len(found) != 1:
        raise ValueError(f"{name!r} names {len(found)} case folders")
    return found[0]


def asked(folder: Path) -> AnalyzeRequest:
    """What a case is asked: its symptom, of the first of Stage, Application and Warehouse that it names."""
    case = yaml.safe_load((folder / "case.yaml").read_text())
    target = case["scope"]["target"]
    first = next(key for key in ("stage", "app", "warehouse") if key in target)
    return AnalyzeRequest(
        project=case["scope"]["kargo_namespace"], symptom=" ".join(case["symptom"].split()), **{first: target[first]}
    )


def told(answer: Diagnosis) -> tuple[str, str, str]:
    """Verdict, and the root cause's id and subject, empty where there is none."""
    root = answer.root_cause
    return answer.verdict.value, root.id if root else "", root.subject if root else ""


def versions(index: dict[str, Any]) -> Versions:
    """What an index states of installed versions: some cases hold no control plane that would tell."""
    stated = {key.replace("-", "_"): parse_version(str(value)) for key, value in (index.get("versions") or {}).items()}
    return Versions(**stated)


def load(folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, str]]:
    """(objects, index, logs by file name) of a case folder, as plain data."""
    objects = [one for one in yaml.load_all((folder / "objects.yaml").read_text(), yaml.CSafeLoader) if one]
    index = yaml.safe_load((folder / "snapshot.yaml").read_text())
    logs = {path.name: path.read_text() for path in sorted(folder.glob("logs/*.log"))}
    return objects, index, logs


def write(folder: Path, objects: list[dict[str, Any]], index: dict[str, Any], logs: dict[str, str]) -> Path:
    """A snapshot folder that the reader takes. JSON is YAML, and faster to read."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "objects.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}, default=str)
    )
    (folder / "snapshot.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(index, default=str))))
    if logs:
        (folder / "logs").mkdir(exist_ok=True)
    for name, text in logs.items():
        (folder / "logs" / name).write_text(text)
    return folder


def named(objects: list[dict[str, Any]], title: str) -> dict[str, Any]:
    """The object that `Kind namespace/name` (or `Kind name`) names."""
    kind, _, place = title.partition(" ")
    namespace, slash, name = place.rpartition("/")
    for one in objects:
        metadata = one["metadata"]
        if (
            one["kind"] == kind
            and metadata["name"] == name
            and (not slash or metadata.get("namespace", "") == namespace)
        ):
            return one
    raise ValueError(f"no {title!r} among {[one['kind'] + ' ' + one['metadata']['name'] for one in objects]}")


def changed(objects: list[dict[str, Any]], changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects after `{set: Kind ns/name, path, value}` (or `repeat: [text, times]` for a long value), `{unset: …, path}`,
    `{remove: …}`, `{remove_kind: …}`, `{replace_text: [from, to]}` or `{add: object}`."""
    result = deepcopy(objects)
    for change in changes:
        if "remove" in change:
            result.remove(named(result, change["remove"]))
        elif "remove_kind" in change:
            result = [one for one in result if one["kind"] != change["remove_kind"]]
        elif "add" in change:
            result.append(deepcopy(change["add"]))
        elif "replace_text" in change:
            old, new = change["replace_text"]
            result = json.loads(json.dumps(result, default=str).replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1]))
        else:
            _put(named(result, change.get("set") or change["unset"]), change)
    return result


def _put(one: dict[str, Any], change: dict[str, Any]) -> None:
    keys = [plain or bracketed for plain, bracketed in _STEP.findall(change["path"])]
    at: Any = one
    for key in keys[:-1]:
        at = at[int(key)] if isinstance(at, list) else at.setdefault(key, {})
    last: Any = int(keys[-1]) if isinstance(at, list) else keys[-1]
    if "unset" in change:
        del at[last]
    else:
        text, times = change.get("repeat", ("", 0))
        at[last] = deepcopy(change["value"]) if "value" in change else text * times


def rule_case(case: dict[str, Any], folder: Path) -> tuple[Path, AnalyzeRequest]:
    """The snapshot that a case of tests/rules/<id>.yaml describes (test_rules.py says how), written to the folder, and what to ask."""
    if "base" in case:
        base = case_folder(case["base"])
        objects, index, logs = load(base)
        told = yaml.safe_load((base / "case.yaml").read_text())
        scope, now = told["scope"], str(told["now"])
        target, project = case.get("target", scope["target"]), scope["kargo_namespace"]
    else:
        objects, logs, index = case["objects"], {}, {"complete": ["*"]}
        target, project, now = case["target"], case["project"], str(case.get("now", "2026-11-23T04:00:00Z"))
    index = {**index, "observed_at": now}
    for key in ("versions", "complete", "gaps"):
        if key in case:
            index[key] = case[key]
    logs = case.get("logs", logs)
    write(folder, changed(objects, case.get("change", [])), index, logs)
    asked = {key: target[key] for key in ("stage", "app", "warehouse") if key in target}
    asked = dict(list(asked.items())[:1])
    symptom = case.get("symptom", "")
    freight = case.get("freight", "")
    return folder, AnalyzeRequest(project=project, freight=freight, symptom=symptom, **asked)
