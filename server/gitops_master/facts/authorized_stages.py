"""Which Stages an Argo CD Application lets change it: its annotation kargo.akuity.io/authorized-stage (pkg/api/stage.go)."""

from difflib import SequenceMatcher, get_close_matches

import msgspec

from gitops_master.facts.apps import AUTHORIZED
from gitops_master.model.argocd import Application
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Version

LISTS_SINCE = Version(1, 11, 0)
"""A comma-separated list of Stages is understood since Kargo 1.11 (pkg/api/stage.go AuthorizedStages)."""


class Mismatch(msgspec.Struct, frozen=True):
    """What the annotation says instead of `wanted`, and why that does not do."""

    wanted: str
    value: str
    why: str
    entries: tuple[str, ...]


def mismatch_of(app: Application, stage: Stage, snapshot: Snapshot) -> Mismatch | None:
    """None where the annotation does name the Stage (now)."""
    wanted, value = f"{stage.namespace}:{stage.name}", app.annotations.get(AUTHORIZED, "")
    entries = tuple(":".join(part.strip() for part in one.split(":", 1)) for one in value.split(",") if one.strip())
    kargo = snapshot.versions.kargo
    lists = kargo is None or kargo >= LISTS_SINCE
    if not value.strip():
        return Mismatch(wanted, value, f"it has no annotation {AUTHORIZED}{_misplaced(app)}; {wanted} is expected.", ())
    if any("*" in one for one in entries):
        why = f'{AUTHORIZED} is "{value}", and globs are no longer accepted; {wanted} is expected.'
        return Mismatch(wanted, value, why, entries)
    bad = next((one for one in entries if one.count(":") != 1 or not all(one.split(":"))), None)
    if bad is not None:
        why = f'{AUTHORIZED} is "{value}", which is not of the form <project>:<stage>; {wanted} is expected.'
        return Mismatch(wanted, value, why, entries)
    if wanted in entries and (lists or value.strip() == wanted):
        return None
    if wanted in entries:
        why = (
            f'{AUTHORIZED} is "{value}", and this Kargo takes no list (since 1.11 it does); {wanted} alone is expected.'
        )
        return Mismatch(wanted, value, why, entries)
    return Mismatch(
        wanted,
        value,
        f'{AUTHORIZED} is "{value}"{_near(stage, entries, wanted, snapshot)}; {wanted} is expected.',
        entries,
    )


def _misplaced(app: Application) -> str:
    """A key that was probably meant, or the right key among the labels."""
    if AUTHORIZED in app.labels:
        return " (it is a label)"
    close = get_close_matches(AUTHORIZED, app.annotations, n=1, cutoff=0.85)
    return f' (but one called {close[0]}: "{app.annotations[close[0]]}")' if close else ""


def _near(stage: Stage, entries: tuple[str, ...], wanted: str, snapshot: Snapshot) -> str:
    """How the value misses: the Stage or the project it names does not exist, or is another one."""
    closest = max(entries, key=lambda one: SequenceMatcher(None, one, wanted).ratio())
    project, _, name = closest.partition(":")
    if project == stage.namespace:
        missing = snapshot.lacks(Stage, project, name)
        return f", which names the Stage {name}" + (", which does not exist" if missing else " instead")
    return f", which names the project {project}" + (
        " (a slip?)" if SequenceMatcher(None, closest, wanted).ratio() > 0.8 else ""
    )
