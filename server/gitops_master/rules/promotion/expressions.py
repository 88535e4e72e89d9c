"""Why an expression of a step came to nothing: an origin the Promotion does not carry, or an output that was never made."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from gitops_master.facts.patterns import Found
from gitops_master.facts.promotion import StepRun, step_runs
from gitops_master.facts.stage import StageView
from gitops_master.model.kargo import Warehouse
from gitops_master.model.stage import FreightRequest
from gitops_master.rules.promotion.failure import said
from gitops_master.rules.promotion.patterns import NIL_ARTIFACT, NOT_IN_FREIGHT, NULL_VALUE

_ARTIFACT = re.compile(r"\b(?:commit|image|chart)From\(|\bartifact\w*\(")
_ORIGIN = re.compile(r"""warehouse\(\s*['"](?P<name>[^'"]+)['"]\s*\)""")
_REPOSITORY = re.compile(r"""(?:commit|image|chart)From\(\s*['"](?P<repo>[^'"]+)['"]""")
_OUTPUT = re.compile(r"""outputs(?:\.(?P<plain>[A-Za-z_]\w*)|\[\s*['"](?P<quoted>[^'"]+)['"]\s*\])\??\.(?P<key>\w+)""")


class Nothing(msgspec.Struct, frozen=True):
    """An artifact expression that came to nothing. `expression` is the template's own text where it could be told."""

    found: Found
    expression: str


class LostOutput(msgspec.Struct, frozen=True):
    """An output that a step is read for and did not make. `maker` did run."""

    found: Found
    maker: StepRun
    key: str
    expression: str


def missing_artifact(stage: StageView) -> Nothing | None:
    """The artifact expression that made the last Promotion's step fail, if one did."""
    found = said(stage, NOT_IN_FREIGHT) or said(stage, NIL_ARTIFACT)
    step = stage.failed_step
    if found is None or step is None:
        return None
    expression = found.groups.get("expression", "")
    if "repo" in found.groups:
        repo = found.groups["repo"]
        expression = next(
            (one for one in expressions(step.step.config) if repo in one), f"{found.groups['kind']}From('{repo}')"
        )
    return Nothing(found, expression) if _ARTIFACT.search(expression) else None


def absent_origins(stage: StageView, expression: str) -> list[FreightRequest]:
    """Requested origins that the last Promotion did not carry and that the expression is about (all, if it does not say)."""
    carried = _carried(stage)
    absent = [one for one in stage.stage.spec.requested_freight if one.origin.key not in carried]
    named = {match["name"] for match in _ORIGIN.finditer(expression)}
    repos = {match["repo"] for match in _REPOSITORY.finditer(expression)}
    if named:
        return [one for one in absent if one.origin.name in named]
    if repos:
        return [one for one in absent if _subscribes(stage, one.origin.name, repos)]
    return absent if len(absent) == 1 else []


def _carried(stage: StageView) -> set[str]:
    """Origins whose Freight the last Promotion is known to have had: its own and what it took over from the one before."""
    last = stage.last
    if last is None:
        return set()
    kept = last.status.freight_collection
    origins = set(kept.items) if kept is not None else set()
    return origins | ({last.freight.origin.key} if last.freight is not None and last.freight.origin.name else set())


def ever_held(stage: StageView, request: FreightRequest) -> bool:
    """Whether the Stage has Freight of the origin in its history."""
    return any(request.origin.key in entry.items for entry in stage.stage.status.freight_history)


def _subscribes(stage: StageView, warehouse: str, repos: set[str]) -> bool:
    found = stage.snapshot.get(Warehouse, stage.project, warehouse)
    return found is not None and bool(repos & set(repositories(found)))


def repositories(warehouse: Warehouse) -> Iterator[str]:
    for subscription in warehouse.spec.subscriptions:
        for config in subscription.values():
            if isinstance(config, dict) and config.get("repoURL"):
                yield str(config["repoURL"])


def unsubscribed(stage: StageView, expression: str) -> str:
    """A repository that the expression asks for and no requested Warehouse watches; empty where there is none."""
    if len(stage.warehouses) != len(stage.stage.spec.requested_freight):
        return ""
    watched = {_plain(repo) for one in stage.warehouses for repo in repositories(one)}
    return next((one["repo"] for one in _REPOSITORY.finditer(expression) if _plain(one["repo"]) not in watched), "")


def _plain(repo: str) -> str:
    return repo.rstrip("/").removesuffix(".git").removeprefix("oci://").lower()


def lost_output(stage: StageView) -> LostOutput | None:
    """The output that the failed step reads and an earlier, successful step did not make."""
    found = said(stage, NULL_VALUE) or said(stage, NIL_ARTIFACT)
    step, last = stage.failed_step, stage.last
    if found is None or step is None or last is None:
        return None
    runs = {run.alias: run for run in step_runs(last.steps, last.status)[: step.index]}
    given = found.groups.get("expression", "") or _at(step.step.config, found.groups.get("place", ""))
    for expression in [given] if given else expressions(step.step.config):
        for match in _OUTPUT.finditer(expression):
            maker = _maker(match["plain"] or match["quoted"], step.alias, runs)
            if maker is not None and _ran(maker) and not _made(last.status.state, maker, match["key"]):
                return LostOutput(found, maker, match["key"], expression)
    return None


def _at(config: Any, place: str) -> str:
    """The text at the place a schema error names, such as `apps.0.name`."""
    for key in place.split(".") if place else ():
        if isinstance(config, dict):
            config = config.get(key)
        elif isinstance(config, list | tuple) and key.isdigit() and int(key) < len(config):
            config = config[int(key)]
    return config if isinstance(config, str) and "${{" in config else ""


def _ran(maker: StepRun) -> bool:
    """Whether the step did its work; some skip themselves when there is nothing to change."""
    status = maker.execution.status
    return status == "Succeeded" or (status == "Skipped" and not maker.step.if_)


def _maker(alias: str, reader: str, runs: dict[str, StepRun]) -> StepRun | None:
    """The step of that alias; inside a task aliases are prefixed with the task's own."""
    prefix, colons, _ = reader.rpartition("::")
    return runs.get(alias) or runs.get(f"{prefix}{colons}{alias}")


def _made(state: dict[str, Any], maker: StepRun, key: str) -> bool:
    output = state.get(maker.alias)
    return isinstance(output, dict) and output.get(key) is not None


def expressions(config: Any) -> list[str]:
    """Every text of a step's configuration that holds an expression."""
    return [text for text in _texts(config) if "${{" in text]


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
