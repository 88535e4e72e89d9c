"""What get_stage_state answers: one Stage in full, or a whole project as lines and a graph. No nulls, bounded."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from gitops_master.model.finding import Answer, NotChecked, quoted
from gitops_master.model.meta import Condition

MESSAGE_LIMIT = 600
"""Characters of one message: a state shows many; analyze_stage quotes the one that matters at length."""

LINE_LIMIT = 240
"""Characters of text from the cluster within one line."""

T = TypeVar("T")


class Standing(StrEnum):
    """broken: needs help. promoting, waiting: on its way, or for somebody. unknown: what was read does not tell."""

    BROKEN = "broken"
    PROMOTING = "promoting"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    FINE = "fine"


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Text from the cluster as part of one line."""
    return quoted(" ".join(text.split()), limit)


class ConditionState(Answer):
    type: str
    status: str
    reason: str = ""
    message: str = ""

    @classmethod
    def of(cls, one: Condition) -> "ConditionState":
        return cls(type=one.type, status=one.status, reason=one.reason, message=quoted(one.message, MESSAGE_LIMIT))


class CommitState(Answer):
    repo: str
    id: str
    branch: str = ""
    tag: str = ""
    message: str = ""
    author: str = ""


class ImageState(Answer):
    repo: str
    tag: str = ""
    digest: str = ""


class ChartState(Answer):
    repo: str
    name: str = ""
    version: str = ""


class FreightState(Answer):
    """`label` is how people call it; `since`: when it entered the Stage."""

    name: str
    label: str
    alias: str = ""
    origin: str = ""
    commits: list[CommitState] = []
    images: list[ImageState] = []
    charts: list[ChartState] = []
    discovered_at: datetime | None = None
    since: datetime | None = None
    left_out: str = ""


class StepState(Answer):
    """The step a Promotion is at or failed at. `index` counts from 1; `errors` of `threshold` failures end the step."""

    message: str = ""
    index: int
    total: int
    alias: str
    kind: str = ""
    status: str = ""
    errors: int = 0
    threshold: int = 1
    waits_for: str = ""
    started_at: datetime | None = None


class PromotionState(Answer):
    """`position` and `ahead` only in the queue: its place, and what has to end before it starts."""

    name: str
    phase: str = ""
    position: int | None = None
    ahead: str = ""
    step: StepState | None = None
    message: str = ""
    freight: str = ""
    freight_label: str = ""
    created_by: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class MetricState(Answer):
    name: str
    phase: str = ""
    message: str = ""
    successful: int = 0
    failed: int = 0
    error: int = 0
    inconclusive: int = 0


class VerificationState(Answer):
    phase: str
    message: str = ""
    actor: str = ""
    analysis_run: str = ""
    metrics: list[MetricState] = []
    started_at: datetime | None = None
    finished_at: datetime | None = None


class HealthState(Answer):
    status: str = ""
    issues: list[str] = []


class ApplicationState(Answer):
    """An Argo CD Application the Stage deploys through. `found`: yes, no, or `not known` where that was not read."""

    name: str
    namespace: str
    found: str = "yes"
    sync: str = ""
    health: str = ""
    revisions: list[str] = []
    operation: str = ""
    message: str = ""
    complaints: list[str] = []
    named_by: str = ""


class AutoPromotionState(Answer):
    """`enabled`: on, off or unknown. `policy`: the deciding one and where it stands."""

    enabled: str
    policy: str = ""
    note: str = ""


class HoldState(Answer):
    origin: str
    freight: str = ""
    freight_label: str = ""
    promotion: str = ""
    actor: str = ""
    since: datetime | None = None


class GateReport(Answer):
    name: str
    state: str
    detail: str
    opens: datetime | None = None


class NextStep(StrEnum):
    """What becomes of the newest Freight that a Stage does not hold."""

    ON_ITS_WAY = "on its way"
    AUTOMATIC = "auto-promoted next"
    PERSON = "needs a person"
    GATED = "waits for a gate"
    HELD = "on hold"
    UNKNOWN = "unknown"


class NextFreightState(Answer):
    """`next`: what becomes of it; `outlook`: in a line; `instead`: older Freight that auto-promotion takes first."""

    next: NextStep
    outlook: str
    freight: FreightState
    available: bool
    gates: list[GateReport] = []
    opens: datetime | None = None
    instead: str = ""


class StageState(Answer):
    name: str
    project: str
    standing: Standing
    headline: str
    kind: str = ""
    url: str = ""
    upstream: list[str] = []
    notes: list[str] = []
    conditions: list[ConditionState] = []
    freight_summary: str = ""
    current_freight: list[FreightState] = []
    current_promotion: PromotionState | None = None
    last_promotion: PromotionState | None = None
    verification: VerificationState | None = None
    health: HealthState | None = None
    applications: list[ApplicationState] = []
    auto_promotion: AutoPromotionState | None = None
    holds: list[HoldState] = []
    queue: list[PromotionState] = []
    next_freight: list[NextFreightState] = []
    left_out: list[str] = []


class StageLine(Answer):
    name: str
    standing: Standing
    line: str
    kind: str = ""
    holds: list[str] = []
    upstream: list[str] = []


class WarehouseLine(Answer):
    name: str
    standing: Standing
    line: str
    newest_freight: str = ""
    newest_at: datetime | None = None
    discovered_at: datetime | None = None


class PipelineState(Answer):
    """Problems first. `missing`: what Stages name and does not exist. `mermaid`: the flow as a diagram."""

    project: str
    standing: Standing
    headline: str
    url: str = ""
    counts: dict[str, int] = {}
    stages: list[StageLine] = []
    warehouses: list[WarehouseLine] = []
    missing: list[str] = []
    cycles: list[str] = []
    mermaid: str = ""
    left_out: list[str] = []


class StateAnswer(Answer):
    """The answer of get_stage_state: `stage` where one was asked for, else `pipeline`."""

    stage: StageState | None = None
    pipeline: PipelineState | None = None
    not_checked: list[NotChecked] = []
    context: str = ""
    observed_at: datetime
    clock: str = ""
    versions: dict[str, str] = {}
    report: str = ""

    @property
    def standing(self) -> Standing:
        state = self.stage or self.pipeline
        return state.standing if state else Standing.UNKNOWN


def left_out(count: int, what: str) -> str:
    """`12 further Stages`, or nothing where none was left out."""
    return f"{count} {what}" if count > 0 else ""


def bounded(items: Iterable[T], most: int, what: str) -> tuple[list[T], list[str]]:
    """The first `most` of them, and a word about the others."""
    every = list(items)
    more = left_out(len(every) - most, what)
    return every[:most], [more] if more else []
