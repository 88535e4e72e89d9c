"""From a Stage's verification down to the line of a log: record, AnalysisRun, metric, Job, pods."""

from collections.abc import Iterator
from functools import cached_property

import msgspec

from gitops_master.facts.texts import Text
from gitops_master.facts.workloads import pods_of
from gitops_master.model.meta import Metadata, Ref
from gitops_master.model.rollouts import AnalysisRun, Measurement, Metric, MetricResult
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.model.stage import Stage, VerificationInfo
from gitops_master.model.workloads import Job, Pod


class JobRun(msgspec.Struct, frozen=True):
    """The Job of one measurement and its pods."""

    metric: str
    job: Job
    pods: tuple[Pod, ...]


class VerificationView:
    """Facts of the latest verification of a Stage's current Freight."""

    def __init__(self, stage: Stage, info: VerificationInfo, snapshot: Snapshot) -> None:
        self.stage = stage
        self.info = info
        self.snapshot = snapshot

    @cached_property
    def run(self) -> AnalysisRun | None:
        reference = self.info.analysis_run
        if reference is None:
            return None
        namespace = reference.namespace or self.stage.namespace
        return self.snapshot.get(AnalysisRun, namespace, reference.name)

    @property
    def path(self) -> str:
        return "status.freightHistory[0].verificationHistory[0]"

    @property
    def phase(self) -> str:
        return self.info.phase

    @cached_property
    def results(self) -> tuple[MetricResult, ...]:
        return self.run.status.metric_results if self.run else ()

    @property
    def bad_results(self) -> list[MetricResult]:
        return [one for one in self.results if one.phase not in {"Successful", "Running", "Pending", ""}]

    def metric(self, name: str) -> Metric | None:
        metrics = self.run.spec.metrics if self.run else ()
        return next((one for one in metrics if one.name == name), None)

    @cached_property
    def texts(self) -> list[Text]:
        """Messages from the record down to the measurements."""
        found: list[Text] = []
        at = self.info.finish_time or self.info.start_time
        if self.info.message:
            found.append(Text(self.stage.ref, f"{self.path}.message", self.info.message, at))
        if self.run is None:
            return found
        if self.run.status.message:
            found.append(Text(self.run.ref, "status.message", self.run.status.message, self.run.status.completed_at))
        for index, result in enumerate(self.results):
            path = f"status.metricResults[{index}]"
            if result.message:
                found.append(Text(self.run.ref, f"{path}.message", result.message))
            last = result.measurements[-1] if result.measurements else None
            if last is not None and last.message:
                place = f"{path}.measurements[{len(result.measurements) - 1}].message"
                found.append(Text(self.run.ref, place, last.message, last.finished_at))
        return found

    @cached_property
    def jobs(self) -> list[JobRun]:
        """Jobs of the run's measurements, newest measurement first, that can be seen."""
        found = []
        for result in self.results:
            for measurement in reversed(result.measurements):
                job = self._job(measurement)
                if job is not None:
                    found.append(JobRun(result.name, job, tuple(pods_of(job, self.snapshot))))
        return found

    def _job(self, measurement: Measurement) -> Job | None:
        name = measurement.metadata.get("job-name", "")
        namespace = measurement.metadata.get("job-namespace", "") or self.stage.namespace
        if not name:
            return None
        bare = Job(metadata=Metadata(name=name, namespace=namespace))
        # A Job that is gone, or was not read, still has its pods: they carry its name.
        return self.snapshot.get(Job, namespace, name) or (bare if pods_of(bare, self.snapshot) else None)

    def log_keys(self) -> Iterator[LogKey]:
        """Logs of the failed Jobs' pods; also those whose Job is gone but whose name tells."""
        seen: set[LogKey] = set()
        for one in self.jobs:
            for pod in one.pods:
                for container in pod.spec.containers:
                    seen.add(LogKey(pod.namespace, pod.name, container.name))
        names = {
            measurement.metadata["job-name"]
            for result in self.bad_results
            for measurement in result.measurements
            if "job-name" in measurement.metadata
        }
        for key in self.snapshot.log_index if names else ():
            if any(key.pod.startswith(name) for name in names):
                seen.add(key)
        yield from sorted(seen)

    def output_texts(self) -> list[Text]:
        """What the Jobs printed: termination messages and the logs that were read."""
        found = []
        for one in self.jobs:
            for pod in one.pods:
                for index, status in enumerate(pod.status.container_statuses):
                    ended = status.state.terminated or status.last_state.terminated
                    if ended is not None and ended.message:
                        path = f"status.containerStatuses[{index}].state.terminated.message"
                        found.append(Text(pod.ref, path, ended.message, ended.finished_at))
        for key in self.log_keys():
            log = self.snapshot.log(key)
            if log is not None:
                ref = Ref("v1/Pod", key.namespace, key.pod)
                found += [Text(ref, f"log of container {key.container}", line) for line in log.lines if line.strip()]
        return found
