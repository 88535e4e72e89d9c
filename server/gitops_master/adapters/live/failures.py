"""What could not be read, put together: one gap for a kind and a reason, or one error where nothing at all could be read."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from gitops_master.adapters.live.reads import Read, Served, what_of
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Gap
from gitops_master.ports.api import Reply

NO_ANSWER = 0
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY = 401, 403, 404, 429
_DOCTOR = "gitops-master doctor tells what is reachable, and as whom"
_HINTS = {
    UNAUTHORIZED: f"log in again, or name another context or user; {_DOCTOR}",
    FORBIDDEN: f"ask for the right that is named, or name another context or user; {_DOCTOR}",
    NOT_FOUND: f"is `server` the API server of the cluster that Kargo runs in? {_DOCTOR}",
    TOO_MANY: "the API server turns this user away for now: ask again in a while",
}
_UNWELL = "the API server, or what stands before it, is unwell: ask again in a while, and whoever runs the cluster"
_SERVER_ERROR = 500
_DENIED = re.compile(
    r'User "(?P<user>[^"]{0,300})" cannot .{0,600}?(?:in the namespace "[^"]{0,300}"|at the cluster scope)(?P<more>.*)',
    re.DOTALL,
)
"""k8s.io/apiserver, endpoints/handlers/responsewriters/errors.go; an authorizer's own words may follow."""


class Failure(NamedTuple):
    """A read of which nothing came. `status`: as of a Reply. `error`: where the way to the cluster itself failed."""

    read: Read | Served
    status: int
    problem: str
    error: GitOpsError | None = None


def problem_of(reply: Reply) -> str:
    """What went wrong. A refusal says verb, kind and place once more; what it adds is who was refused."""
    found = _DENIED.search(reply.problem) if reply.status == FORBIDDEN else None
    if found is None:
        return reply.problem
    return f'403 Forbidden: not permitted to user "{found["user"]}"{found["more"]}'


def gaps_of(failures: Collection[Failure]) -> list[Gap]:
    """In a fixed order, whatever the order of the replies. What is optional or of another cluster leaves its kind known."""
    groups: dict[tuple[str, str, bool], list[Read]] = {}
    for one in failures:
        if isinstance(one.read, Read):
            # A refusal is denied: a grant would help, and another try would not.
            groups.setdefault((one.read.kind, one.problem, one.status == FORBIDDEN), []).append(one.read)
    return [_gap(kind, reason, reads, denied=denied) for (kind, reason, denied), reads in sorted(groups.items())]


def _gap(kind: str, reason: str, reads: list[Read], *, denied: bool) -> Gap:
    aside = all(one.optional or (one.cluster and not one.alone) for one in reads)
    object_ = f"{kind.rpartition('/')[2]}, more of them" if aside else ""
    return Gap(kind, f"{what_of(reads)}: {reason}", object_, denied=denied)


def as_error(title: str, failures: Sequence[Failure]) -> GitOpsError:
    """What to say of a cluster of which nothing was read: of the target where that was asked for first, else of Kargo."""
    first = failures[0]
    if not (isinstance(first.read, Read) and first.read.name):
        first = min(failures, key=_rank)
    if first.error is not None:
        return first.error
    refused = all(one.status in (UNAUTHORIZED, FORBIDDEN) for one in failures)
    others = len(failures) - 1
    more = f" (and {others} more requests failed)" if others else ""
    hint = _HINTS.get(first.status, _UNWELL if first.status >= _SERVER_ERROR else _DOCTOR)
    words = printable(f"nothing could be read of {title}: {first.read.what}: {first.problem}{more}")
    return (Forbidden if refused else Unreachable)(words, hint)


def _rank(one: Failure) -> tuple[bool, str]:
    """Replies come in any order; words must not depend on it."""
    return not (isinstance(one.read, Read) and one.read.kind.startswith("kargo.")), one.read.what
