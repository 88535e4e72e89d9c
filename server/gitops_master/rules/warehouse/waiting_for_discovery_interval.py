from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human, later, stamp
from gitops_master.facts.reconciliation import unattended
from gitops_master.facts.subscriptions import newest_facts
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Class, Confidence, Evidence, Risk, Severity
from gitops_master.model.kargo import REFRESH, ProjectConfig, Warehouse
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_warehouse

LONG = timedelta(minutes=15)
"""An interval this long is noticed by people who wait for it; the default is 5 minutes."""
_FRESH = timedelta(minutes=2)


@rule(
    "waiting-for-discovery-interval",
    area="warehouse",
    title="The next discovery is not due yet",
    on=WarehouseView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    needs={Warehouse.KIND},
    explains={"artifacts-unchanged-no-new-freight", "nothing-wrong-stale-errors"},
    sources=("akuity/kargo v1.11.2 pkg/controller/warehouses/warehouses.go:908",),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """Something was published and is not there yet; the last discovery succeeded before that.

    Why: without a working webhook receiver a Warehouse looks only once an interval.

    How to tell: discoveredAt and the interval; something newer elsewhere (another Warehouse of the same repository, an
    Application that already follows a newer commit), or a long interval in the middle of which we are.

    What to do: wait for the next discovery, or refresh the Warehouse once.

    Not this when: the next discovery is overdue (the controller), fails, or has looked since and left the artifact out (the
    filters).
    """
    ready = warehouse.ready
    last = warehouse.warehouse.status.discovered_artifacts.discovered_at
    if ready is None or ready.status != "True" or last is None or unattended(warehouse):
        return
    now, due = warehouse.snapshot.observed_at, later(last, warehouse.interval)
    newer = _newer_elsewhere(warehouse) if warehouse.asked or warehouse.interval >= LONG else []
    long = warehouse.asked and warehouse.interval >= LONG and now - last > _FRESH and not _receivers(warehouse)
    if due <= now or not (newer or long):
        return
    yield Hit(
        summary=f"Warehouse {warehouse.name} last looked at {stamp(last)} and looks every {human(warehouse.interval)}: what was "
        f"published since will be found at {stamp(due)}.",
        evidence=[
            fact(warehouse.warehouse, "status.discoveredArtifacts.discoveredAt", last, last),
            fact(warehouse.warehouse, "spec.interval", warehouse.warehouse.spec.interval or "5m0s (default)"),
            *newer[:2],
            *newest_facts(warehouse)[:2],
            *_refresh(warehouse),
        ],
        remedies=[
            advise(f"Wait until {stamp(due)}", risk=Risk.NONE),
            refresh_warehouse(warehouse),
            advise(
                "To be quicker in future: a webhook receiver for the repository, or a shorter interval (minutes, not seconds)"
            ),
        ],
        confidence=Confidence.HIGH if newer else Confidence.LOW,
        ends=f"at the next discovery, {stamp(due)}",
    )


def _refresh(warehouse: WarehouseView) -> list[Evidence]:
    wanted = warehouse.warehouse.annotations.get(REFRESH, "")
    return [fact(warehouse.warehouse, f"metadata.annotations[{REFRESH}]", wanted)] if wanted else []


def _receivers(warehouse: WarehouseView) -> bool:
    config = warehouse.snapshot.get(ProjectConfig, warehouse.project, warehouse.project)
    return config is not None and bool(config.status.webhook_receivers)


def _newer_elsewhere(warehouse: WarehouseView) -> list[Evidence]:
    """Proof that something newer is there: another Warehouse found it later, or an Application follows it already."""
    found: list[Evidence] = []
    mine = warehouse.warehouse.status.discovered_artifacts
    for other in warehouse.snapshot.all(Warehouse):
        theirs = other.status.discovered_artifacts
        if other is warehouse.warehouse or not theirs.discovered_at or not mine.discovered_at:
            continue
        if theirs.discovered_at <= mine.discovered_at:
            continue
        for image in mine.images:
            for at, same in enumerate(theirs.images):
                if _is_newer(warehouse, other, image.repo_url, same.repo_url) and image.references and same.references:
                    tag = same.references[0].tag
                    if tag not in {one.tag for one in image.references}:
                        found.append(fact(other, f"status.discoveredArtifacts.images[{at}].references[0].tag", tag))
    return found or _application_ahead(warehouse)


def _is_newer(warehouse: WarehouseView, other: Warehouse, mine: str, theirs: str) -> bool:
    """Same repository, asked for in the same way: otherwise the other one may see what this one is not meant to see."""
    if mine != theirs:
        return False
    own = [one.config for one in warehouse.subscriptions if one.kind == "image" and one.repo_url == mine]
    his = [one.config for one in WarehouseView(other, warehouse.snapshot).subscriptions if one.repo_url == mine]
    return own == his


def _application_ahead(warehouse: WarehouseView) -> list[Evidence]:
    """An Application on the same branch of the same repository that follows a commit discovery has not seen."""
    at = warehouse.warehouse.status.discovered_artifacts.discovered_at
    for one in warehouse.subscriptions:
        known = {
            commit.id
            for repo in warehouse.warehouse.status.discovered_artifacts.git
            if repo.repo_url == one.repo_url
            for commit in repo.commits
        }
        filtered = any(one.config.get(key) for key in ("includePaths", "excludePaths", "expressionFilter"))
        if (
            one.kind != "git"
            or not known
            or filtered
            or one.config.get("commitSelectionStrategy", "NewestFromBranch") != "NewestFromBranch"
        ):
            continue
        for app in warehouse.snapshot.all(Application):
            source = app.spec.source
            if source is None or source.repo_url != one.repo_url or source.target_revision != one.config.get("branch"):
                continue
            seen = app.status.sync.revision
            if seen and seen not in known and app.status.reconciled_at and at and app.status.reconciled_at > at:
                return [fact(app, "status.sync.revision", seen, app.status.reconciled_at)]
    return []
