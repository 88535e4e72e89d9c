"""Whether the host that a step could not reach is reached now, by what others say of it."""

from datetime import datetime
from typing import Any

from gitops_master.facts.patterns import Found, find, search
from gitops_master.facts.promotion import newest_first, step_runs
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Promotion, Warehouse
from gitops_master.rules.promotion.network_patterns import HOST, NETWORK_TROUBLE


def host_in(message: str) -> str:
    """The host the message is about; empty where it names none."""
    match = find(HOST, message)
    return match["host"].lower() if match else ""


def host_works(stage: StageView, host: str, since: datetime | None) -> bool | None:
    """True where a Warehouse has reached the host since then, False where one fails to now, None where none tells."""
    told: bool | None = None
    for one in stage.snapshot.all(Warehouse) if host else ():
        view = WarehouseView(one, stage.snapshot)
        if not any(host in sub.repo_url.lower() for sub in view.subscriptions):
            continue
        if view.failure is not None and search(NETWORK_TROUBLE, view.failure):
            return False
        found = one.status.discovered_artifacts.discovered_at
        told = True if found is not None and since is not None and found > since else told
    return told


def reached_since(stage: StageView, host: str, since: datetime | None) -> Evidence | None:
    """Who has reached the host since then: another Promotion's step that names it, else a Warehouse that watches it."""
    if not host or since is None:
        return None
    for one in newest_first(stage.snapshot.all(Promotion)):
        for run in step_runs(one.spec.steps, one.status):
            ended = run.execution.finished_at
            if run.execution.status == "Succeeded" and ended and ended > since and _names(run.step.config, host):
                path = f"status.stepExecutionMetadata[{run.index}].status"
                return fact(one, path, f"Succeeded ({run.alias}, {run.uses}, {host})", ended)
    for warehouse in stage.snapshot.all(Warehouse):
        found = warehouse.status.discovered_artifacts.discovered_at
        watched = WarehouseView(warehouse, stage.snapshot).subscriptions
        if found is not None and found > since and any(host in sub.repo_url.lower() for sub in watched):
            return fact(warehouse, "status.discoveredArtifacts.discoveredAt", found, found)
    return None


def _names(config: dict[str, Any], host: str) -> bool:
    """Whether one of the step's addresses is at the host."""
    addresses = [config.get(key) for key in ("repoURL", "url")]
    return any(isinstance(one, str) and f"//{host}" in one.lower() for one in addresses)


def still_complains(stage: StageView, found: Found) -> bool:
    """Whether an Application that the step quoted has the error as a condition to this day."""
    named = [app for app in stage.apps if f'"{app.app.name}"' in found.text.value.replace('\\"', '"')]
    return any(search(NETWORK_TROUBLE, text) for app in named for text in app.complaints())
