"""Manifests judged before anybody applies them: what files say, and what a cluster says where one is asked."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from gitops_master.files.gathering import Gathered
from gitops_master.manifests.checks.registry import Check
from gitops_master.manifests.world import World
from gitops_master.model.errors import Forbidden, Unreachable
from gitops_master.model.finding import NotChecked, quoted
from gitops_master.model.manifest import Level, Manifest, Problem, path_text
from gitops_master.model.setup import LintProblem, SetupAnswer, Trial
from gitops_master.model.snapshot import Gap, Place
from gitops_master.model.versions import Version, Versions
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan
from gitops_master.ports.manifests import DryRunner, ManifestReader, Tried
from gitops_master.usecases.deadline import DEADLINE_S
from gitops_master.usecases.lint_checks import Judged, broken, judged, known_ids, unknown
from gitops_master.usecases.lint_gaps import homeless, open_questions, places
from gitops_master.usecases.lint_report import MOST_PROBLEMS, left_out, with_lint_report, worst

MOST_MESSAGE = 1000
MOST_NAMED = 20
"""Files in one entry of what was not checked."""
MOST_NOT_CHECKED = 50
_CONTROL_PLANES = frozenset({"apps/Deployment", "apps/StatefulSet"})


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the files. `asked`: whether a cluster was. `dry_run`: whether one was to try the manifests."""

    live: tuple[Manifest, ...] = ()
    places: tuple[Place, ...] = ()
    gaps: tuple[Gap, ...] = ()
    asked: bool = False
    versions: Versions = Versions()
    argocd_namespace: str = "argocd"
    context: str = ""
    observed_at: datetime | None = None
    tried: tuple[Tried, ...] = ()
    dry_run: bool = False


def lint(
    files: Gathered, known: Known | None = None, *, ignored: Collection[str] = (), only: Iterable[Check] | None = None
) -> SetupAnswer:
    """Every check on every manifest of the files. Not bounded for a host: `fitting_lint` does that.

    `ignored`: ids of checks that are not wanted. `only`: instead of the registry's. Raises UsageError on an id that no check has.
    """
    known = known or Known()
    world = World(
        files.manifests,
        known.live,
        places=known.places,
        live_known=known.asked,
        versions=known.versions,
        argocd_namespace=known.argocd_namespace,
    )
    found = [*broken(files.broken), *unknown(files.ignores), *_refused(known.tried)]
    all_of = judged(world, found=found, ignores=files.ignores, ignored=known_ids(ignored), only=only)
    problems = [_told(one) for one in all_of.problems]
    kept = worst(problems, MOST_PROBLEMS)
    cut = [left_out(len(problems), len(kept))] if len(kept) < len(problems) else []
    return with_lint_report(
        SetupAnswer(
            not_checked=_bounded([*_files(files), *_gaps(known), *open_questions(world), *all_of.failures]),
            context=known.context,
            observed_at=known.observed_at,
            versions=known.versions.as_text(),
            checked=len(files.manifests),
            problems=kept,
            trials=[_trial(one) for one in known.tried if one.answered],
            notes=[*_notes(files, known, all_of), *cut],
        )
    )


async def learn(
    given: Sequence[Manifest],
    manifests: ManifestReader,
    cluster: ClusterReader,
    *,
    versions: Versions,
    project: str = "",
    argocd_namespace: str = "argocd",
    deadline_s: float = DEADLINE_S,
) -> Known:
    """What a cluster has of all that the manifests refer to. `versions`: told; the cluster is asked for the others.

    `project`: of manifests that name no namespace. Raises Unreachable or Forbidden where nothing at all can be read.
    """
    held = await manifests.held(places(given, argocd_namespace, project), deadline_s=deadline_s)
    known = Known(
        live=held.manifests,
        places=held.places,
        gaps=(*held.gaps, *_homeless(given, project)),
        asked=True,
        versions=versions,
        argocd_namespace=argocd_namespace,
    )
    try:
        snapshot = await cluster.read(ReadPlan(_CONTROL_PLANES, Focus(survey=True)), deadline_s=deadline_s)
    except (Forbidden, Unreachable) as error:  # the versions, which can be told by a flag: the rest was read
        gap = Gap("versions", error.message)
        return msgspec.structs.replace(known, gaps=(*known.gaps, gap))
    return msgspec.structs.replace(
        known,
        versions=versions.or_else(snapshot.versions),
        context=snapshot.source,
        observed_at=snapshot.observed_at,
    )


def _homeless(given: Sequence[Manifest], project: str) -> Iterator[Gap]:
    lost = [] if project else homeless(given)
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        reason = "names no namespace, so nothing was looked for beside it: --project NAME says where it belongs"
        yield Gap(lost[0].kind, reason, object=f"{lost[0].title}{more}")


async def tried(given: Sequence[Manifest], runner: DryRunner, known: Known, *, deadline_s: float = DEADLINE_S) -> Known:
    """`known`, and what the API server said of each manifest in a dry run."""
    every = await runner.dry_run(given, deadline_s=deadline_s)
    return msgspec.structs.replace(known, tried=tuple(every), dry_run=True)


def told_versions(kargo: Version | None) -> Versions:
    return Versions(kargo=kargo)


def _told(one: Problem) -> LintProblem:
    return LintProblem(
        check=one.check,
        level=one.level,
        object=one.manifest.title if one.manifest.data else "",
        message=quoted(one.message, MOST_MESSAGE),
        path=quoted(path_text(one.path), MOST_MESSAGE),
        file=one.manifest.file,
        line=one.line,
        fix=quoted(one.fix, MOST_MESSAGE),
    )


def _refused(tried: Iterable[Tried]) -> Iterator[Problem]:
    for one in tried:
        if one.answered and not one.accepted:
            words = one.words or "the server gave no reason"
            yield Problem("refused-by-server", Level.ERROR, one.manifest, (), words, "follow the server's own words")


def _trial(one: Tried) -> Trial:
    words = quoted(one.words, MOST_MESSAGE)
    return Trial(object=one.manifest.title, accepted=one.accepted, words=words, allowed=one.allowed)


def _files(files: Gathered) -> Iterator[NotChecked]:
    """One entry a reason, with the files it is about."""
    by_reason: dict[str, list[str]] = {}
    for one in files.skipped:
        by_reason.setdefault(one.reason, []).append(one.file)
    for reason, names in by_reason.items():
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        yield NotChecked(what=f"{', '.join(names[:MOST_NAMED])}{more}", reason=reason)
    if not files.manifests and not files.broken:
        reason = "no Kubernetes object was found: name files or folders that hold some"
        yield NotChecked(what="everything", reason=reason)


def _gaps(known: Known) -> Iterator[NotChecked]:
    for gap in known.gaps:
        what = " ".join(part for part in (gap.object or gap.kind, gap.field) if part)
        yield NotChecked(what=what, reason=quoted(gap.reason, MOST_MESSAGE))
    unanswered = [one for one in known.tried if not one.answered]
    if unanswered:
        names = ", ".join(one.manifest.title for one in unanswered[:MOST_NAMED])
        reason = quoted(unanswered[0].words or "the server did not answer", MOST_MESSAGE)
        yield NotChecked(what=f"server-side dry run of {names}", reason=reason, leaves_open="whether it takes them")


def _bounded(entries: list[NotChecked]) -> list[NotChecked]:
    if len(entries) > MOST_NOT_CHECKED:
        more = len(entries) - MOST_NOT_CHECKED + 1
        entries[MOST_NOT_CHECKED - 1 :] = [NotChecked(what=f"{more} further things", reason="left out for size")]
    return entries


def _notes(files: Gathered, known: Known, found: Judged) -> Iterator[str]:
    if known.versions.kargo is None and any(one.group == "kargo.akuity.io" for one in files.manifests):
        hangs = f" ({', '.join(found.unsure)})" if found.unsure else ""
        yield (
            "the version of Kargo is not known, so what holds for some versions only"
            f"{hangs} may not fit yours: --kargo-version VERSION or --live says it"
        )
    yield from _twice(files.manifests)
    if found.suppressed:
        yield f"{found.suppressed} problem{'s' if found.suppressed > 1 else ''} switched off by comments"
    if files.others:
        yield f"{files.others} file{'s hold' if files.others > 1 else ' holds'} no Kubernetes object"
    denied = sorted({one.manifest.title for one in known.tried if one.allowed is False})
    if denied:
        yield f"you may not create or patch {', '.join(denied[:MOST_NAMED])}: somebody else has to apply them"


def _twice(given: Sequence[Manifest]) -> Iterator[str]:
    places: dict[tuple[str, str, str], list[Manifest]] = {}
    for one in given:
        if one.name:
            places.setdefault((one.kind, one.namespace, one.name), []).append(one)
    twice = [held for held in places.values() if len(held) > 1]
    if twice:
        example = " and ".join(f"{one.file}:{one.line()}" for one in twice[0][:2])
        others = f", and {len(twice) - 1} more such objects" if len(twice) > 1 else ""
        yield (
            f"{twice[0][0].title} stands in {example}{others}: what refers to one is judged by the last; "
            "lint one overlay at a time where they are variants"
        )
