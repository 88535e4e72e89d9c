from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import Pattern
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, app_faults, excerpt
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_app

WIPE_OUT = Pattern(
    "auto-sync-would-wipe-out",
    r"auto-sync will wipe out all resources",
    "argoproj/argo-cd@v3.5.1 controller/appcontroller.go autoSync",
    vectors=("Skipping sync attempt to [9aba719]: auto-sync will wipe out all resources",),
)


@rule(
    "rendered-manifests-are-empty",
    area="argocd",
    title="The source renders to nothing, and automatic sync refuses to delete everything",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS,
    sources=("argoproj/argo-cd controller/appcontroller.go autoSync",),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The Application is OutOfSync and automatic sync skips it: `auto-sync will wipe out all resources`.

    Why: the source renders without an error, but to no object at all (an empty folder, a path or value file that moved, a
    condition that switched every template off). With pruning on, a sync would delete all that runs; Argo CD refuses.

    How to tell: a SyncError condition with these words; every managed resource requires pruning.

    What to do: mend path, values or the rendered branch in git. Only where the Application is really meant to become empty:
    spec.syncPolicy.automated.allowEmpty.

    Not this when: only some resources are to be pruned, or the render itself fails.
    """
    for one in app_faults(view, WIPE_OUT):
        app = one.application
        yield Hit(
            summary=f"The source of Application {one.name} renders to no manifests at all; automatic sync refuses to delete "
            "everything that runs.",
            evidence=[excerpt(one.found), *(_facts(app) if app else [])],
            remedies=[
                advise(
                    "Look at what the source renders to at this revision, and mend its path, value files or rendered branch in git; "
                    "do not sync with prune meanwhile",
                    f"argocd app manifests {one.trouble.ref.namespace}/{one.name} --source git",
                ),
                refresh_app(one.trouble.ref, hard=True),
            ],
            subject=one.trouble.ref,
            also_explains=one.effects,
        )


def _facts(app: Application) -> list[Evidence]:
    source = next(iter(app.all_sources), None)
    doomed = [one for one in app.status.resources if one.requires_pruning]
    found = [fact(app, "status.sync.status", app.status.sync.status)]
    if source is not None:
        found.append(fact(app, "spec.source", f"path {source.path or '.'} at {source.target_revision or 'HEAD'}"))
    if doomed:
        value = f"{len(doomed)} of {len(app.status.resources)} resources require pruning"
        found.append(fact(app, "status.resources[].requiresPruning", value))
    return found
