"""Fields that Kargo is about to drop, or no longer heeds."""

import re
from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.template import PlacedStep, steps_of
from gitops_master.manifests.world import PROJECT, PROJECT_CONFIG, WAREHOUSE, World
from gitops_master.model.manifest import Level, Manifest, Path, at, items
from gitops_master.model.versions import Version

_SSH = re.compile(r"ssh://|[\w-]+@[\w.+-]+:(?!/)")
_TAGS = {"allowTags": "allowTagsRegexes, a list", "ignoreTags": "ignoreTagsRegexes, each anchored: ^v1$"}


@check(
    "deprecated-field",
    title="A field that Kargo gives up",
    level=Level.WARNING,
    sources=(
        "akuity/kargo v1.11.2 api/v1alpha1/zz_subscription_types.go",
        "akuity/kargo v1.11.2 pkg/image/tag_based_selector.go",
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/schemas",
    ),
)
def deprecated_field(world: World) -> Iterator[Fault]:
    """Since 1.11 a Warehouse with `allowTags` or `ignoreTags` discovers nothing and says so; others of these fields still work, or are
    not heeded, and a later release removes them.

    How to tell: the field, since when, and until when it works; only what holds in the installed version is told. What to do: write
    what the fix says, before the upgrade.
    """
    for manifest in world.given:
        if manifest.kind == WAREHOUSE:
            yield from _of_warehouse(manifest, world.kargo)
        elif manifest.kind == PROJECT_CONFIG:
            yield from _of_config(manifest)
        elif manifest.kind == PROJECT:
            yield from _of_project(manifest, world.kargo)
        for step in steps_of(manifest):
            yield from _of_step(step, world.kargo)


def _since(kargo: Version | None, minor: int) -> bool:
    return kargo is None or kargo >= Version(1, minor, 0)


def _of_warehouse(warehouse: Manifest, kargo: Version | None) -> Iterator[Fault]:
    for index, one in enumerate(items(warehouse.spec, "subscriptions")):
        for kind, by in (("git", "commitSelectionStrategy"), ("image", "imageSelectionStrategy")):
            path: Path = ("spec", "subscriptions", index, kind)
            for key, instead in _TAGS.items() if _since(kargo, 9) else ():
                if at(one, kind, key):
                    by_tags = at(one, kind, by) not in ({"NewestFromBranch", "", None} if kind == "git" else {"Digest"})
                    yield _tags(warehouse, (*path, key), instead, _since(kargo, 11) and by_tags)
        url = at(one, "git", "repoURL")
        if isinstance(url, str) and _SSH.match(url) and _since(kargo, 10):
            yield _ssh(warehouse, ("spec", "subscriptions", index, "git", "repoURL"))


def _tags(warehouse: Manifest, path: Path, instead: str, fails: bool) -> Fault:
    fix = f"write {instead}"
    if fails:
        words = "since Kargo 1.11 discovery fails where this is set; 1.13 removes it"
        return Fault(warehouse, path, words, fix, Level.ERROR)
    return Fault(
        warehouse, path, "deprecated since Kargo 1.9; from 1.11 on tags cannot be chosen with it, 1.13 removes it", fix
    )


def _ssh(manifest: Manifest, path: Path) -> Fault:
    return Fault(
        manifest, path, "URLs of SSH are deprecated since Kargo 1.10, and 1.13 removes them", "use an https:// URL"
    )


def _of_config(config: Manifest) -> Iterator[Fault]:
    for index, one in enumerate(items(config.spec, "promotionPolicies")):
        if isinstance(one.get("stage"), str):
            words = "a policy's stage is deprecated since Kargo 1.5; no version is named that removes it"
            fix = f"write stageSelector: {{name: {one['stage']}}}"
            yield Fault(config, ("spec", "promotionPolicies", index, "stage"), words, fix, Level.NOTE)


def _of_project(project: Manifest, kargo: Version | None) -> Iterator[Fault]:
    """From 1.7 on the schema does not have it."""
    if kargo is not None and Version(1, 5, 0) <= kargo < Version(1, 7, 0) and "spec" in project.data:
        words = "a Project's spec is deprecated since Kargo 1.5, and 1.7 removes it"
        yield Fault(project, ("spec",), words, "move promotionPolicies to a ProjectConfig of the same name")


def _of_step(step: PlacedStep, kargo: Version | None) -> Iterator[Fault]:
    if step.uses == "git-commit" and step.config.get("author") is not None and _since(kargo, 10):
        words = "git-commit: author is deprecated since Kargo 1.10, and 1.12 removes it"
        yield Fault(step.manifest, step.place("config", "author"), words, "set author in the git-clone step")
    if step.uses == "git-open-pr" and "createTargetBranch" in step.config and _since(kargo, 10):
        words = "git-open-pr: createTargetBranch does nothing since Kargo 1.10"
        yield Fault(
            step.manifest, step.place("config", "createTargetBranch"), words, "remove it; make the branch beforehand"
        )
    url = step.config.get("repoURL")
    if step.uses.startswith("git-") and isinstance(url, str) and _SSH.match(url) and _since(kargo, 10):
        yield _ssh(step.manifest, step.place("config", "repoURL"))
