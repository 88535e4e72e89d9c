"""Finding what was asked about, or saying what there is instead."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from gitops_master.facts.freight import label, matches
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.model.kargo import Freight, Project, Warehouse
from gitops_master.model.meta import Object
from gitops_master.model.near import did_you_mean
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage

T = TypeVar("T", bound=Object)

SHOWN = 12
"""How many names an error lists; more would push the message itself out of sight."""


def existing(names: Iterable[str]) -> str:
    """`a, b, c (and 4 more)`, or `none`."""
    every = sorted(set(names))
    more = f" (and {len(every) - SHOWN} more)" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more if every else "none"


def not_found(what: str, name: str, names: Sequence[str], where: str) -> UsageError:
    return UsageError(f"no {what} {name!r} in {where}{did_you_mean(name, names)}", f"{what}s there: {existing(names)}")


def check_read(snapshot: Snapshot, type_: type[Object], name: str) -> None:
    """Raises Forbidden or Unreachable where what is sought may well exist: its kind could not be read."""
    gap = snapshot.stated_gap(type_.KIND)
    if gap is not None:
        what = type_.KIND.rpartition("/")[2]
        wanted = f"{what} {name!r}" if name else f"any {what}"
        if gap.denied:
            raise Forbidden(
                f"cannot look for {wanted}: {gap.reason}",
                "have that granted (a reader's role does), or be somebody else: --as, --context",
            )
        raise Unreachable(
            f"cannot look for {wanted}: {gap.reason}", "gitops-master doctor tells what is reachable, and as whom"
        )


def find_project(snapshot: Snapshot, given: str) -> str:
    """The project asked for, or the only one there is."""
    projects = {one.name for one in snapshot.all(Project)} | {one.namespace for one in snapshot.all(Stage)}
    projects |= {one.namespace for one in snapshot.all(Warehouse)}
    if given:
        if given not in projects:
            check_read(snapshot, Stage, "")
            raise not_found("project", given, sorted(projects), snapshot.source)
        return given
    if len(projects) == 1:
        return projects.pop()
    if not projects:
        check_read(snapshot, Project, "")
        raise UsageError(
            f"no Kargo project in {snapshot.source}", "name an Application with --app, or another snapshot"
        )
    raise UsageError("which project? There are several", f"--project one of: {existing(projects)}")


def find_in_project(snapshot: Snapshot, type_: type[T], project: str, name: str) -> T:
    what = type_.KIND.rpartition("/")[2]
    found = snapshot.get(type_, project, name)
    if found is None:
        check_read(snapshot, type_, name)
        raise not_found(what, name, [one.name for one in snapshot.all(type_, project)], f"project {project!r}")
    return found


def find_application(snapshot: Snapshot, name: str) -> Application:
    """By `name` or `namespace/name`."""
    namespace, _, bare = name.rpartition("/")
    found = [
        one for one in snapshot.all(Application) if one.name == bare and (not namespace or one.namespace == namespace)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        places = existing(f"{one.namespace}/{one.name}" for one in found)
        raise UsageError(f"several Applications are called {bare!r}", f"name one of: {places}")
    check_read(snapshot, Application, name)
    raise not_found("Application", name, [one.name for one in snapshot.all(Application)], snapshot.source)


_MARKS = ".,:;!?()[]<>\"'`"


def mentioned_freight(view: StageView, symptom: str) -> Freight | None:
    """The piece of Freight that a complaint is about: named in it, and neither in the Stage nor on its way there.

    People write `3.8` for `3.8.0` and `v2` for `2`. Where a word could mean several, nothing is guessed.
    """
    known = {one.name for one in view.current_freight}
    known |= {one.spec.freight for one in (view.running, *view.waiting_promotions) if one is not None}
    known |= {view.last.freight.name} if view.last is not None and view.last.freight else set()
    others = [one for one in view.snapshot.all(Freight, view.project) if one.name not in known]
    for word in (part.strip(_MARKS) for part in symptom.split()):
        found = [one for one in others if _means(word, one)] if len(word) >= 3 else []
        if len(found) == 1:
            return found[0]
    return None


def _means(word: str, freight: Freight) -> bool:
    if word == freight.alias or (len(word) >= 7 and matches(freight, word)):
        return True
    if not any(char.isdigit() for char in word) or not any(char in "._-v" for char in word):
        return False
    bare = word.removeprefix("v")
    names = [one.tag for one in freight.images] + [one.tag for one in freight.commits]
    names += [one.version for one in freight.charts]
    return any(name.removeprefix("v") == bare or name.removeprefix("v").startswith(f"{bare}.") for name in names)


def find_freight(snapshot: Snapshot, project: str, query: str) -> Freight:
    """The one piece of Freight that a name, alias, commit, tag, digest or chart version means. Raises as `find_in_project`."""
    every = snapshot.all(Freight, project)
    found = [one for one in every if matches(one, query)]
    exact = [one for one in found if query in {one.name, one.alias}]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        raise UsageError(
            f"{query!r} means several pieces of Freight", f"name one of: {existing(one.name for one in found)}"
        )
    check_read(snapshot, Freight, query)
    known = existing(label(one) for one in every)
    raise UsageError(
        f"no Freight in project {project!r} is, carries or begins with {query!r}", f"Freight there: {known}"
    )
