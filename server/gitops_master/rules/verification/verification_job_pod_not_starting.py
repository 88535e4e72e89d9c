from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import ended_badly, in_progress, run_evidence, template_names, was_aborted
from gitops_master.facts.verification_pods import NotStarting, not_starting
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kubernetes import Event
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, HELD, JOB_NEEDS, then_verify_anew
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
        "argoproj/argo-rollouts@v1.10.0-rc1 metricproviders/job/job.go processJobPods",
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
    pods = [fact(pod, "status.phase", f"{pod.status.phase} ({found.reason})") for pod in found.job.pods[:1]]
    return pods or [fact(job, "status", f"no pod ({found.reason})", job.status.start_time)]


def _remedies(stage: StageView, found: NotStarting) -> list[Remedy]:
    namespace, names = found.job.job.namespace if found.job else stage.project, template_names(stage)
    pod = next(iter(found.job.pods), None) if found.job else None
    look = f"kubectl -n {namespace} describe pod {pod.name}" if pod else f"kubectl -n {namespace} get events"
    return [advise(_cure(found, names), look), *then_verify_anew(stage)]


def _cure(found: NotStarting, names: str) -> str:
    """What to mend, by the reason that Kubernetes gives."""
    image = _image(found)
    if "mage" in found.reason:
        return f"Correct the image{f' {image}' if image else ''} in {names}, in its source, or give the Job's ServiceAccount the pull secret"
    if found.reason in {"Unschedulable", "FailedScheduling"}:
        return f"Make room for the pod, or correct what the Job in {names} requests or selects"
    if found.reason in {"CreateContainerConfigError", "FailedMount"}:
        return f"Create the Secret or ConfigMap that the message names in namespace {_home(found)}, or correct its name in {names}"
    return f"Mend what the message names (quota, permission, ServiceAccount), or the Job in {names}"


def _home(found: NotStarting) -> str:
    return found.job.job.namespace if found.job else "of the Job"
