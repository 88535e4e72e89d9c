"""The one request that writes, and what its answer says of whether it was done."""

from datetime import datetime

import msgspec

from gitops_master.adapters.kargo_api.client import Client
from gitops_master.adapters.kargo_api.problems import not_kargo, of_answer
from gitops_master.adapters.kargo_api.requests import Post, by_hand
from gitops_master.adapters.kargo_api.transport import Answer, NoAnswer
from gitops_master.model.errors import Unreachable
from gitops_master.ports.writing import Promote, Sent, Write


class _Meta(msgspec.Struct):
    name: str


class _Spec(msgspec.Struct):
    stage: str
    freight: str


class _Promotion(msgspec.Struct):
    metadata: _Meta
    spec: _Spec


async def sent(client: Client, write: Write, post: Post) -> Sent:
    """Raises Unreachable where it cannot have arrived, and what renewing a login raises: then it was refused as a whole."""
    at = client.server_time()
    try:
        answer = await client.post(post.path, post.query, post.body)
    except NoAnswer as error:
        if client.progress.may_be_done:
            return Sent(0, f"Kargo at {client.address}: {error.words}", at=at)
        raise Unreachable(f"nothing was sent: Kargo at {client.address}: {error.words}", by_hand(write)) from None
    if not 200 <= answer.status < 300:
        return Sent(answer.status, f"Kargo at {client.address} answers {of_answer(answer, client.redacted)}", at=at)
    if post.makes and isinstance(write, Promote):
        return _made(client, write, answer, at=at)
    if answer.body.strip():  # Kargo's own answer is empty: who else says 200 to a write may not have passed it on
        return Sent(0, f"Kargo at {client.address} answers {not_kargo(answer)}", at=at)
    return Sent(answer.status, at=at)


def _made(client: Client, write: Promote, answer: Answer, *, at: datetime) -> Sent:
    try:
        made = msgspec.json.decode(answer.body, type=_Promotion)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        made = None
    if made is None or (made.spec.stage, made.spec.freight) != (write.stage, write.freight) or not made.metadata.name:
        return Sent(0, f"Kargo at {client.address} answers {not_kargo(answer)}", at=at)
    return Sent(answer.status, names=(made.metadata.name,), at=at)
