"""Where nothing at all could be read: one error with the reason, instead of a gap for everything that was wanted."""

from typing import NamedTuple

from gitops_master.adapters.live.reads import Read, Served
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable
from gitops_master.model.printable import printable

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


class Failure(NamedTuple):
    """`status`: as of a Reply. `error`: where the way to the cluster itself failed."""

    read: Read | Served
    status: int
    problem: str
    error: GitOpsError | None = None


def as_error(title: str, failures: list[Failure]) -> GitOpsError:
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
