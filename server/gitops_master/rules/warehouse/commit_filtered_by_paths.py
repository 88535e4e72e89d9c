from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.subscriptions import filter_facts
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import Subscription, WarehouseView
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.model.kargo import REFRESH, DiscoveredCommits, Warehouse
from gitops_master.rules.registry import Hit, rule

_FILTERS = ("includePaths", "excludePaths", "expressionFilter")


@rule(
    "commit-filtered-by-paths",
    area="warehouse",
    title="The newest commit is no candidate by design",
    on=WarehouseView,
    class_=Class.HEALTHY,
    reassures=True,
    severity=Severity.MEDIUM,
    needs={Warehouse.KIND},
    explains={
        "artifacts-unchanged-no-new-freight",
        "nothing-wrong-stale-errors",
        "waiting-for-discovery-interval",
    },
    sources=("akuity/kargo#1477", "akuity/kargo#814", "akuity/kargo v1.11.2 newest_from_branch_selector.go:98"),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """A commit was pushed, discovery has seen the branch's new head, and no Freight is made of it.

    Why: the commit touches only paths outside includePaths or within excludePaths, or the expression filter leaves it out.
    An empty commit touches no path at all.

    How to tell: observedRefs.branchHead of the discovery (Kargo >= 1.11) is another commit than the newest candidate.

    What to do: nothing; if that commit should count, the filter is too narrow.

    Not this when: the subscription has no such filter: then every commit counts, an empty one, too. In a repository of many
    parts this is the usual state, so a Stage's Warehouse is only looked at if somebody refreshed it.
    """
    ready = warehouse.ready
    if ready is None or ready.status != "True" or not (warehouse.asked or warehouse.warehouse.annotations.get(REFRESH)):
        return
    for at, (one, found) in enumerate(_git(warehouse)):
        head = str(found.observed_refs.get("branchHead") or "")
        newest = found.commits[0] if found.commits else None
        if not head or newest is None or newest.id == head or not any(one.config.get(key) for key in _FILTERS):
            continue
        path = f"status.discoveredArtifacts.git[{at}]"
        filters = [fact_ for fact_ in filter_facts(warehouse, one) if fact_.path.rpartition(".")[2] in _FILTERS]
        words = "; ".join(f"{given.path.rpartition('.')[2]} {given.value}" for given in filters)
        yield Hit(
            summary=f"Commit {head[:7]} is the head of {one.config.get('branch') or 'the branch'} in {one.repo_url}, but the "
            f"filters of Warehouse {warehouse.name} leave it out ({words}); the newest that counts is {newest.id[:7]}.",
            evidence=[
                fact(warehouse.warehouse, f"{path}.observedRefs.branchHead", head),
                fact(warehouse.warehouse, f"{path}.commits[0].id", newest.id, newest.creator_date),
                *filters[:3],
            ],
            remedies=[
                advise(
                    "Nothing is wrong if that commit touches nothing the Warehouse is for: see which files it changes",
                    f"git show --stat {head}",
                    risk=Risk.NONE,
                ),
                advise(f"Else widen the filter in the source of Warehouse {warehouse.name}"),
            ],
        )
        return


def _git(warehouse: WarehouseView) -> Iterator[tuple[Subscription, DiscoveredCommits]]:
    """Each Git subscription with its discovery: both stand in the same order (warehouses.go discoverArtifacts)."""
    subscriptions = [one for one in warehouse.subscriptions if one.kind == "git"]
    yield from zip(subscriptions, warehouse.warehouse.status.discovered_artifacts.git, strict=False)
