"""`ports.manifests.ManifestReader` over a running cluster, whatever way its API is reached."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gitops_master.adapters.live.failures import (
    NO_ANSWER,
    NOT_FOUND,
    UNAUTHORIZED,
    Failure,
    as_error,
    gaps_of,
    problem_of,
)
from gitops_master.adapters.live.memory import is_always_served
from gitops_master.adapters.live.reads import Read
from gitops_master.adapters.live.resources import resource_of
from gitops_master.adapters.whole_objects import SECRET, manifest, secrets_of
from gitops_master.model.manifest import Manifest
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Gap, Place
from gitops_master.ports.api import Api, Reply
from gitops_master.ports.manifests import Held

_NOT_SERVED = "not served by this cluster: no such custom resource definition"
_HOPELESS = (NO_ANSWER, UNAUTHORIZED)


class LiveManifests:
    """Each place is one request; what fails, fails alone."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def held(self, places: Sequence[Place], *, deadline_s: float) -> Held:
        """As the port says. A kind that the server does not serve is a place that was read in full, with none there.

        Raises what the API raises where nothing can be asked, and Unreachable or Forbidden where no request was let in.
        """
        result = _Result()
        reads = [_read(place) for place in _widest(places) if place.kind != SECRET]
        sent = []
        for one in reads:
            try:
                sent.append((one, one.request()))
            except ValueError as error:
                result.fail(one, Reply(NO_ANSWER, problem=str(error)))
        replies = await self._api.get([request for _, request in sent], deadline_s=deadline_s) if sent else []
        for (one, _), reply in zip(sent, replies, strict=True):
            result.take(one, reply)
        if replies and not result.places and all(one.status in _HOPELESS for one in result.failures):
            raise as_error(self._api.title, result.failures)
        return result.held(places)


class _Result:
    def __init__(self) -> None:
        self.places: list[Place] = []
        self.failures: list[Failure] = []
        self._gaps: list[Gap] = []
        self._manifests: dict[tuple[str, str, str], Manifest] = {}

    def fail(self, read: Read, reply: Reply) -> None:
        self.failures.append(Failure(read, reply.status, printable(problem_of(reply))))

    def take(self, read: Read, reply: Reply) -> None:
        if reply.ok:
            try:
                found = [one for body in reply.bodies for one in _manifests(read, body)]
            except (ValueError, msgspec.MsgspecError) as error:
                self.fail(read, Reply(NO_ANSWER, problem=f"what came back cannot be read ({error})"))
                return
            self._manifests.update({(one.kind, one.namespace, one.name): one for one in found})
        elif reply.status != NOT_FOUND or (not read.name and is_always_served(read.kind.rpartition("/")[0])):
            self.fail(read, reply)
            return
        elif not (
            read.name and f'"{read.name}"' in reply.problem
        ):  # of a path that it does not know, it names no object
            self._gaps.append(Gap(read.kind, _NOT_SERVED))
        self.places.append(Place(read.kind, read.namespace, read.name))

    def held(self, asked: Sequence[Place]) -> Held:
        """Of the places that were asked for, those that were read, each for itself or within a wider one."""
        read = set(self.places)
        places = [one for one in dict.fromkeys(asked) if not read.isdisjoint(_wider(one))]
        gaps = [*gaps_of(self.failures), *dict.fromkeys(self._gaps), *secrets_of(asked)]
        return Held(tuple(self._manifests[key] for key in sorted(self._manifests)), tuple(places), tuple(gaps))


def _wider(place: Place) -> tuple[Place, ...]:
    """The places in which it lies, itself among them."""
    return (Place(place.kind), Place(place.kind, place.namespace), place)


def _widest(places: Sequence[Place]) -> list[Place]:
    """What has to be asked for: nothing that lies in another place."""
    known = set(places)
    return [one for one in dict.fromkeys(places) if known.isdisjoint({*_wider(one)} - {one})]


def _read(place: Place) -> Read:
    return Read(kind=place.kind, namespace=place.namespace, name=place.name, resource=resource_of(place.kind))


def _manifests(read: Read, body: bytes) -> list[Manifest]:
    """Raises ValueError, or what msgspec raises, where it is not what was asked for."""
    data: Any = msgspec.json.decode(body)
    if not isinstance(data, dict):
        raise ValueError("not an object")
    found = [data] if read.name else data.get("items") or []
    kind = read.kind.rpartition("/")[2]
    return [manifest(one, read.place.group_version, kind) for one in found]
