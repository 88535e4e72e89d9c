"""A Stage and all it needs as files, fitted to the pipeline that is there, judged before anybody applies them. Applies nothing."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import structs

from gitops_master.files.folder import Folder
from gitops_master.files.gathering import Gathered, gathered_text
from gitops_master.manifests.build.build import Built, build
from gitops_master.manifests.request import StageRequest
from gitops_master.manifests.world import STAGE
from gitops_master.model.manifest import Level, Manifest
from gitops_master.model.setup import Action, LintProblem, SetupAnswer
from gitops_master.model.versions import Version, Versions
from gitops_master.ports.outside import Expected
from gitops_master.usecases.deadline import DEADLINE_S, Deadline
from gitops_master.usecases.lint import Known, lint, tried
from gitops_master.usecases.scan import scan
from gitops_master.usecases.setup_evidence import Where, learned, only_project, project_of, world_of
from gitops_master.usecases.setup_files import Rendered, rendered, texts_of
from gitops_master.usecases.setup_report import setup_report

NOWHERE = "DIR"
"""What commands call the folder that nobody has named yet."""


def nothing(_project: str, _stage: str) -> Expected:
    """Nobody said what to expect."""
    return Expected()


class GenerateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`stage`: without a project the only one there is. `folder`: what commands call it. `kargo`: told, wins over what is installed."""

    stage: StageRequest
    kargo: Version | None = None
    folder: str = ""
    deadline_s: float = DEADLINE_S


class Generated(NamedTuple):
    """`files`: as they are to be written; an answer's texts had credentials and control characters taken out."""

    answer: SetupAnswer
    files: tuple[Rendered, ...]


async def generate(
    request: GenerateRequest, folder: Folder, where: Where | None, expected: Callable[[str, str], Expected] = nothing
) -> Generated:
    """`where`: None looks at no cluster. `expected`: as `Means.expected`; its checks from inside the cluster become a Job.

    Not bounded for a host: `fitting_setup` does that.

    Raises UsageError for what cannot be set up so, Unreachable and Forbidden where a cluster is to be looked at and nothing can be.
    """
    deadline = Deadline(request.deadline_s)
    told = Versions(kargo=request.kargo)
    wanted = request.stage
    if not wanted.project:
        project = await only_project(where, deadline) if where is not None else project_of(folder)
        wanted = structs.replace(wanted, project=project)
    known = await learned(wanted, where, told, deadline) if where is not None else Known(versions=told)
    world = world_of(folder, known)
    built = build(wanted, world, expected(wanted.project, wanted.name).of.in_cluster)
    files = rendered(built.drafts, folder.texts)
    if where is not None and where.runner is not None:
        manifests = [one.manifest for one in built.drafts]
        known = await tried(manifests, where.runner, known, deadline_s=deadline.within(request.deadline_s))
    answer = _judged(wanted, built, files, folder, known)
    answer = answer.model_copy(
        update={
            "project": wanted.project,
            "stage": wanted.name,
            "files": [one.as_file() for one in files],
            "architecture": scan(world, wanted.project),
            "notes": [*built.notes, *answer.notes],
            "next": list(_next(request, wanted)),
        }
    )
    return Generated(answer.model_copy(update={"report": setup_report(answer)}), tuple(files))


def exit_code(answer: SetupAnswer) -> int:
    """1: something of what was generated cannot work as it stands."""
    return int(any(one.level is Level.ERROR for one in answer.problems))


def _judged(wanted: StageRequest, built: Built, files: Sequence[Rendered], folder: Folder, known: Known) -> SetupAnswer:
    """What lint says of the result, less what it said of the same before: that is not this answer's matter, unless of the Stage."""
    texts = texts_of(files)
    answer = lint(_after(texts, folder), known)
    was = [one.edits for one in built.drafts if one.edits is not None and not one.edits.file]
    before = lint(
        folder.found._replace(manifests=(*folder.found.manifests, *_placed(was))), structs.replace(known, tried=())
    )
    held = {_key(one) for one in before.problems}
    own = Manifest(
        {"kind": STAGE.rpartition("/")[2], "metadata": {"namespace": wanted.project, "name": wanted.name}}
    ).title
    problems = [
        one
        for one in answer.problems
        if one.check == "refused-by-server" or (one.file in texts and (one.object == own or _key(one) not in held))
    ]
    return answer.model_copy(update={"problems": problems, "checked": len(built.drafts)})


def _after(texts: Mapping[str, str], folder: Folder) -> Gathered:
    """The folder as it would be."""
    made = [gathered_text(text, path) for path, text in texts.items()]
    kept = folder.found
    return kept._replace(
        manifests=(
            *(one for one in kept.manifests if one.file not in texts),
            *(each for one in made for each in one.manifests),
        ),
        broken=(*kept.broken, *(each for one in made for each in one.broken)),
        ignores=(
            *(one for one in kept.ignores if one.file not in texts),
            *(each for one in made for each in one.ignores),
        ),
    )


def _placed(live: Iterable[Manifest]) -> Iterator[Manifest]:
    """As if files held them, so that checks speak of them."""
    return (one._replace(file="cluster") for one in live)


def _key(one: LintProblem) -> tuple[str, str, str, str]:
    return one.check, one.object, one.path, one.message


def _next(request: GenerateRequest, wanted: StageRequest) -> Iterator[str]:
    """What to do with the files, the least first. Only the person who reads it applies them."""
    folder = shlex.quote(request.folder) if request.folder else NOWHERE
    yield f"kubectl diff -f {folder}"
    yield f"kubectl apply --dry-run=server -f {folder}"
    yield f"gitops-master lint {folder}"
    yield f"gitops-master state {shlex.quote(wanted.name)} -p {shlex.quote(wanted.project)}"


def changes(files: Iterable[Rendered]) -> list[Rendered]:
    """Those that are new or differ."""
    return [one for one in files if one.action is not Action.UNCHANGED]
