"""Kargo's Stage, the object most answers are about.

At 1.11 a Stage has no phase; its state is in the conditions Ready, Promoting, Healthy, Verified, Reconciling. `phase` and
`message` are read for 1.0 to 1.4, where conditions were missing (1.0) or new (1.1).
"""

from typing import Any, ClassVar

from msgspec import field

from gitops_master.model.kargo import FreightReference, Origin, PromotionStatus, Step
from gitops_master.model.meta import Condition, Conditioned, Object, Struct, Time, condition


class AutoPromotionOptions(Struct, frozen=True):
    selection_policy: str = "NewestFreight"


class Sources(Struct, frozen=True):
    direct: bool = False
    stages: tuple[str, ...] = ()
    required_soak_time: str = ""
    availability_strategy: str = ""
    """All | OneOf; empty means OneOf. Since 1.3."""
    auto_promotion_options: AutoPromotionOptions = AutoPromotionOptions()


class FreightRequest(Struct, frozen=True):
    origin: Origin = Origin()
    sources: Sources = Sources()


class TemplateSpec(Struct, frozen=True):
    vars: tuple[dict[str, Any], ...] = ()
    steps: tuple[Step, ...] = ()


class PromotionTemplate(Struct, frozen=True):
    spec: TemplateSpec = TemplateSpec()


class TemplateReference(Struct, frozen=True):
    name: str = ""
    kind: str = "AnalysisTemplate"


class Argument(Struct, frozen=True):
    name: str = ""
    value: str = ""


class Verification(Struct, frozen=True):
    analysis_templates: tuple[TemplateReference, ...] = ()
    args: tuple[Argument, ...] = ()


class StageSpec(Struct, frozen=True):
    shard: str = ""
    vars: tuple[dict[str, Any], ...] = ()
    requested_freight: tuple[FreightRequest, ...] = ()
    promotion_template: PromotionTemplate = PromotionTemplate()
    verification: Verification | None = None


class AnalysisRunReference(Struct, frozen=True):
    namespace: str = ""
    name: str = ""
    phase: str = ""


class VerificationInfo(Struct, frozen=True):
    id: str = ""
    phase: str = ""
    message: str = ""
    actor: str = ""
    analysis_run: AnalysisRunReference | None = None
    start_time: Time | None = None
    finish_time: Time | None = None


class HistoryEntry(Struct, frozen=True):
    """One Freight collection the Stage held; entry 0 is the current one, verification 0 the latest."""

    id: str = ""
    items: dict[str, FreightReference] = {}
    verification_history: tuple[VerificationInfo, ...] = ()


class Health(Struct, frozen=True):
    status: str = ""
    issues: tuple[str, ...] = ()
    output: tuple[Any, ...] | None = None


class PromotionReference(Struct, frozen=True):
    name: str = ""
    freight: FreightReference | None = None
    status: PromotionStatus | None = None
    finished_at: Time | None = None


class Hold(Struct, frozen=True):
    freight_name: str = ""
    origin: Origin = Origin()
    promotion_name: str = ""
    actor: str = ""
    created_at: Time | None = None


class StageStatus(Conditioned, frozen=True):
    phase: str = ""
    message: str = ""
    observed_generation: int = 0
    last_handled_refresh: str = ""
    freight_history: tuple[HistoryEntry, ...] = ()
    freight_summary: str = ""
    health: Health | None = None
    current_promotion: PromotionReference | None = None
    last_promotion: PromotionReference | None = None
    auto_promotion_enabled: bool = False
    auto_promotion_holds: dict[str, Hold] = {}
    effective_auto_promotion_holds: dict[str, Hold] = {}
    promotion_window_status: dict[str, Any] = field(default_factory=dict)


class Stage(Object, frozen=True):
    KIND: ClassVar[str] = "kargo.akuity.io/Stage"
    spec: StageSpec = StageSpec()
    status: StageStatus = StageStatus()

    def condition(self, type_: str) -> Condition | None:
        return condition(self.status.conditions, type_)
