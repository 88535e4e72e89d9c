"""What came back to typed objects; what does not fit its type is left out by name, the rest of the object stays."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec

from gitops_master.adapters.decode import decoded, without_values
from gitops_master.adapters.live.reads import Read
from gitops_master.adapters.live.resources import Resource
from gitops_master.adapters.long_texts import cut_json
from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.meta import Object
from gitops_master.model.registry import TYPES
from gitops_master.model.snapshot import Gap

_SECRET = "v1/Secret"


class ListMeta(msgspec.Struct, frozen=True):
    """What a list says of itself. `continue_`: there is more."""

    continue_: str = msgspec.field(name="continue", default="")


class _Head(msgspec.Struct, frozen=True):
    metadata: ListMeta = ListMeta()


class _Rough(msgspec.Struct, frozen=True):
    """API servers write null for no metadata at all (PartialObjectMetadataList)."""

    items: list[msgspec.Raw] | None = None


class Page(NamedTuple):
    """What one body holds. `is_cut`: the list goes on behind it."""

    objects: list[Object]
    gaps: list[Gap]
    is_cut: bool = False


def page(read: Read, body: bytes) -> Page:
    """Raises ValueError where it is not what was asked for."""
    body = cut_json(body)
    if read.kind == _SECRET:  # whose annotations may hold all values, too
        return _one_by_one(read, body)
    try:
        if read.name:
            return _one(read, body)
        found = _decoder(_type(read.kind)).decode(body)
        objects = found.items or []
        if all(one.metadata.name for one in objects):
            return Page(objects, [], bool(found.metadata.continue_))
        return _one_by_one(read, body)
    except msgspec.ValidationError:
        return _one_by_one(read, body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None


def telling_versions(body: bytes, kind: str) -> Iterator[dict[str, Any]]:
    """What tells installed versions, of each item of a list: its labels and its containers' images, as plain data."""
    try:
        found = [msgspec.to_builtins(one) for one in msgspec.json.decode(body, type=_Workloads).items or ()]
    except msgspec.ValidationError:  # an odd one among them, which must not hide what the others tell
        found = [one for one in msgspec.json.decode(body).get("items") or () if isinstance(one, dict)]
    for one in found:
        yield {**one, "kind": kind.rpartition("/")[2]}


class _Labels(msgspec.Struct, frozen=True):
    labels: dict[str, str] | None = None


class _Container(msgspec.Struct, frozen=True):
    image: str | None = None


class _PodSpec(msgspec.Struct, frozen=True):
    containers: list[_Container] | None = None


class _Template(msgspec.Struct, frozen=True):
    spec: _PodSpec | None = None


class _WorkloadSpec(msgspec.Struct, frozen=True):
    template: _Template | None = None
    containers: list[_Container] | None = None


class _Workload(msgspec.Struct, frozen=True):
    metadata: _Labels | None = None
    spec: _WorkloadSpec | None = None


class _Workloads(msgspec.Struct, frozen=True):
    items: list[_Workload] | None = None


def kinds(body: bytes, group_version: str) -> dict[str, Resource]:
    """What an APIResourceList serves: kind to resource, subresources left out. Raises ValueError."""
    try:
        found = msgspec.json.decode(body, type=_ResourceList)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"not a list of kinds: {error}") from None
    return {
        one.kind: Resource(group_version, one.name, one.namespaced) for one in found.resources if "/" not in one.name
    }


class _ApiResource(msgspec.Struct, frozen=True):
    name: str
    kind: str
    namespaced: bool = False


class _ResourceList(msgspec.Struct, frozen=True):
    resources: list[_ApiResource] = []


@cache
def _decoder(type_: type[Object]) -> msgspec.json.Decoder[Any]:
    items = list[type_] | None  # type: ignore[valid-type]
    listed = msgspec.defstruct(
        f"{type_.__name__}List", [("items", items, None), ("metadata", ListMeta, ListMeta())], gc=False
    )
    return msgspec.json.Decoder(listed)


@cache
def _single(type_: type[Object]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_)


def _type(kind: str) -> type[Object]:
    return TYPES.get(kind, CustomResource)


def _one(read: Read, body: bytes) -> Page:
    found = _single(_type(read.kind)).decode(body)
    if not found.metadata.name:
        raise ValueError("an object without a name")
    return Page([found], [])


def _one_by_one(read: Read, body: bytes) -> Page:
    """The slow way, for a list in which something does not fit: each object by itself, wrong fields named."""
    try:
        raw = [msgspec.Raw(body)] if read.name else msgspec.json.decode(body, type=_Rough).items or []
        plain = [msgspec.json.decode(one) for one in raw]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a list of objects: {error}") from None
    found: list[Object] = []
    gaps: list[Gap] = []
    for one in plain:
        if not isinstance(one, dict):
            raise ValueError("not a list of objects")
        one = {"apiVersion": read.place.group_version, "kind": read.kind.rpartition("/")[2], **one}
        if read.kind == _SECRET:
            without_values(one)
            if not read.keys:
                one.pop("keys", None)
        object_, damaged = decoded(one, read.kind, read.what)
        gaps += damaged
        if object_ is not None:
            found.append(object_)
    return Page(found, gaps, is_cut=not read.name and _is_cut(body))


def _is_cut(body: bytes) -> bool:
    try:
        return bool(msgspec.json.decode(body, type=_Head).metadata.continue_)
    except msgspec.MsgspecError:
        return False
