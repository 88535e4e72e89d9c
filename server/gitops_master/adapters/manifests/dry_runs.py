"""`ports.manifests.DryRunner`: each object as the API server would take it, with dryRun=All, so that nothing is stored."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

import anyio
import msgspec

from gitops_master.adapters.live import decoding
from gitops_master.adapters.live.probe import ApiProbe
from gitops_master.adapters.live.reads import Read, Served
from gitops_master.adapters.live.resources import RESOURCES, Resource
from gitops_master.adapters.manifests.verdicts import NOT_JUDGED, exists_already, not_served, verdict
from gitops_master.adapters.whole_objects import SECRET
from gitops_master.model.argocd import Application
from gitops_master.model.errors import GitOpsError, Unreachable
from gitops_master.model.manifest import Manifest
from gitops_master.model.printable import printable
from gitops_master.ports.api import Api, Reply, Request
from gitops_master.ports.environment import Right
from gitops_master.ports.manifests import Tried
from gitops_master.ports.writing import Changed, How, ObjectChange, ObjectWriter

AT_ONCE = 8
"""Dry runs under way together: what an API server bears without a word, and its webhooks too."""
SHARE = 1 / 3
"""Of the time that is left, which one look before the dry runs may take."""

_LEFT_ALONE = {
    SECRET: "Secrets are not sent anywhere",
    # Kargo's webhook names and shapes a Promotion where it is made, and server-side apply of one has it run twice.
    "kargo.akuity.io/Promotion": "a Promotion is made by promoting, not by applying one",
}


class _Target(NamedTuple):
    """Where an object goes. `exists`: None where the caller may not look."""

    manifest: Manifest
    resource: Resource
    exists: bool | None = None
    allowed: bool | None = None

    @property
    def group(self) -> str:
        return self.manifest.group

    def change(self, how: How) -> ObjectChange:
        one = self.manifest
        return ObjectChange(
            resource=f"{self.resource.plural}.{self.group}" if self.group else self.resource.plural,
            version=self.resource.group_version.rpartition("/")[2],
            namespace=one.namespace if self.resource.namespaced else "",
            name=one.name,
            how=how,
            body=msgspec.json.encode(one.data),
            dry_run=True,
            cluster_wide=not self.resource.namespaced,
        )

    def right(self, verb: str) -> Right:
        namespace = self.manifest.namespace if self.resource.namespaced else ""
        name = self.manifest.name if verb == "patch" else ""  # nobody can be allowed to create by name
        return Right(verb, self.group, self.resource.plural, namespace, name)


class ServerDryRuns:
    """`api` looks whether objects exist; `objects` sends what is sent, which is never anything but a dry run."""

    def __init__(self, api: Api, objects: ObjectWriter) -> None:
        self._api, self._objects = api, objects

    async def dry_run(self, manifests: Sequence[Manifest], *, deadline_s: float) -> list[Tried]:
        """As the port says: a new object is created, one that exists is applied server-side.

        With force: whom the fields belong to is no question of whether the object is right, and a dry run takes nothing away.
        Promotions and Secrets are never sent. What cannot be judged says so and why. Raises UsageError and UnreadableInput as
        `ports.api.Api` does.
        """
        ends = anyio.current_time() + deadline_s
        try:
            placed = await self._placed(manifests, ends)
            targets = await self._looked_at([one for one in placed if isinstance(one, _Target)], ends)
        except Unreachable as error:
            return [_unjudged(one, error.message) for one in manifests]
        tried = iter(await self._all(targets, ends))
        return [next(tried) if isinstance(one, _Target) else one for one in placed]

    async def _placed(self, manifests: Sequence[Manifest], ends: float) -> list[_Target | Tried]:
        """Where each goes, as the server's own lists of kinds say; what goes nowhere is judged here."""
        alone = [_left_alone(one) for one in manifests]
        versions = {one.api_version for one, why in zip(manifests, alone, strict=True) if not why}
        served = await self._served(sorted(versions), ends)
        return [
            _unjudged(one, why) if why else _place(one, served[one.api_version])
            for one, why in zip(manifests, alone, strict=True)
        ]

    async def _served(self, versions: Sequence[str], ends: float) -> dict[str, Mapping[str, Resource] | str]:
        """By group and version what it serves, or why that is not known."""
        found: dict[str, Mapping[str, Resource] | str] = {}
        requests: dict[str, Request] = {}
        for one in versions:
            try:
                requests[one] = Served(one).request()
            except ValueError as error:
                found[one] = str(error)
        replies = await self._get(list(requests.values()), ends)
        for version, reply in zip(requests, replies, strict=True):
            if reply.status == HTTPStatus.NOT_FOUND:
                found[version] = {}
                continue
            try:
                found[version] = decoding.kinds(reply.bodies[0], version) if reply.ok else reply.problem
            except ValueError as error:
                found[version] = str(error)
        return found

    async def _looked_at(self, targets: Sequence[_Target], ends: float) -> list[_Target]:
        """Each with whether it exists, and whether the caller may do what will be tried."""
        replies = await self._get([_look(one) for one in targets], ends)
        found = [one._replace(exists=_exists(reply)) for one, reply in zip(targets, replies, strict=True)]
        rights = [one.right("patch" if one.exists else "create") for one in found]
        rulings = await ApiProbe(self._api).may_i(rights, deadline_s=_share(ends)) if rights else []
        return [one._replace(allowed=ruling.allowed) for one, ruling in zip(found, rulings, strict=True)]

    async def _get(self, requests: Sequence[Request], ends: float) -> list[Reply]:
        return await self._api.get(requests, deadline_s=_share(ends)) if requests else []

    async def _all(self, targets: Sequence[_Target], ends: float) -> list[Tried]:
        tried: dict[int, Tried] = {}
        room = anyio.Semaphore(AT_ONCE)

        async def one(at: int, target: _Target) -> None:
            async with room:
                tried[at] = await self._one(target, ends)

        async with anyio.create_task_group() as group:
            for at, target in enumerate(targets):
                group.start_soon(one, at, target)
        return [tried[at] for at in range(len(targets))]

    async def _one(self, target: _Target, ends: float) -> Tried:
        if target.exists is False and _is_part(target.manifest):
            words = "the file holds only a part of it, and it does not exist"
            return msgspec.structs.replace(_unjudged(target.manifest, words), allowed=target.allowed)
        try:
            changed = await self._send(target.change(How.APPLY if target.exists else How.CREATE), ends)
            if target.exists is None and exists_already(changed):
                changed = await self._send(target.change(How.APPLY), ends)
        except GitOpsError as error:
            return msgspec.structs.replace(_unjudged(target.manifest, error.message), allowed=target.allowed)
        return verdict(target.manifest, changed, target.allowed)

    async def _send(self, change: ObjectChange, ends: float) -> Changed:
        left_s = ends - anyio.current_time()
        if left_s <= 0:
            raise Unreachable("there was no time left for it")
        return await self._objects.change(change, deadline_s=left_s)

    async def close(self) -> None:
        await self._objects.close()


def _share(ends: float) -> float:
    return max(ends - anyio.current_time(), 0.0) * SHARE


def _left_alone(one: Manifest) -> str:
    """Why it is not sent; empty where it is."""
    if not one.name:
        return "it has no name"
    return _LEFT_ALONE.get(one.kind, "")


def _is_part(one: Manifest) -> bool:
    """What generate writes of an Application that it could not read: an annotation to be put into the whole."""
    return one.kind == Application.KIND and "spec" not in one.data


def _place(one: Manifest, served: Mapping[str, Resource] | str) -> _Target | Tried:
    if isinstance(served, str):
        return _unjudged(one, served)
    kind = one.kind.rpartition("/")[2]
    resource = served.get(kind) or _known(one)
    if resource is None:
        return Tried(one, accepted=False, words=not_served(one))
    if resource.namespaced and not one.namespace:
        return _unjudged(one, "it names no namespace")
    try:
        resource.path(one.namespace, one.name)
    except ValueError as error:
        return Tried(one, accepted=False, words=printable(str(error)))
    return _Target(one, resource)


def _known(one: Manifest) -> Resource | None:
    """The server's lists of kinds lag behind what it serves, right after definitions were installed: its answer tells."""
    found = RESOURCES.get(one.kind)
    return found if found is not None and found.group_version == one.api_version else None


def _look(one: _Target) -> Request:
    resource, held = one.resource, one.manifest
    name = Read(kind=held.kind, namespace=held.namespace, name=held.name, resource=resource, bare=True)
    return name.request()


def _exists(reply: Reply) -> bool | None:
    if reply.ok:
        return True
    return False if reply.status == HTTPStatus.NOT_FOUND else None


def _unjudged(one: Manifest, why: str) -> Tried:
    return Tried(one, accepted=False, words=f"{NOT_JUDGED}{printable(why)}", answered=False)
