"""What probes look at, made of objects in YAML, and what they say after all that they asked was answered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import yaml

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.deployed import Deployed
from gitops_master.model.argocd import Application
from gitops_master.model.asking import Ask, Reply
from gitops_master.model.expectations import Expectations
from gitops_master.model.meta import Object
from gitops_master.model.registry import TYPES, kind_of
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.outside import Allowed, Outside
from gitops_master.probes.engine import Result, run
from gitops_master.probes.registry import all_probes

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


def deployed(
    objects: str = "",
    *,
    urls: tuple[str, ...] = (),
    expected: Mapping[str, Any] | None = None,
    replies: Mapping[Ask, Reply] | None = None,
    now: datetime = NOW,
) -> Deployed:
    """One Application `shop` that manages all the objects (YAML documents; `unmanaged: true` beside kind: not managed).

    `expected`: hosts as the file has them.
    """
    plain = [one for one in yaml.safe_load_all(objects) if one]
    resources = [_resource(one) for one in plain if not one.pop("unmanaged", False)]
    app = {
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"destination": {"namespace": "shop"}},
        "status": {"resources": resources, "summary": {"externalURLs": list(urls)}},
    }
    application = msgspec.convert(app, Application)
    snapshot = Snapshot([application, *map(_typed, plain)], source="test", observed_at=now, complete=("*",))
    return Deployed(
        [ApplicationView(application, snapshot)],
        snapshot,
        expected=msgspec.convert({"hosts": dict(expected or {})}, Expectations),
        http=True,
        replies=replies,
    )


def probed(id_: str, looked_at: Deployed) -> Result:
    """One run of one probe."""
    [probe] = [one for one in all_probes() if one.id == id_]
    [result] = run(looked_at, [probe])
    if result.error:
        raise result.error
    return result


async def answered(id_: str, looked_at: Deployed, outside: Outside, allowed: Allowed | None = None) -> Result:
    """The probe's last word, all it asked for answered as the program would, at most four times."""
    may = allowed or Allowed(looked_at.private_addresses, frozenset(looked_at.expected.hosts))
    for _ in range(4):
        result = probed(id_, looked_at)
        if not result.asks:
            return result
        looked_at.replies = {**looked_at.replies, **await outside.ask(result.asks, may, deadline_s=3)}
    raise AssertionError(f"{id_} keeps asking")


def _resource(one: dict[str, Any]) -> dict[str, str]:
    group, _, version = one["apiVersion"].rpartition("/")
    where = {key: one["metadata"].get(key, "") for key in ("namespace", "name")}
    return {"group": group, "version": version, "kind": one["kind"], **where}


def _typed(one: dict[str, Any]) -> Object:
    return msgspec.convert(one, TYPES[kind_of(one["apiVersion"], one["kind"])])
