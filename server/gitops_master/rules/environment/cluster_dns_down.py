from collections.abc import Iterable, Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.controllers import dns_pods
from gitops_master.facts.log_times import as_text, logs_of
from gitops_master.facts.patterns import Found, first
from gitops_master.facts.reconciliation import pod_sign
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.facts.workloads import is_ready
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Risk, Severity
from gitops_master.model.kargo import Warehouse
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import FAILED_PROMOTION
from gitops_master.rules.environment.patterns import LOOKUP_FAILED
from gitops_master.rules.registry import Hit, rule

DNS = Ref("v1/Service", "kube-system", "kube-dns")
"""The cluster's DNS by the name that it has in nearly every cluster, whatever serves it."""


@rule(
    "cluster-dns-down",
    area="environment",
    title="Name resolution in the cluster fails",
    on=(WarehouseView, StageView, ApplicationView),
    severity=Severity.CRITICAL,
    needs={Pod.KIND},
    explains={
        "warehouse-not-ready",
        "application-not-fine",
        "stage-unhealthy",
        "verification-unsuccessful",
        "subscription-repository-unreachable",
        "repo-server-unavailable",
        "argocd-source-unreachable",
        "metric-provider-request-failed",
        "target-revision-unresolvable",
        "manifest-render-error",
    },
    sources=("akuity/kargo#1959", "argoproj/argo-cd#12571"),
)
def check(view: WarehouseView | StageView | ApplicationView) -> Iterator[Hit | Wanted]:
    """Components that have nothing to do with each other report `lookup <host>: …` or `Could not resolve host` at once.

    Why: the cluster's DNS does not answer, so no host can be found, whatever it is.

    How to tell: the cluster DNS pods are not ready; or, where they cannot be seen, several unrelated hosts fail together.

    What to do: read the DNS pods' log and repair what it names (Corefile, forward target, memory); everything else
    recovers by itself with back-off.

    Not this when: the DNS pods are ready, or only one host cannot be resolved (a mistyped or gone name:
    subscription-repository-unreachable).
    """
    mine = first(LOOKUP_FAILED, _texts(view))
    if mine is None:
        return
    pods = dns_pods(view.snapshot)
    broken = [pod for pod in pods if not is_ready(pod)]
    others = [found for found in _elsewhere(view.snapshot) if found.groups["host"] != mine.groups["host"]]
    if (pods and not broken) or (not pods and not others):
        return
    evidence = [mine.text.as_evidence(), *(found.text.as_evidence() for found in others[:1])]
    said = ""
    for log in logs_of(broken, view.snapshot):
        if isinstance(log, Wanted):
            yield log
        elif log.lines and not said:
            said = log.lines[-1]
            evidence.append(as_text(log, said).as_evidence())
    evidence[1:1] = [pod_sign(pod) for pod in broken[:2]]
    state = f"{len(broken)} of {len(pods)} DNS pods are not ready" if pods else "several unrelated hosts fail at once"
    yield Hit(
        summary=f"The cluster's DNS does not answer ({state}), so {mine.groups['host']} and other hosts cannot be resolved.",
        evidence=evidence[:5],
        remedies=[
            advise(
                "Read why the DNS pods fail",
                "kubectl -n kube-system get pods -l k8s-app=kube-dns",
                "kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20",
            ),
            advise(
                "Repair what their log names (the Corefile or its forward target); discovery recovers by itself",
                "kubectl -n kube-system get configmap coredns -o yaml",
                risk=Risk.MEDIUM,
                confirm_with="kubectl -n kube-system get pods -l k8s-app=kube-dns",
            ),
        ],
        confidence=Confidence.HIGH if broken else Confidence.MEDIUM,
        subject=DNS,
        also_explains=FAILED_PROMOTION if isinstance(view, StageView) else frozenset(),
    )


def _texts(view: WarehouseView | StageView | ApplicationView) -> Iterable[Text]:
    match view:
        case WarehouseView():
            return [view.failure] if view.failure is not None else []
        case StageView():
            return [*view.failure_texts, *(view.verification.texts if view.verification else ())]
    return view.texts


def _elsewhere(snapshot: Snapshot) -> Iterator[Found]:
    """The same complaint of anything else, one a host."""
    views: list[WarehouseView | ApplicationView] = [WarehouseView(one, snapshot) for one in snapshot.all(Warehouse)]
    views += [ApplicationView(one, snapshot) for one in snapshot.all(Application)]
    hosts: set[str] = set()
    for view in views:
        found = first(LOOKUP_FAILED, _texts(view))
        if found is not None and found.groups["host"] not in hosts:
            hosts.add(found.groups["host"])
            yield found
