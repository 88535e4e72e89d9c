"""What could not be read, put together: one gap for a kind and a reason, naming every place and the verb that would tell more."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from gitops_master.adapters.live.reads import Read, what_of
from gitops_master.model.snapshot import Gap
from gitops_master.ports.api import Reply

FORBIDDEN = 403
_DENIED = re.compile(
    r'User "(?P<user>[^"]{0,300})" cannot .{0,600}?(?:in the namespace "[^"]{0,300}"|at the cluster scope)(?P<more>.*)',
    re.DOTALL,
)
"""k8s.io/apiserver, endpoints/handlers/responsewriters/errors.go; an authorizer's own words may follow."""


class Missed(NamedTuple):
    """`denied`: this identity may not, so that a grant would help and another try would not."""

    reason: str
    denied: bool = False


def problem_of(reply: Reply) -> str:
    """What went wrong. A refusal says verb, kind and place once more; what it adds is who was refused."""
    found = _DENIED.search(reply.problem) if reply.status == FORBIDDEN else None
    if found is None:
        return reply.problem
    return f'403 Forbidden: not permitted to user "{found["user"]}"{found["more"]}'


def gaps_of(missed: Mapping[Read, Missed]) -> list[Gap]:
    """In a fixed order, whatever the order of the replies. What is optional or of another cluster leaves its kind known."""
    groups: dict[tuple[str, Missed], list[Read]] = {}
    for read, why in missed.items():
        groups.setdefault((read.kind, why), []).append(read)
    return [_gap(kind, why, reads) for (kind, why), reads in sorted(groups.items(), key=lambda one: one[0])]


def _gap(kind: str, why: Missed, reads: list[Read]) -> Gap:
    aside = all(one.optional or one.cluster for one in reads)
    object_ = f"{kind.rpartition('/')[2]}, more of them" if aside else ""
    return Gap(kind, f"{what_of(reads)}: {why.reason}", object_, denied=why.denied)
