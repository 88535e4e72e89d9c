from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import Pattern, find
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk, Severity
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt, shared_fact
from gitops_master.rules.argocd.patterns import CACHE_LOAD_FAILED, FORBIDDEN
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state

CONVERSION_SERVICE = Pattern(
    "conversion-webhook-service",
    r"conversion webhook for .*?Post \"https://(?P<service>[\w-]+)\.(?P<namespace>[\w-]+)\.svc\b",
    "Kubernetes apiextensions-apiserver pkg/apiserver/conversion: a webhook with a Service is asked under its name (argo-cd #20828)",
    vectors=(
        "failed to load initial state of resource Bucket.s3.aws.upbound.io: conversion webhook for s3.aws.upbound.io/v1beta1, "
        'Kind=Bucket failed: Post "https://provider-aws-s3.crossplane-system.svc:9443/convert?timeout=30s": no endpoints available for '
        'service "provider-aws-s3"',
    ),
    is_detail=True,
)


@rule(
    "cluster-cache-load-failure",
    area="argocd",
    title="One kind that cannot be listed keeps Argo CD from comparing anything in a cluster",
    on=(StageView, ApplicationView),
    severity=Severity.CRITICAL,
    risk=Risk.HIGH,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"destination-cluster-unreachable", "argocd-forbidden-in-destination"},
    sources=(
        "argoproj/argo-cd v3.5.1 gitops-engine/pkg/cache/cluster.go sync, controller/state.go CompareAppState",
        "argoproj/argo-cd#20828",
        "argoproj/argo-cd#25305",
        "argoproj/argo-cd#11356",
    ),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """No Application of a cluster is compared any more; the text names a kind that none of them may even use.

    Why: Argo CD lists all kinds of a cluster before it compares anything. One list that fails (a CRD whose conversion
    webhook has no backend, a missing permission, a broken stream) leaves it without a cache for the whole cluster. The sync
    status of every Application there becomes Unknown; what it shows as health is no longer looked up.

    How to tell: `failed to load initial state of resource …`, often with `conversion webhook for … failed`.

    What to do: bring that webhook's operator up or grant the list; keep the kind out of the cache (resource.exclusions in
    argocd-cm) where that takes long.

    Not this when: the API server itself cannot be reached or refuses the credentials (destination-cluster-unreachable).
    """
    for fault in app_faults(view, CACHE_LOAD_FAILED):
        kind = fault.group("resource", "kind", "converted")
        app = fault.application
        cluster = (app.spec.destination.name or app.spec.destination.server) if app else ""
        yield Hit(
            summary=f"Argo CD cannot list {kind} in cluster {cluster or 'of the destination'}, so its cache of that cluster does not load "
            f"and neither Application {fault.name} nor any other one there can be compared",
            evidence=[excerpt(fault.found), *_comparison(app), *shared_fact(view.snapshot, CACHE_LOAD_FAILED)],
            remedies=[_repair(fault, kind), _leave_out(fault, kind, cluster), *afterwards(view, fault, refresh=True)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _comparison(app: Application | None) -> list[Evidence]:
    if app is None or app.status.sync.status != "Unknown":
        return []
    return [fact(app, "status.sync.status", "Unknown")]


def _repair(fault: AppFault, kind: str) -> Remedy:
    text, done = fault.found.text.value, app_state(fault.trouble.ref)
    service = find(CONVERSION_SERVICE, text)
    if service is not None:
        return advise(
            f"In that cluster: bring up what stands behind Service {service['service']} in namespace {service['namespace']}, which converts "
            f"{kind} (usually its operator)",
            f"kubectl -n {service['namespace']} get endpointslices -l kubernetes.io/service-name={service['service']}",
            f"kubectl -n {service['namespace']} get pods",
            confirm_with=done,
        )
    denial = find(FORBIDDEN, text)
    if denial is not None:
        return advise(
            f"Grant {denial['user']} the verbs list and watch on {denial['resource']} in that cluster, in the source of its role; or set "
            "resource.respectRBAC: normal in ConfigMap argocd-cm, and Argo CD leaves out what it may not list",
            risk=Risk.MEDIUM,
            confirm_with=f"kubectl auth can-i list {denial['resource']} --as={denial['user']}",
        )
    return advise(
        f"In that cluster: repair what the end of the text names for {kind}", risk=Risk.MEDIUM, confirm_with=done
    )


def _leave_out(fault: AppFault, kind: str, cluster: str) -> Remedy:
    name, _, group = kind.partition(".")
    group = group or fault.group("converted").partition("/")[0]
    where = f", clusters: ['{cluster}']" if "://" in cluster else ""
    return advise(
        f"Where that takes long: add {{apiGroups: ['{group}'], kinds: ['{name}']{where}}} to resource.exclusions in ConfigMap argocd-cm, "
        "without losing the entries that are there",
        risk=Risk.HIGH,
        destroys=f"nothing in the cluster; but Argo CD no longer compares, prunes or judges any {name}",
        confirm_with=app_state(fault.trouble.ref),
    )
