from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import Namespace
from gitops_master.rules.app_faults import APP_EFFECTS, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.patterns import NAMESPACE_NOT_FOUND
from gitops_master.rules.registry import Hit, rule


@rule(
    "manifest-namespace-differs-from-destination",
    area="argocd",
    title="The manifests name another namespace than the destination",
    on=(StageView, ApplicationView),
    needs={Application.KIND, Namespace.KIND},
    explains=APP_EFFECTS | {"destination-namespace-missing"},
    sources=("argoproj/argo-cd#11625", "akuity/kargo#874"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The sync fails with `namespaces "…" not found` although CreateNamespace=true is set.

    Why: an object with a namespace of its own goes there, whatever the Application's destination says; CreateNamespace
    creates only the namespace of the destination.

    How to tell: the namespace in the text is not spec.destination.namespace, and it does not exist.

    What to do: take the namespace out of the manifests (or let Kustomize or Helm set the destination's), or correct the
    destination, or create that namespace on purpose.

    Not this when: the names are the same (destination-namespace-missing); the namespace exists by now.
    """
    for fault in app_faults(view, NAMESPACE_NOT_FOUND):
        app, name = fault.application, fault.group("namespace")
        if app is None or not app.spec.destination.namespace or name == app.spec.destination.namespace:
            continue
        if view.snapshot.get(Namespace, "", name) is not None:
            continue
        place = app.spec.destination.namespace
        object_ = f"{fault.result.kind} {fault.result.name}" if fault.result else "an object"
        yield Hit(
            summary=f"The manifests of Application {fault.name} put {object_} into namespace {name}, which does not exist; its "
            f"destination is {place}, and only that one would be created",
            evidence=[
                excerpt(fault.found),
                fact(app, "spec.destination.namespace", place),
                fact(app, "spec.syncPolicy.syncOptions", ", ".join(app.spec.sync_policy.sync_options) or "none"),
            ],
            remedies=[
                advise(f"In git: drop metadata.namespace {name} from the manifests, or set it to {place}"),
                advise(f"Where {name} is meant: make it the Application's destination, or have the platform create it"),
                *afterwards(view, fault),
            ],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )
