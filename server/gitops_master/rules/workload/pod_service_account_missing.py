from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import held_up, in_trouble, refusals
from gitops_master.facts.patterns import first
from gitops_master.facts.pod_patterns import ACCOUNT_MISSING
from gitops_master.facts.pod_words import account_missing
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "pod-service-account-missing",
    area="workload",
    title="The pods' ServiceAccount does not exist",
    on=ApplicationView,
    needs=NEEDS,
    explains=EFFECTS,
    sources=("kubernetes plugin/pkg/admission/serviceaccount/admission.go",),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """A workload has fewer pods than it wants, and none of the missing ones exists, not even as Pending.

    Why: the API server refuses a pod whose ServiceAccount is not there: left out of the manifests, in another namespace, or
    applied in a later wave than the workload.

    How to tell: a FailedCreate event or ReplicaFailure condition with `error looking up service account`.

    What to do: add the ServiceAccount to the source (in an earlier wave), or correct serviceAccountName.

    Not this when: the refusal names a quota or an admission policy.
    """
    found = first(ACCOUNT_MISSING, refusals(app)) if in_trouble(app) else None
    if found is None:
        return
    told = account_missing(app.app.name, found)
    yield Hit(
        summary=told.summary,
        evidence=told.evidence,
        remedies=told.remedies,
        also_explains=held_up(app),
    )
