from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import find
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Risk, Severity
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt, shared_fact
from gitops_master.rules.argocd.patterns import (
    CACHE_LOAD_FAILED,
    CLUSTER_REFUSES,
    CLUSTER_SILENT,
    CLUSTER_UNKNOWN,
    CLUSTER_UNREACHABLE,
    CLUSTER_UNTRUSTED,
    NOT_THE_CLUSTER,
)
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state

_OTHERS = (CACHE_LOAD_FAILED, NOT_THE_CLUSTER)


@rule(
    "destination-cluster-unreachable",
    area="argocd",
    title="Argo CD cannot use the destination cluster",
    on=(StageView, ApplicationView),
    severity=Severity.CRITICAL,
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS,
    sources=("argoproj/argo-cd util/db/cluster.go", "argoproj/argo-cd#9233", "argoproj/argo-cd#1220"),
    unless=_OTHERS,
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Sync and health of every Application of one cluster are Unknown, or its deletion hangs.

    Why: Argo CD knows a cluster by a Secret (label argocd.argoproj.io/secret-type=cluster). It is missing or renamed, its
    token is expired or refused, or the API server cannot be reached from Argo CD.

    How to tell: `there are no clusters with this name`, `asked for the client to provide credentials`, `failed to get
    server version` or a dial timeout to the API server; other Applications of the same destination say the same.

    What to do: register the cluster again or mend the destination, renew the token, open the network; then compare again.

    Not this when: the cluster answers but one kind cannot be listed (cluster-cache-load-failure); it is the source or the
    repo-server that cannot be reached.
    """
    for fault in app_faults(view, CLUSTER_UNREACHABLE, _OTHERS):
        if not fault.holds_now and fault.is_past:
            continue
        app = fault.application
        destination = app.spec.destination if app else None
        where = (destination.name or destination.server) if destination else fault.group("name", "server")
        field = "name" if destination and destination.name else "server"
        why, cure = _kind(fault, where or "(see the text)")
        yield Hit(
            summary=f"Argo CD cannot use cluster {where or '(see the text)'}, the destination of Application {fault.name}: {why}",
            evidence=[
                excerpt(fault.found),
                *([fact(app, f"spec.destination.{field}", where)] if app else []),
                *shared_fact(view.snapshot, CLUSTER_UNREACHABLE),
            ],
            remedies=[
                advise(
                    f"{cure} (the command shows the metadata of the clusters that Argo CD knows)",
                    f"kubectl -n {fault.trouble.ref.namespace} get secrets -l argocd.argoproj.io/secret-type=cluster",
                    risk=Risk.MEDIUM,
                    confirm_with=app_state(fault.trouble.ref),
                ),
                *afterwards(view, fault, refresh=True),
            ],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _kind(fault: AppFault, where: str) -> tuple[str, str]:
    """Which of its troubles the text names, and what helps against it."""
    text = fault.found.text.value
    if find(CLUSTER_SILENT, text):
        return (
            "its API server does not answer",
            f"Bring the API server of {where} back, or open the way to it from Argo CD's application controller",
        )
    if find(CLUSTER_REFUSES, text):
        return (
            "it refuses Argo CD's credentials",
            f"Renew the token or certificate in the cluster Secret of {where}",
        )
    if find(CLUSTER_UNTRUSTED, text):
        return (
            "its certificate is not trusted",
            f"Renew the certificate of {where}, or the authority (caData) in its cluster Secret",
        )
    if find(CLUSTER_UNKNOWN, text):
        return (
            f"no cluster of that {'server' if '://' in where else 'name'} is registered with it",
            f"Register {where} again (a Secret with label argocd.argoproj.io/secret-type=cluster), or correct spec.destination of "
            f"{fault.name}",
        )
    return (
        "Argo CD fails to read its state",
        f"See what the text says of {where}; then register it again, renew its token, or open the way to its API server",
    )
