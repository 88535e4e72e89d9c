from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.app_trouble import app_troubles
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.durations import lasting
from gitops_master.facts.finalizers import mounted, release, users_of
from gitops_master.facts.stage import StageView
from gitops_master.facts.terminating import awaited_deletion, stuck
from gitops_master.facts.texts import Text, fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.kubernetes import CustomResourceDefinition, Namespace, PersistentVolumeClaim
from gitops_master.model.meta import Object, Ref
from gitops_master.model.networking import Ingress, Service
from gitops_master.model.workloads import Deployment, Job, StatefulSet
from gitops_master.rules.app_faults import APP_EFFECTS, effects
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import terminate_operation
from gitops_master.rules.workload.custom_resource_not_ready import OPERATED

_GUARDED = (CustomResourceDefinition, Deployment, Ingress, Job, Namespace, PersistentVolumeClaim, Service, StatefulSet)
"""Built-in kinds that finalizers hold most."""
_UNSEEN = timedelta(minutes=15)
"""A deletion that a sync has waited for so long is stuck, also where the object itself was not read."""


@rule(
    "resource-deletion-blocked-by-finalizer",
    area="argocd",
    title="An object that should go is held by its finalizer",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs=OPERATED | {one.KIND for one in _GUARDED} | {Application.KIND},
    explains=APP_EFFECTS
    | {"argocd-update-step-timeout-too-short", "foreign-argocd-operation-blocks-update", "custom-resource-not-ready"},
    sources=("argoproj/argo-cd#27507", "argoproj/argo-cd#12493", "argoproj/argo-cd#9722"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The sync says `waiting for deletion of …`, health is Progressing with `Pending deletion`, or the Application stays.

    Why: an object with finalizers is not removed until each finalizer's owner has cleaned up and taken its own off. The
    owner (an operator, a controller) is gone, is down, or fails at its work.

    How to tell: the live object has a deletionTimestamp minutes or hours old and still has finalizers.

    What to do: bring the finalizer's owner back or mend what it fails at; the rest follows by itself.

    Not this when: the destination cluster itself is gone (app-finalizer-destination-cluster-removed); the deletion was
    asked for only minutes ago.
    """
    for trouble in app_troubles(view):
        app = trouble.app
        if app is None:
            continue
        current = trouble.texts if app.op in {Op.RUNNING, Op.TERMINATING, Op.RETRYING} else ()
        awaited = awaited_deletion(app, current)
        held = stuck(app, awaited[0] if awaited else None)
        if not held and awaited is not None and _waits_long(app, awaited[0]):
            yield _unseen(app, awaited[0], awaited[1], effects(trouble))
        leaving = app.app.metadata.deletion_timestamp is not None
        if not held or not (awaited or leaving or app.health in {"Progressing", "Degraded", "Missing"}):
            continue
        one, asked = held[0], held[0].metadata.deletion_timestamp
        age = lasting(asked, view.snapshot.observed_at)
        users = users_of(one, view.snapshot)
        mounts = f" because pod {', '.join(pod.name for pod in users[:3])} still mounts it" if users else ""
        what = f"{one.ref} has been terminating{age}, held by finalizer {', '.join(one.metadata.finalizers)}{mounts}"
        waits = "its deletion" if leaving else "its sync" if awaited else "its health"
        yield Hit(
            summary=f"{what}; Application {app.app.name} waits for that with {waits}",
            evidence=[*_text(awaited[1] if awaited else None), *_facts(one), *mounted(users), *_others(held[1:])],
            remedies=_remedies(app, one, running=awaited is not None and app.op is Op.RUNNING),
            subject=app.ref,
            also_explains=effects(trouble),
        )


def _waits_long(app: ApplicationView, awaited: Ref) -> bool:
    """For an object of a kind that was not read. One that was read and is not stuck is not what it waits for."""
    state = app.operation_state
    if state is None or state.started_at is None or app.snapshot.lacks_ref(awaited):
        return False
    known = any(app.snapshot.find(Ref(awaited.kind, place, awaited.name)) for place in (awaited.namespace, ""))
    return not known and app.snapshot.observed_at - state.started_at > _UNSEEN


def _unseen(app: ApplicationView, awaited: Ref, text: Text, explains: frozenset[str]) -> Hit:
    kind = awaited.kind.rpartition("/")[2]
    plural = awaited.kind if awaited.kind.startswith("v1/") else f"{kind}.{awaited.kind.rpartition('/')[0]}"
    look = f"kubectl -n {awaited.namespace} get {plural.removeprefix('v1/').lower()} {awaited.name} -o yaml"
    return Hit(
        summary=f"The sync of Application {app.app.name} waits for the deletion of {kind} {awaited.name}, which does not come to "
        "its end (a finalizer, most likely; the object itself was not read)",
        evidence=[text.as_evidence()],
        remedies=[
            advise("Look at its deletionTimestamp and finalizers, and at who owns them", look),
            *([terminate_operation(app)] if app.op is Op.RUNNING else []),
        ],
        confidence=Confidence.LOW,
        subject=app.ref,
        also_explains=explains,
    )


def _text(text: Text | None) -> list[Evidence]:
    return [text.as_evidence()] if text is not None else []


def _facts(one: Object) -> list[Evidence]:
    asked = one.metadata.deletion_timestamp
    return [
        fact(one.ref, "metadata.deletionTimestamp", asked, asked),
        fact(one.ref, "metadata.finalizers", ", ".join(one.metadata.finalizers)),
    ]


def _others(more: list[Object]) -> list[Evidence]:
    return [fact(one.ref, "metadata.finalizers", ", ".join(one.metadata.finalizers)) for one in more[:2]]


def _remedies(app: ApplicationView, one: Object, *, running: bool) -> list[Remedy]:
    plural = one.ref.kind.rpartition("/")[2].lower()
    place = f" -n {one.namespace}" if one.namespace else ""
    built_in = release(one, app.snapshot)
    found = [
        advise(
            built_in
            or f"Bring back or mend the owner of finalizer {one.metadata.finalizers[0]} (its operator's pods and log tell why it "
            "does not finish); it then removes the finalizer itself",
            f"kubectl{place} describe {plural} {one.name}",
            risk=Risk.MEDIUM,
            confirm_with=f"kubectl{place} get {plural} {one.name}",
        )
    ]
    if running:
        found.append(terminate_operation(app))
    if built_in:
        return found
    words = (
        "Last resort, by whoever owns the object: take that one finalizer off by hand, after what it guards has been cleaned up; "
        "what its owner would have removed stays behind for good"
    )
    return [*found, advise(words, risk=Risk.HIGH)]
