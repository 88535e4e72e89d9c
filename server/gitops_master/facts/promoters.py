"""Who may have tried to promote to a project: pods whose ServiceAccount is bound there, failed jobs named for it, Kargo's servers."""

from gitops_master.facts.controllers import pods_named
from gitops_master.model.kubernetes import RoleBinding
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod

_SERVERS = ("api", "webhooks-server", "kubernetes-webhooks-server")
_JOB_LABELS = ("batch.kubernetes.io/job-name", "job-name")


def promoting_pods(snapshot: Snapshot, project: str) -> list[Pod]:
    """Pods whose logs may tell that a promotion was refused; each once."""
    accounts = {
        (subject.namespace or binding.namespace, subject.name)
        for binding in snapshot.all(RoleBinding, project)
        for subject in binding.subjects
        if subject.kind == "ServiceAccount"
    }
    servers = [pod for part in _SERVERS for pod in pods_named(snapshot, "kargo", component=part)]
    others = [
        pod
        for pod in snapshot.all(Pod)
        if (pod.namespace, pod.spec.service_account_name) in accounts or _is_failed_promoter(pod, project)
    ]
    return list({(pod.namespace, pod.name): pod for pod in [*others, *servers]}.values())


def _is_failed_promoter(pod: Pod, project: str) -> bool:
    """A failed job's pod whose name speaks of promoting or of the project; it may use a token of its own."""
    is_job = any(label in pod.labels for label in _JOB_LABELS)
    return is_job and pod.status.phase == "Failed" and any(word in pod.name for word in ("promot", "release", project))
