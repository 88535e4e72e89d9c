from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kubernetes import Namespace
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.patterns import NAMESPACE_ENDS, NAMESPACE_NOT_FOUND
from gitops_master.rules.registry import Hit, rule

_CREATE = "CreateNamespace=true"


@rule(
    "destination-namespace-missing",
    area="argocd",
    title="The namespace that the manifests go to does not exist",
    on=(StageView, ApplicationView),
    needs={Application.KIND, Namespace.KIND},
    explains=APP_EFFECTS,
    sources=("Kubernetes API server message text", "argoproj/argo-cd gitops-engine/pkg/sync/sync_context.go"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The sync fails with `namespaces "…" not found`, the name being the Application's own destination.

    Why: Argo CD creates the namespace of the destination only where the sync option CreateNamespace=true says so; options
    in the Application's spec do not count for an operation that was started without them. A namespace that is being
    terminated takes nothing new either.

    How to tell: the text names spec.destination.namespace; no such Namespace exists (or it is Terminating); no
    CreateNamespace=true in the sync options.

    What to do: create the namespace by the platform's way, or set the option; then sync or promote again.

    Not this when: the manifests carry another namespace (manifest-namespace-differs-from-destination); the AppProject
    forbids the creation (appproject-forbids-namespace-creation); the namespace exists by now.
    """
    for fault in app_faults(view, (NAMESPACE_NOT_FOUND, NAMESPACE_ENDS)):
        app, name = fault.application, fault.group("namespace", "ending")
        held = view.snapshot.get(Namespace, "", name)
        ends = held is not None and held.metadata.deletion_timestamp is not None
        if app is None or name != app.spec.destination.namespace or (held is not None and not ends):
            continue
        state = "is being terminated" if ends or fault.group("ending") else "does not exist, and nothing creates it"
        yield Hit(
            summary=f"Application {fault.name} cannot be synced: its destination namespace {name} {state}",
            evidence=[excerpt(fault.found), *_facts(app, held)],
            remedies=[*_remedies(fault, name, ends=ends), *afterwards(view, fault)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _facts(app: Application, held: Namespace | None) -> list[Evidence]:
    state = app.status.operation_state
    used = ", ".join(state.operation.sync.sync_options) if state and state.operation.sync else ""
    found = [
        fact(app, "spec.destination.namespace", app.spec.destination.namespace),
        fact(app, "spec.syncPolicy.syncOptions", ", ".join(app.spec.sync_policy.sync_options) or "none"),
        fact(app, "status.operationState.operation.sync.syncOptions", used or "none"),
    ]
    if held is not None:
        found.append(fact(held, "metadata.deletionTimestamp", held.metadata.deletion_timestamp))
    return found


def _remedies(fault: AppFault, name: str, *, ends: bool) -> list[Remedy]:
    if ends:
        return [
            advise(
                f"Find out what still holds namespace {name} in Terminating (its conditions name it) and mend that",
                f"kubectl get namespace {name} -o jsonpath='{{.status.conditions[*].message}}'",
                confirm_with=f"kubectl get namespace {name}",
            )
        ]
    found = [
        advise(
            f"Create namespace {name} by the platform's own way (a manifest of the platform team; by hand only for a trial)",
            f"kubectl create namespace {name}",
            confirm_with=f"kubectl get namespace {name}",
        )
    ]
    if fault.application is not None and _CREATE not in fault.application.spec.sync_policy.sync_options:
        words = (
            f"Or let Argo CD create it: {_CREATE} in spec.syncPolicy.syncOptions, in the Application's source of truth"
        )
        found.append(advise(words, confirm_with=f"kubectl get namespace {name}"))
    return found
