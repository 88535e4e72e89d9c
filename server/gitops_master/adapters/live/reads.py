"""One thing to ask the API server for: a list or an object, as a value that can be compared and remembered."""

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
    `resource`: where the kind lives, if it is none of those that are always known.
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

    def request(self) -> Request:
        """Raises ValueError on names that no object can have."""
        place = self.resource or RESOURCES[self.kind]
        query = []
        if self.labels:
            query.append(("labelSelector", self.labels))
        if self.fields:
            query.append(("fieldSelector", self.fields))
        if self.one_page:
            query.append(("limit", str(PAGE)))
        return Request(
            place.path(self.namespace, self.name),
            tuple(query),
            metadata_only=self.kind in METADATA_ONLY,
            pages=not self.name and not self.one_page,
        )

    @property
    def narrowed(self) -> bool:
        """Whether it selects among the objects of its namespace, so that it cannot tell what else there is."""
        return bool(self.name or self.labels or self.fields)

    @property
    def what(self) -> str:
        """`list pods in namespace demo`, as a grant of the missing right would put it."""
        place = self.resource or RESOURCES[self.kind]
        group = place.group_version.rpartition("/")[0]
        plural = f"{place.plural}.{group}" if group else place.plural
        verb = f"get {plural} {self.name}" if self.name else f"list {plural}"
        where = f" in namespace {self.namespace}" if self.namespace else "" if self.name else " in all namespaces"
        return verb + (where if place.namespaced else "") + (f" of {self.cluster}" if self.cluster else "")


class Served(msgspec.Struct, frozen=True):
    """What an API group serves in one version: where the kinds of managed custom resources live."""

    group_version: str

    def request(self) -> Request:
        root = "/apis" if "/" in self.group_version else "/api"
        return Request(f"{root}/{'/'.join(segment(part) for part in self.group_version.split('/'))}")

    @property
    def what(self) -> str:
        return f"get the kinds of {self.group_version}"


METADATA_ONLY = frozenset({"v1/Secret", "apiextensions.k8s.io/CustomResourceDefinition"})
"""Secrets: their values must not leave the API server. CustomResourceDefinitions: their schemas are tens of megabytes."""
