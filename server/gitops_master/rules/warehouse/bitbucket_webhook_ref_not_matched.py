from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import COMPONENT, log_keys
from gitops_master.facts.durations import human
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Risk, Severity
from gitops_master.model.kargo import ClusterConfig, ProjectConfig
from gitops_master.model.snapshot import Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_warehouse
from gitops_master.rules.warehouse.patterns import REFRESHED_NONE


@rule(
    "bitbucket-webhook-ref-not-matched",
    area="warehouse",
    title="Bitbucket deliveries refresh no Warehouse",
    on=WarehouseView,
    severity=Severity.MEDIUM,
    needs={ProjectConfig.KIND, ClusterConfig.KIND, Pod.KIND},
    explains={
        "waiting-for-discovery-interval",
        "artifacts-unchanged-no-new-freight",
        "nothing-wrong-stale-errors",
    },
    versions=("kargo >= 1.7.0, < 1.11.0",),
    sources=(
        "akuity/kargo#6109",
        "akuity/kargo#6110",
        "akuity/kargo v1.6.4, v1.7.0 (where refs begin to be compared), v1.10.10 and v1.11.0 webhook/external/bitbucket.go",
    ),
)
def check(warehouse: WarehouseView) -> Iterator[Hit | Wanted]:
    """Bitbucket Cloud shows its deliveries as successful, and new commits still come only at the polling interval.

    Why: in these releases the receiver compares the bare branch name of the delivery (main) with a full ref
    (refs/heads/main), so it finds the Warehouse by its URL and refreshes none.

    How to tell: a Bitbucket receiver with a URL; the external webhooks server's log (level debug) counts 0 Warehouses to
    refresh, and its response, which Bitbucket keeps with the delivery, says `refreshed 0 warehouse(s)`.

    What to do: upgrade; until then a shorter interval, or a refresh of the Warehouse from the pipeline.

    Not this when: the receiver has no URL (webhook-receiver-misconfigured), or the sender is Bitbucket Data
    Center, which sends full refs.
    """
    holder = next(
        (one for one in _configs(warehouse) if any("bitbucket" in given for given in one.spec.webhook_receivers)), None
    )
    git = [one for one in warehouse.subscriptions if one.kind == "git"]
    if holder is None or not git:
        return
    receiver = next(str(one.get("name", "")) for one in holder.spec.webhook_receivers if "bitbucket" in one)
    lines: list[Text] = []
    for log in logs_of(_servers(warehouse), warehouse.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            lines += matching(log, REFRESHED_NONE.regex)
    if not lines:
        return
    urls = [one.url for one in holder.status.webhook_receivers if one.name == receiver and one.url]
    yield Hit(
        summary=f"Bitbucket's deliveries to receiver {receiver} are accepted and refresh no Warehouse in this release, so "
        f"{warehouse.name} sees new commits only every {human(warehouse.interval)}.",
        evidence=[
            lines[-1].as_evidence(),
            fact(holder, "spec.webhookReceivers[].bitbucket", receiver),
            *(fact(holder, "status.webhookReceivers[].url", "set") for _ in urls[:1]),
            fact(warehouse.warehouse, f"{git[0].path}.repoURL", git[0].repo_url),
            fact(warehouse.warehouse, "spec.interval", warehouse.warehouse.spec.interval or "5m0s (default)"),
        ],
        remedies=[
            refresh_warehouse(warehouse),
            advise(
                f"Until Kargo is upgraded, let Warehouse {warehouse.name} look more often (spec.interval, minutes and not seconds), or let "
                "the pipeline refresh it after each push"
            ),
            advise("Upgrade Kargo to v1.11.0 or later", risk=Risk.MEDIUM),
        ],
    )


def _configs(warehouse: WarehouseView) -> Iterator[ProjectConfig | ClusterConfig]:
    own = warehouse.snapshot.get(ProjectConfig, warehouse.project, warehouse.project)
    if own is not None:
        yield own
    yield from warehouse.snapshot.all(ClusterConfig)


def _servers(warehouse: WarehouseView) -> list[Pod]:
    """Pods of the external webhooks server."""
    return [
        one
        for one in warehouse.snapshot.all(Pod)
        if "external-webhook" in one.labels.get(COMPONENT, "") or ("external-webhook" in one.name and log_keys(one))
    ]
