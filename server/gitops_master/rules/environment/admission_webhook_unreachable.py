from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.controllers import COMPONENT
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.facts.workloads import is_ready, troubles
from gitops_master.model.finding import Evidence, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.model.kubernetes import EndpointSlice
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Deployment, Pod
from gitops_master.rules.environment.effects import FAILED_PROMOTION
from gitops_master.rules.environment.patterns import WEBHOOK_DOWN, WEBHOOK_SERVICE
from gitops_master.rules.environment.writes import refusal
from gitops_master.rules.patterns import Found, first
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise

_CERTIFICATE = "Let its certificate and the caBundle be made anew (cert-manager's injector, the operator's own job)"


@rule(
    "admission-webhook-unreachable",
    area="environment",
    title="An admission webhook does not answer",
    on=(StageView, ApplicationView, WarehouseView),
    severity=Severity.HIGH,
    needs={Promotion.KIND, Pod.KIND},
    explains=FAILED_PROMOTION
    | {
        "stage-reconcile-error",
        "manifest-rejected-as-invalid",
        "custom-resource-not-ready",
        "application-not-fine",
        "stage-unhealthy",
        "warehouse-not-ready",
        "verification-unsuccessful",
        "verification-job-pod-not-starting",
        "waiting-for-running-verification",
        "auto-sync-gave-up-on-revision",
        "waiting-for-argocd-sync",
        "promotion-running",
        "waiting-for-workload-rollout",
    },
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

    What to do: bring that server back; whoever was refused tries again. Do not change failurePolicy.

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
    if isinstance(view, ApplicationView) and "x509" not in found.span and _answers(view.snapshot, service, namespace):
        return
    backend = _backend(view.snapshot, service, namespace)
    yield Hit(
        summary=f"Admission webhook {found.groups['webhook']} does not answer ({_short(found)}), so the API server refuses "
        f"{refused.what}.",
        evidence=[found.text.as_evidence(), *backend[:4]],
        remedies=[
            advise(
                f"Bring the server behind it back{f': Service {namespace}/{service}' if service else ''}",
                *([f"kubectl -n {namespace} get pods,services,endpointslices"] if namespace else []),
                "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o name",
                confirm_with=f"kubectl -n {namespace} get endpoints {service}" if service and namespace else "",
            ),
            *([advise(_CERTIFICATE)] if "x509" in found.span else []),
        ],
        subject=Ref("admissionregistration.k8s.io/Webhook", "", found.groups["webhook"]),
    )


def _short(found: Found) -> str:
    """The error itself, without the URL that was called and without what Argo CD appends."""
    return found.groups["reason"].rpartition('": ')[2].partition(" (retried")[0].rstrip(".")[:160]


def _answers(snapshot: Snapshot, service: str, namespace: str) -> bool:
    """Whether the server is certainly back: an Application keeps the error of its last operation for as long as it likes."""
    parts = [
        one for one in snapshot.all(EndpointSlice, namespace) if one.labels.get("kubernetes.io/service-name") == service
    ]
    return any(end.conditions.ready for part in parts for end in part.endpoints)


def _backend(snapshot: Snapshot, service: str, namespace: str) -> list[Evidence]:
    """The pods, the Deployment and the endpoints of the webhook's Service, as far as they can be seen."""
    if not service:
        return []
    found: list[Evidence] = []
    stem = service.removesuffix("-service").removesuffix("-svc").removesuffix("-webhook")
    for pod in snapshot.all(Pod, namespace or None):
        mine = pod.name.startswith(stem) or pod.labels.get(COMPONENT, "") in service
        if mine and pod.labels.get(COMPONENT, "x") and not is_ready(pod):
            found += [trouble.as_text().as_evidence() for trouble in troubles(pod)[:1]] or [
                fact(pod, "status", f"phase: {pod.status.phase}, Ready: False")
            ]
    for one in snapshot.all(Deployment, namespace or None):
        if one.name.startswith(stem) and not one.status.ready_replicas:
            found.append(fact(one, "status.readyReplicas", f"{one.status.ready_replicas} of {one.spec.replicas}"))
    for part in snapshot.all(EndpointSlice, namespace or None):
        if part.labels.get("kubernetes.io/service-name") == service:
            ready = sum(1 for end in part.endpoints if end.conditions.ready is not False)
            found.append(fact(part, "endpoints", f"{ready} ready"))
    return found
