"""ServiceAccounts of verification Jobs: that they exist, and may do what the Jobs' scripts do."""

import re
from collections.abc import Iterator

from gitops_master.facts.kubectl_needs import Need, needs, words_of
from gitops_master.manifests.analysis import JobUse, defaults, given_arguments, jobs, template_uses
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.grants import allows
from gitops_master.manifests.near import is_slip, near
from gitops_master.manifests.pipeline import is_given, is_missing, siblings
from gitops_master.manifests.world import SERVICE_ACCOUNT, STAGE, World
from gitops_master.model.manifest import Level, Manifest, Path

_EXEC = re.compile(r"kubectl\b[^\n;&|]*?\sexec\s")
_JOB = "argoproj/argo-rollouts v1.9.1 metricproviders/job/job.go newMetricJob"


def _planned(world: World) -> Iterator[tuple[Manifest, Manifest, Path, JobUse, dict[str, str]]]:
    """For each Stage its Jobs: the Stage, where to say something (the template if given, else the Stage), and the arguments."""
    for stage in world.all(STAGE):
        sent = {name: value for name, (_, value) in given_arguments(stage).items() if value and "${{" not in value}
        for use in template_uses(stage, world):
            if use.template is None:
                continue
            is_ours = is_given(use.template, world)
            holder = use.template if is_ours else stage
            if is_given(holder, world):
                for job in jobs(use.template):
                    yield stage, holder, job.path if is_ours else use.path, job, defaults(use.template) | sent


@check(
    "verification-service-account-missing",
    title="The ServiceAccount of a verification's Job does not exist",
    level=Level.ERROR,
    sources=(_JOB,),
)
def missing(world: World) -> Iterator[Fault]:
    """A verification's Job runs as a ServiceAccount that the project's namespace does not have.

    Why: the Job is made in the namespace of its AnalysisRun, which is the project's. Without the account no pod is made, and the Job
    stays without one for ever, or up to its deadline.

    How to tell: serviceAccountName of the Job's pods, and the ServiceAccounts of the project's namespace. One of another namespace
    does not count.

    What to do: create it in the project's namespace, or name one that is there.

    Not this when: ServiceAccounts are not among the files, and the cluster was not asked.
    """
    for stage, holder, path, job, _ in _planned(world):
        name = job.account
        if name == "default" or "{{" in name or not is_missing(world, SERVICE_ACCOUNT, stage.namespace, name):
            continue
        elsewhere = [one.namespace for one in world.all(SERVICE_ACCOUNT) if one.name == name]
        others = [one.name for one in siblings(world, SERVICE_ACCOUNT, stage.namespace)]
        yield Fault(
            holder,
            (*job.account_path,) if holder is job.template else path,
            f"the Job of metric {job.metric} runs as ServiceAccount {name}, which namespace {stage.namespace} of {stage.title} does not "
            "have" + (f"; there is one in {elsewhere[0]}, which does not count" if elsewhere else ""),
            near(name, others) if is_slip(near(name, others)) else f"create it in namespace {stage.namespace}",
        )


@check(
    "verification-job-service-account-forbidden",
    title="A verification's Job does what its ServiceAccount may not",
    level=Level.ERROR,
    sources=(
        *(
            f"kubernetes/kubectl v0.36.3 pkg/cmd/{one}.go"
            for one in ("get/get", "wait/wait", "rollout/rollout_status", "logs/logs")
        ),
        *(f"kubernetes/kubectl v0.36.3 pkg/cmd/{one}.go" for one in ("exec/exec", "delete/delete")),
        _JOB,
    ),
)
def lacking(world: World) -> Iterator[Fault]:
    """A script of a verification's Job calls kubectl for what no role grants to the Job's ServiceAccount.

    Why: the API server refuses, the script fails, and the Stage shows a failed verification without the reason: that is in the pod's
    log alone.

    How to tell: the kubectl calls with plain words (resource, verb, namespace), against the roles bound to the ServiceAccount.

    What to do: grant the verb in a Role of the namespace looked at, and bind it to the account of the project's namespace.

    Not this when: a binding or role of the account is not known; without a cluster, where no binding of it is among the files.
    """
    for stage, holder, path, job, arguments in _planned(world):
        if "{{" in job.account or not stage.namespace:
            continue
        account = (stage.namespace, job.account)
        lacks = [one for one in needs(job.pod, stage.namespace, arguments) if allows(account, one, world) is False]
        for need in lacks:
            yield Fault(
                holder,
                path if holder is not job.template else job.account_path,
                f"the Job of metric {job.metric} calls `{need.command}`, but ServiceAccount {'/'.join(account)} may not {need.what}",
                f"grant {need.verb} on {need.resource}{f' of {need.group}' if need.group else ''} "
                + (
                    f"in namespace {need.namespace}"
                    if need.namespace
                    else "with a ClusterRole and a ClusterRoleBinding"
                ),
            )


@check(
    "verification-job-uses-kubectl-exec",
    title="A verification's Job runs commands in other pods",
    level=Level.WARNING,
    sources=("kubernetes/kubectl v0.36.3 pkg/cmd/exec/exec.go",),
)
def uses_exec(world: World) -> Iterator[Fault]:
    """A script of a verification's Job calls `kubectl exec`.

    Why: it needs `create` on pods/exec (and `get` for clients that use websockets, kubectl 1.30 and later), which lets the Job run
    anything in every pod of the namespace; many images hold no tool to run either.

    How to tell: `kubectl … exec` in command or args.

    What to do: ask the Service over HTTP, which needs no right: a web metric, or a Job with an HTTP client.

    Not this when: nothing but a command in the pod can tell.
    """
    told: set[tuple[int, Path]] = set()
    for stage, holder, path, job, _ in _planned(world):
        for place, container in job.containers:
            words = words_of(container)
            at_ = place if holder is job.template else path
            if not any(_EXEC.search(f"{one} ") for one in (*words, " ".join(words))) or (id(holder), at_) in told:
                continue
            told.add((id(holder), at_))
            need = Need("create", "", "pods/exec", stage.namespace)
            refused = bool(stage.namespace) and allows((stage.namespace, job.account), need, world) is False
            yield Fault(
                holder,
                at_,
                f"the Job of metric {job.metric} calls kubectl exec, which needs create on pods/exec"
                + (
                    f"; ServiceAccount {job.account} may not"
                    if refused
                    else ": the right to run anything in those pods"
                ),
                "ask the Service over HTTP instead: a web metric needs no right at all",
            )
