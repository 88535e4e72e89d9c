"""A Stage as one thing to look at: what it holds, what it last tried, what runs, what could come next."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from gitops_master.facts import autopromotion
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.apps import AppLink, application_links
from gitops_master.facts.availability import Availability, availability
from gitops_master.facts.freight import matches, same_freight
from gitops_master.facts.promotion import (
    StepRun,
    failed_step,
    message_texts,
    newest_first,
    promotions_to,
    queue_order,
    running_step,
)
from gitops_master.facts.texts import Text
from gitops_master.facts.verification import VerificationView
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import (
    VERIFICATION_TERMINAL,
    Freight,
    FreightReference,
    Promotion,
    PromotionStatus,
    Step,
    Warehouse,
)
from gitops_master.model.meta import Condition, Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import FreightRequest, HistoryEntry, Stage, VerificationInfo

CORE = (Stage.KIND, Promotion.KIND, Freight.KIND, Warehouse.KIND)
"""Kinds without which "fine" cannot be said of a Stage."""


class LastPromotion(msgspec.Struct, frozen=True):
    """The newest Promotion the Stage has recorded, from its embedded copy or the object itself."""

    name: str
    ref: Ref
    status: PromotionStatus
    steps: tuple[Step, ...]
    object: Promotion | None
    freight: FreightReference | None
    finished_at: datetime | None


class NextFreight(msgspec.Struct, frozen=True):
    """The newest Freight of one requested origin that the Stage does not hold, and the gates before it."""

    request: FreightRequest
    freight: Freight
    availability: Availability


class StageView:
    """Facts of one Stage, computed when first asked for. `wanted`: the Freight that was asked about, if one was."""

    def __init__(self, stage: Stage, snapshot: Snapshot, wanted: Freight | None = None) -> None:
        self.stage = stage
        self.snapshot = snapshot
        self.wanted = wanted

    @property
    def ref(self) -> Ref:
        return self.stage.ref

    @property
    def name(self) -> str:
        return self.stage.name

    @property
    def project(self) -> str:
        return self.stage.namespace

    def condition(self, type_: str) -> Condition | None:
        return self.stage.condition(type_)

    @property
    def ready(self) -> Condition | None:
        return self.condition("Ready")

    @property
    def reconcile_error(self) -> Text | None:
        """What ends each pass of the controller over the Stage, in its own words; None where nothing does."""
        ready = self.ready
        if ready is None or ready.reason != "ReconcileError":
            return None
        return Text(self.ref, "status.conditions[Ready].message", ready.message)

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.stage.spec.promotion_template.spec.steps

    @property
    def is_control_flow(self) -> bool:
        """A Stage without promotion steps never holds Freight: it passes it on."""
        return not self.steps

    @cached_property
    def current(self) -> HistoryEntry | None:
        history = self.stage.status.freight_history
        return history[0] if history else None

    @property
    def current_freight(self) -> list[FreightReference]:
        return list(self.current.items.values()) if self.current else []

    @property
    def verifications(self) -> tuple[VerificationInfo, ...]:
        """The verifications of what the Stage holds, newest first."""
        return self.current.verification_history if self.current else ()

    @property
    def verification_info(self) -> VerificationInfo | None:
        return next(iter(self.verifications), None)

    @cached_property
    def verification(self) -> VerificationView | None:
        info = self.verification_info
        return VerificationView(self.stage, info, self.snapshot) if info is not None else None

    @property
    def verification_runs(self) -> bool:
        info = self.verification_info
        return info is not None and info.phase not in VERIFICATION_TERMINAL

    @cached_property
    def promotions(self) -> list[Promotion]:
        """All Promotions of the Stage in Kargo's own order: running, waiting, finished (newest name first)."""
        return queue_order(promotions_to(self.stage, self.snapshot))

    @cached_property
    def by_age(self) -> list[Promotion]:
        return newest_first(self.promotions)

    @property
    def waiting_promotions(self) -> list[Promotion]:
        return [one for one in self.promotions if not one.is_terminal and one.status.phase != "Running"]

    @cached_property
    def running(self) -> Promotion | None:
        return next((one for one in self.promotions if one.status.phase == "Running"), None)

    @cached_property
    def last(self) -> LastPromotion | None:
        reference = self.stage.status.last_promotion
        if reference is None:
            newest = next((one for one in self.promotions if one.is_terminal), None)
            return self._from_object(newest) if newest is not None and self._has_no_record() else None
        found = self.snapshot.get(Promotion, self.project, reference.name)
        embedded = reference.status or PromotionStatus()
        own = found.status if found is not None and found.status.phase else None
        detailed = own if own is not None and own.step_execution_metadata else embedded
        status = detailed if detailed.phase else own or embedded
        return LastPromotion(
            name=reference.name,
            ref=Ref(Promotion.KIND, self.project, reference.name),
            status=status,
            steps=found.spec.steps if found is not None else self.steps,
            object=found,
            freight=reference.freight or status.freight,
            finished_at=reference.finished_at or status.finished_at,
        )

    def _has_no_record(self) -> bool:
        """Before 1.0 finished a Stage could lack lastPromotion; elsewhere its absence means that nothing was recorded."""
        return not self.stage.status.conditions and self.current is not None

    def _from_object(self, one: Promotion) -> LastPromotion:
        return LastPromotion(
            one.name, one.ref, one.status, one.spec.steps, one, one.status.freight, one.status.finished_at
        )

    @property
    def last_failed(self) -> bool:
        return self.last is not None and self.last.status.phase in {"Failed", "Errored"}

    @cached_property
    def failed_step(self) -> StepRun | None:
        """The step that ended the last Promotion, while that is still the last word."""
        return failed_step(self.last.steps, self.last.status) if self.last is not None else None

    @cached_property
    def running_step(self) -> StepRun | None:
        return running_step(self.running.spec.steps, self.running.status) if self.running is not None else None

    @property
    def failure_texts(self) -> list[Text]:
        """Messages of the last Promotion, if it did not succeed."""
        if self.last is None or not self.last_failed:
            return []
        step = self.failed_step
        texts = message_texts(self.last.ref, self.last.status)
        mine = [text for text in texts if step is None or step.message in text.value or text.value in step.message]
        return mine or texts

    @cached_property
    def links(self) -> list[AppLink]:
        """The Applications this Stage deploys through, and how that is known."""
        return application_links(self.stage, self.promotions, self.last.status if self.last else None, self.snapshot)

    @cached_property
    def apps(self) -> list[ApplicationView]:
        found = []
        for link in self.links:
            app = self.snapshot.get(Application, link.namespace, link.name)
            if app is not None:
                found.append(ApplicationView(app, self.snapshot))
        return found

    @property
    def health_issues(self) -> tuple[str, ...]:
        return self.stage.status.health.issues if self.stage.status.health else ()

    @property
    def health(self) -> str:
        return self.stage.status.health.status if self.stage.status.health else ""

    @cached_property
    def auto_promotion(self) -> bool:
        return autopromotion.is_enabled(self.stage, self.snapshot)

    @cached_property
    def warehouses(self) -> list[Warehouse]:
        names = [one.origin.name for one in self.stage.spec.requested_freight]
        found = (self.snapshot.get(Warehouse, self.project, name) for name in names)
        return [one for one in found if one is not None]

    @property
    def upstream_names(self) -> list[str]:
        names = (name for one in self.stage.spec.requested_freight for name in one.sources.stages)
        return list(dict.fromkeys(names))

    @property
    def takers(self) -> Sequence[Stage]:
        """The Stages of the project that take Freight from this one."""
        return self.snapshot.grouped(Stage, _taken_from).get((self.project, self.name), ())

    def held(self, request: FreightRequest) -> FreightReference | None:
        return self.current.items.get(request.origin.key) if self.current else None

    @cached_property
    def next_freight(self) -> list[NextFreight]:
        """Per requested origin the newest Freight the Stage does not hold yet (or the Freight that was asked about)."""
        found = []
        for request in self.stage.spec.requested_freight:
            newest = self._next_of(request)
            if newest is not None:
                found.append(NextFreight(request, newest, availability(self.stage, newest, self.snapshot)))
        return found

    def _next_of(self, request: FreightRequest) -> Freight | None:
        ordered = autopromotion.freight_of(request, self.project, self.snapshot)
        held = self.held(request)
        if self.wanted is not None:
            asked = self.wanted if self.wanted in ordered else None
            return None if asked is not None and held is not None and asked.name == held.name else asked
        newest = ordered[0] if ordered else None
        held_already = newest is not None and held is not None and same_freight(newest, held)
        return None if held_already else newest

    def holds_freight(self, query: str) -> bool:
        """Whether the Stage's current Freight is the one `query` names."""
        mine = {one.name for one in self.current_freight}
        return any(one.name in mine and matches(one, query) for one in self.snapshot.all(Freight, self.project))

    def promotions_of(self, freight: str) -> list[Promotion]:
        """Promotions of one piece of Freight to this Stage, newest first."""
        return [one for one in self.by_age if one.spec.freight == freight]


def _taken_from(stage: Stage) -> set[tuple[str, str]]:
    return {(stage.namespace, name) for one in stage.spec.requested_freight for name in one.sources.stages}
