from collections.abc import Iterator
from textwrap import shorten

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.controllers import COMPONENT
from gitops_master.facts.patterns import Found, first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.facts.workloads import is_ready, troubles
from gitops_master.model.finding import Evidence, Remedy, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.model.meta import Ref
from gitops_master.model.networking import EndpointSlice
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Deployment, Pod
from gitops_master.rules.environment.effects import REFUSED_WRITES
from gitops_master.rules.environment.patterns import WEBHOOK_DOWN, WEBHOOK_SERVICE
from gitops_master.rules.environment.writes import refusal
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import look_again, sync_app

_CONFIGURATIONS = "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o name"


@rule(
    "admission-webhook-unreachable",
    area="environment",
    title="An admission webhook does not answer",
    on=(StageView, ApplicationView, WarehouseView),
    severity=Severity.HIGH,
    needs={Promotion.KIND, Pod.KIND},
    explains=REFUSED_WRITES,
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go",
        "Kubernetes apiserver: failed calling webhook",
    ),
)
def check(view: StageView | ApplicationView | WarehouseView) -> Iterator[Hit]:
    """Writes are refused with `failed calling webhook`: no endpoints, connection refused, a timeout, a certificate error.

    Why: the server behind an admission webhook (Kargo's own or any operator's) has no ready backend, or its certificate
    does not fit the caBundle; failurePolicy Fail then refuses every write that it should see.

    How to tell: the webhook's name and the error; the Service it stands for, its pods and endpoints.

    What to do: bring that server back; controllers that were refused try again, an Argo CD sync that has given up does not. Do
    not change failurePolicy.

    Not this when: the webhook answers and denies (admission-policy-denies-object), or its endpoints are ready again:
    what an Application shows then is history (auto-sync-gave-up-on-revision).
    """
    refused = refusal(view, WEBHOOK_DOWN)
    if refused is None:
        return
    found = refused.found
    where = first(WEBHOOK_SERVICE, [found.text])
    service = (where.groups.get("service") or where.groups.get("named") or "") if where is not None else ""
    namespace = where.groups.get("namespace", "") if where is not None else ""
    slices = _slices(view.snapshot, service, namespace)
    back = any(part.ready for part in slices)
    if isinstance(view, ApplicationView) and "x509" not in found.span and back:
        return  # it keeps the error of its last operation for as long as it likes
    backend = _backend(view.snapshot, service, namespace, slices)
    yield Hit(
        summary=f"Admission webhook {found.groups['webhook']} cannot be called ({_short(found)}), so the API server refuses "
        f"{refused.what}.",
        evidence=[found.text.as_evidence(), *backend[:4]],
        remedies=[
            _certificate(view) if "x509" in found.span else _bring_back(view, service, namespace),
            *([sync_app(view)] if isinstance(view, ApplicationView) and view.op is Op.FAILED else []),
        ],
        subject=Ref("admissionregistration.k8s.io/Webhook", "", found.groups["webhook"]),
    )


def _bring_back(view: StageView | ApplicationView | WarehouseView, service: str, namespace: str) -> Remedy:
    slices = f"kubectl -n {namespace} get endpointslices.discovery.k8s.io -l kubernetes.io/service-name={service}"
    return advise(
        f"Bring the server behind it back{f': Service {namespace}/{service}' if service else ''}",
        *([f"kubectl -n {namespace} get pods,services,endpointslices"] if namespace else []),
        _CONFIGURATIONS,
        confirm_with=slices if service and namespace else look_again(view),
    )


def _certificate(view: StageView | ApplicationView | WarehouseView) -> Remedy:
    title = (
        "Let its certificate and the caBundle be made anew together (cert-manager's injector, the operator's own job)"
    )
    return advise(title, _CONFIGURATIONS, confirm_with=look_again(view))


def _short(found: Found) -> str:
    """The error itself, without the URL that was called and without what Argo CD appends."""
    said = found.groups["reason"].rpartition('": ')[2].partition(" (retried")[0].rstrip(".")
    return shorten(printable(said), 160, placeholder=" …")


def _slices(snapshot: Snapshot, service: str, namespace: str) -> list[EndpointSlice]:
    """Of a Service whose namespace the message may not tell."""
    return [one for one in snapshot.all(EndpointSlice, namespace or None) if service and one.service == service]


def _backend(snapshot: Snapshot, service: str, namespace: str, slices: list[EndpointSlice]) -> list[Evidence]:
    """The pods, the Deployment and the endpoints of the webhook's Service, as far as they can be seen."""
    if not service:
        return []
    found: list[Evidence] = []
    stem = service.removesuffix("-service").removesuffix("-svc").removesuffix("-webhook")
    for pod in snapshot.all(Pod, namespace or None):
        component = pod.labels.get(COMPONENT, "")
        mine = pod.name.startswith(stem) or (component and component in service)
        if mine and not is_ready(pod):
            found += [trouble.as_text().as_evidence() for trouble in troubles(pod)[:1]] or [
                fact(pod, "status", f"phase: {pod.status.phase}, Ready: False")
            ]
    for one in snapshot.all(Deployment, namespace or None):
        if one.name.startswith(stem) and not one.status.ready_replicas:
            found.append(fact(one, "status.readyReplicas", f"{one.status.ready_replicas} of {one.spec.replicas}"))
    for part in slices:
        found.append(fact(part, "endpoints", f"{len(part.ready)} ready"))

    return found
