from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Risk, Severity
from gitops_master.rules.app_faults import APP_EFFECTS, afterwards, app_faults, excerpt, shared_fact, state_facts
from gitops_master.rules.argocd.patterns import CACHE_LOAD_FAILED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise


@rule(
    "cluster-cache-load-failure",
    area="argocd",
    title="One kind that cannot be listed makes a whole cluster Unknown",
    on=(StageView, ApplicationView),
    severity=Severity.CRITICAL,
    risk=Risk.HIGH,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"destination-cluster-unreachable", "argocd-forbidden-in-destination"},
    sources=("argoproj/argo-cd#20828", "argoproj/argo-cd#25305", "argoproj/argo-cd#11356"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Every Application of a cluster is Unknown; the text names a kind that none of them may even use.

    Why: Argo CD lists all kinds of a cluster before it compares anything. One list that fails (a CRD whose conversion
    webhook has no backend, a missing permission, a broken stream) leaves it without a cache for the whole cluster.

    How to tell: `failed to load initial state of resource …`, often with `conversion webhook for … failed`.

    What to do: bring that webhook's operator up or grant the list; keep the kind out of the cache (resource.exclusions in
    argocd-cm) where that takes long.

    Not this when: the API server itself cannot be reached or refuses the credentials (destination-cluster-unreachable).
    """
    for fault in app_faults(view, CACHE_LOAD_FAILED):
        kind = fault.group("resource", "kind", "converted")
        yield Hit(
            summary=f"Argo CD cannot list {kind} in the destination cluster of Application {fault.name}, so its cache of that "
            "cluster does not load and every Application there is Unknown",
            evidence=[excerpt(fault.found), *state_facts(fault)[:1], *shared_fact(view.snapshot, CACHE_LOAD_FAILED)],
            remedies=[
                advise(
                    f"Repair what the end of the text names for {kind}: the conversion webhook's Service and pods, or the "
                    "permission to list",
                    risk=Risk.MEDIUM,
                ),
                advise(
                    f"Until then keep {kind} out of the cache: resource.exclusions in ConfigMap argocd-cm; Applications that "
                    "manage it are then blind for it",
                    risk=Risk.HIGH,
                ),
                *afterwards(view, fault, refresh=True),
            ],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )
