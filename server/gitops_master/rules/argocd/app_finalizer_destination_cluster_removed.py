from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.durations import human
from gitops_master.facts.patterns import Found, first
from gitops_master.facts.stage import StageView
from gitops_master.facts.terminating import PATIENCE
from gitops_master.facts.texts import Text, fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Risk
from gitops_master.model.kubernetes import Event
from gitops_master.rules.app_faults import APP_EFFECTS, apps_of, stage_effects
from gitops_master.rules.argocd.patterns import CLUSTER_UNKNOWN
from gitops_master.rules.registry import Hit, rule


@rule(
    "app-finalizer-destination-cluster-removed",
    area="argocd",
    title="An Application cannot be deleted: its cluster is no longer registered",
    on=(StageView, ApplicationView),
    risk=Risk.HIGH,
    needs={Application.KIND, Event.KIND},
    explains=APP_EFFECTS | {"destination-cluster-unreachable", "resource-deletion-blocked-by-finalizer"},
    sources=("argoproj/argo-cd#19571", "argoproj/argo-cd#24415", "argoproj/argo-cd#5817"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """An Application with finalizers has been going for hours, and its errors speak of a cluster that is not found.

    Why: its finalizer promises to remove what it deployed, or to run its post-delete hooks, in a cluster that Argo CD does
    not know any more: the cluster's Secret was removed first. (Where only the resources' finalizer is set, Argo CD 3.5 lets
    the Application go at once and leaves everything behind.)

    How to tell: an old deletionTimestamp, finalizers, and `there are no clusters with this name` or `cluster "…" not found`
    in a condition or event.

    What to do: register the cluster again, so that the clean-up can run; only if it is gone for good, release the
    finalizer by hand.

    Not this when: the cluster is registered but cannot be reached (destination-cluster-unreachable); an object in a
    reachable cluster holds the deletion (resource-deletion-blocked-by-finalizer).
    """
    for app in apps_of(view):
        asked = app.app.metadata.deletion_timestamp
        if asked is None or not app.app.metadata.finalizers or view.snapshot.observed_at - asked < PATIENCE:
            continue
        found = first(CLUSTER_UNKNOWN, [*app.complaints(), *_events(app)])
        if found is None:
            continue
        where = app.app.spec.destination
        cluster = where.name or where.server
        yield Hit(
            summary=f"Application {app.app.name} has been in deletion for {human(view.snapshot.observed_at - asked)}: its destination "
            f"cluster {cluster} is no longer registered in Argo CD, so the finalizer's clean-up cannot finish",
            evidence=_evidence(app, found, cluster),
            remedies=[
                advise(
                    f"Register cluster {cluster} in Argo CD again: the deletion then finishes by itself within a minute",
                    f"kubectl -n {app.app.namespace} get secrets -l argocd.argoproj.io/secret-type=cluster",
                    risk=Risk.MEDIUM,
                    confirm_with=f"kubectl -n {app.app.namespace} get applications.argoproj.io {app.app.name}",
                ),
                advise(
                    "If that cluster is gone for good: upgrade Argo CD (since 3.2 it drops the post-delete finalizers itself), or let "
                    "whoever owns the Application take the finalizer off; list status.resources before, nothing will clean them up",
                    risk=Risk.HIGH,
                ),
            ],
            subject=app.ref,
            also_explains=stage_effects(view, app),
        )


def _events(app: ApplicationView) -> list[Text]:
    found = []
    for event in app.snapshot.all(Event, app.app.namespace):
        if event.about.kind == "Application" and event.about.name == app.app.name:
            found.append(Text(event.ref, "message", event.text, event.seen))
    return found


def _evidence(app: ApplicationView, found: Found, cluster: str) -> list[Evidence]:
    asked = app.app.metadata.deletion_timestamp
    return [
        fact(app.app, "metadata.deletionTimestamp", asked, asked),
        fact(app.app, "metadata.finalizers", ", ".join(app.app.metadata.finalizers)),
        found.text.as_evidence(),
        fact(app.app, "spec.destination", cluster),
    ]
