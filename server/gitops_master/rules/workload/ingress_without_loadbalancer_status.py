from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Managed
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.failing_pods import WORKLOADS, held_up
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.networking import Ingress, Service
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.workload.effects import EFFECTS


@rule(
    "ingress-without-loadbalancer-status",
    area="workload",
    title="An Ingress or LoadBalancer Service never gets an address",
    on=ApplicationView,
    needs={Application.KIND, Ingress.KIND, Service.KIND},
    explains=EFFECTS | {"waiting-for-argocd-sync"},
    sources=("argoproj/argo-cd#14607", "argoproj/argo-cd#1704", "gitops-engine pkg/health/health_ingress.go"),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """The Application stays Progressing although its pods are up: an Ingress or LoadBalancer Service has no address.

    Why: Argo CD calls an Ingress (and a Service of type LoadBalancer) Healthy only once status.loadBalancer.ingress is
    filled. Some controllers never publish an address there; traffic may flow all the same. Kargo then never verifies.

    How to tell: all resources that are not Healthy are Ingresses or Services, all Progressing; status.loadBalancer is `{}`;
    the workloads are Healthy.

    What to do: let the controller publish its address (traefik: providers.kubernetesIngress.publishedService; ingress-nginx:
    --publish-service), or give Ingress a custom health check in argocd-cm.

    Not this when: a workload is not Healthy either: then that comes first.
    """
    waiting = app.troubled
    if app.health != "Progressing" or not waiting or not all(_lacks_address(one) for one in waiting):
        return
    one = waiting[0]
    since = app.progressing_since or (one.live.created if one.live else None)
    age = f" (since {stamp(since)}, for {human(app.snapshot.observed_at - since)})" if since else ""
    yield Hit(
        summary=f"Application {app.app.name} is Progressing{age} only because {one.resource.kind} {one.resource.name} has no "
        "address in status.loadBalancer; its workloads are up, and Kargo verifies only what is Healthy.",
        evidence=[*(fact for held in waiting[:2] for fact in _evidence(app, held)), *_healthy(app)],
        remedies=_remedies(app, one),
        confidence=Confidence.HIGH if one.live is not None else Confidence.MEDIUM,
        also_explains=held_up(app),
    )


def _lacks_address(one: Managed) -> bool:
    if one.health is None or one.health.status != "Progressing" or one.resource.kind not in {"Ingress", "Service"}:
        return False
    return not isinstance(one.live, Ingress | Service) or not one.live.status.load_balancer.ingress


def _evidence(app: ApplicationView, one: Managed) -> Iterator[Evidence]:
    if one.live is not None:
        yield fact(one.live, "status.loadBalancer", "{}")
    if isinstance(one.live, Ingress) and one.live.spec.ingress_class_name:
        yield fact(one.live, "spec.ingressClassName", one.live.spec.ingress_class_name)
    index = app.app.status.resources.index(one.resource)
    path = f"status.resources[{index}].health" if one.resource.health else f"health of {one.title}"
    yield fact(app.app, path, f"{one.title}: Progressing")


def _healthy(app: ApplicationView) -> list[Evidence]:
    up = [
        one for one in app.managed if one.resource.kind in WORKLOADS and one.health and one.health.status == "Healthy"
    ]
    return [fact(one.ref, "health", "Healthy") for one in up[:2]]


def _remedies(app: ApplicationView, one: Managed) -> list[Remedy]:
    place = f"kubectl -n {one.resource.namespace} get {one.resource.kind.lower()} {one.resource.name}"
    address = f"{place} -o jsonpath='{{.status.loadBalancer}}'"
    if one.resource.kind == "Service":
        return [
            advise("Look at what provides load balancers here: is there one, has it quota and addresses left?", f"{place} -o yaml",
                   confirm_with=address),
            advise("If none is wanted, make the Service a ClusterIP in its source"),
        ]  # fmt: skip
    kind = one.live.spec.ingress_class_name if isinstance(one.live, Ingress) else ""
    controller = f"the {kind} controller" if kind else "the ingress controller"
    return [
        advise(f"Let {controller} publish its address (traefik: providers.kubernetesIngress.publishedService; ingress-nginx: "
               "--publish-service): Argo CD and Kargo follow by themselves", confirm_with=address),
        advise("Or give Ingress a health check of its own in argocd-cm (resource.customizations.health.networking.k8s.io_Ingress); "
               "it holds for every Application of this Argo CD", risk=Risk.MEDIUM, confirm_with=get("applications.argoproj.io", app.app.namespace, app.app.name, ".status.health.status")),
    ]  # fmt: skip
