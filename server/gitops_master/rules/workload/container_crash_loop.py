from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.container_words import crash
from gitops_master.facts.crashes import crashing, killed_by_probe
from gitops_master.facts.failing_pods import held_up
from gitops_master.facts.told import wanted_log
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "container-crash-loop",
    area="workload",
    title="A container exits again and again",
    on=ApplicationView,
    needs=NEEDS,
    explains=EFFECTS | {"readiness-probe-failing"},
    sources=("argoproj/argo-cd#6527", "kubernetes pkg/kubelet/kuberuntime"),
)
def check(app: ApplicationView) -> Iterator[Hit | Wanted]:
    """Containers of the new version exit again and again; the rollout does not finish, the Application is not Healthy.

    Why: the process ends with an error or is killed for its memory; the kubelet restarts it with growing pauses. Argo CD
    shows Progressing, and Degraded only after the Deployment's progress deadline (a StatefulSet never).

    How to tell: state.waiting CrashLoopBackOff, or restarts with a recent lastState.terminated; reason, exit code, the last
    words of the log.

    What to do: mend what the last words name (or raise the memory limit if it was OOMKilled) and promote the new Freight.

    Not this when: a liveness or startup probe kills the container (readiness-probe-failing), or it never started.
    """
    found = [one for one in crashing(app) if not killed_by_probe(app.snapshot, one.pod, one.trouble.status)]
    if not found:
        return
    one = found[0]
    yield from wanted_log(one.pod, one.container, app.snapshot)
    told = crash(one, app.app.name, app.snapshot)
    yield Hit(
        summary=told.summary,
        evidence=told.evidence,
        remedies=told.remedies,
        also_explains=held_up(app),
    )
