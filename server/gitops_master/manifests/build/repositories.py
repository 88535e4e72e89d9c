"""Which repository an address means, and which a Warehouse subscribes to."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from gitops_master.model.manifest import Manifest, items


class Subscription(NamedTuple):
    """`kind`: git, image or chart. `name`: of the chart, empty for one in an OCI registry. `origin`: the Warehouse."""

    kind: str
    repo_url: str
    origin: str
    name: str = ""
    branch: str = ""
    strategy: str = ""
    is_filtered: bool = False
    """Whether only changes below some paths count."""

    @property
    def title(self) -> str:
        return f"{self.repo_url} {self.name}".rstrip()


def subscriptions(warehouse: Manifest) -> list[Subscription]:
    """Those of the three kinds that Kargo itself knows; of a shape that is not theirs, none."""
    found = []
    for entry in items(warehouse.spec, "subscriptions"):
        for kind in ("git", "image", "chart"):
            one = entry.get(kind)
            if isinstance(one, dict) and isinstance(one.get("repoURL"), str):
                strategy = _text(one.get("imageSelectionStrategy") or one.get("commitSelectionStrategy"))
                filtered = bool(one.get("includePaths") or one.get("excludePaths"))
                name, branch = _text(one.get("name")), _text(one.get("branch"))
                found.append(Subscription(kind, one["repoURL"], warehouse.name, name, branch, strategy, filtered))
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def same_git(one: str, other: str) -> bool:
    """Whether two addresses mean one repository; `.git`, a slash at the end and capitals make none another."""
    return _plain(one) == _plain(other)


def _plain(url: str) -> str:
    return url.strip().lower().rstrip("/").removesuffix(".git")


def same_chart(one: Subscription, repo_url: str, chart: str) -> bool:
    """Whether an Application's source is what is subscribed to; Argo CD writes OCI registries without `oci://`."""
    return _whole(one.repo_url, one.name) == _whole(repo_url, chart)


def _whole(repo_url: str, chart: str) -> str:
    return "/".join(part for part in (_plain(repo_url).removeprefix("oci://"), chart) if part)


def chart_parts(chart: str) -> tuple[str, str]:
    """(repoURL, name) of a chart as a user names it: `oci://HOST/PATH/NAME` or `https://HOST/PATH/NAME`."""
    if chart.startswith("oci://"):
        return chart, ""
    repo_url, _, name = chart.rstrip("/").rpartition("/")
    return repo_url, name


def named(wanted: str, known: Iterable[Subscription]) -> list[Subscription]:
    """The subscriptions that a user's text names: by address, by the chart's name, or by the end of the address."""
    every = list(known)
    exact = [one for one in every if wanted in (one.repo_url, one.name, one.title, f"{one.repo_url}/{one.name}")]
    return exact or [one for one in every if one.repo_url.endswith(f"/{wanted}")]
