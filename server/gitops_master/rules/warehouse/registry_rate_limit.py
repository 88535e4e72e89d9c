from collections.abc import Iterator

from gitops_master.facts.credentials import credential_secrets
from gitops_master.facts.durations import human
from gitops_master.facts.subscriptions import host_of, named_in, watching
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import Subscription, WarehouseView
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.kargo import Warehouse
from gitops_master.model.kubernetes import Secret
from gitops_master.rules.patterns import search
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.warehouse.effects import NO_FREIGHT, readiness
from gitops_master.rules.warehouse.patterns import RATE_LIMITED

_METADATA = frozenset({"NewestBuild"})
"""Reads the manifest of every matching tag; SemVer and Lexical those of the discoveryLimit first, Digest that of one tag
(akuity/kargo v1.11.2 pkg/image/*_selector.go)."""


@rule(
    "registry-rate-limit",
    area="warehouse",
    title="The registry throttles discovery",
    on=WarehouseView,
    needs={Warehouse.KIND, Secret.KIND},
    explains=NO_FREIGHT,
    sources=("akuity/kargo#4490", "akuity/kargo#2836", "ScribeMD/docker-cache#829"),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """Discovery fails with TOOMANYREQUESTS or HTTP 429, usually for several Warehouses of one registry at once.

    Why: the registry limits requests per address or account, and anonymous ones most. NewestBuild reads the metadata of
    every matching tag, so a short interval multiplies into thousands of requests.

    How to tell: the DiscoveryFailure message; interval and selection strategy; the other Warehouses of the same registry;
    whether a credential Secret of the type image is there.

    What to do: log in, poll less, read fewer tags; discovery goes on by itself when the limit's window ends. Each refresh
    in between makes it worse.

    Not this when: the registry refuses the login itself (401, 403).
    """
    found = search(RATE_LIMITED, warehouse.failure) if warehouse.failure is not None else None
    if found is None:
        return
    one = next(iter(named_in(warehouse, found.text)), None)
    host = host_of(one.repo_url) if one is not None else "the registry"
    same = watching(warehouse.snapshot, host)
    hit = [other.name for other in same if _is_throttled(other, warehouse)]
    kind = one.kind if one is not None and one.kind != "chart" else "helm" if one is not None else "image"
    secrets = credential_secrets(warehouse.snapshot, warehouse.project, kind)
    every = f" every {human(warehouse.interval)}"
    yield Hit(
        summary=f"{host} throttles Kargo: {len(hit)} of {len(same)} Warehouses that poll it fail; {warehouse.name} polls"
        f"{every}{_strategy(one)}{'' if secrets else ', without a credential'}.",
        evidence=[
            found.text.as_evidence(),
            fact(warehouse.warehouse, "spec.interval", warehouse.warehouse.spec.interval or "5m0s (default)"),
            *_strategy_fact(warehouse, one),
            fact(
                f"Warehouses of {host}",
                "status.conditions[Ready].reason",
                f"DiscoveryFailure (throttled): {', '.join(hit)}",
            ),
            *_secret_fact(warehouse, kind, secrets),
        ],
        remedies=[
            advise(
                f"Poll less: spec.interval of {', '.join(hit) or warehouse.name} back to minutes, or a webhook receiver instead{_fewer(one)}"
            ),
            *_login(warehouse, host, kind, secrets),
            advise(
                "Then wait for the limit's window to end; a refresh in between only costs more requests",
                risk=Risk.NONE,
                confirm_with=readiness(warehouse),
            ),
        ],
        confidence=Confidence.HIGH,
    )


def _fewer(one: Subscription | None) -> str:
    if not _strategy(one):
        return ""
    return (
        "; narrow the tags, or choose the strategy SemVer, which reads the metadata of the discoveryLimit newest only"
    )


def _login(warehouse: WarehouseView, host: str, kind: str, secrets: list[Secret]) -> list[Remedy]:
    """Anonymous requests are limited most; a login that is there already is not advised again."""
    if secrets:
        return []
    return [
        advise(
            f"Give Kargo a login for {host}: a Secret in {warehouse.project} with the label kargo.akuity.io/cred-type: {kind}",
            confirm_with=f"kubectl -n {warehouse.project} get secrets -l kargo.akuity.io/cred-type={kind}",
        )
    ]


def _is_throttled(one: Warehouse, like: WarehouseView) -> bool:
    failure = WarehouseView(one, like.snapshot).failure
    return failure is not None and search(RATE_LIMITED, failure) is not None


def _strategy(one: Subscription | None) -> str:
    name = str(one.config.get("imageSelectionStrategy", "")) if one is not None else ""
    return f" with {name}, which reads the metadata of every matching tag" if name in _METADATA else ""


def _strategy_fact(view: WarehouseView, one: Subscription | None) -> list[Evidence]:
    name = one.config.get("imageSelectionStrategy") if one is not None else None
    return [fact(view.warehouse, f"{one.path}.imageSelectionStrategy", name)] if one is not None and name else []


def _secret_fact(view: WarehouseView, kind: str, secrets: list[Secret]) -> list[Evidence]:
    label = f"metadata.labels[kargo.akuity.io/cred-type={kind}]"
    if secrets:
        return [fact(secrets[0], label, kind)]
    known = "" if view.snapshot.knows_all(Secret.KIND) else " seen"
    return [fact(f"Secrets of {view.project}", label, f"no {kind} credential Secret{known} in the project")]
