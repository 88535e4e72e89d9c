"""Deployed for probes that ask through the proxy: objects in YAML, expectations, replies by what was asked."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import yaml

from gitops_master.adapters.decode import decoded
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.deployed import Deployed
from gitops_master.model.argocd import Application
from gitops_master.model.asking import Ask, Get, Got, Proxied, Reply, Trouble
from gitops_master.model.expectations import Expectations
from gitops_master.model.meta import Object
from gitops_master.model.registry import kind_of
from gitops_master.model.snapshot import Log, Snapshot, Wanted
from gitops_master.probes.engine import Result, run
from gitops_master.probes.registry import all_probes

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Replies = Mapping[str, Got]
"""By a piece of the path or URL that is asked."""


def objects(text: str) -> list[Object]:
    found = []
    for one in filter(None, yaml.safe_load_all(text)):
        typed, gaps = decoded(one, kind_of(one["apiVersion"], one["kind"]), "test")
        assert typed is not None
        assert not gaps
        found.append(typed)
    return found


def managing(*held: Object) -> Application:
    """An Application whose resources these are."""
    resources = [
        {
            "group": one.KIND.rpartition("/")[0].removeprefix("v1"),
            "version": "v1",
            "kind": one.KIND.rpartition("/")[2],
            "namespace": one.namespace,
            "name": one.name,
        }
        for one in held
    ]
    data = {
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"destination": {"namespace": "shop"}},
        "status": {"resources": resources},
    }
    return msgspec.convert(data, Application)


def deployed(
    text: str,
    expected: Mapping[str, Any] | None = None,
    *,
    complete: tuple[str, ...] = ("*",),
    proxy: bool = True,
    http: bool = False,
    others: str = "",
    logs: tuple[Log, ...] = (),
    **more: Any,
) -> Deployed:
    """`others`: objects that no Application manages; pods never are."""
    held = objects(text)
    managed = [one for one in held if one.KIND != "v1/Pod"]
    app = managing(*managed)
    snapshot = Snapshot(
        [app, *held, *objects(others)],
        source="test",
        observed_at=NOW,
        complete=complete,
        logs={one.key: one for one in logs},
        **more,
    )
    view = ApplicationView(app, snapshot)
    expectations = msgspec.convert(dict(expected or {}), Expectations)
    return Deployed([view], snapshot, expected=expectations, http=http, proxy=proxy)


def asked_for(probe_id: str, what: Deployed) -> list[Ask]:
    return list(_once(probe_id, what).asks)


def result(probe_id: str, what: Deployed, replies: Replies | Callable[[Ask], Reply] | Got) -> Result:
    """Asked until nothing is open, as the use case does. Logs that are wanted are left out."""
    for _ in range(5):
        found = _once(probe_id, what)
        assert found.error is None, found.error
        if not found.asks:
            return found
        answers = {ask: _answer(ask, replies) for ask in found.asks}
        what.replies = {**what.replies, **answers}
    raise AssertionError("it asks without end")


def lines(found: Result) -> list[str]:
    """`VERDICT target: observed (good/of)` of each."""
    return [f"{one.verdict} {one.target}: {one.observed} ({one.good}/{one.of})" for one in found.seen]


def ok(body: Any, status: int = 200, elapsed_s: float = 0.01, **more: Any) -> Got:
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Got(status, {}, content, elapsed_s, **more)


def refused(kind: str, text: str = "as the test says") -> Got:
    return Got(503 if kind != "denied" else 403, by_proxy=True, trouble=Trouble(kind, text))


def wanted(found: Result) -> list[Wanted]:
    return list(found.wanted)


def _once(probe_id: str, what: Deployed) -> Result:
    return run(what, [one for one in all_probes() if one.id == probe_id])[0]


def _answer(ask: Ask, replies: Replies | Callable[[Ask], Reply] | Got) -> Reply:
    if isinstance(replies, Got):
        return replies
    if callable(replies):
        return replies(ask)
    where = ask.path if isinstance(ask, Proxied) else ask.url if isinstance(ask, Get) else ask.host
    for piece, got in replies.items():
        if piece in where:
            return got
    raise AssertionError(f"nothing answers {where}")
