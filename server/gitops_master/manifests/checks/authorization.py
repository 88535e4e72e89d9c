"""Applications that do not let a Stage change them."""

from collections.abc import Iterator

from gitops_master.facts.apps import AUTHORIZED
from gitops_master.facts.authorized_stages import LISTS_SINCE, Flaw, entries, flaw
from gitops_master.manifests.apps import UPDATE, AppUse, KnownApp, app_uses, known_apps, matching, refusal
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import is_given, where
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level, Manifest, Path

_SOURCES = (
    "akuity/kargo v1.11.2 pkg/api/stage.go AuthorizedStages",
    "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go authorizeArgoCDAppUpdate",
)
_UNREADABLE = frozenset({Flaw.GLOB, Flaw.MALFORMED, Flaw.LIST})


@check(
    "authorized-stage-annotation-mismatch",
    title="An Application does not let the Stage change it",
    level=Level.ERROR,
    sources=_SOURCES,
)
def mismatch(world: World) -> Iterator[Fault]:
    """argocd-update of a Stage names an Application whose annotation kargo.akuity.io/authorized-stage does not name the Stage.

    Why: an Application has to name each Stage that may change it, as `<project>:<stage>`; without that the step ends with `is not
    authorized`. argocd-wait only reads, and needs no permission. Of Applications chosen by labels, those that do not name the Stage
    are passed over in silence, and the step fails if none is left.

    How to tell: the annotation, of an Application made by an ApplicationSet in its template.

    What to do: set the annotation where the Application is managed. Since Kargo 1.11 it takes several, separated by commas.

    Not this when: the value is made of placeholders that can come to the Stage.
    """
    for stage in world.all(STAGE):
        for use in app_uses(stage, world, UPDATE):
            found = matching(use, world)
            refused = [(one, why) for one in found if (why := refusal(one, stage, world.kargo)) is not None]
            if not refused or (len(refused) < len(found) and use.name):
                continue
            app, why = refused[0]
            place = _place(use, app, stage, world)
            if place is None or (why in _UNREADABLE and is_given(app.manifest, world)):
                continue  # what cannot be read is told where it stands
            is_passed_over = len(refused) < len(found)
            yield Fault(
                place[0],
                place[1],
                f"{app.title} {_words(app, why)}, so {stage.title} "
                + ("passes it over" if is_passed_over else "may not change it"),
                f'set the annotation {AUTHORIZED}: "{_wanted(app, why, stage, world)}" on {app.title}',
                level=Level.WARNING if is_passed_over else None,
            )


def _place(use: AppUse, app: KnownApp, stage: Manifest, world: World) -> tuple[Manifest, Path] | None:
    """At the Application where that is given, since it is to be changed."""
    if is_given(app.manifest, world):
        return app.manifest, app.place("metadata", "annotations", AUTHORIZED)
    return where(use.step, stage, world, "config", "apps", use.number)


def _words(app: KnownApp, why: Flaw) -> str:
    value = app.annotations.get(AUTHORIZED, "")
    if why is Flaw.ABSENT:
        return f"has no annotation {AUTHORIZED}"
    if why is Flaw.OTHER:
        return f'names only "{value}" in {AUTHORIZED}'
    return f'has "{value}" in {AUTHORIZED}, which Kargo cannot read'


def _wanted(app: KnownApp, why: Flaw, stage: Manifest, world: World) -> str:
    """What stands there and the Stage, where lists are understood."""
    mine = f"{stage.namespace or '<project>'}:{stage.name}"
    takes_lists = world.kargo is None or world.kargo >= LISTS_SINCE
    held = app.annotations.get(AUTHORIZED, "") if why is Flaw.OTHER and takes_lists else ""
    return f"{held},{mine}" if held else mine


@check(
    "authorized-stage-annotation-unreadable",
    title="The annotation that lets Stages change an Application cannot be read",
    level=Level.ERROR,
    sources=_SOURCES,
)
def unreadable(world: World) -> Iterator[Fault]:
    """kargo.akuity.io/authorized-stage holds a glob, something else than `<project>:<stage>`, or a list that this Kargo does not take.

    Why: one entry that cannot be parsed makes the whole value void, for every Stage in it. Globs were dropped with Kargo 0.9; lists are
    understood since 1.11, before that the whole text behind the first colon was taken for the Stage's name.

    How to tell: a `*`, an entry without exactly one colon, or a comma and a Kargo before 1.11.

    What to do: name each Stage in full.

    Not this when: the version is not known and the value is a list of sound entries.
    """
    for app in known_apps(world):
        value = app.annotations.get(AUTHORIZED, "")
        if not value.strip() or not is_given(app.manifest, world) or "{{" in value:
            continue
        first = next(iter(entries(value)), None)
        why = flaw(value, first.text if first else "", world.kargo)
        if why not in _UNREADABLE:
            continue
        told = {
            Flaw.GLOB: ("holds a glob, which Kargo no longer accepts", "name each Stage in full, as <project>:<stage>"),
            Flaw.MALFORMED: ("is not of the form <project>:<stage>", "name each Stage as <project>:<stage>"),
            Flaw.LIST: (
                f"is a list, which Kargo {world.kargo} does not take",
                f"name one Stage, or upgrade Kargo to {LISTS_SINCE}",
            ),
        }[why]
        yield Fault(
            app.manifest,
            app.place("metadata", "annotations", AUTHORIZED),
            f'{AUTHORIZED} of {app.title} is "{value}", which {told[0]}',
            told[1],
        )
