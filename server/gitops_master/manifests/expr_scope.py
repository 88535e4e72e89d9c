"""What expressions may use: the functions of expr-lang and of Kargo, and the names that Kargo puts where they stand.

Read out of pkg/expressions/function/functions.go and pkg/promotion/evaluator.go of Kargo, v1.1 to v1.11.2.
"""

from collections.abc import Mapping
from typing import NamedTuple

from gitops_master.manifests.expr_parser import PREDICATES
from gitops_master.model.manifest import Level
from gitops_master.model.versions import Version

BUILTINS = frozenset(
    [
        "len",
        "type",
        "abs",
        "ceil",
        "floor",
        "round",
        "int",
        "float",
        "string",
        "trim",
        "trimPrefix",
        "trimSuffix",
        "upper",
        "lower",
        "split",
        "splitAfter",
        "replace",
        "repeat",
        "join",
        "indexOf",
        "lastIndexOf",
        "hasPrefix",
        "hasSuffix",
        "max",
        "min",
        "mean",
        "median",
        "toJSON",
        "fromJSON",
        "toBase64",
        "fromBase64",
        "now",
        "duration",
        "date",
        "timezone",
        "first",
        "last",
        "get",
        "take",
        "keys",
        "values",
        "toPairs",
        "fromPairs",
        "reverse",
        "uniq",
        "concat",
        "flatten",
        "sort",
        "bitand",
        "bitor",
        "bitxor",
        "bitnand",
        "bitnot",
        "bitshl",
        "bitshr",
        "bitushr",
    ]
) | frozenset(PREDICATES)
"""What expr-lang v1.17.8 has itself."""


class Function(NamedTuple):
    """A function of Kargo's own. `least`, `most`: of arguments. `members`: of what it gives, empty where anything may be in it."""

    least: int
    most: int
    since: Version
    members: tuple[str, ...] = ()


_COMMIT = ("RepoURL", "ID", "Branch", "Tag", "Message", "Author", "Committer")
_IMAGE = ("RepoURL", "Tag", "Digest", "Annotations")
_CHART = ("RepoURL", "Name", "Version")
_ARTIFACT = ("ArtifactType", "SubscriptionName", "Version", "Metadata")
_V = Version
FREIGHT: Mapping[str, Function] = {
    "warehouse": Function(1, 1, _V(1, 1, 0)),
    "commitFrom": Function(1, 2, _V(1, 1, 0), _COMMIT),
    "imageFrom": Function(1, 2, _V(1, 1, 0), _IMAGE),
    "chartFrom": Function(1, 3, _V(1, 1, 0), _CHART),
    "artifactFrom": Function(1, 2, _V(1, 9, 0), _ARTIFACT),
}
DATA: Mapping[str, Function] = {
    "configMap": Function(1, 1, _V(1, 5, 0)),
    "secret": Function(1, 1, _V(1, 5, 0)),
    "freightMetadata": Function(1, 1, _V(1, 6, 0)),
    "stageMetadata": Function(1, 1, _V(1, 8, 0)),
    "sharedConfigMap": Function(1, 1, _V(1, 9, 0)),
    "sharedSecret": Function(1, 1, _V(1, 9, 0)),
    "semverDiff": Function(2, 2, _V(1, 8, 0)),
    "semverParse": Function(1, 1, _V(1, 9, 0)),
}
QUOTING: Mapping[str, Function] = {
    "quote": Function(1, 1, _V(1, 1, 0)),
    "unsafeQuote": Function(1, 1, _V(1, 6, 0)),
    "asYAML": Function(1, 1, _V(1, 11, 0)),
    "asJSON": Function(1, 1, _V(1, 11, 0)),
}
STATUS: Mapping[str, Function] = {
    **dict.fromkeys(("always", "failure", "success"), Function(0, 0, _V(1, 5, 0))),
    "status": Function(1, 1, _V(1, 5, 0)),
}
"""Only for `if` and `config`, not for variables."""
DISCOVERED: Mapping[str, Function] = {
    "commitFrom": Function(1, 1, _V(1, 8, 0)),
    "imageFrom": Function(1, 1, _V(1, 8, 0)),
    "chartFrom": Function(1, 2, _V(1, 8, 0)),
    "artifactFrom": Function(1, 1, _V(1, 9, 0), _ARTIFACT),
}
"""Of what a Warehouse has discovered, for its freightCreationCriteria."""
EVERYWHERE = {**FREIGHT, **DATA, **QUOTING}

Members = Mapping[str, "Names"]


class Names(NamedTuple):
    """What a name holds. `members`: None where anything may be in it. `missing`: what a name that is not among them comes to."""

    members: Members | None = None
    missing: str = ""
    level: Level = Level.ERROR


ANY = Names()
_TARGET = Names({"name": ANY, "alias": ANY, "origin": Names({"name": ANY})})
_META = Names({"promotion": Names({"actor": ANY, "rollback": ANY}), "step": Names({"alias": ANY})})
PLACE: Members = {"project": ANY, "stage": ANY}
CTX = Names({**PLACE, "uiBaseUrl": ANY, "promotion": ANY, "targetFreight": _TARGET, "meta": _META})


class Scope(NamedTuple):
    """What an expression may use. `names`: None where nobody knows, then only functions are judged; `functions` the same."""

    names: Members | None = None
    functions: Mapping[str, Function] | None = None
    kargo: Version | None = None


UNKNOWN = Function(0, 99, Version(0, 0, 0))
