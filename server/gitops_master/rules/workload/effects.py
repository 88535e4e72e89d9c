"""What every cause of this area accounts for, and what it reads."""

from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import Event
from gitops_master.model.workloads import DaemonSet, Deployment, Pod, ReplicaSet, StatefulSet

EFFECTS = frozenset({
    "application-not-fine", "stage-unhealthy", "waiting-for-workload-rollout", "transient-progressing-from-autoscaling",
    "stage-not-yet-re-evaluated", "verification-job-pod-not-starting", "verified-freight-not-marked",
    "freight-not-verified-upstream", "nothing-wrong-stale-errors",
})  # fmt: skip
"""Consequences of pods that do not come up: health first, then what waits for health."""

NEEDS = frozenset({
    Application.KIND, Deployment.KIND, StatefulSet.KIND, DaemonSet.KIND, ReplicaSet.KIND, Pod.KIND, Event.KIND,
})  # fmt: skip
"""Workloads down to their pods, and the events that name what the objects do not."""
