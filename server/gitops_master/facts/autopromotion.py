"""Auto-promotion: is it on, what is its candidate, what holds it (kargo pkg/api/auto_promotion.go, v1.11.2)."""

import re
from fnmatch import fnmatchcase

import msgspec

from gitops_master.facts.availability import availability
from gitops_master.facts.freight import discovery_order, freight_from
from gitops_master.model.kargo import Freight, Project, ProjectConfig, PromotionPolicy
from gitops_master.model.meta import Object
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import FreightRequest, Hold, Stage
from gitops_master.model.versions import Version


class Policy(msgspec.Struct, frozen=True):
    """The policy that decides: the first that matches. `path` is where it stands in `holder`."""

    policy: PromotionPolicy
    holder: Object
    path: str


class BadSelector(Exception):
    """A policy's selector that Kargo cannot parse either."""


def selects(policy: PromotionPolicy, stage: Stage) -> bool:
    """Whether the policy is meant for the Stage. Raises BadSelector."""
    if policy.stage_selector is None:
        return policy.stage == stage.name
    name = policy.stage_selector.name
    if name and not name_matches(name, stage.name):
        return False
    labels = policy.stage_selector.match_labels
    expressions = policy.stage_selector.match_expressions
    return all(stage.labels.get(key) == value for key, value in labels.items()) and all(
        _expression_matches(one, stage.labels) for one in expressions
    )


def name_matches(pattern: str, name: str) -> bool:
    """Exact, or behind `regex:` or `glob:` as a pattern. Raises BadSelector."""
    kind, colon, rest = pattern.partition(":")
    if colon and kind in {"regex", "regexp"}:
        try:
            return re.search(rest, name) is not None
        except re.error as error:
            raise BadSelector(f"{pattern}: {error}") from error
    if colon and kind == "glob":
        return _glob_matches(rest, name)
    return pattern == name


def _glob_matches(pattern: str, name: str) -> bool:
    """Kargo's globs (doublestar) know `{a,b}` besides what fnmatch knows, and refuse brackets that do not close."""
    if pattern.count("{") != pattern.count("}") or pattern.count("[") != pattern.count("]"):
        raise BadSelector(f"glob:{pattern}: syntax error in pattern")
    braces = re.search(r"\{([^{}]*)\}", pattern)
    if braces is None:
        return fnmatchcase(name, pattern)
    before, after = pattern[: braces.start()], pattern[braces.end() :]
    return any(_glob_matches(f"{before}{one}{after}", name) for one in braces[1].split(","))


def _expression_matches(expression: dict[str, object], labels: dict[str, str]) -> bool:
    key, operator = str(expression.get("key", "")), expression.get("operator")
    given = expression.get("values")
    values = [str(one) for one in given] if isinstance(given, list | tuple) else []
    if (operator in {"In", "NotIn"}) is not bool(values):
        raise BadSelector(f"matchExpressions {key} {operator} with values {values}")
    match operator:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    raise BadSelector(f"matchExpressions operator {operator!r}")


def policies(stage: Stage, snapshot: Snapshot) -> list[Policy]:
    """All policies of the project in order: ProjectConfig since 1.5, Project.spec before."""
    found: list[Policy] = []
    project = stage.namespace
    kargo = snapshot.versions.kargo
    in_project = kargo is None or kargo < Version(1, 5, 0)
    for holder in (
        snapshot.get(ProjectConfig, project, project),
        snapshot.get(Project, "", project) if in_project else None,
    ):
        if holder is not None:
            given = holder.spec.promotion_policies
            found += [Policy(one, holder, f"spec.promotionPolicies[{index}]") for index, one in enumerate(given)]
    return found


def deciding_policy(stage: Stage, snapshot: Snapshot) -> Policy | None:
    """The first policy that matches the Stage; None where none does. Raises BadSelector."""
    return next((one for one in policies(stage, snapshot) if selects(one.policy, stage)), None)


def is_enabled(stage: Stage, snapshot: Snapshot) -> bool:
    """What the Stage itself says (since 1.7), else what the policies say."""
    if stage.status.auto_promotion_enabled:
        return True
    try:
        policy = deciding_policy(stage, snapshot)
    except BadSelector:
        return False
    return policy is not None and policy.policy.auto_promotion_enabled


def holds(stage: Stage) -> dict[str, Hold]:
    """Holds by origin key, in-flight ones included (since 1.11)."""
    return stage.status.effective_auto_promotion_holds or stage.status.auto_promotion_holds


def freight_of(request: FreightRequest, namespace: str, snapshot: Snapshot) -> list[Freight]:
    """All Freight of the requested origin, newest first."""
    return discovery_order(list(freight_from(request.origin.key, namespace, snapshot)))


def candidate(stage: Stage, request: FreightRequest, snapshot: Snapshot) -> Freight | None:
    """The Freight that auto-promotion would choose now, whether or not it is on."""
    usable = [
        one for one in freight_of(request, stage.namespace, snapshot) if availability(stage, one, snapshot).available
    ]
    if request.sources.auto_promotion_options.selection_policy != "MatchUpstream":
        return usable[0] if usable else None
    if len(request.sources.stages) != 1:
        return None
    upstream = request.sources.stages[0]
    here = [one for one in usable if upstream in one.status.currently_in]
    return here[0] if len(here) == 1 else None
