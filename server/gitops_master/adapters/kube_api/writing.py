"""`ports.writing.StageWriter` over HTTP: one JSON merge patch of one annotation."""

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from gitops_master.adapters.kube_api.client import Connection
from gitops_master.adapters.reverify import FIELD_MANAGER, REVERIFY, checked_id
from gitops_master.ports.api import Reply
from gitops_master.ports.writing import Sent

if TYPE_CHECKING:
    from gitops_master.adapters.kube_api.exchange import Exchange


class KubeWriter(Connection):
    """Reads nothing."""

    async def reverify(self, project: str, stage: str, verification_id: str, *, deadline_s: float) -> Sent:
        place = f"namespaces/{quote(project, safe='')}/stages/{quote(stage, safe='')}"
        path = f"/apis/kargo.akuity.io/v1alpha1/{place}"
        body = msgspec.json.encode({"metadata": {"annotations": {REVERIFY: checked_id(verification_id)}}})
        query = (("fieldManager", FIELD_MANAGER),)
        [reply] = await self.run([partial(_merge, path, query, body)], deadline_s)
        return Sent(reply.status, reply.problem)


async def _merge(path: str, query: tuple[tuple[str, str], ...], body: bytes, exchange: "Exchange") -> Reply:
    return await exchange.merge(path, query, body)
