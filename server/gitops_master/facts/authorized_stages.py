"""Which Stages an Argo CD Application lets change it: its annotation kargo.akuity.io/authorized-stage (pkg/api/stage.go)."""

from difflib import SequenceMatcher, get_close_matches
from enum import Enum, auto
from typing import NamedTuple

import msgspec

from gitops_master.facts.apps import AUTHORIZED
from gitops_master.model.argocd import Application
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Version

LISTS_SINCE = Version(1, 11, 0)
"""A comma-separated list of Stages is understood since Kargo 1.11 (pkg/api/stage.go AuthorizedStages)."""


class Entry(NamedTuple):
    """What stands between two commas. `stage` empty: there is no colon, or nothing behind it."""

    project: str
    stage: str
    text: str

    @property
    def is_sound(self) -> bool:
        """Of the form `<project>:<stage>`; what holds a `*` may be."""
        return bool(self.project and self.stage) and ":" not in self.stage

    @property
    def is_glob(self) -> bool:
        return "*" in self.text


def entries(value: str) -> tuple[Entry, ...]:
    """What the annotation names, in its order, as Kargo parses it: blanks around each part do not count."""
    found = []
    for one in value.split(","):
        project, colon, stage = (part.strip() for part in one.partition(":"))
        if project or colon:
            found.append(Entry(project, stage, f"{project}{colon}{stage}"))
    return tuple(found)


class Flaw(Enum):
    """Why a value does not let a Stage in."""

    ABSENT = auto()
    GLOB = auto()
    MALFORMED = auto()
    LIST = auto()
    OTHER = auto()


def flaw(value: str, wanted: str, kargo: Version | None) -> Flaw | None:
    """`wanted`: `<project>:<stage>`. None where the value lets it in. A Kargo of unknown version is taken to understand lists."""
    named = entries(value)
    if not value.strip():
        return Flaw.ABSENT
    if any(one.is_glob for one in named):
        return Flaw.GLOB
    if not named or any(not one.is_sound for one in named):
        return Flaw.MALFORMED
    if wanted not in {one.text for one in named}:
        return Flaw.OTHER
    understood = kargo is None or kargo >= LISTS_SINCE or value.strip() == wanted
    return None if understood else Flaw.LIST


class Mismatch(msgspec.Struct, frozen=True):
    """What the annotation says instead of `wanted`, and why that does not do."""

    wanted: str
    value: str
    why: str
    entries: tuple[str, ...]


def mismatch_of(app: Application, stage: Stage, snapshot: Snapshot) -> Mismatch | None:
    """None where the annotation does name the Stage (now)."""
    wanted, value = f"{stage.namespace}:{stage.name}", app.annotations.get(AUTHORIZED, "")
    named = tuple(one.text for one in entries(value))
    told = f'{AUTHORIZED} is "{value}"'
    match flaw(value, wanted, snapshot.versions.kargo):
        case None:
            return None
        case Flaw.ABSENT:
            why = f"it has no annotation {AUTHORIZED}{_misplaced(app)}; {wanted} is expected."
        case Flaw.GLOB:
            why = f"{told}, and globs are no longer accepted; {wanted} is expected."
        case Flaw.MALFORMED:
            why = f"{told}, which is not of the form <project>:<stage>; {wanted} is expected."
        case Flaw.LIST:
            why = f"{told}, and this Kargo takes no list (since 1.11 it does); {wanted} alone is expected."
        case Flaw.OTHER:
            why = f"{told}{_near(stage, named, wanted, snapshot)}; {wanted} is expected."
    return Mismatch(wanted, value, why, named)


def _misplaced(app: Application) -> str:
    """A key that was probably meant, or the right key among the labels."""
    if AUTHORIZED in app.labels:
        return " (it is a label)"
    close = get_close_matches(AUTHORIZED, app.annotations, n=1, cutoff=0.85)
    return f' (but one called {close[0]}: "{app.annotations[close[0]]}")' if close else ""


def _near(stage: Stage, named: tuple[str, ...], wanted: str, snapshot: Snapshot) -> str:
    """How the value misses: the Stage or the project it names does not exist, or is another one."""
    closest = max(named, key=lambda one: SequenceMatcher(None, one, wanted).ratio())
    project, _, name = closest.partition(":")
    if project == stage.namespace:
        missing = snapshot.lacks(Stage, project, name)
        return f", which names the Stage {name}" + (", which does not exist" if missing else " instead")
    return f", which names the project {project}" + (
        " (a slip?)" if SequenceMatcher(None, closest, wanted).ratio() > 0.8 else ""
    )
