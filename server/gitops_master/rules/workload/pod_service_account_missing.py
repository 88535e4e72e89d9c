from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import held_up, in_trouble, refusals
from gitops_master.rules.patterns import Pattern, first
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.workload.effects import EFFECTS, NEEDS

ACCOUNT_MISSING = Pattern(
    "pod-service-account-missing",
    r"error looking up service account (?P<namespace>[^/\s]+)/(?P<name>[^:\s]+)",
    "kubernetes plugin/pkg/admission/serviceaccount/admission.go",
    vectors=(
        'Error creating: pods "web-5d9c-" is forbidden: error looking up service account shop/web: serviceaccount "web" not found',
    ),
)


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
    namespace, name = found.groups["namespace"], found.groups["name"]
    yield Hit(
        summary=f"Pods of {app.app.name} cannot be made: ServiceAccount {name} does not exist in namespace {namespace}.",
        evidence=[found.text.as_evidence()],
        remedies=[
            advise(
                f"Add ServiceAccount {name} to the source of {app.app.name}, or correct serviceAccountName in the pod template",
                f"kubectl -n {namespace} get serviceaccounts",
                confirm_with=f"kubectl -n {namespace} get pods",
            )
        ],
        also_explains=held_up(app),
    )
