from collections.abc import Iterator

from gitops_master.facts.access import Denial, parse_denial
from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.patterns import CACHE_LOAD_FAILED, FORBIDDEN, NO_ACCOUNT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state


@rule(
    "argocd-forbidden-in-destination",
    area="access",
    title="Argo CD may not do in the destination cluster what the sync needs",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"manifest-rejected-as-invalid"},
    sources=("Kubernetes API server message text", "argoproj/argo-cd v3.5.1 controller/sync.go"),
    unless=CACHE_LOAD_FAILED,
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """An apply, prune or list of the sync is refused: `… is forbidden: User "system:serviceaccount:…" cannot …`.

    Why: the ServiceAccount that Argo CD uses there (its controller's, the one in the cluster's Secret, or the impersonated
    one of the AppProject) has no role with that verb on that resource.

    How to tell: the refusal stands in a result, the operation or a condition of the Application and names the user.

    What to do: add exactly that verb and resource to the role of that account.

    Not this when: the text stands in a verification Job's log (verification-job-service-account-forbidden); a quota or a
    policy forbids it; Argo CD's AppProject, not Kubernetes, refuses.
    """
    for fault in app_faults(view, (FORBIDDEN, NO_ACCOUNT), CACHE_LOAD_FAILED):
        denial = parse_denial(fault.found.text.value)
        yield Hit(
            summary=_summary(fault.name, denial),
            evidence=[excerpt(fault.found), *_destination(fault.application)],
            remedies=[*_remedies(fault, denial), *afterwards(view, fault)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _summary(app: str, denial: Denial | None) -> str:
    if denial is None:
        return f"Application {app} cannot be synced: its AppProject maps no service account to impersonate for the destination"
    return (
        f"Application {app} cannot be synced: {denial.user} may not {denial.verb} {denial.full_resource} {denial.where}"
    )


def _destination(app: Application | None) -> list[Evidence]:
    if app is None:
        return []
    where = app.spec.destination
    return [fact(app, "spec.destination", f"{where.name or where.server}, namespace {where.namespace}")]


def _project(fault: AppFault) -> str:
    return f"AppProject {fault.application.spec.project}" if fault.application else "its AppProject"


def _remedies(fault: AppFault, denial: Denial | None) -> list[Remedy]:
    if denial is None:
        return [
            advise(
                f"Map a service account for this destination in destinationServiceAccounts of {_project(fault)}, in its source",
                risk=Risk.MEDIUM,
                confirm_with=app_state(fault.trouble.ref),
            )
        ]
    place = f" -n {denial.namespace}" if denial.namespace else ""
    ask = f"kubectl auth can-i {denial.verb} {denial.full_resource} --as={denial.user}{place}"
    words = (
        f'Add to a role of {denial.user}, {denial.where}: {{apiGroups: ["{denial.group}"], resources: '
        f'["{denial.resource}"], verbs: ["{denial.verb}"]}} (in the source of truth of that role; nothing wider)'
    )
    return [advise(words, risk=Risk.MEDIUM, confirm_with=ask)]
