"""`ports.writing.ObjectWriter` over HTTP: one PATCH or POST of one object."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from gitops_master.adapters.kube_api.client import Connection
from gitops_master.adapters.object_paths import path_of, query_of
from gitops_master.ports.api import Reply
from gitops_master.ports.writing import Changed, How, ObjectChange

if TYPE_CHECKING:
    from gitops_master.adapters.kube_api.exchange import Exchange

_MEDIA = {
    How.MERGE: "application/merge-patch+json",
    How.JSON: "application/json-patch+json",
    How.CREATE: "application/json",
    How.APPLY: "application/apply-patch+yaml",  # JSON is YAML; the name is known since 1.16
}


class KubeWriter(Connection):
    """Reads nothing."""

    async def change(self, change: ObjectChange, *, deadline_s: float) -> Changed:
        work = partial(_change, path_of(change), query_of(change), change.body, _MEDIA[change.how])
        [reply] = await self.run([work], deadline_s)
        return Changed(reply.status, reply.problem, b"".join(reply.bodies), _sent_at(reply))


async def _change(
    path: str, query: tuple[tuple[str, str], ...], body: bytes, media: str, exchange: "Exchange"
) -> Reply:
    return await exchange.change(path, query, body, media)


def _sent_at(reply: Reply) -> datetime | None:
    """By the server's clock, which says when it answered, in whole seconds: when it was sent at the earliest."""
    from email.utils import parsedate_to_datetime  # not for a server's start, which loads this module

    try:
        answered = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return answered.replace(tzinfo=UTC) - timedelta(seconds=reply.elapsed_s)
