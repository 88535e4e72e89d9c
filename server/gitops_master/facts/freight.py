"""Freight: what it carries, in the words people use, and whether it is what somebody asked for."""

from collections.abc import Sequence
from datetime import UTC, datetime

from gitops_master.model.kargo import Chart, Commit, Freight, FreightReference, Image
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Snapshot

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def artifacts(freight: Freight | FreightReference) -> list[str]:
    """`repo@1a2b3c4`, `repo:tag`, `repo/chart:version`, commits first."""
    return [
        *(_commit(one) for one in freight.commits),
        *(_image(one) for one in freight.images),
        *(_chart(one) for one in freight.charts),
    ]


def _commit(commit: Commit) -> str:
    return f"{commit.repo_url}@{commit.tag or commit.id[:12]}"


def _image(image: Image) -> str:
    return f"{image.repo_url}:{image.tag}" if image.tag else f"{image.repo_url}@{image.digest}"


def _chart(chart: Chart) -> str:
    return "/".join(part for part in (chart.repo_url, chart.name) if part) + f":{chart.version}"


def label(freight: Freight | FreightReference) -> str:
    """Short and recognisable: tags and versions first, then the start of the name."""
    words = [one.tag for one in freight.images if one.tag]
    words += [one.version for one in freight.charts if one.version]
    words += [
        one.tag or (printable(one.message).splitlines()[0][:40] if one.message else one.id[:7])
        for one in freight.commits
    ]
    short = freight.name[:7]
    return f"{', '.join(dict.fromkeys(words))} ({short})" if words else short


def same_freight(one: Freight | FreightReference, other: Freight | FreightReference) -> bool:
    """Whether both are one, or carry the same commits, images and charts (Freight made twice has two names)."""
    return one.name == other.name or (_content(one) == _content(other) and _content(one) != ((), (), ()))


def _content(freight: Freight | FreightReference) -> tuple[tuple[object, ...], ...]:
    return (
        tuple(sorted((one.repo_url, one.id) for one in freight.commits)),
        tuple(sorted((one.repo_url, one.tag, one.digest) for one in freight.images)),
        tuple(sorted((one.repo_url, one.name, one.version) for one in freight.charts)),
    )


def freight_from(origin: str, namespace: str, snapshot: Snapshot) -> Sequence[Freight]:
    """All Freight of an origin (`Warehouse/name`), in the order it was read."""
    return snapshot.grouped(Freight, _origins).get((namespace, origin), ())


def _origins(one: Freight) -> tuple[tuple[str, str]]:
    return ((one.namespace, one.origin.key),)


def discovery_order(freight: list[Freight]) -> list[Freight]:
    """Newest first, as auto-promotion sees it (kargo pkg/api/auto_promotion.go): by discoveredAt, ties by name.

    Before 1.11 there is no discoveredAt and the creation time stands for it; where only some Freight has it, the rest
    counts as older.
    """
    has_discovery = any(one.discovered_at for one in freight)

    def key(one: Freight) -> tuple[datetime, str]:
        time = one.discovered_at if has_discovery else one.created
        return (time or _LONG_AGO, one.name)

    return sorted(freight, key=key, reverse=True)


def matches(freight: Freight, query: str) -> bool:
    """Whether `query` names this Freight: name or prefix (7+), alias, commit (prefix), tag, digest, chart version."""
    query = query.strip()
    if query in {freight.name, freight.alias} or (len(query) >= 7 and freight.name.startswith(query)):
        return True
    if any(one.tag == query or (len(query) >= 7 and one.id.startswith(query)) for one in freight.commits):
        return True
    images = ((one.tag, one.digest, f"{one.repo_url}:{one.tag}") for one in freight.images)
    return any(query in names for names in images) or any(one.version == query for one in freight.charts)
