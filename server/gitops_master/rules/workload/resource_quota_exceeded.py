from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.failing_pods import held_up, refusals
from gitops_master.facts.patterns import Found, first
from gitops_master.facts.pod_patterns import QUOTA
from gitops_master.facts.pod_words import quota_refusal, quota_remedies
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kubernetes import ResourceQuota
from gitops_master.model.workloads import Deployment
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import sync_app
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "resource-quota-exceeded",
    area="workload",
    title="A ResourceQuota refuses objects or pods",
    on=ApplicationView,
    needs=NEEDS | {ResourceQuota.KIND},
    explains=EFFECTS,
    sources=("kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go",),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """Fewer pods than wanted are ever created, or the sync cannot apply an object: `exceeded quota`.

    Why: what is asked for, added to what is used, passes the namespace's ResourceQuota; a rolling update needs room for the
    surge, too. Or the quota counts requests or limits that the pods do not state.

    How to tell: `exceeded quota: …, requested: …, used: …, limited: …` or `failed quota: …: must specify …` in an apply result, in the workload's ReplicaFailure
    condition or in a FailedCreate event of its ReplicaSet, StatefulSet or Job.

    What to do: raise the quota, lower requests or replicas, or remove what is not needed; controllers retry by themselves, a
    failed sync does not.

    Not this when: the pods exist but fit on no node (unschedulable).
    """
    applied = first(QUOTA, app.texts)
    found = applied or first(QUOTA, refusals(app))
    if found is None:
        return
    groups = found.groups
    quota = groups.get("quota") or groups["demanding"]
    namespace = found.text.object.namespace if applied is None else app.app.spec.destination.namespace
    yield Hit(
        summary=quota_refusal(quota, namespace, _what(app, found), groups),
        evidence=[found.text.as_evidence(), *(_counts(app) if applied is None else [])],
        remedies=_remedies(app, namespace, quota, groups.get("missing", ""), applied=applied is not None),
        also_explains=_STEP if applied is not None else held_up(app),
    )


def _what(app: ApplicationView, found: Found) -> str:
    """The object that is refused; a pod's own name is made up anew each time, so its owner stands for it."""
    resource, name = found.groups.get("resource", ""), found.groups.get("name", "")
    if resource == "pods" and found.text.object != app.ref:
        return f"pods of {found.text.object.kind.rpartition('/')[2]} {found.text.object.name} ({app.app.name})"
    return f"{resource} {name} of {app.app.name}" if name else f"what {app.app.name} wants to create"


_STEP = frozenset(
    {
        "promotion-failed",
        "promotion-running",
        "auto-promotion-does-not-retry-failed-freight",
        "auto-sync-gave-up-on-revision",
    }
)


def _counts(app: ApplicationView) -> list[Evidence]:
    """Deployments that lack pods of the new revision; all their pods together may be as many as are wanted."""
    found = []
    for one in app.troubled:
        if isinstance(one.live, Deployment) and one.live.status.updated_replicas < one.live.spec.replicas:
            value = f"{one.live.status.updated_replicas} of spec.replicas {one.live.spec.replicas}"
            found.append(fact(one.live, "status.updatedReplicas", value))
    return found[:2]


def _remedies(app: ApplicationView, namespace: str, quota: str, missing: str, *, applied: bool) -> list[Remedy]:
    """Controllers make refused pods by themselves later; a sync that was refused is not tried again."""
    steps = quota_remedies(namespace, quota, missing)
    if missing or not applied:
        return steps
    look = steps[1].confirm_with
    again = [sync_app(app)] if app.op is Op.FAILED else []
    title = "See what uses the quota, and remove what is not needed"
    return [steps[0].model_copy(update={"title": title, "confirm_with": look}), steps[1], *again]
