"""Verification by a Job: HTTP to the Service from inside the cluster, and Pods that are ready where a namespace is named."""

import re
from collections.abc import Sequence
from typing import Any

from gitops_master.manifests.build.job_access import account_of
from gitops_master.manifests.build.job_script import SCRIPT
from gitops_master.manifests.build.probe_urls import probe_of
from gitops_master.manifests.build.templates import Template
from gitops_master.manifests.request import StageRequest
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Path

EXAMPLE = "http://shop.shop.svc.cluster.local:8080/healthz"
IMAGE, URL = "job-image", "job-url"
DEADLINE_S, PATIENCE_S, PAUSE_S, TIMES = 300, 120, 5, 3
USER = 65532
_IMAGE = re.compile(
    r"([\w.\-]+(:[0-9]+)?/)?([\w.\-]+/)*[\w.\-]+(:(?P<tag>\w[\w.\-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def job_template(request: StageRequest) -> Template:
    """Raises UsageError without a URL or a pinned image. What stands behind the URL is text that the answer has to hold."""
    probe = probe_of(request, EXAMPLE)
    if "\n" in probe.holds or "{{" in probe.holds:
        raise UsageError(f"the text behind the URL is no single line of plain text: {probe.holds!r}", "shorten it")
    checks = [f"http {{{{args.{URL}}}}} {probe.holds}".rstrip()]
    if request.namespace:
        if not _NAMESPACE.fullmatch(request.namespace):
            raise UsageError(f"`namespace` is no name of a namespace: {request.namespace!r}", "such as shop")
        checks.append(f"pods {request.namespace}")
    return Template(
        name=f"{request.name}-job",
        file=f"analysis-{request.name}-job.yaml",
        metric=job_metric("job", checks, account_of(request)),
        args={URL: probe.url, IMAGE: pinned(request)},
        comments=job_comments(reads=bool(request.namespace)),
    )


def pinned(request: StageRequest) -> str:
    """The image of the request. Raises UsageError where there is none, or one that may be another tomorrow."""
    image = request.job_image
    wanted = "name one in `job_image` that has sh and curl and that your cluster may pull, with its tag or digest: REPOSITORY:TAG"
    if not image:
        raise UsageError(f"the Job that verifies Stage {request.name} has no image", wanted)
    found = _IMAGE.fullmatch(image)
    if found is None:
        raise UsageError(f"`job_image` is no reference to an image: {image!r}", wanted)
    if not found["digest"] and found["tag"] in (None, "latest"):
        raise UsageError(f"`job_image` is not pinned: {image}", wanted)
    return image


def job_metric(name: str, checks: Sequence[str], account: str) -> dict[str, Any]:
    """`checks`: lines as job_script takes them. `account`: whose token the Job's Pod gets; empty: none.

    Metric names are short: the Job is called UID.METRIC.NUMBER, cut to 63 characters.
    """
    identity: dict[str, Any] = {"automountServiceAccountToken": bool(account)}
    if account:
        identity["serviceAccountName"] = account
    pod = {
        **identity,
        "restartPolicy": "Never",
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(checks, reads=bool(account))],
    }
    job = {"backoffLimit": 1, "activeDeadlineSeconds": DEADLINE_S, "template": {"spec": pod}}
    return {"name": name, "provider": {"job": {"spec": job}}}


def _container(checks: Sequence[str], *, reads: bool) -> dict[str, Any]:
    env = {
        "CHECKS": "\n".join(checks),
        "PATIENCE_S": str(PATIENCE_S),
        "PAUSE_S": str(PAUSE_S),
        "TIMES": str(TIMES),
    }
    if reads:
        env |= {
            "API": "https://kubernetes.default.svc",
            "ACCOUNT": "/var/run/secrets/kubernetes.io/serviceaccount",
        }
    return {
        "name": "check",
        "image": f"{{{{args.{IMAGE}}}}}",
        "command": ["sh", "-c", SCRIPT],
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "200m", "memory": "64Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def job_comments(*, reads: bool) -> dict[Path, str]:
    """By place in the metric."""
    job: Path = ("provider", "job", "spec")
    pod: Path = (*job, "template", "spec")
    container: Path = (*pod, "containers", 0)
    token = (
        "The script lists Pods with it: see the Role of this ServiceAccount."
        if reads
        else "Nothing of the Kubernetes API is read."
    )
    return {
        (): "Runs as a Job in the Project's namespace; no ttlSecondsAfterFinished: it goes with its AnalysisRun, and the run reads it.",
        (*job, "backoffLimit"): "One more Pod, for a node that goes away. The script itself tries again.",
        (
            *job,
            "activeDeadlineSeconds",
        ): f"It ends also where its image cannot be pulled. Longer than two Pods of {PATIENCE_S} s.",
        (*pod, "automountServiceAccountToken"): token,
        (*pod, "enableServiceLinks"): "No variables of other Services in its environment.",
        (
            *pod,
            "securityContext",
            "runAsUser",
        ): "runAsNonRoot refuses an image whose own user is root. Leave out where the cluster gives users, as OpenShift does.",
        (*container, "image"): "Pinned: what verified yesterday verifies today.",
        (*container, "command"): "What to check comes in the environment: no value is read as a command.",
        (
            *container,
            "terminationMessagePolicy",
        ): "The reason of a failure is then in the Pod's status; Argo Rollouts itself says none.",
    }
