"""What a ready tool call must be, told apart from the code that builds them."""

import re
from pathlib import Path
from typing import Any

import msgspec
import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Finding, Remedy
from gitops_master.model.kargo import Warehouse
from gitops_master.model.operating import Operation
from gitops_master.model.stage import Stage
from gitops_master.ports.cluster import Focus, ReadPlan
from gitops_master.rules.registry import View
from gitops_master.usecases.analyze_stage import EVERYTHING, AnalyzeRequest, analyze_views
from gitops_master.usecases.operating.planned import OperationRequest
from gitops_master.usecases.targets import find_freight

FIELDS = {
    "promote": ("freight", "project", "stage"),
    "repromote": ("project", "stage"),
    "abort_promotion": ("project", "promotion"),
    "refresh_stage": ("project", "stage"),
    "refresh_warehouse": ("project", "warehouse"),
    "reverify": ("project", "stage"),
    "abort_verification": ("project", "stage"),
    "refresh_app": ("app",),
    "hard_refresh_app": ("app",),
    "terminate_app_operation": ("app",),
    "sync_app": ("app",),
}
"""Never approve_freight: that steps over gates, and is for somebody entitled to decide."""
KINDS = {
    "stage": "Stage",
    "freight": "Freight",
    "promotion": "Promotion",
    "warehouse": "Warehouse",
    "app": "Application",
}


COMMANDS = {
    "promote": r"kargo promote --project {project} --stage {stage} --freight {freight}",
    "promote rollback": r"kargo promote --project {project} --stage {stage} --freight {freight}",
    "promote downstream": r"kargo promote --project {project} --downstream-from {stage} --freight {freight}",
    "repromote": r"kargo promote --project {project} --stage {stage} --freight [0-9a-f]{{40}}",
    "abort_promotion": r"kargo promote --project {project} --name {promotion} --abort",
    "refresh_stage": r"kubectl -n {project} annotate stages.kargo.akuity.io {stage} kargo.akuity.io/refresh=.+",
    "refresh_warehouse": r"kubectl -n {project} annotate warehouses.kargo.akuity.io {warehouse} kargo.akuity.io/refresh=.+",
    "reverify": r"kargo verify stage {stage} --project {project}",
    "abort_verification": r"kubectl -n {project} annotate stages.kargo.akuity.io {stage} kargo.akuity.io/abort=\S+ --overwrite",
    "refresh_app": r"kubectl -n {place} annotate applications.argoproj.io {name} argocd.argoproj.io/refresh=normal --overwrite",
    "hard_refresh_app": r"kubectl -n {place} annotate applications.argoproj.io {name} argocd.argoproj.io/refresh=hard --overwrite",
    "terminate_app_operation": r"kubectl -n {place} patch applications.argoproj.io {name} .+\"Terminating\".+",
    "sync_app": r"argocd app sync {app}",
}
"""The one command of a person that does what the call does."""


def unlike(remedy: Remedy) -> str:
    """What a remedy's call does otherwise than its commands; empty where both do the same."""
    place, _, name = str(remedy.call.get("app", "")).partition("/")
    pattern = COMMANDS[told(remedy.call)].format(**remedy.call, place=place, name=name)
    same = len(remedy.commands) == 1 and re.fullmatch(pattern, remedy.commands[0])
    return "" if same else f"{remedy.call} is not {remedy.commands}"


def wrong(call: dict[str, Any], objects: list[dict[str, Any]]) -> str:
    """What is wrong with a call in a world of these objects; empty where nothing is."""
    given = {key: value for key, value in call.items() if key not in {"tool", "operation", "rollback", "downstream"}}
    flags: dict[str, Any] = {key: call[key] for key in ("rollback", "downstream") if key in call}
    operation = operation_of(call)
    if operation not in FIELDS or (call["tool"] == "promote_freight") is not (operation == "promote"):
        return f"{call} is no call of ours"
    if tuple(sorted(given)) != FIELDS[operation] or not all(isinstance(one, str) and one for one in given.values()):
        return f"{call} does not have exactly {FIELDS[operation]}"
    if flags and (operation != "promote" or set(flags.values()) != {True} or len(flags) > 1):
        return f"{call} says too much"
    msgspec.convert({"operation": operation, **given, **flags}, OperationRequest, strict=True)
    there = {(one["kind"], _place(one["metadata"]), one["metadata"]["name"]) for one in objects}
    for key, value in given.items():
        namespace, _, name = value.partition("/") if key == "app" else (call.get("project", ""), "", value)
        if key != "project" and (KINDS[key], namespace, name) not in there:
            return f"{call}: no {key} {value}"
    return ""


def _place(metadata: dict[str, Any]) -> str:
    return str(metadata.get("namespace", ""))


def operation_of(call: dict[str, Any]) -> str:
    return str(call.get("operation", Operation.PROMOTE.value if call.get("tool") == "promote_freight" else ""))


def told(call: dict[str, Any]) -> str:
    """`promote rollback`: how the tables name a call."""
    return " ".join((operation_of(call), *(key for key in ("rollback", "downstream") if key in call)))


def objects(folder: Path) -> list[dict[str, Any]]:
    """Every object of a snapshot folder, items of lists too."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.rglob("*.yaml")) + sorted(folder.rglob("*.json")):
        for one in yaml.load_all(path.read_text(), yaml.CSafeLoader) if path.name != "snapshot.yaml" else ():
            found += one.get("items", [one]) if isinstance(one, dict) else []
    return [one for one in found if "kind" in one]


async def findings(folder: Path, request: AnalyzeRequest) -> list[Finding]:
    """What every rule finds of everything in the world, with its remedies: answers leave some of these out."""
    reader = SnapshotReader(folder)
    snapshot = await reader.read(ReadPlan(EVERYTHING, Focus(project=request.project)), deadline_s=5)
    views: list[View] = [StageView(one, snapshot) for one in snapshot.all(Stage)]
    views += [ApplicationView(one, snapshot) for one in snapshot.all(Application)]
    views += [WarehouseView(one, snapshot, asked=True) for one in snapshot.all(Warehouse)]
    if request.freight:
        stage = snapshot.get(Stage, request.project, request.stage)
        wanted = find_freight(snapshot, request.project, request.freight)
        views += [StageView(stage, snapshot, wanted)] if stage is not None else []
    _, found = await analyze_views(reader, snapshot, views, request.symptom)
    return [match.finding for each in found for match in each.run.matches]
