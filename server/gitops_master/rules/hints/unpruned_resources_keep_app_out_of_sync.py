from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import ManagedResource
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

_APPLICATIONS = "applications.argoproj.io"


@rule(
    "unpruned-resources-keep-app-out-of-sync",
    area="hints",
    title="The Application is OutOfSync only for what nobody prunes",
    on=ApplicationView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    risk=Risk.HIGH,
    sources=(
        "argoproj/argo-cd gitops-engine/pkg/sync/sync_context.go",
        "argoproj/argo-cd controller/appcontroller.go autoSync",
    ),
    is_hint=True,
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """The Application stays OutOfSync after each successful sync; all that differs is gone from git and still lives.

    Why: pruning is off (or the objects carry Prune=false), so a sync leaves them. Kargo does not mind: the Stage's health
    looks at health and revision, not at OutOfSync.

    How to tell: every OutOfSync resource requires pruning, and the last sync succeeded.

    What to do: decide what of it may go, and delete that by hand or with a pruning sync.

    Not this when: a resource that is in git differs, or automatic pruning is on.
    """
    automated = app.app.spec.sync_policy.automated
    differing = [one for one in app.app.status.resources if one.status == "OutOfSync"]
    if app.sync != "OutOfSync" or not differing or not all(one.requires_pruning for one in differing):
        return
    if (automated is not None and automated.prune) or app.complaints():
        return
    names = ", ".join(f"{one.kind}/{one.name}" for one in differing[:3])
    more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
    yield Hit(
        summary=f"Application {app.app.name} is OutOfSync only because {names}{more} left git and nothing prunes it.",
        evidence=[
            fact(app.app, "status.sync.status", app.sync),
            fact(app.app, "status.resources[].requiresPruning", f"{names}{more}"),
        ],
        remedies=[
            advise("See what they are and whether anything still uses them", *map(_shown, differing[:3])),
            advise(
                "If nothing needs them any more, have them deleted, or sync once with pruning",
                risk=Risk.HIGH,
                destroys=f"{names}{more}",
                confirm_with=get(_APPLICATIONS, app.app.namespace, app.app.name, ".status.sync.status"),
            ),
        ],
    )


def _shown(one: ManagedResource) -> str:
    kind = f"{one.kind}.{one.group}" if one.group else one.kind
    return f"kubectl {f'-n {one.namespace} ' if one.namespace else ''}get {kind.lower()} {one.name} -o yaml"
