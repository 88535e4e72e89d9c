"""Stages that push to one branch."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import listed, plain, where
from gitops_master.manifests.template import PlacedStep, inflated
from gitops_master.manifests.world import STAGE, World
from gitops_master.model.manifest import Level, Manifest, items

_WRITES = {
    "yaml-update": "path",
    "json-update": "path",
    "toml-update": "path",
    "kustomize-set-image": "path",
    "helm-update-chart": "path",
    "helm-template": "outPath",
    "kustomize-build": "outPath",
    "file-write": "path",
    "yaml-merge": "outPath",
    "copy": "outPath",
}
"""The step and where its config says what it writes."""

_READS = frozenset({"git-commit", "git-push", "git-open-pr", "git-wait-for-pr", "git-merge-pr", "argocd-update", "argocd-wait", "http",
                    "yaml-parse", "json-parse", "toml-parse", "compose-output", "set-metadata", "fail"})  # fmt: skip
"""Steps that write nothing to a work tree."""


class _Push(NamedTuple):
    """`files`: what the steps before write in the work tree, relative to it, as far as that is known. `is_known`: that is all of it."""

    stage: Manifest
    step: PlacedStep
    repository: str
    branch: str
    is_forced: bool
    files: frozenset[str]
    is_known: bool


@check(
    "several-stages-push-to-one-branch",
    title="Several Stages push to one branch",
    level=Level.WARNING,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/git_pusher.go push",
        "akuity/kargo v1.11.2 pkg/controller/git/remote_commit_integration.go",
        "akuity/kargo#3119",
    ),
)
def branches(world: World) -> Iterator[Fault]:
    """git-push steps of two Stages go to the same branch of the same repository.

    Why: since Kargo 1.1.1 git-push waits for its turn, rebases, and repeats a push that came too late, which brings together changes to
    different files. Changes to the same file undo each other or conflict, and a conflict ends the step whatever its retry says; a push
    with `force` is not rebased and removes what others pushed.

    How to tell: repoURL and branch of git-clone, targetBranch of git-push, and the paths that the steps between write. Paths that cannot
    be told, or folders within one another: a note.

    What to do: a branch for each Stage, or files of its own for each, and no `force` on a branch that others share.

    Not this when: the branch is generated, or named after the Stage, or each Stage writes files of its own. That an Application which
    tracks such a branch leaves the commit that its Stage pins is another matter.
    """
    shared: dict[tuple[str, str], list[_Push]] = {}
    for stage in world.all(STAGE):
        for push in _pushes(stage, world):
            shared.setdefault((push.repository, push.branch), []).append(push)
    for (repository, branch), found in shared.items():
        notes = 0
        for push in found:
            others = [one for one in found if one.stage is not push.stage]
            place = where(push.step, push.stage, world, "config")
            if not others or place is None:
                continue
            if all(_are_apart(push, one) for one in others):
                continue
            why, level = _judged(push, others)
            notes += level is Level.NOTE
            if level is Level.NOTE and notes > 1:
                continue  # once a branch is enough where nothing is wrong yet
            titles = sorted({one.stage.title for one in others})
            yield Fault(
                *place,
                f"{push.stage.title} pushes to branch {branch} of {repository}, and so {'do' if len(titles) > 1 else 'does'} "
                f"{listed(titles)}{why}",
                "give each Stage a branch of its own, such as stage/${{ ctx.stage }}, or files of its own",
                level=level,
            )


def _judged(push: _Push, others: Sequence[_Push]) -> tuple[str, Level | None]:
    if push.is_forced:
        return ": its force removes what they pushed", None
    both = {name for one in others for name in push.files & one.files}
    if both:
        return f": they write the same {listed(both)}", None
    return "", Level.NOTE


def _are_apart(one: _Push, other: _Push) -> bool:
    """Whether git-push brings both together by itself."""
    if one.is_forced or other.is_forced or not (one.is_known and other.is_known):
        return False
    return not any(_is_in(a, b) or _is_in(b, a) for a in one.files for b in other.files)


def _pushes(stage: Manifest, world: World) -> Iterator[_Push]:
    """With repository and branch where both can be told."""
    trees: dict[str, tuple[str, str]] = {}
    written: list[str] = []
    is_known = True
    for step in inflated(stage, world):
        if step.uses == "git-clone":
            url = _plain(step, "repoURL", stage)
            for one in items(step.config, "checkout"):
                path, branch = one.get("path"), one.get("branch")
                known = plain(branch, step.vars, stage) if isinstance(branch, str) else ""
                trees[_normal(plain(path, step.vars, stage) if isinstance(path, str) else ".")] = (url, known)
        elif step.uses in _WRITES:
            written.append(_normal(_plain(step, _WRITES[step.uses], stage)))
            is_known = is_known and bool(written[-1])
        elif step.uses == "git-push" and not step.config.get("generateTargetBranch") and not step.config.get("tag"):
            tree = _normal(_plain(step, "path", stage))
            url, branch = trees.get(tree, ("", ""))
            branch = _plain(step, "targetBranch", stage) if step.config.get("targetBranch") else branch
            if url and branch:
                mine = [posixpath.relpath(one, tree) for one in written if one and _is_in(one, tree)]
                forced = step.config.get("force") is True
                yield _Push(
                    stage, step, url.removesuffix(".git"), branch, forced, frozenset(mine), is_known and bool(mine)
                )
        elif step.uses not in _READS:
            is_known = False


def _is_in(path: str, tree: str) -> bool:
    return tree == "." or path == tree or path.startswith(f"{tree}/")


def _normal(path: str) -> str:
    return posixpath.normpath(path) if path else ""


def _plain(step: PlacedStep, key: str, stage: Manifest) -> str:
    found = step.config.get(key)
    return plain(found, step.vars, stage) if isinstance(found, str) else ""
