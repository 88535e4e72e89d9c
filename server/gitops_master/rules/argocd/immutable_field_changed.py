from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import Pattern, find
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt, state_facts
from gitops_master.rules.argocd.patterns import ADMISSION, IMMUTABLE, IMMUTABLE_JOB
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state

FIELD = Pattern(
    "immutable-field",
    r"\" is invalid: (?P<field>[a-z]\w*(?:[.\[][\w.\]\[-]*)?): (?:Invalid value|Forbidden)",
    "Kubernetes apimachinery field.Error: the path of the field comes first",
    vectors=('Deployment.apps "web" is invalid: spec.selector: Invalid value: v1.LabelSelector{}: field is immutable',),
    is_detail=True,
)
_LOST = {
    "Deployment": "its pods, all at once: an outage until the new ones are ready",
    "DaemonSet": "its pods, all at once: an outage until the new ones are ready",
    "Service": "its cluster address and the load balancer's, if it has one",
    "RoleBinding": "the permissions it gives, until it is there again",
    "ClusterRoleBinding": "the permissions it gives, until it is there again",
    "StorageClass": "nothing that is in use; claims made in between fail",
}
"""Kinds that may be deleted and made anew, and what that costs. A claim is not among them: its data would go with it."""


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

    What to do: put the old value back, or recreate that one object knowingly (Force=true,Replace=true for it alone; a
    StatefulSet without its pods).

    Not this when: the object is a Job (immutable-job-template-changed); a policy webhook says so.
    """
    for fault in app_faults(view, IMMUTABLE, (IMMUTABLE_JOB, ADMISSION)):
        kind, name = _object(fault)
        path = find(FIELD, fault.found.span)
        field = path["field"] if path and "." in path["field"] else ""
        yield Hit(
            summary=f"Application {fault.name} cannot be synced: the new manifests change {field or 'a field'} of {kind} {name}, which "
            "may not change on an existing object",
            evidence=[excerpt(fault.found), *state_facts(fault)],
            remedies=[_put_back(fault, kind, name, field), *_recreate(fault, kind, name), *afterwards(view, fault)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _object(fault: AppFault) -> tuple[str, str]:
    if fault.result is not None:
        return fault.result.kind, fault.result.name
    return fault.group("kind") or "an object", fault.group("name")


def _put_back(fault: AppFault, kind: str, name: str, field: str) -> Remedy:
    grows = " (of a claim only the requested storage may grow)" if kind == "PersistentVolumeClaim" else ""
    words = f"In git: set {field or 'that field'} of {kind} {name} back to what the cluster has{grows}"
    return advise(words, confirm_with=app_state(fault.trouble.ref))


def _recreate(fault: AppFault, kind: str, name: str) -> list[Remedy]:
    """The one object anew, where that can be done knowingly."""
    place = _place(fault)
    if kind == "StatefulSet" and place:
        return [
            advise(
                f"Or, when its owner agrees, delete StatefulSet {name} without its pods; the next sync makes it anew around them "
                "(claims that exist keep their old size and class)",
                f"kubectl -n {place} delete statefulset.apps {name} --cascade=orphan",
                risk=Risk.HIGH,
                destroys=f"StatefulSet {name} until the next sync; until then nobody replaces a pod of it that dies",
                confirm_with=f"kubectl -n {place} get statefulset.apps {name}",
            )
        ]
    if kind == "PersistentVolumeClaim":
        return [advise(f"Or make a new claim beside {name} and copy the data, when its owner agrees", risk=Risk.HIGH)]
    if kind not in _LOST:
        return [advise(f"Or, when its owner agrees, let {kind} {name} be deleted and made anew", risk=Risk.HIGH)]
    app, result = fault.trouble.ref, fault.result
    group = result.group if result is not None else fault.group("group")
    return [
        advise(
            f"Or, when its owner agrees, have Argo CD delete {kind} {name} and make it anew, this one object only",
            f"argocd app sync {app.namespace}/{app.name} --resource {group}:{kind}:{f'{place}/' if place else ''}{name} --force --replace",
            risk=Risk.HIGH,
            destroys=_LOST[kind],
            confirm_with=app_state(app),
        )
    ]


def _place(fault: AppFault) -> str:
    if fault.result is not None:
        return fault.result.namespace
    kind = fault.group("kind")
    return (
        ""
        if kind.startswith(("Cluster", "Storage")) or fault.application is None
        else fault.application.spec.destination.namespace
    )
