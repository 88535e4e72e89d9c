"""A Warehouse as one thing to look at: what it watches, what it found, why it makes no Freight."""

from datetime import timedelta
from functools import cached_property
from typing import Any

import msgspec

from gitops_master.facts.durations import parse_duration
from gitops_master.facts.freight import discovery_order, freight_from
from gitops_master.facts.texts import Text
from gitops_master.model.kargo import Freight, Warehouse
from gitops_master.model.meta import Condition, Ref, condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage


class Subscription(msgspec.Struct, frozen=True):
    """One thing a Warehouse watches. `kind`: git, image, chart or a custom kind."""

    index: int
    kind: str
    repo_url: str
    config: dict[str, Any]

    @property
    def path(self) -> str:
        return f"spec.subscriptions[{self.index}].{self.kind}"


class WarehouseView:
    """Facts of one Warehouse, computed when first asked for. `asked`: it is itself what was asked about, not a Stage of it."""

    def __init__(self, warehouse: Warehouse, snapshot: Snapshot, *, asked: bool = True) -> None:
        self.warehouse = warehouse
        self.snapshot = snapshot
        self.asked = asked

    @property
    def ref(self) -> Ref:
        return self.warehouse.ref

    @property
    def name(self) -> str:
        return self.warehouse.name

    @property
    def project(self) -> str:
        return self.warehouse.namespace

    def condition(self, type_: str) -> Condition | None:
        return condition(self.warehouse.status.conditions, type_)

    @property
    def ready(self) -> Condition | None:
        return self.condition("Ready")

    @cached_property
    def subscriptions(self) -> list[Subscription]:
        found = []
        for index, one in enumerate(self.warehouse.spec.subscriptions):
            for kind, config in one.items():
                given = config if isinstance(config, dict) else {}
                found.append(Subscription(index, kind, str(given.get("repoURL", "")), given))
        return found

    @cached_property
    def freight(self) -> list[Freight]:
        return discovery_order(list(freight_from(f"Warehouse/{self.name}", self.project, self.snapshot)))

    @property
    def interval(self) -> timedelta:
        """Time between discoveries; the CRD's default is 5m0s."""
        return parse_duration(self.warehouse.spec.interval) or timedelta(minutes=5)

    @property
    def failure(self) -> Text | None:
        """What discovery failed with, if its newest run failed."""
        return self._complaint({"DiscoveryFailure"}, {"DiscoveryFailed"})

    @property
    def finds_nothing(self) -> Text | None:
        """The complaint that a subscription matches nothing."""
        missing = {"MissingArtifacts", "MissingCommits", "MissingImageReferences", "MissingChartVersions"}
        empty = {"MissingArtifacts", "NoCommitsDiscovered", "NoImageReferencesDiscovered", "NoChartVersionsDiscovered"}
        return self._complaint(missing, empty)

    def _complaint(self, ready_reasons: set[str], healthy_reasons: set[str]) -> Text | None:
        for type_, reasons in (("Ready", ready_reasons), ("Healthy", healthy_reasons)):
            found = self.condition(type_)
            if found is not None and found.status == "False" and found.reason in reasons:
                return Text(self.ref, f"status.conditions[{type_}].message", found.message or found.reason)
        return None

    @cached_property
    def stages(self) -> list[Stage]:
        """Stages that request Freight from here."""
        return list(self.snapshot.grouped(Stage, _warehouses).get((self.project, self.name), ()))


def _warehouses(one: Stage) -> set[tuple[str, str]]:
    return {(one.namespace, request.origin.name) for request in one.spec.requested_freight}
