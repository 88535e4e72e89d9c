from collections.abc import Iterator

from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import ended_badly, in_progress, run_evidence, was_aborted
from gitops_master.facts.verification_pods import NotStarting, not_starting
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kubernetes import Event
from gitops_master.rules.patterns import first
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.verification.effects import EFFECTS, HELD, JOB_NEEDS, then_verify
from gitops_master.rules.verification.patterns import JOB_REFUSED, POD_TERMINAL


@rule(
    "verification-job-pod-not-starting",
    area="verification",
    title="The verification's Job does not get its pod started",
    on=StageView,
    needs=JOB_NEEDS | {Event.KIND},
    explains=EFFECTS | HELD | {"analysis-inconclusive", "verification-test-failed"},
    sources=(
        "argoproj/argo-rollouts#4692",
        "argoproj/argo-rollouts metricproviders/job/job.go",
        "seen on a live v1.10.1",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification stays Running without a result, or turns Inconclusive within seconds.

    Why: the Job exists but its pod does not start: the image cannot be pulled, the pod fits on no node, a quota refuses it,
    its ServiceAccount, Secret or ConfigMap is missing. Argo Rollouts before 1.10 waits as long as the Job does.

    How to tell: the pod's waiting reason, its PodScheduled condition or the Job's FailedCreate event; since Argo Rollouts
    1.10 the measurement says `has terminal error`.

    What to do: mend what the message names, in the AnalysisTemplate or the namespace, and verify again.

    Not this when: the container ran and exited (a failed test, or a missing permission).
    """
    view = in_progress(stage) or ended_badly(stage)
    if view is None or was_aborted(view):
        return
    found = not_starting(view) or _as_measured(view)
    if found is None:
        return
    image = _image(found)
    yield Hit(
        summary=f"The Job of the verification in {stage.name} does not get its pod started ({found.reason}"
        f"{f', image {image}' if image else ''}): {found.text.value}",
        evidence=[*_job(found), found.text.as_evidence(), *run_evidence(view, found.text.value)],
        remedies=_remedies(stage, found),
    )


def _as_measured(view: VerificationView) -> NotStarting | None:
    terminal = first(POD_TERMINAL, view.texts)
    if terminal is not None:
        return NotStarting(terminal.groups["reason"], terminal.text)
    refused = first(JOB_REFUSED, view.texts)
    return NotStarting("the Job itself is refused", refused.text) if refused is not None else None


def _image(found: NotStarting) -> str:
    pods = found.job.pods if found.job else ()
    return next((one.image for pod in pods for one in pod.spec.containers), "") if "mage" in found.reason else ""


def _job(found: NotStarting) -> list[Evidence]:
    if found.job is None:
        return []
    job = found.job.job
    evidence = [fact(job, "status.active", job.status.active, job.status.start_time)] if job.status.start_time else []
    for pod in found.job.pods[:1]:
        evidence.append(fact(pod, "status.phase", pod.status.phase))
        evidence.append(fact(pod, "waiting reason", found.reason))
    return evidence


def _remedies(stage: StageView, found: NotStarting) -> list[Remedy]:
    namespace = found.text.object.namespace if found.job else stage.project
    return [
        advise(
            "Mend what the message names: the image or its pull secret, the quota, the ServiceAccount, Secret or ConfigMap of the "
            "AnalysisTemplate's Job",
            f"kubectl -n {namespace} get pods,events",
        ),
        then_verify(stage),
    ]
