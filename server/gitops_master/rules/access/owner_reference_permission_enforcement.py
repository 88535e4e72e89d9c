from collections.abc import Iterator

from gitops_master.facts.access import grants
from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import kargo_controllers
from gitops_master.facts.patterns import first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.kubernetes import ClusterRole, Role
from gitops_master.rules.access.patterns import OWNER_ENFORCED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, refresh_stage, refresh_warehouse

GROUP = "kargo.akuity.io"


@rule(
    "owner-reference-permission-enforcement",
    area="access",
    title="The API server refuses owner references that Kargo's controller sets",
    on=(StageView, WarehouseView),
    explains=(
        "stage-reconcile-error",
        "warehouse-not-ready",
        "verification-unsuccessful",
        "analysisrun-creation-refused",
        "no-freight-promoted-yet",
        "promotion-not-picked-up",
    ),
    sources=(
        "akuity/kargo v1.11.2 charts/kargo/templates/controller/cluster-roles.yaml",
        "kubernetes/kubernetes v1.36.3 plugin/pkg/admission/gc/gc_admission.go",
        "akuity/kargo#5945",
        "akuity/kargo#3746",
        "akuity/kargo#1046",
    ),
)
def check(view: StageView | WarehouseView) -> Iterator[Hit]:
    """Kargo cannot create Promotions (in old releases Freight or AnalysisRuns): `cannot set blockOwnerDeletion …`.

    Why: the admission plugin OwnerReferencesPermissionEnforcement (on by default in OpenShift) demands update on the
    finalizers subresource of an owner whose deletion is to be blocked, by whoever creates the object. The controller's role
    lacks that. Promotions block the deletion of their Stage in every release, AnalysisRuns that of their Freight before 1.2.

    How to tell: `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on` in the
    Ready condition of the Stage or Warehouse, or in a verification's message.

    What to do: grant Kargo's controller update on the finalizers subresource of the owner. The chart of v1.11.2 gives it only
    patch, and only on that of warehouses, which the plugin does not accept; the API server has update on that of Stages.

    Not this when: another controller's objects are refused, or a policy webhook denies the request.
    """
    found = first(OWNER_ENFORCED, _texts(view))
    if found is None:
        return
    kind = _owner(view, found.text.value)
    yield Hit(
        summary=(
            f"The API server refuses what Kargo's controller creates for {view.ref.kind.rpartition('/')[2]} {view.name}: the "
            f"controller may not update {kind}/finalizers, which owner references need on this cluster."
        ),
        evidence=[found.text.as_evidence(), *_roles(view, kind)],
        remedies=[
            _grant(view, kind),
            refresh_warehouse(view) if isinstance(view, WarehouseView) else refresh_stage(view),
        ],
    )


def _owner(view: StageView | WarehouseView, text: str) -> str:
    """The kind that owns what was refused."""
    owners = {"promotions.kargo": "stages", "freights.kargo": "warehouses", "analysisruns.argoproj": "freights"}
    ours = "warehouses" if isinstance(view, WarehouseView) else "stages"
    return next((owner for refused, owner in owners.items() if refused in text), ours)


def _texts(view: StageView | WarehouseView) -> list[Text]:
    owner = view.warehouse if isinstance(view, WarehouseView) else view.stage
    conditions = [
        Text(owner.ref, f"status.conditions[{one.type}].message", one.message)
        for one in owner.status.conditions
        if (one.message and one.status != "True") or one.reason == "ReconcileError"
    ]
    verification = view.verification.texts if isinstance(view, StageView) and view.verification else []
    return [*conditions, *verification]


def _roles(view: StageView | WarehouseView, kind: str) -> list[Evidence]:
    """What the controller's roles say of the subresource, where they were read.

    Without the bindings: the role of the account's own name, which is how Kargo's chart calls it.
    """
    for pod in kargo_controllers(view.snapshot)[:1]:
        account = (pod.namespace, pod.spec.service_account_name)
        for grant in grants(view.snapshot, account, view.project):
            if _is_about_kargo(grant.role):
                return [_allowance(grant.role, kind)]
        named = view.snapshot.get(ClusterRole, "", pod.spec.service_account_name)
        if named is not None and _is_about_kargo(named):
            return [_allowance(named, kind)]
    return []


def _is_about_kargo(role: Role | ClusterRole) -> bool:
    return any("promotions" in one.resources or "freights" in one.resources for one in role.rules)


def _allowance(role: Role | ClusterRole, kind: str) -> Evidence:
    allowed = any(one.allows("update", GROUP, f"{kind}/finalizers") for one in role.rules)
    return fact(role, "rules", f"update on {kind}/finalizers: {'yes' if allowed else 'no'}")


def _grant(view: StageView | WarehouseView, kind: str) -> Remedy:
    """A role of its own for the controller, so that the chart's stays as it is; no wider than the refusal."""
    pod = next(iter(kargo_controllers(view.snapshot)), None)
    words = f"Grant Kargo's controller the verb update on {kind}/finalizers, in a role of its own"
    if pod is None or not pod.spec.service_account_name:
        plural = f"{'warehouses' if isinstance(view, WarehouseView) else 'stages'}.{GROUP}"
        return advise(
            words, risk=Risk.MEDIUM, confirm_with=get(plural, view.project, view.name, ".status.conditions[*].message")
        )
    name, account = f"kargo-{kind}-finalizers", f"{pod.namespace}:{pod.spec.service_account_name}"
    return advise(
        words,
        f"kubectl create clusterrole {name} --verb=update --resource={kind}.{GROUP}/finalizers",
        f"kubectl create clusterrolebinding {name} --clusterrole={name} --serviceaccount={account}",
        risk=Risk.MEDIUM,
        confirm_with=f"kubectl auth can-i update {kind}.{GROUP} --subresource=finalizers -n {view.project} "
        f"--as=system:serviceaccount:{account}",
    )
