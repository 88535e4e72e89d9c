"""What a Warehouse may subscribe to. The CRD of v1.11.2 says nothing of it; Kargo's webhook does (pkg/subscription)."""

import re
from collections.abc import Mapping
from typing import Any

from gitops_master.manifests.schema.parts import ANYTHING, FLAG, SOME, TEXT, TEXTS
from gitops_master.manifests.schema.rules import is_set
from gitops_master.manifests.schema.shapes import Faults, Fields, Given, ListOf, SchemaFault, Shape, Text, Whole, named
from gitops_master.model.manifest import Level, Path
from gitops_master.model.near import did_you_mean
from gitops_master.model.versions import Version

_LIMIT = Whole(0, 100)
"""The webhook takes 0 for not said."""
_GIT_URL = (
    r"(?:^(ssh|https?)://(?:([\w-]+)(:(.+))?@)?([\w-]+(?:\.[\w-]+)*)(?::(\d{1,5}))?(/.*)$)"
    r"|(?:^([\w-]+)@([\w+]+(?:\.[\w-]+)*):(/?.*))$"
)
_IMAGE_URL = r"^(\w+([\.-]\w+)*(:[\d]+)?/)?(\w+([\.-]\w+)*)(/\w+([\.-]\w+)*)*$"
_CHART_URL = r"^(((https?)|(oci))://)(([\w\d\.\-]+)(:([\d]+)?)?(/.*)*)$"
_TAGS: Mapping[str, Shape] = {
    "allowTags": TEXT,
    "ignoreTags": TEXTS,
    "allowTagsRegexes@1.9": TEXTS,
    "ignoreTagsRegexes@1.9": TEXTS,
}
_OPEN_SINCE = Version(1, 9, 0)
"""Since then a subscription is of any kind that a plug-in of Kargo knows."""

GIT = Fields(
    {
        "repoURL!": Text(1, 0, _GIT_URL, "the URL of a git repository"),
        "commitSelectionStrategy": Text(choices=("NewestFromBranch", "SemVer", "Lexical", "NewestTag", "")),
        "branch": Text(0, 255, r"^([a-zA-Z0-9]([a-zA-Z0-9._\/-]*[a-zA-Z0-9_-])?)?$", "the name of a branch"),
        "strictSemvers": FLAG,
        "semverConstraint": TEXT,
        **_TAGS,
        "expressionFilter@1.6": TEXT,
        "insecureSkipTLSVerify": FLAG,
        "blobless@1.11": FLAG,
        "includePaths": TEXTS,
        "excludePaths": TEXTS,
        "discoveryLimit": _LIMIT,
        "since@1.10": Text(
            pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", what="a time by RFC 3339"
        ),
    }
)


def _digest_needs_tag(value: Any, path: Path, given: Given) -> Faults:
    if value.get("imageSelectionStrategy") == "Digest" and not is_set(value.get("constraint")):
        yield SchemaFault(
            (*path, "constraint"), "must name the tag whose digest is followed", "such as constraint: latest"
        )


def _chart_name(value: Any, path: Path, given: Given) -> Faults:
    url, name = value.get("repoURL"), is_set(value.get("name"))
    if isinstance(url, str) and url.startswith("oci://") and name:
        yield SchemaFault((*path, "name"), "must be left out of an oci:// repository, whose URL names the chart")
    elif isinstance(url, str) and url.startswith(("http://", "https://")) and not name:
        yield SchemaFault((*path, "name"), "is missing: an HTTP repository holds many charts")


IMAGE = Fields(
    {
        "repoURL!": Text(1, 0, _IMAGE_URL, "the name of an image without scheme and tag"),
        "imageSelectionStrategy": Text(choices=("SemVer", "NewestBuild", "Lexical", "Digest", "")),
        "strictSemvers": FLAG,
        "constraint@1.7": TEXT,
        **_TAGS,
        "platform": Text(pattern=r"^(\w+/\w+)?$", what="a platform such as linux/amd64"),
        "insecureSkipTLSVerify": FLAG,
        "discoveryLimit": _LIMIT,
        "cacheByTag@1.9": FLAG,
    },
    rules=(_digest_needs_tag,),
    gone={"semverConstraint@1.9": "call it constraint", "gitRepoURL@1.7": "remove it"},
)
CHART = Fields(
    {
        "repoURL!": Text(1, 0, _CHART_URL, "the URL of a Helm repository: http://, https:// or oci://"),
        "name": TEXT,
        "semverConstraint": TEXT,
        "discoveryLimit": _LIMIT,
        "insecureSkipTLSVerify@1.10": FLAG,
    },
    rules=(_chart_name,),
)
OTHER = Fields({"name!": SOME, "config": ANYTHING, "discoveryLimit": _LIMIT, "subscriptionType": TEXT})
KINDS: Mapping[str, Fields] = {"git": GIT, "image": IMAGE, "chart": CHART}


class _Subscription:
    """One key, which says of what kind."""

    def faults(self, value: Any, path: Path, given: Given) -> Faults:
        if not isinstance(value, Mapping):
            yield SchemaFault(path, f"is {named(value)}, but must be a mapping with one key: git, image or chart")
        elif len(value) != 1:
            words = f"has {len(value)} keys ({', '.join(map(str, value))})" if value else "is empty"
            yield SchemaFault(path, f"{words}, but must have one: git, image or chart", "make each an entry of its own")
        else:
            ((key, one),) = value.items()
            yield from self._of(str(key), one, (*path, str(key)), given)

    def _of(self, key: str, value: Any, path: Path, given: Given) -> Faults:
        known = KINDS.get(key)
        if known is None and (given.kargo or _OPEN_SINCE) >= _OPEN_SINCE:
            told = f"open-source Kargo has no subscriptions of this kind{did_you_mean(key, list(KINDS))}"
            yield SchemaFault(path, told, "it has git, image and chart", Level.ERROR)
            yield from OTHER.faults(value, path, given)
        elif known is None:
            yield SchemaFault(
                path, f"no such kind of subscription{did_you_mean(key, list(KINDS))}", "it has git, image and chart"
            )
        else:
            yield from known.faults(value, path, given)


def _once(value: Any, path: Path, given: Given) -> Faults:
    """The same repository twice, as the webhook compares it: charts of HTTP repositories with their name."""
    seen: dict[tuple[str, str, str], int] = {}
    for index, one in enumerate(value):
        for kind in KINDS if isinstance(one, Mapping) else ():
            sub = one.get(kind)
            url = sub.get("repoURL") if isinstance(sub, Mapping) else None
            if not isinstance(url, str):
                continue
            name = str(sub.get("name", "")) if kind == "chart" else ""
            key = (kind, re.sub(r"(\.git)?/?$", "", url.lower()), name)
            first = seen.setdefault(key, index)
            if first != index:
                yield SchemaFault((*path, index, kind, "repoURL"), f"subscription {first} is to the same already")


SUBSCRIPTIONS = ListOf(_Subscription(), 1, rules=(_once,))
