"""Promotion policies that decide nothing, and configurations that belong to no project."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gitops_master.facts.autopromotion import BadSelector, name_matches
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.near import near
from gitops_master.manifests.pipeline import given, is_missing, siblings
from gitops_master.manifests.world import PROJECT, PROJECT_CONFIG, STAGE, World
from gitops_master.model.manifest import Level, Manifest, Path, at, strings

_SOURCE = "akuity/kargo v1.11.2 pkg/api/auto_promotion.go findMatchingPromotionPolicy"
_PATTERNS = ("glob:", "regex:", "regexp:")


class _Policy(NamedTuple):
    """`name`: exact, or with the prefix of a pattern; empty: any. `labels`, `expressions`: of the selector, all of them needed."""

    path: Path
    name: str
    name_path: Path
    labels: Mapping[str, str]
    expressions: Sequence[Any]

    @property
    def is_exact(self) -> bool:
        return bool(self.name) and not self.name.startswith(_PATTERNS)

    @property
    def title(self) -> str:
        parts = [self.name] if self.name else []
        parts += [f"{key}={value}" for key, value in sorted(self.labels.items())]
        return " ".join(parts) or "any Stage"


def _policies(config: Manifest) -> Iterator[_Policy]:
    written = at(config.data, "spec", "promotionPolicies")
    for index, one in enumerate(written if isinstance(written, list | tuple) else ()):
        path: Path = ("spec", "promotionPolicies", index)
        selector, old = at(one, "stageSelector"), at(one, "stage")
        if isinstance(selector, Mapping):
            name, expressions = selector.get("name"), selector.get("matchExpressions")
            yield _Policy(
                path,
                name if isinstance(name, str) else "",
                (*path, "stageSelector", "name"),
                strings(selector.get("matchLabels")),
                expressions if isinstance(expressions, list | tuple) else (),
            )
        elif isinstance(old, str) and old:
            yield _Policy(path, old, (*path, "stage"), {}, ())


@check(
    "promotion-policy-never-decides",
    title="A promotion policy never decides, since an earlier one matches all that it matches",
    level=Level.WARNING,
    sources=(_SOURCE,),
)
def shadowed(world: World) -> Iterator[Fault]:
    """Whatever a policy of a ProjectConfig selects, a policy before it selects as well.

    Why: of promotionPolicies the first that matches a Stage decides, and the rest is not looked at.

    How to tell: a policy before it with the same name or a pattern that takes it, and no further labels.

    What to do: put the narrower policy first, or take it out.

    Not this when: the earlier policy also wants labels that this one does not.
    """
    for config in given(world, PROJECT_CONFIG):
        before: list[_Policy] = []
        for policy in _policies(config):
            earlier = next((one for one in before if _covers(one, policy)), None)
            before.append(policy)
            if earlier is not None:
                yield Fault(
                    config,
                    policy.path,
                    f"the policy for {policy.title} never decides: spec.promotionPolicies[{earlier.path[-1]}] ({earlier.title}) comes first and "
                    "matches all that it matches",
                    "put the narrower policy first, or take it out",
                )


def _covers(earlier: _Policy, later: _Policy) -> bool:
    """Whether all that the later one selects is selected by the earlier one, as far as that can be told."""
    if earlier.is_exact and later.is_exact:
        return False  # the same name twice is refused, which the schema tells
    if not earlier.labels.items() <= later.labels.items():
        return False
    if any(one not in later.expressions for one in earlier.expressions):
        return False
    if not earlier.name or earlier.name == later.name:
        return True
    if not later.is_exact:
        return earlier.name == "glob:*"
    try:
        return name_matches(earlier.name, later.name)
    except BadSelector:
        return False


@check(
    "promotion-policy-selects-no-stage",
    title="A promotion policy selects no Stage",
    level=Level.WARNING,
    sources=(_SOURCE, "akuity/kargo v1.11.2 pkg/pattern/matcher.go"),
)
def selects_none(world: World) -> Iterator[Fault]:
    """A policy names a Stage that the project does not have, or a pattern that none of its Stages fits.

    Why: the Stage that was meant falls to a later policy or to none, and without one it is not promoted by itself.

    How to tell: names are compared exactly unless they begin with `glob:` or `regex:`.

    What to do: correct the name, or write the prefix in front of a pattern.

    Not this when: the project's Stages are not known here.
    """
    for config in given(world, PROJECT_CONFIG):
        project = config.namespace or config.name
        held = siblings(world, STAGE, project)
        if not is_missing(world, STAGE, project, "") or not (held or world.live_known):
            continue
        for policy in _policies(config):
            if not policy.name or policy.labels or _selects_any(policy.name, held):
                continue
            is_pattern = policy.is_exact and any(one in policy.name for one in "*?[]^$|()")
            hint = (
                "patterns need a prefix: glob: or regex:"
                if is_pattern
                else near(policy.name, [one.name for one in held])
            )
            yield Fault(config, policy.name_path, f"no Stage of {project} is called {policy.name}", hint)


def _selects_any(name: str, held: Sequence[Manifest]) -> bool:
    try:
        return any(name_matches(name, one.name) for one in held)
    except BadSelector:
        return True  # told by itself


@check(
    "promotion-policy-glob-invalid",
    title="The name pattern of a promotion policy cannot be parsed",
    level=Level.ERROR,
    sources=(_SOURCE, "akuity/kargo v1.11.2 pkg/pattern/matcher.go"),
)
def invalid(world: World) -> Iterator[Fault]:
    """The `glob:` of a promotion policy is none.

    Why: Kargo reads the policies in order, and stops with an error at the one it cannot parse: all Stages that no earlier policy matches
    can no longer be reconciled.

    How to tell: brackets or braces that do not close.

    What to do: correct the pattern.

    Not this when: it is a regular expression, which the schema looks at.
    """
    for config in given(world, PROJECT_CONFIG):
        for policy in _policies(config):
            try:
                name_matches(policy.name if policy.name.startswith("glob:") else "", "")
            except BadSelector as error:
                yield Fault(config, policy.name_path, f"{policy.name} is no pattern: {error}", "correct the pattern")


@check(
    "project-config-of-no-project",
    title="A ProjectConfig belongs to no Project",
    level=Level.ERROR,
    versions=("kargo >= 1.5",),
    sources=("akuity/kargo v1.11.2 pkg/webhook/kubernetes/projectconfig/webhook.go validateObjectMeta",),
)
def of_no_project(world: World) -> Iterator[Fault]:
    """A ProjectConfig has the name of no Project.

    Why: a project has one configuration, called as the project and its namespace; admission refuses others.

    How to tell: metadata.name, and the Projects there are.

    What to do: give it the project's name.

    Not this when: the Project is not among the files and the cluster was not asked; that its name differs from its namespace is told by
    itself.
    """
    for config in given(world, PROJECT_CONFIG):
        if config.name and is_missing(world, PROJECT, "", config.name):
            names = [one.name for one in world.all(PROJECT)]
            yield Fault(
                config,
                ("metadata", "name"),
                f"{config.title} belongs to no Project: none is called {config.name}",
                near(config.name, names),
            )
