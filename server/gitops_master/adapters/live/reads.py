"""One thing to ask the API server for: a list or an object, as a value that can be compared and remembered."""

from collections.abc import Collection, Iterable

import msgspec

from gitops_master.adapters.live.resources import RESOURCES, Resource, segment
from gitops_master.ports.api import Request

PAGE = 50
"""Objects of a list that is read as far as one page holds: often that is everything. Where it is not, what matters is asked for
by name or label."""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """An object (`name`), or the list of a namespace, or of all namespaces.

    `optional`: more evidence, but no statement rests on it; that it cannot be had is told without calling the kind unknown.
    `one_page`: no more than that of a long list. `cluster`: the address of another cluster, where an Application deploys to it.
    `resource`: where the kind lives, if it is none of those that are always known. `bare`: its metadata is enough.
    `alone`: nothing else that is read lies in that namespace of another cluster, so that absence can be told there, too.
    `keys`: of a Secret, the names of its keys as well, which only the whole object tells.
    `left_out`: why it is not asked for after all, which is told as a gap.
    """

    kind: str
    namespace: str = ""
    name: str = ""
    labels: str = ""
    fields: str = ""
    optional: bool = False
    one_page: bool = False
    cluster: str = ""
    resource: Resource | None = None
    bare: bool = False
    alone: bool = False
    keys: bool = False
    left_out: str = ""

    def request(self) -> Request:
        """Raises ValueError on names that no object can have."""
        query = []
        if self.labels:
            query.append(("labelSelector", self.labels))
        if self.fields:
            query.append(("fieldSelector", self.fields))
        if self.one_page:
            query.append(("limit", str(PAGE)))
        return Request(
            self.place.path(self.namespace, self.name),
            tuple(query),
            metadata_only=self.metadata_only,
            pages=not self.name and not self.one_page,
        )

    @property
    def metadata_only(self) -> bool:
        """Whether the contents stay where they are."""
        return self.bare or (self.kind in METADATA_ONLY and not self.keys) or (self.kind in _HUGE and not self.name)

    @property
    def place(self) -> Resource:
        """Where the kind lives in the API."""
        return self.resource or RESOURCES[self.kind]

    @property
    def narrowed(self) -> bool:
        """Whether it selects among the objects of its namespace, so that it cannot tell what else there is."""
        return bool(self.name or self.labels or self.fields)

    @property
    def what(self) -> str:
        """`list pods in namespace demo`, as a grant of the missing right would put it."""
        return what_of([self])

    @property
    def plural(self) -> str:
        """`pods`, `stages.kargo.akuity.io`."""
        group = self.place.group_version.rpartition("/")[0]
        return f"{self.place.plural}.{group}" if group else self.place.plural

    @property
    def is_namespaced(self) -> bool:
        return self.place.namespaced


MOST_TOLD = 8
"""Names, or namespaces, that are told one by one; more are counted."""


def what_of(reads: Iterable[Read]) -> str:
    """What they ask for: `list pods in all namespaces, or in namespaces a, b; get stages.kargo.akuity.io x in namespace a`."""
    lists: dict[tuple[str, str], set[str]] = {}
    gets: dict[tuple[str, str, str], set[str]] = {}
    for one in reads:
        of = f" of {one.cluster}" if one.cluster else ""
        if one.name:
            where = f" in namespace {one.namespace}" if one.namespace and one.is_namespaced else ""
            gets.setdefault((one.plural, where, of), set()).add(one.name)
        else:
            lists.setdefault((one.plural, of), set()).add(one.namespace if one.is_namespaced else "-")
    told = [f"list {plural}{_places(namespaces)}{of}" for (plural, of), namespaces in sorted(lists.items())]
    told += [f"get {plural} {_some(names)}{where}{of}" for (plural, where, of), names in sorted(gets.items())]
    more = len(told) - MOST_TOLD
    return "; ".join(told[:MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")


def _places(namespaces: Collection[str]) -> str:
    """`-`: the kind knows none, empty: all of them."""
    named = set(namespaces) - {"", "-"}
    parts = ["in all namespaces"] if "" in namespaces else []
    if named:
        parts.append(f"in namespace{'s' if len(named) > 1 else ''} {_some(named)}")
    return f" {', or '.join(parts)}" if parts else ""


def _some(names: Collection[str]) -> str:
    more = len(names) - MOST_TOLD
    return ", ".join(sorted(names)[:MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


class Served(msgspec.Struct, frozen=True):
    """What an API group serves in one version: where the kinds of managed custom resources live."""

    group_version: str

    def request(self) -> Request:
        root = "/apis" if "/" in self.group_version else "/api"
        return Request(f"{root}/{'/'.join(segment(part) for part in self.group_version.split('/'))}")

    @property
    def what(self) -> str:
        return f"get the kinds of {self.group_version}"


METADATA_ONLY = frozenset({"v1/Secret"})
"""Their values must not leave the API server."""
_HUGE = frozenset({"apiextensions.k8s.io/CustomResourceDefinition"})
"""Kinds of which a list is asked for as metadata: schemas of many definitions are tens of megabytes. One of them by its name is
whole, since its conditions and versions are in its contents; the schema is skipped while it is decoded."""
