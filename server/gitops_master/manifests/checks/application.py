"""Applications that do not exist."""

from collections.abc import Iterator

from gitops_master.manifests.apps import app_uses, known_apps, matching
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.near import is_slip, near
from gitops_master.manifests.pipeline import where
from gitops_master.manifests.world import APPLICATION, STAGE, World
from gitops_master.model.manifest import Level


@check(
    "argocd-app-not-found",
    title="A step names an Application that does not exist",
    level=Level.ERROR,
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go getAuthorizedApplications",),
)
def missing(world: World) -> Iterator[Fault]:
    """argocd-update or argocd-wait of a Stage names an Application that is not there, or labels that none has.

    Why: the step ends with `unable to find Argo CD Application`, and the Promotion with it.

    How to tell: name and namespace of an entry under config.apps, where no namespace means the one Argo CD runs in; no Application is
    called so, and no ApplicationSet's template can make one of that name.

    What to do: correct name or namespace, or create the Application first.

    Not this when: the name is an expression that only a Promotion can evaluate, or the Applications are not among the files and the
    cluster was not asked. Where only files were asked, and none has nearly that name, it may be kept elsewhere: a warning.
    """
    for stage in world.all(STAGE):
        for use in app_uses(stage, world):
            place = where(use.step, stage, world, "config", "apps", use.number)
            if place is None or not use.namespace or not (use.name or use.labels) or matching(use, world):
                continue
            if not world.lacks(APPLICATION, use.namespace, use.name):
                continue
            names = [one.name for one in known_apps(world) if not one.is_template and one.name]
            elsewhere = [one.namespace for one in known_apps(world) if use.name and one.name == use.name]
            hint = f"it is in namespace {elsewhere[0]}" if elsewhere else near(use.name, names)
            is_sure = world.live_known or bool(elsewhere) or is_slip(hint)
            yield Fault(
                *place,
                f"{use.step.uses} of {stage.title} names {use.title}, which {'does' if use.name else 'do'} not exist",
                hint or "create the Application first",
                level=None if is_sure else Level.WARNING,
            )
