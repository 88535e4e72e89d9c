"""Live objects that are asked to go and do not: a deletionTimestamp, and finalizers that nobody removes."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.texts import Text
from gitops_master.model.meta import Object, Ref

PATIENCE = timedelta(minutes=5)
"""A finalizer's owner needs a moment (load balancers, volumes); most are done well within this."""
_WAITS = re.compile(r"waiting for deletion of(?: hook)? (?P<group>[^/\s]*)/(?P<kind>\w+)/(?P<name>[\w.-]+)")
"""gitops-engine pkg/sync/sync_context.go."""


def awaited_deletion(app: ApplicationView, texts: Iterable[Text]) -> tuple[Ref, Text] | None:
    """The object whose deletion the operation waits for; its namespace is the destination's, as far as known."""
    for text in texts:
        match = _WAITS.search(text.value)
        if match is not None:
            kind = f"{match['group']}/{match['kind']}" if match["group"] else f"v1/{match['kind']}"
            return Ref(kind, app.app.spec.destination.namespace, match["name"]), text
    return None


def stuck(app: ApplicationView, awaited: Ref | None) -> list[Object]:
    """The awaited object, and managed ones, that have been terminating for too long, the longest first."""
    found = {one.ref: one for one in _candidates(app, awaited) if _is_stuck(one, app.snapshot.observed_at)}
    return sorted(found.values(), key=lambda one: str(one.metadata.deletion_timestamp))


def _candidates(app: ApplicationView, awaited: Ref | None) -> Iterator[Object]:
    if awaited is not None:
        for place in (awaited.namespace, ""):
            live = app.snapshot.find(Ref(awaited.kind, place, awaited.name))
            if live is not None:
                yield live
    for one in app.managed:
        if one.live is not None:
            yield one.live


def _is_stuck(one: Object, now: datetime) -> bool:
    asked = one.metadata.deletion_timestamp
    return asked is not None and bool(one.metadata.finalizers) and now - asked > PATIENCE
