"""What every Kubernetes object has, and the ground rules of reading them.

Absent and null are the same here: every field has a default. Times are aware datetimes. An unknown field is ignored, an
unknown phase or reason is just a string, so that newer API servers stay readable.
"""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""An RFC 3339 time with its zone; a time without one is a parse gap, never guessed."""


class Struct(msgspec.Struct, frozen=True, kw_only=True, rename="camel", eq=False, gc=False):
    """Base of everything off the wire: immutable, compared by identity."""


class OwnerReference(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class Metadata(Struct, frozen=True):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    finalizers: tuple[str, ...] = ()
    owner_references: tuple[OwnerReference, ...] = ()


class Ref(msgspec.Struct, frozen=True, order=True, gc=False):
    """Names one object. `kind` is `group/Kind` (`v1/Pod` for the core group); a cluster-scoped object has no namespace."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind.rpartition('/')[2]} {place}"


class Object(Struct, frozen=True):
    """A Kubernetes object. `KIND` is how snapshots and rules call its kind."""

    KIND: ClassVar[str] = ""
    metadata: Metadata = Metadata()

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def namespace(self) -> str:
        return self.metadata.namespace

    @property
    def labels(self) -> dict[str, str]:
        return self.metadata.labels

    @property
    def annotations(self) -> dict[str, str]:
        return self.metadata.annotations

    @property
    def created(self) -> datetime | None:
        return self.metadata.creation_timestamp

    @property
    def ref(self) -> Ref:
        metadata = self.metadata
        return Ref(self.KIND, metadata.namespace, metadata.name)


class Condition(Struct, frozen=True):
    """A status condition. Look conditions up by type: their order means nothing.

    `lastTransitionTime` is no evidence of "since when": Kargo keeps the old time when a status flips (pkg/conditions,
    seen on v1.11.2).
    """

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: Time | None = None
    observed_generation: int | None = None


class Conditioned(Struct, frozen=True):
    conditions: tuple[Condition, ...] = ()


def condition(conditions: tuple[Condition, ...], type_: str) -> Condition | None:
    """The condition of that type, or None where the object has none."""
    for one in conditions:
        if one.type == type_:
            return one
    return None
