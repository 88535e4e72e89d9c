from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import PARAMETERS, component_pods
from gitops_master.facts.memory import OomKill, doubled, oom_kills
from gitops_master.facts.patterns import find
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk, Severity
from gitops_master.model.kubernetes import ConfigMap
from gitops_master.model.workloads import Pod
from gitops_master.rules.app_faults import (
    APP_EFFECTS,
    AppFault,
    afterwards,
    app_faults,
    excerpt,
    shared_fact,
)
from gitops_master.rules.argocd.restarts import RENDERS_LOST, restart
from gitops_master.rules.argocd.source_patterns import CHILD_KILLED, NAME_LOOKUP, REPO_SERVER_SYMPTOMS
from gitops_master.rules.registry import Hit, rule


@rule(
    "repo-server-oomkilled",
    area="argocd",
    title="The repo-server is killed for memory while rendering",
    on=(StageView, ApplicationView),
    severity=Severity.CRITICAL,
    needs={Application.KIND, ConfigMap.KIND, Pod.KIND},
    explains=APP_EFFECTS
    | {
        "repo-server-unavailable", "repo-server-manifest-generation-timeout", "manifest-render-error",
        "transient-error-without-step-retry",
    },
    sources=("argoproj/argo-cd#12570", "argoproj/argo-cd#17546", "argoproj/argo-cd#10426"),
    unless=NAME_LOOKUP,
)  # fmt: skip
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Rendering fails with a refused or dropped connection to the repo-server, and its container was OOM-killed then.

    Why: helm and kustomize run inside the repo-server's container; a big chart, or several at once, goes beyond its memory
    limit, the kernel kills the container, and every Application is refused until it has started again. It looks well in
    between, so the error reads like a network problem.

    How to tell: `:8081 … connection refused`, `code = Unavailable` or `signal: killed` in a ComparisonError or the failed
    operation; lastState.terminated of the repo-server's container is OOMKilled (exit code 137) at about that time.

    What to do: more memory for the repo-server, or fewer renders at a time; then compare and promote again. Retries of the
    step alone do not help: three are used up within seconds.

    Not this when: the last OOM kill is hours away from the error; the pods never restarted; the lookup of its name fails.
    """
    for fault in app_faults(view, REPO_SERVER_SYMPTOMS, NAME_LOOKUP):
        kill = _kill(view, fault)
        if kill is None:
            continue
        limit = f"limit {kill.limit}" if kill.limit else "no memory limit of its own"
        times = f", {kill.status.restart_count} restarts" if kill.status.restart_count else ""
        yield Hit(
            summary=(
                f"The repo-server {kill.pod.name} was OOM-killed ({limit}{times}) while rendering manifests, so Argo CD "
                f"could not render Application {fault.name}"
            ),
            evidence=[
                excerpt(fault.found), *kill.evidence(), *_threshold(view, fault),
                *shared_fact(view.snapshot, REPO_SERVER_SYMPTOMS),
            ],
            remedies=[*_remedies(kill), *_retry(view, fault), *_again(view, fault)],
            subject=kill.pod.ref,
            also_explains=fault.effects,
        )  # fmt: skip


def _kill(view: StageView | ApplicationView, fault: AppFault) -> OomKill | None:
    pods = component_pods(fault.application, view.snapshot, "repo-server")
    text, now = fault.found.text, view.snapshot.observed_at
    end = now if fault.holds_now else text.at or now
    return next((one for one in oom_kills(pods) if one.explains(text.at, end)), None)


def _threshold(view: StageView | ApplicationView, fault: AppFault) -> list[Evidence]:
    """How soon the step gave up."""
    step = view.failed_step if isinstance(view, StageView) and fault.trouble.ended_promotion else None
    if step is None or not isinstance(view, StageView) or view.last is None:
        return []
    return [fact(view.last.ref, f"spec.steps[{step.index}].retry.errorThreshold", step.threshold)]


def _remedies(kill: OomKill) -> list[Remedy]:
    place, container = kill.pod.namespace, kill.status.name
    selector = "app.kubernetes.io/name=" + kill.pod.labels.get("app.kubernetes.io/name", "argocd-repo-server")
    more = doubled(kill.limit)
    raise_it = f"kubectl -n {place} set resources deployment -l {selector} -c {container} --limits=memory={more}"
    return [
        advise(
            f"Give the repo-server more memory than {kill.limit or 'its node leaves it'} (for good: in the values or "
            "manifests that install Argo CD)",
            *([raise_it] if more else []),
            risk=Risk.MEDIUM,
            destroys=RENDERS_LOST,
            confirm_with=f"kubectl -n {place} get pods -l {selector}",
        ),
        advise(
            "Or let it render only 2 Applications at a time (renders then queue): reposerver.parallelism.limit in ConfigMap "
            f"{PARAMETERS}, which the repo-server reads when it starts",
            f'kubectl -n {place} patch configmap {PARAMETERS} --type merge -p \'{{"data":{{"reposerver.parallelism.limit":"2"}}}}\'',
            restart(place, "deployment", "argocd-repo-server"),
            risk=Risk.MEDIUM,
            destroys=RENDERS_LOST,
            confirm_with=f"kubectl -n {place} get pods -l {selector}",
        ),
    ]


def _retry(view: StageView | ApplicationView, fault: AppFault) -> list[Remedy]:
    """Only where one error was enough to end the Promotion."""
    step = view.failed_step if isinstance(view, StageView) and fault.trouble.ended_promotion else None
    if step is None or step.threshold > 1:
        return []
    words = f"Besides, give step {step.alias} retry.errorThreshold: 3 in the Stage's source: one short break then ends no Promotion"
    return [advise(words)]


def _again(view: StageView | ApplicationView, fault: AppFault) -> list[Remedy]:
    """A command that was killed counts as a failed render, which is replayed; a refused connection is not."""
    return afterwards(view, fault, refresh=True, hard=find(CHILD_KILLED, fault.found.text.value) is not None)
