"""The archive's index, as `adapters/snapshot/index.py` reads it."""

from typing import Any

from gitops_master.adapters.capture.redaction import Redactor
from gitops_master.adapters.fields import fields_read
from gitops_master.model.snapshot import Gap, Place, Snapshot
from gitops_master.ports.cluster import Focus


def index_of(snapshot: Snapshot, scope: Focus, redactor: Redactor) -> dict[str, Any]:
    """What was read and what was not. It claims no more than the snapshot knew, nor less."""
    index: dict[str, Any] = {
        "observed_at": snapshot.observed_at.isoformat(),
        "versions": {name: told for name, told in snapshot.versions.as_text().items() if told != "unknown"},
        "fields": fields_read(),
        "complete": list(snapshot.complete),
        "gaps": [_gap(one, redactor) for one in snapshot.gaps],
    }
    if snapshot.places is not None:
        named = ((name, held) for name, held in _told(scope).items())
        index["scope"] = {name: redactor.text(held) if isinstance(held, str) else held for name, held in named}
        index["places"] = [_place(one, redactor) for one in sorted(snapshot.places)]
    return index


def _told(scope: Focus) -> dict[str, Any]:
    return {name: held for name in scope.__struct_fields__ if (held := getattr(scope, name))}


def _gap(gap: Gap, redactor: Redactor) -> dict[str, str]:
    given = {"kind": gap.kind, "reason": gap.reason, "object": gap.object, "field": gap.field}
    return {name: redactor.text(held) for name, held in given.items() if held}


def _place(place: Place, redactor: Redactor) -> dict[str, str]:
    return {name: redactor.text(held) for name, held in place._asdict().items() if held}
