"""The few things that may be written, each a value with one meaning, over connections that reading does not use."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from gitops_master.model.meta import Ref
from gitops_master.model.versions import Version


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that Kargo or Argo CD is asked to do. `namespace`: the Kargo project, or where the Application is."""

    namespace: str


class Promote(Write, frozen=True, kw_only=True):
    """A Promotion of Freight, by its full name, to a Stage. Kargo names and shapes it."""

    stage: str
    freight: str


class AbortPromotion(Write, frozen=True, kw_only=True):
    promotion: str


class ApproveFreight(Write, frozen=True, kw_only=True):
    """Makes Freight available to a Stage whatever its verification and soak time say."""

    freight: str
    stage: str
    at: datetime


class Refresh(Write, frozen=True, kw_only=True):
    """Kargo looks at a Stage, Warehouse or Promotion anew. `token`: any text that is not there yet."""

    of: Ref
    token: str


class Reverify(Write, frozen=True, kw_only=True):
    stage: str
    verification_id: str


class AbortVerification(Write, frozen=True, kw_only=True):
    stage: str
    verification_id: str


class RefreshApplication(Write, frozen=True, kw_only=True):
    """`hard`: manifests are rendered anew, whatever was cached."""

    app: str
    hard: bool = False


class TerminateOperation(Write, frozen=True, kw_only=True):
    """Ends the operation that runs, and no other: the write fails where the phase or who began it differs.

    `username`, `started_at` (as the object has it): of the operation that was seen.
    """

    app: str
    username: str = ""
    started_at: str = ""


class SyncApplication(Write, frozen=True, kw_only=True):
    """Begins a sync where no operation is there. `options`, `prune`: copied from the spec, which operations do not look at.

    `revisions`: none for what the Application tracks, else one for each source.
    """

    app: str
    options: tuple[str, ...] = ()
    prune: bool = False
    retry_limit: int | None = None
    revisions: tuple[str, ...] = ()


class Premises(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of the place that a write is for, so that it goes there and nowhere else.

    `project_uid`: of the Kargo Project, empty where that could not be read; `stage`, `stage_uid`: any Stage of it, since tokens of
    a project may see Stages and no Projects; `kargo`: its version; `kargo_url`: of its API, as the cluster tells it, empty where
    it does not.
    """

    project_uid: str = ""
    stage: str = ""
    stage_uid: str = ""
    kargo: Version | None = None
    kargo_url: str = ""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How a write would be done. `title`: `Kargo's API at https://…`, `the Kubernetes API (context prod)`. `who`: as whom, where
    that is known. `notes`: what one should know of this way. `holds`: `Warehouse/name` of the auto-promotion hold that would
    follow, where the server told. `is_tried`: the server has judged the very request (a dry run), rights included. `is_caller`: it
    is done as who reads the cluster, so that the cluster can say whether that one may.
    """

    title: str
    who: str = ""
    notes: tuple[str, ...] = ()
    holds: str = ""
    is_tried: bool = False
    is_caller: bool = False


class Sent(msgspec.Struct, frozen=True):
    """What became of a write, which is sent once. `status`: of HTTP, 0 where no answer came; `problem`: in words, where not done.

    `names`: of what was made. `at`: when it was sent, by the clock of the server where its answer told, else by ours.
    """

    status: int
    problem: str = ""
    names: tuple[str, ...] = ()
    at: datetime | None = None

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def ambiguous(self) -> bool:
        """It may have been done all the same: to be looked up before anything is said."""
        # Kargo answers 500 without a word on whatever went wrong, also behind the write; gateways have numbers of their own.
        return self.status == 0 or self.status >= 500


class Writer(Protocol):
    """One cluster and its Kargo, as one identity."""

    async def way(self, write: Write, premises: Premises, *, deadline_s: float) -> Way:
        """Whether and how the write can be done. Stores nothing.

        Raises Forbidden where there is no safe way (why, and the exact command for a person), or the server would refuse it;
        Unreachable where that cannot be found out; UsageError on a context that does not exist.
        """

    async def send(self, write: Write, premises: Premises, *, deadline_s: float) -> Sent:
        """Does it, once, the way that `way` told. Raises Unreachable, Forbidden or UsageError where nothing was sent."""

    async def close(self) -> None:
        """Ends connections and processes."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """On which terms anything is written. `protect`: globs of Stages that are left alone. `who`: as whom, where that was said.

    `plan_key`: what ids of plans are sealed with, at least 32 bytes. An id holds for the `who` it was made for alone.
    """

    allow_writes: bool = False
    protect: tuple[str, ...] = ()
    who: str = ""
    plan_key: bytes = b""

    def __repr__(self) -> str:
        return f"Terms(allow_writes={self.allow_writes}, protect={self.protect}, who={self.who!r})"


class Writers(Protocol):
    """Where writes go: the counterpart of `ports.sources.Sources.reader`."""

    def terms(self) -> Terms:
        """Of whoever asks; the key is the same for all. Raises UsageError where a key was named that cannot be used."""

    def writer(self, context: str = "") -> Writer:
        """Raises UsageError on a context that does not exist, Forbidden where nothing can be written."""


class How(StrEnum):
    """How one object is changed. `APPLY`: server-side apply, which takes over fields that others manage."""

    MERGE = "merge"
    JSON = "json"
    CREATE = "create"
    APPLY = "apply"


class ObjectChange(msgspec.Struct, frozen=True, kw_only=True):
    """One request of the Kubernetes API that changes one object. `resource`: `stages.kargo.akuity.io`; `version`: `v1alpha1`.

    `cluster_wide`: the kind knows no namespaces. `body`: JSON of the object, merge patch or JSON patch. `dry_run`: the server does everything but store it.
    """

    resource: str
    version: str
    namespace: str
    name: str = ""
    how: How
    body: bytes
    subresource: str = ""
    dry_run: bool = False
    cluster_wide: bool = False


class Changed(msgspec.Struct, frozen=True):
    """`body`: the object as the server answered it, empty where it did not. `status`, `problem`, `at`: as of `Sent`."""

    status: int
    problem: str = ""
    body: bytes = b""
    at: datetime | None = None


class ObjectWriter(Protocol):
    """The Kubernetes API, over HTTP or through kubectl. Nothing is sent twice."""

    @property
    def title(self) -> str:
        """The context, or the command."""

    async def change(self, change: ObjectChange, *, deadline_s: float) -> Changed:
        """Raises Unreachable where nothing was sent: credentials that cannot be had, a command that does not start; UsageError on
        a context that does not exist, or a name that no object can have.
        """

    async def close(self) -> None:
        """Ends connections and processes."""


class AuditLine(msgspec.Struct, frozen=True):
    """A write, or its refusal. `verdict`: done, refused, failed or not known; `detail`: why, or what was written."""

    at: datetime
    who: str
    where: str
    action: str
    target: str
    verdict: str
    detail: str = ""


Audit = Callable[[AuditLine], None]
