"""What an analysis answers. Pydantic, because these cross the tool boundary; aliases, no nulls, bounded text.

Shapes and words follow docs/architecture.md ("The answer").
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gitops_master.model.meta import Ref
from gitops_master.model.printable import printable

TEXT_LIMIT = 1200
"""Characters of one quoted text; Kargo's own condition messages stay well below (longest seen: 700)."""


class Answer(BaseModel):
    """Base of what is answered: immutable, closed (an unknown field is a bug)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        defer_build=True,  # until the first answer: start-up counts
    )

    @model_validator(mode="before")
    @classmethod
    def _printable(cls, data: Any) -> Any:
        """Whoever builds an answer may forget `quoted`; neither a control character nor a password gets further than here."""
        return {key: _clean(key, value) for key, value in data.items()} if isinstance(data, dict) else data

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """What is put in is made printable, too: pydantic does not validate it."""
        clean = {key: _clean(key, value) for key, value in (update or {}).items()}
        return super().model_copy(update=clean, deep=deep)

    def dump(self) -> dict[str, Any]:
        """JSON-ready data without nulls and empty fields: hosts pass every byte of it to a model."""
        data: dict[str, Any] = _without_empty(self.model_dump(mode="json", by_alias=True))
        return data


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        pruned = {key: _without_empty(one) for key, one in value.items()}
        return {key: one for key, one in pruned.items() if one not in _EMPTY}
    if isinstance(value, list):
        return [one for one in map(_without_empty, value) if one not in _EMPTY]
    return value


_EMPTY: tuple[object, ...] = (None, "", [], {})


FIELD_LIMIT = 4000
"""Characters of any one text of an answer, for those that nobody bounded: names, reasons, aliases, commands made of them."""
_WHOLE = frozenset({"report", "mermaid", "manual", "text"})
"""Fields that are bounded by what they are made of."""


def _clean(key: str, value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, StrEnum):
        text = printable(value)
        return text if len(text) <= FIELD_LIMIT or key in _WHOLE else quoted(text, FIELD_LIMIT)
    if isinstance(value, dict):  # a call to make, counts: names from the cluster are in there, too
        return {name: _clean(key, one) for name, one in value.items()}
    return [_clean(key, one) for one in value] if isinstance(value, list) else value


class Class(StrEnum):
    FAULT = "fault"
    WAITING = "waiting"
    HEALTHY = "healthy"


class Severity(StrEnum):
    """How much it hurts: critical = nothing moves anywhere, high = the target is held back, medium, low = a hint."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Confidence(StrEnum):
    """high = a named object and its own words; medium = one of the two; low = a heuristic such as an age."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Risk(StrEnum):
    NONE = "NONE"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


_NEAR = 40
"""Characters: longer runs without a blank (hashes, URLs) are cut where they are."""


def quoted(text: str, limit: int = TEXT_LIMIT) -> str:
    """Text that came from the cluster, made safe to pass on: no control characters, no credentials, bounded, marked where cut.

    It is cut in the middle: an error begins with who speaks and ends with what went wrong. The cut falls between words where
    one ends nearby.
    """
    clean = printable(text).strip()
    if len(clean) <= limit:
        return clean
    tail = limit // 3
    before, after = limit - tail - 1, len(clean) - tail
    word_end = clean.rfind(" ", before - _NEAR, before + 1)
    word_start = clean.find(" ", after - 1, after + _NEAR)
    head = clean[: word_end if word_end > 0 else before].rstrip()
    return f"{head}…{clean[word_start if word_start > 0 else after :].lstrip()}"


class Evidence(Answer):
    """One fact that was seen: an object, the path of a field in it, its value, and when that was so."""

    object: str
    path: str = ""
    value: str = ""
    observed_at: datetime | None = None


class Remedy(Answer):
    """One thing to do. `commands` are exact and copyable; `destroys` says what is lost; `confirm_with` shows it worked.

    `call`: of one of our tools (`tool` and its arguments) that does the same with plan and consent; empty where none does.
    """

    title: str
    commands: list[str] = []
    call: dict[str, str | bool] = {}
    risk: Risk = Risk.LOW
    reversible: bool = True
    destroys: str = ""
    confirm_with: str = ""


class Finding(Answer):
    id: str
    class_: Annotated[Class, Field(alias="class")]
    subject: str
    title: str
    summary: str
    severity: Severity
    confidence: Confidence
    ends: str = ""
    risk: Risk = Risk.LOW
    evidence: list[Evidence] = []
    remedies: list[Remedy] = []
    effects: list["Finding"] = []
    versions: list[str] = []
    reference: str = ""
    sources: list[str] = []


class Target(Answer):
    kind: str
    name: str
    namespace: str = ""

    @classmethod
    def of(cls, ref: Ref) -> "Target":
        return cls(kind=ref.kind.rpartition("/")[2], name=ref.name, namespace=ref.namespace)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class NotChecked(Answer):
    """Something that could not be read and what that leaves open."""

    what: str
    reason: str
    leaves_open: str = ""


class Status(Answer):
    phase: str = ""
    health: str = ""
    lines: list[str] = []


class Verdict(StrEnum):
    BROKEN = "broken"
    WAITING = "waiting"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"


class Incident(Answer):
    """One root cause and everything it holds back. `more_targets`: how many are not listed."""

    verdict: Verdict
    root_cause: Finding | None = None
    targets: list[str] = []
    more_targets: int | None = None


class Diagnosis(Answer):
    """The answer of analyze_stage. `root_cause` is there whenever one finding explains the state. An Application has no project."""

    project: str = ""
    target: Target
    verdict: Verdict
    root_cause: Finding | None = None
    status: Status = Status()
    findings: list[Finding] = []
    incidents: list[Incident] = []
    not_checked: list[NotChecked] = []
    context: str = ""
    observed_at: datetime
    clock: str = ""
    versions: dict[str, str] = {}
    left_out: str = ""
    report: str = ""
