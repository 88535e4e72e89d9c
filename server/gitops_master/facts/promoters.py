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
    by_account = snapshot.grouped(Pod, _account)
    others = [pod for account in sorted(accounts) for pod in by_account.get(account, ())]
    failed = snapshot.grouped(Pod, _failed_job).get(True, ())
    others += [pod for pod in failed if any(word in pod.name for word in ("promot", "release", project))]
    return list({(pod.namespace, pod.name): pod for pod in [*others, *servers]}.values())


def _account(pod: Pod) -> tuple[tuple[str, str]]:
    return ((pod.namespace, pod.spec.service_account_name),)


def _failed_job(pod: Pod) -> tuple[bool, ...]:
    """A failed job's pod; where its name speaks of promoting or of the project, it may use a token of its own."""
    return (True,) if pod.status.phase == "Failed" and any(label in pod.labels for label in _JOB_LABELS) else ()
