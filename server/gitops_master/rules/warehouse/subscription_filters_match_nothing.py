from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.subscriptions import filter_facts, filters_of, named_in
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.warehouse import Subscription, WarehouseView
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Warehouse
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_warehouse
from gitops_master.rules.warehouse.effects import NO_FREIGHT, readiness


@rule(
    "subscription-filters-match-nothing",
    area="warehouse",
    title="A subscription's filters match nothing",
    on=WarehouseView,
    needs={Warehouse.KIND},
    explains=NO_FREIGHT,
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/warehouses/warehouses.go validateDiscoveredArtifacts",
        "seen on a live v1.11.2",
    ),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """The repository can be read, but nothing in it fits the subscription, so no Freight can be made.

    Why: one subscription without a match stops the whole Warehouse: branch, semver constraint, regular expressions,
    platform, paths, `since` or the discovery limit leave nothing over.

    How to tell: Ready False with MissingCommits, MissingImageReferences, MissingChartVersions or MissingArtifacts (Healthy
    False with No…Discovered); the filters of the subscription that the message names.

    What to do: publish what fits, or widen the filter that excludes everything.

    Not this when: the repository cannot be read at all (DiscoveryFailure).
    """
    missing = warehouse.finds_nothing or _not_buildable(warehouse)
    if missing is None:
        return
    ready = warehouse.ready
    one = next(iter(named_in(warehouse, missing)), None)
    filters = filters_of(one) if one is not None else {}
    asked = ", ".join(f"{key} {_short(value)}" for key, value in filters.items()) or "its filters"
    repo = f" in {one.repo_url}" if one is not None and one.repo_url else ""
    yield Hit(
        summary=f"Warehouse {warehouse.name} discovers nothing{repo}: no artifact fits {asked}.",
        evidence=[
            fact(warehouse.warehouse, "status.conditions[Ready].reason", ready.reason if ready else ""),
            missing.as_evidence(),
            *_elsewhere(warehouse, one),
            *(filter_facts(warehouse, one) if one is not None else []),
        ][:5],
        remedies=[
            advise(
                f"Publish an artifact that fits ({asked}), if that is what is missing",
                confirm_with=readiness(warehouse),
            ),
            advise(
                f"Or correct the filter that excludes everything in the source of Warehouse {warehouse.name}",
                confirm_with=readiness(warehouse),
            ),
            refresh_warehouse(warehouse),
        ],
    )


def _not_buildable(view: WarehouseView) -> Text | None:
    """Generic and chart results without a reference are not validated; building the Freight then fails."""
    ready = view.ready
    if ready is None or ready.reason != "FreightBuildFailure" or "discovered for" not in ready.message:
        return None
    return Text(view.ref, "status.conditions[Ready].message", ready.message)


def _short(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _elsewhere(view: WarehouseView, one: Subscription | None) -> list[Evidence]:
    """What another Warehouse found in the same repository: proof that it can be read, and what there is."""
    if one is None or not one.repo_url:
        return []
    for other in view.snapshot.all(Warehouse, view.project):
        found = other.status.discovered_artifacts
        for at, image in enumerate(found.images):
            if image.repo_url == one.repo_url and image.references:
                tags = [reference.tag for reference in image.references[:5]]
                return [fact(other, f"status.discoveredArtifacts.images[{at}].references[].tag", tags)]
        for at, repo in enumerate(found.git):
            if repo.repo_url == one.repo_url and repo.commits:
                words = [commit.tag or commit.subject or commit.id[:7] for commit in repo.commits[:5]]
                return [fact(other, f"status.discoveredArtifacts.git[{at}].commits", words)]
    return []
