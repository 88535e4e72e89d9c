"""What became of a Stage's latest verification, and what its metrics, Jobs and arguments were."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from gitops_master.facts.access import Denial, parse_denial
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.verification import JobRun, VerificationView
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import VERIFICATION_TERMINAL
from gitops_master.model.meta import condition
from gitops_master.model.rollouts import AnalysisTemplate, ClusterAnalysisTemplate, Measurement, Metric, MetricResult
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.workloads import Pod

UNSUCCESSFUL = frozenset({"Failed", "Error", "Aborted", "Inconclusive"})
ABORTED = "Verification aborted by user"
"""kargo pkg/controller/stages/regular_stages.go abortVerification; phase Failed since 0.8, whatever the run's phase is."""


def ended_badly(stage: StageView) -> VerificationView | None:
    """The latest verification if it did not succeed; also one whose run has ended so and whose record lags behind."""
    view = stage.verification
    if view is None:
        return None
    if view.phase in UNSUCCESSFUL:
        return view
    lags = view.phase not in VERIFICATION_TERMINAL and view.run is not None and view.run.status.phase in UNSUCCESSFUL
    return view if lags else None


def in_progress(stage: StageView) -> VerificationView | None:
    """The latest verification while neither its record nor its AnalysisRun has ended."""
    view = stage.verification
    if view is None or not stage.verification_runs:
        return None
    return None if view.run is not None and view.run.status.phase in VERIFICATION_TERMINAL else view


def why_not_begun(stage: StageView) -> str:
    """Why Kargo has not begun to verify what the Stage holds, as far as that follows."""
    if stage.running is not None:
        return f"waits for Promotion {stage.running.name}, which is running"
    if stage.health != "Healthy":
        return f"Kargo begins once the Stage is Healthy; it is {stage.health or 'without health'}"
    return "Kargo begins with its next look at the Stage"


def outcome(view: VerificationView) -> str:
    """The phase that counts: the record's, the run's where the record lags."""
    return view.phase if view.phase in VERIFICATION_TERMINAL or view.run is None else view.run.status.phase


def was_aborted(view: VerificationView) -> bool:
    """Somebody ended it: Kargo says so, or the run was told to terminate."""
    terminated = view.run is not None and view.run.spec.terminate
    return ABORTED in view.info.message or terminated


class MetricFacts(msgspec.Struct, frozen=True):
    """A metric's result with its definition, and where in the run's status it stands."""

    index: int
    result: MetricResult
    metric: Metric | None

    @property
    def path(self) -> str:
        return f"status.metricResults[{self.index}]"

    @property
    def last(self) -> Measurement | None:
        return self.result.measurements[-1] if self.result.measurements else None

    @property
    def provider(self) -> str:
        """job, web, prometheus, …; empty where the definition is not known."""
        return next(iter(self.metric.provider), "") if self.metric is not None else ""

    @property
    def job_spec(self) -> dict[str, Any]:
        """The Job that a job metric makes; empty for other providers."""
        job = self.metric.provider.get("job") if self.metric is not None else None
        spec = job.get("spec") if isinstance(job, dict) else None
        return spec if isinstance(spec, dict) else {}

    @property
    def condition(self) -> tuple[str, str]:
        """(field, expression) of the condition that decides, the success condition first."""
        if self.metric is not None and self.metric.success_condition:
            return "successCondition", self.metric.success_condition
        if self.metric is not None and self.metric.failure_condition:
            return "failureCondition", self.metric.failure_condition
        return "", ""

    @property
    def message(self) -> str:
        return (self.last.message if self.last else "") or self.result.message


def metrics(view: VerificationView) -> list[MetricFacts]:
    return [MetricFacts(index, one, view.metric(one.name)) for index, one in enumerate(view.results)]


def bad_metrics(view: VerificationView) -> list[MetricFacts]:
    """Metrics that did not succeed, the failed ones first."""
    bad = [one for one in metrics(view) if one.result.phase in UNSUCCESSFUL]
    return sorted(bad, key=lambda one: one.result.phase != "Failed")


def is_erring(view: VerificationView, one: MetricFacts) -> bool:
    """Whether the metric's measurements are in Error: its last one while it runs, its verdict once the run has ended."""
    if one.last is None or one.last.phase != "Error":
        return False
    return one.result.phase == "Error" or outcome(view) not in VERIFICATION_TERMINAL


def run_evidence(view: VerificationView, told: str = "", *, named: bool = False) -> list[Evidence]:
    """The record and its run, each with phase and message; a message that was `told` already is not repeated.

    `named`: other evidence names the run, so that its phase is left out where it says no more than the record.
    """
    record, message = view.phase or "none", view.info.message
    said = f"{record}: {_untold(message, told)}".removesuffix(": ")
    found = [fact(view.stage, f"{view.path}.phase", said, view.info.finish_time or view.info.start_time)]
    run = view.run
    if run is None:
        return found
    words = _untold(run.status.message, told) if run.status.message != message else ""
    if words or run.status.phase != record or not named:
        value = f"{run.status.phase or 'empty'}: {words}".removesuffix(": ")
        found.append(fact(run, "status.phase", value, run.status.completed_at))
    return found


def _untold(message: str, told: str) -> str:
    """The message without words that stand beside it already: a run quotes its measurement's error at the end of its own."""
    if message == told:
        return ""
    return message.removesuffix(f': "Error Message: {told}"') if told else message


def measured(view: VerificationView, one: MetricFacts) -> list[Evidence]:
    """The last measurement's value and message, and the condition it was held against."""
    found: list[Evidence] = []
    if view.run is None or one.last is None:
        return found
    place = f"{one.path}.measurements[{len(one.result.measurements) - 1}]"
    if one.last.value or one.provider not in {"job", ""}:
        found.append(fact(view.run, f"{place}.value", one.last.value or "empty", one.last.finished_at))
    if one.last.message:
        found.append(fact(view.run, f"{place}.message", one.last.message, one.last.finished_at))
    field, expression = one.condition
    if expression:
        found.append(fact(view.run, f"spec.metrics[{one.result.name}].{field}", expression))
    return found


def job_evidence(job: JobRun) -> list[Evidence]:
    """Why the Job ended, and how its pod's container did."""
    found = []
    failed = condition(job.job.status.conditions, "Failed")
    if failed is not None:
        value = f"{failed.reason}: {failed.message}"
        found.append(fact(job.job, "status.conditions[Failed].reason", value, failed.last_transition_time))
    for pod in job.pods[:1]:
        for index, status in enumerate(pod.status.container_statuses):
            ended = status.state.terminated
            if ended is not None and ended.exit_code:
                path = f"status.containerStatuses[{index}].state.terminated.exitCode"
                found.append(fact(pod, path, ended.exit_code, ended.finished_at))
    return found


def wanted_logs(view: VerificationView) -> Iterator[Wanted]:
    for key in view.log_keys():
        if view.snapshot.log(key) is None and view.snapshot.may_read(key):
            yield Wanted(key)


def last_words(view: VerificationView, count: int = 3) -> list[Text]:
    """The last lines the Job printed."""
    return view.output_texts()[-count:]


def service_account(job: JobRun) -> str:
    named = job.job.spec.template.spec.service_account_name
    return named or next((pod.spec.service_account_name for pod in job.pods if pod.spec.service_account_name), "")


class Template(msgspec.Struct, frozen=True):
    """A template the Stage's verification names; `object` is None where it does not exist or was not read."""

    index: int
    kind: str
    name: str
    object: AnalysisTemplate | ClusterAnalysisTemplate | None

    @property
    def path(self) -> str:
        return f"spec.verification.analysisTemplates[{self.index}]"

    def command(self, project: str) -> str:
        """Prints it as it stands in the cluster."""
        if self.kind == "ClusterAnalysisTemplate":
            return f"kubectl get clusteranalysistemplates.argoproj.io {self.name} -o yaml"
        return f"kubectl -n {project} get analysistemplates.argoproj.io {self.name} -o yaml"


def template_of(
    snapshot: Snapshot, project: str, kind: str, name: str
) -> AnalysisTemplate | ClusterAnalysisTemplate | None:
    if kind == "ClusterAnalysisTemplate":
        return snapshot.get(ClusterAnalysisTemplate, "", name)
    return snapshot.get(AnalysisTemplate, project, name)


def templates(stage: StageView) -> list[Template]:
    wanted = stage.stage.spec.verification
    return [
        Template(
            index,
            one.kind or "AnalysisTemplate",
            one.name,
            template_of(stage.snapshot, stage.project, one.kind, one.name),
        )
        for index, one in enumerate(wanted.analysis_templates if wanted else ())
    ]


def template_names(stage: StageView) -> str:
    """`AnalysisTemplate a or ClusterAnalysisTemplate b`, for what has to be changed in one of them."""
    return " or ".join(f"{one.kind} {one.name}" for one in templates(stage)) or "the AnalysisTemplate"


def arguments(stage: StageView) -> dict[str, str]:
    wanted = stage.stage.spec.verification
    return {one.name: one.value for one in (wanted.args if wanted else ())}


def pods(view: VerificationView) -> list[Pod]:
    return [pod for job in view.jobs for pod in job.pods]


def begun(view: VerificationView) -> datetime | None:
    """When the run was made or the record says it began."""
    return (view.run.created if view.run else None) or view.info.start_time


def denials(view: VerificationView) -> list[tuple[Text, Denial]]:
    """What the API server refused to the Jobs' ServiceAccounts, in the Jobs' own words."""
    mine = {(job.job.namespace, service_account(job) or "default") for job in view.jobs}
    found = []
    for text in view.output_texts():
        denial = parse_denial(text.value)
        if denial is not None and denial.service_account and (not mine or denial.service_account in mine):
            found.append((text, denial))
    return found
