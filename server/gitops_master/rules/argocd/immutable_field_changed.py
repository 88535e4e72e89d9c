from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Risk
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt, state_facts
from gitops_master.rules.argocd.patterns import ADMISSION, IMMUTABLE, IMMUTABLE_JOB
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise

_WAYS = {
    "StatefulSet": "keep the old value, or recreate the StatefulSet without its pods (kubectl delete --cascade=orphan) and sync",
    "Deployment": "put the selector back, or replace the Deployment (Replace=true,Force=true on this resource: it restarts)",
    "PersistentVolumeClaim": "keep the old value; only storage requests may grow, anything else needs a new claim and a copy",
    "Service": "keep the old value, or replace the Service (Replace=true,Force=true on it: its address changes)",
}


@rule(
    "immutable-field-changed",
    area="argocd",
    title="The release changes a field that may not change",
    on=(StageView, ApplicationView),
    risk=Risk.HIGH,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"manifest-rejected-as-invalid"},
    sources=("argoproj/argo-cd#5882", "Kubernetes API server validation"),
    unless=(IMMUTABLE_JOB, ADMISSION),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The sync fails with `field is immutable` or `updates to statefulset spec for fields other than …`.

    Why: selectors, most of a StatefulSet's spec, claims, cluster addresses and role references are fixed when the object is
    made; the API server refuses an apply that changes them.

    How to tell: the result of that resource, or the operation's message, names object and field.

    What to do: put the old value back, or recreate that one object knowingly.

    Not this when: the object is a Job (immutable-job-template-changed); a policy webhook says so.
    """
    for fault in app_faults(view, IMMUTABLE, (IMMUTABLE_JOB, ADMISSION)):
        kind, name = _object(fault)
        way = _WAYS.get(kind, "put the old value back, or recreate this one object when its owner agrees")
        yield Hit(
            summary=f"Application {fault.name} cannot be synced: the new manifests change a field of {kind} {name} that may not "
            "change on an existing object",
            evidence=[excerpt(fault.found), *state_facts(fault)],
            remedies=[advise(f"{kind} {name}: {way}", risk=Risk.HIGH), *afterwards(view, fault)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _object(fault: AppFault) -> tuple[str, str]:
    if fault.result is not None:
        return fault.result.kind, fault.result.name
    return fault.group("kind") or "an object", fault.group("name")
