"""Argo Rollouts' kinds (argoproj.io/v1alpha1), as far as verification and rollout health need them."""

from typing import Any, ClassVar

from msgspec import field

from gitops_master.model.meta import Conditioned, Object, Struct, Time
from gitops_master.model.workloads import LabelSelector, PodTemplate


class MetricArgument(Struct, frozen=True):
    name: str = ""
    value: str | None = None
    value_from: dict[str, Any] | None = None


class Metric(Struct, frozen=True):
    name: str = ""
    interval: str = ""
    count: int | str | None = None
    success_condition: str = ""
    failure_condition: str = ""
    provider: dict[str, Any] = {}
    """One key naming the provider (job, web, prometheus, …) over its configuration."""


class Measurement(Struct, frozen=True):
    phase: str = ""
    message: str = ""
    value: str = ""
    metadata: dict[str, str] = {}
    started_at: Time | None = None
    finished_at: Time | None = None


class MetricResult(Struct, frozen=True):
    """`dryRun`: measured, but without a say in the run's phase."""

    name: str = ""
    dry_run: bool = False
    phase: str = ""
    message: str = ""
    count: int = 0
    successful: int = 0
    failed: int = 0
    error: int = 0
    inconclusive: int = 0
    measurements: tuple[Measurement, ...] = ()


class AnalysisSpec(Struct, frozen=True):
    metrics: tuple[Metric, ...] = ()
    args: tuple[MetricArgument, ...] = ()
    terminate: bool = False


class AnalysisStatus(Struct, frozen=True):
    phase: str = ""
    message: str = ""
    started_at: Time | None = None
    completed_at: Time | None = None
    metric_results: tuple[MetricResult, ...] = ()


class AnalysisRun(Object, frozen=True):
    KIND: ClassVar[str] = "argoproj.io/AnalysisRun"
    spec: AnalysisSpec = AnalysisSpec()
    status: AnalysisStatus = AnalysisStatus()


class AnalysisTemplate(Object, frozen=True):
    KIND: ClassVar[str] = "argoproj.io/AnalysisTemplate"
    spec: AnalysisSpec = AnalysisSpec()


class ClusterAnalysisTemplate(Object, frozen=True):
    KIND: ClassVar[str] = "argoproj.io/ClusterAnalysisTemplate"
    spec: AnalysisSpec = AnalysisSpec()


class RolloutSpec(Struct, frozen=True):
    """`strategy`: one key, `canary` or `blueGreen`."""

    replicas: int = 1
    paused: bool = False
    strategy: dict[str, Any] = {}
    workload_ref: dict[str, Any] | None = None
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()


class BlueGreenStatus(Struct, frozen=True):
    active_selector: str = ""


class RolloutStatus(Conditioned, frozen=True):
    """`phase` is empty before Argo Rollouts 1.0."""

    phase: str = ""
    message: str = ""
    abort: bool = False
    aborted_at: Time | None = None
    observed_generation: str = ""
    workload_observed_generation: str = ""
    replicas: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    blue_green: BlueGreenStatus = BlueGreenStatus()
    pause_conditions: tuple[dict[str, Any], ...] = ()
    current_pod_hash: str = ""
    stable_rs: str = field(name="stableRS", default="")


class Rollout(Object, frozen=True):
    KIND: ClassVar[str] = "argoproj.io/Rollout"
    spec: RolloutSpec = RolloutSpec()
    status: RolloutStatus = RolloutStatus()
