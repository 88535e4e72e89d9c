"""`ports.environment.Probe` over an API server, whatever way it is reached."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from gitops_master.model.printable import printable
from gitops_master.ports.api import Api, Reply, Request, Review
from gitops_master.ports.environment import Identity, Right, Ruling, Server

NOT_FOUND = 404
T = TypeVar("T")


class _Version(msgspec.Struct, frozen=True, rename="camel"):
    git_version: str = ""


class _GroupVersion(msgspec.Struct, frozen=True):
    version: str = ""


class _Group(msgspec.Struct, frozen=True):
    name: str = ""
    versions: tuple[_GroupVersion, ...] = ()


class _Groups(msgspec.Struct, frozen=True):
    groups: tuple[_Group, ...] = ()


class _UserInfo(msgspec.Struct, frozen=True):
    username: str = ""
    groups: tuple[str, ...] = ()


class _WhoStatus(msgspec.Struct, frozen=True, rename="camel"):
    user_info: _UserInfo = _UserInfo()


class _Who(msgspec.Struct, frozen=True):
    status: _WhoStatus = _WhoStatus()


class _MayStatus(msgspec.Struct, frozen=True, rename="camel"):
    allowed: bool
    reason: str = ""
    evaluation_error: str = ""


class _May(msgspec.Struct, frozen=True):
    status: _MayStatus


class ApiProbe:
    """Asks the server itself: GETs of its discovery documents, and reviews, which store nothing."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def server(self, *, deadline_s: float) -> Server:
        told, listed = await self._api.get([Request("/version"), Request("/apis")], deadline_s=deadline_s)
        version, groups = _decoded(told, _Version), _decoded(listed, _Groups)
        problem = told.problem or listed.problem
        if version is None and told.ok:
            problem = problem or "what answers there is no Kubernetes API server"
        return Server(
            status=told.status or listed.status,
            problem=printable(problem),
            version=printable(version.git_version) if version else "",
            groups={one.name: tuple(each.version for each in one.versions) for one in groups.groups}
            if groups is not None
            else None,
        )

    async def who_am_i(self, *, deadline_s: float) -> Identity:
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        (reply,) = await self._api.review(Review.WHO_AM_I, [msgspec.json.encode(body)], deadline_s=deadline_s)
        found = _decoded(reply, _Who)
        if found is None or not found.status.user_info.username:
            problem = "Kubernetes before 1.28 does not tell" if reply.status == NOT_FOUND else reply.problem
            return Identity(problem=printable(problem) or "the server did not tell")
        user = found.status.user_info
        return Identity(printable(user.username), tuple(map(printable, user.groups)))

    async def may_i(self, rights: Sequence[Right], *, deadline_s: float) -> list[Ruling]:
        if not rights:
            return []
        bodies = [msgspec.json.encode(_question(one)) for one in rights]
        return [_ruling(one) for one in await self._api.review(Review.MAY_I, bodies, deadline_s=deadline_s)]


def _question(right: Right) -> dict[str, object]:
    asked = {key: value for key, value in msgspec.structs.asdict(right).items() if value}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }


def _ruling(reply: Reply) -> Ruling:
    found = _decoded(reply, _May)
    if found is None:
        return Ruling(None, printable(reply.problem) or "the server did not tell")
    said = "; ".join(one for one in (found.status.reason, found.status.evaluation_error) if one)
    return Ruling(found.status.allowed, printable(said))


def _decoded(reply: Reply, type_: type[T]) -> T | None:
    """None where nothing came, or something else than asked for."""
    if not reply.ok or not reply.bodies:
        return None
    try:
        return msgspec.json.decode(reply.bodies[0], type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
