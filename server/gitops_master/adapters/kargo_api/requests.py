"""Each write as the one request of Kargo's API that does it (kargo 1.11 swagger.json)."""

import re
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from gitops_master.model.errors import Forbidden, UsageError
from gitops_master.model.versions import Version
from gitops_master.ports.writing import (
    AbortPromotion,
    AbortVerification,
    ApproveFreight,
    Promote,
    Refresh,
    Reverify,
    Write,
)
from gitops_master.ports.writing_commands import command_of

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_REFRESHED = {
    "kargo.akuity.io/Stage": "stages",
    "kargo.akuity.io/Warehouse": "warehouses",
    "kargo.akuity.io/Promotion": "promotions",
}


SINCE = Version(1, 9, 0)
"""Of Kargo, the first with this API."""


class Post(NamedTuple):
    """`makes`: the answer is a Promotion; else it is empty."""

    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    makes: bool = False


def post_of(write: Write) -> Post:
    """Raises Forbidden for what is not Kargo's to do, UsageError for names that nothing can have."""
    match write:
        case Promote():
            body = msgspec.json.encode({"freight": name(write.freight)})
            return Post(path(write.namespace, "stages", write.stage, "promotions"), body=body, makes=True)
        case AbortPromotion():
            return Post(path(write.namespace, "promotions", write.promotion, "abort"))
        case ApproveFreight():
            query = (("stage", name(write.stage)),)
            return Post(path(write.namespace, "freight", write.freight, "approve"), query)
        case Refresh() if write.of.kind in _REFRESHED:
            return Post(path(write.namespace, _REFRESHED[write.of.kind], write.of.name, "refresh"))
        case Reverify():
            return Post(path(write.namespace, "stages", write.stage, "verification"))
        case AbortVerification():
            return Post(path(write.namespace, "stages", write.stage, "verification", "abort"))
    raise Forbidden(
        "this is not Kargo's to do: Applications and whatever else is not part of a pipeline are changed over the Kubernetes API",
        by_hand(write),
    )


def by_hand(write: Write) -> str:
    """A hint with the exact command."""
    return f"by hand: {command_of(write)}"


def path(project: str, *rest: str) -> str:
    return "/".join(("/v1beta1/projects", *(quote(name(part), safe="") for part in (project, *rest))))


def name(text: str) -> str:
    """Raises UsageError where no object can be called that."""
    if not _NAME.fullmatch(text):
        raise UsageError(f"{text[:140]!r} is no name that an object of Kargo can have")
    return text
