"""The world that probes' cases look at: base.yaml, changed a little."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from gitops_master.adapters.decode import decoded, without_values
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.stage import StageView
from gitops_master.model.asking import Ask, Get, Got, Handshake, Proxied, Reply, Resolve, Resolved, Shaken
from gitops_master.model.expectations import Expectations
from gitops_master.model.meta import Object
from gitops_master.model.registry import kind_of
from gitops_master.model.snapshot import Gap, Log, LogKey, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Versions, parse_version
from tests import worlds

NOW = datetime(2026, 11, 23, 8, 10, tzinfo=UTC)
_ANSWERS: dict[str, tuple[type, type]] = {
    "Resolve": (Resolve, Resolved),
    "Handshake": (Handshake, Shaken),
    "Get": (Get, Got),
    "Proxied": (Proxied, Got),
}


@cache
def _base() -> list[dict[str, Any]]:
    read = yaml.safe_load((Path(__file__).parent / "base.yaml").read_text())
    return list(json.loads(json.dumps(read)))  # what YAML aliases share is no longer one: a case changes one object


def plain(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The world's objects after the changes, as plain data."""
    return worlds.changed(deepcopy(_base()), changes)


def snapshot(case: dict[str, Any]) -> Snapshot:
    """Raises AssertionError on an object that does not fit its kind: a mistake of the case."""
    objects: list[Object] = []
    for one in plain(case.get("change", [])):
        kind = kind_of(one["apiVersion"], one["kind"])
        if kind == "v1/Secret":
            without_values(one)
        made, gaps = decoded(one, kind, "base.yaml")
        assert made is not None
        assert not gaps, gaps
        objects.append(made)
    logs = {LogKey(*key.split("/")): text.splitlines() for key, text in case.get("logs", {}).items()}
    told = {key.replace("-", "_"): parse_version(str(text)) for key, text in case.get("versions", {}).items()}
    return Snapshot(
        objects,
        source="case",
        observed_at=NOW,
        versions=Versions(**told),
        complete=case.get("complete", ["*"]),
        gaps=[Gap(kind, reason, denied=True) for kind, reason in case.get("gaps", {}).items()],
        logs={key: Log(key, tuple(lines)) for key, lines in logs.items()},
    )


def deployed(case: dict[str, Any]) -> Deployed:
    """The Stage prod of the project shop and its Applications."""
    held = snapshot(case)
    stage = held.get(Stage, "shop", "prod")
    stages = [StageView(stage, held)] if stage is not None else []
    apps = list(stages[0].apps) if stages else []
    return Deployed(
        [ApplicationView(one.app, held) for one in apps],
        held,
        stages=stages,
        expected=msgspec.convert(case.get("expected", {}), Expectations),
        http=case.get("http", False),
        proxy=case.get("proxy", False),
        replies=dict(_answer(one) for one in case.get("replies", [])),
    )


def _answer(one: dict[str, Any]) -> tuple[Ask, Reply]:
    ask_type, reply_type = _ANSWERS[one["ask"]["type"]]
    ask = {key: value for key, value in one["ask"].items() if key != "type"}
    reply = dict(one["reply"])
    if isinstance(reply.get("body"), str):
        reply["body"] = reply["body"].encode()
    return msgspec.convert(ask, ask_type), msgspec.convert(reply, reply_type)
