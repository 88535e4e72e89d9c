"""What a Warehouse's subscriptions found, side by side with what they ask for."""

from gitops_master.facts.texts import Text, fact
from gitops_master.facts.warehouse import Subscription, WarehouseView
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Freight, Warehouse
from gitops_master.model.snapshot import Snapshot

FILTERS: dict[str, tuple[str, ...]] = {
    "git": (
        "semverConstraint", "allowTagsRegexes", "ignoreTagsRegexes", "allowTags", "ignoreTags", "includePaths", "excludePaths",
        "expressionFilter", "since", "commitSelectionStrategy", "branch", "strictSemvers", "discoveryLimit",
    ),
    "image": (
        "constraint", "semverConstraint", "allowTagsRegexes", "ignoreTagsRegexes", "allowTags", "ignoreTags", "platform",
        "imageSelectionStrategy", "strictSemvers", "discoveryLimit",
    ),
    "chart": ("semverConstraint", "name", "discoveryLimit"),
}  # fmt: skip
"""Fields that narrow what a subscription takes, the most telling first (api/v1alpha1/warehouse_types.go, v1.11.2)."""
_DEFAULTS = {("discoveryLimit", 20), ("strictSemvers", True), ("imageSelectionStrategy", "SemVer")}


def host_of(repo_url: str) -> str:
    """The registry or Git server of a repository's URL; Docker Hub's where an image names none."""
    bare = repo_url.partition("://")[2] or repo_url
    if "://" not in repo_url and ":" in bare and "@" in bare.partition(":")[0]:
        return bare.partition(":")[0].rpartition("@")[2]
    if "://" in repo_url:
        return bare.partition("/")[0].rpartition("@")[2]
    first, slash, _ = bare.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"


def filters_of(one: Subscription) -> dict[str, object]:
    """The filters that are set, defaults left out."""
    named = FILTERS.get(one.kind, ())
    given = {key: one.config[key] for key in named if one.config.get(key) not in (None, "", [], {})}
    return {key: value for key, value in given.items() if isinstance(value, list) or (key, value) not in _DEFAULTS}


def filter_facts(view: WarehouseView, one: Subscription) -> list[Evidence]:
    return [fact(view.warehouse, f"{one.path}.{key}", value) for key, value in filters_of(one).items()]


def named_in(view: WarehouseView, text: Text | str) -> list[Subscription]:
    """The subscriptions whose repository a message names, the longest URL first; all of them where it names none."""
    value = text.value if isinstance(text, Text) else text
    plain = (
        [one for one in view.subscriptions if one.repo_url and one.repo_url.partition("://")[2] in value]
        if "://" in value
        else []
    )
    found = [one for one in view.subscriptions if one.repo_url and one.repo_url in value] or plain
    return sorted(found, key=lambda one: -len(one.repo_url)) or view.subscriptions


def newest(view: WarehouseView) -> list[tuple[str, str, str]]:
    """(path, repository, newest artifact) of everything the last discovery found; empty text where it found nothing."""
    found = view.warehouse.status.discovered_artifacts
    rows: list[tuple[str, str, str]] = []
    for at, image in enumerate(found.images):
        first = image.references[0] if image.references else None
        path = f"status.discoveredArtifacts.images[{at}].references[0].tag"
        rows.append((path, image.repo_url, (first.tag or first.digest) if first else ""))
    for at, chart in enumerate(found.charts):
        name = "/".join(part for part in (chart.repo_url, chart.name) if part)
        rows.append((f"status.discoveredArtifacts.charts[{at}].versions[0]", name, next(iter(chart.versions), "")))
    for at, repo in enumerate(found.git):
        commit = repo.commits[0] if repo.commits else None
        path = f"status.discoveredArtifacts.git[{at}].commits[0]." + ("tag" if commit and commit.tag else "id")
        rows.append((path, repo.repo_url, (commit.tag or commit.id) if commit else ""))
    return rows


def newest_facts(view: WarehouseView) -> list[Evidence]:
    at = view.warehouse.status.discovered_artifacts.discovered_at
    return [fact(view.warehouse, path, f"{repo}: {value or 'nothing'}", at) for path, repo, value in newest(view)]


def freight_of_newest(view: WarehouseView) -> Freight | None:
    """The Freight that carries exactly the newest of everything that was found."""
    found = view.warehouse.status.discovered_artifacts
    images = {(one.repo_url, one.references[0].tag, one.references[0].digest) for one in found.images if one.references}
    charts = {(one.repo_url, one.name, one.versions[0]) for one in found.charts if one.versions}
    commits = {(one.repo_url, one.commits[0].id) for one in found.git if one.commits}
    if not (images or charts or commits):
        return None
    for one in view.freight:
        if (
            {(image.repo_url, image.tag, image.digest) for image in one.images} == images
            and {(chart.repo_url, chart.name, chart.version) for chart in one.charts} == charts
            and {(commit.repo_url, commit.id) for commit in one.commits} == commits
        ):
            return one
    return None


def watching(snapshot: Snapshot, host: str) -> list[Warehouse]:
    """All Warehouses with a subscription of that host."""
    return [
        one
        for one in snapshot.all(Warehouse)
        if any(host_of(sub.repo_url) == host for sub in WarehouseView(one, snapshot).subscriptions if sub.repo_url)
    ]
