"""Typed objects back to plain ones, as the snapshot reader takes them: fields that hold their default are left out."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec

from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.meta import Object

_OTHER_VERSIONS = {"kargo.akuity.io": "v1alpha1", "argoproj.io": "v1alpha1", "autoscaling": "v2"}
"""v1 for all others. Which one is written makes no difference to the reader."""


class Field(NamedTuple):
    """`key`: as in JSON."""

    name: str
    key: str
    default: Any
    is_emptied: bool

    def holds_default(self, value: Any) -> bool:
        """An empty mapping in place of none is not the same as none: what was read has to come out again."""
        if self.is_emptied:
            return not value
        if isinstance(value, msgspec.Struct):
            return value is self.default
        return type(value) is type(self.default) and bool(value == self.default)


@cache
def fields(type_: type[msgspec.Struct]) -> tuple[Field, ...]:
    return tuple(
        Field(one.name, one.encode_name, one.default, one.default_factory is not msgspec.NODEFAULT)
        for one in msgspec.structs.fields(type_)
    )


def head(one: Object) -> dict[str, str]:
    """`apiVersion` and `kind`."""
    if isinstance(one, CustomResource) and one.api_version:
        return {"apiVersion": one.api_version, "kind": one.kind}
    group, _, kind = one.ref.kind.rpartition("/")
    version = "v1" if group == "v1" else f"{group}/{_OTHER_VERSIONS.get(group, 'v1')}"
    return {"apiVersion": version, "kind": kind}


def scalar(value: Any) -> Any:
    """A time as the API server writes it; the rest as it is."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
