from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.credentials import Access, credential_secrets
from gitops_master.facts.durations import human
from gitops_master.facts.patterns import Found, search
from gitops_master.facts.subscriptions import host_of, named_in, watching
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import Subscription, WarehouseView
from gitops_master.model.finding import Confidence, Evidence, Remedy
from gitops_master.model.kargo import Warehouse
from gitops_master.model.kubernetes import Secret
from gitops_master.rules.credentials.cures import create
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, look_again
from gitops_master.rules.warehouse.effects import NO_FREIGHT
from gitops_master.rules.warehouse.patterns import RATE_LIMITED

_METADATA = "NewestBuild"
"""The strategy that reads the manifest of every tag that passes the filters (pkg/image/newest_build_selector.go); SemVer and
Lexical read as many as discoveryLimit says, Digest one."""


@rule(
    "registry-rate-limit",
    area="warehouse",
    title="The registry throttles discovery",
    on=WarehouseView,
    needs={Warehouse.KIND, Secret.KIND},
    explains=NO_FREIGHT,
    sources=(
        "akuity/kargo#4490",
        "akuity/kargo#2836",
        "akuity/kargo v1.11.2 pkg/image/newest_build_selector.go",
        "ScribeMD/docker-cache#829",
    ),
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
        remedies=_remedies(warehouse, found, one, kind, hit, logged_in=bool(secrets)),
        confidence=Confidence.HIGH,
    )


def _remedies(
    view: WarehouseView, found: Found, one: Subscription | None, kind: str, hit: list[str], *, logged_in: bool
) -> list[Remedy]:
    access = Access(found.text, one.repo_url if one is not None else "", kind, view.project)
    host = access.host if one is not None else "the registry"
    slower = '{"spec":{"interval":"15m0s"}}'
    fewer = (
        "; narrow the tags, choose the strategy SemVer (it reads the metadata of the newest tags only) or, where tags never move, set "
        "cacheByTag (Kargo >= 1.9)"
        if _strategy(one)
        else ""
    )
    return [
        advise(
            f"Poll less, here and in the sources of {', '.join(hit) or view.name}, or let a webhook receiver tell of news{fewer}",
            f"kubectl -n {view.project} patch warehouses.kargo.akuity.io {view.name} --type merge -p '{slower}'",
            confirm_with=get("warehouses.kargo.akuity.io", view.project, view.name, ".spec.interval"),
        ),
        *([] if logged_in else [create(access, f"Give Kargo a login for {host}: known accounts may ask more")]),
        advise(
            "Then wait for the limit's window to end; discovery goes on by itself, and a refresh in between only costs more requests",
            confirm_with=look_again(view),
        ),
    ]


def _is_throttled(one: Warehouse, like: WarehouseView) -> bool:
    failure = WarehouseView(one, like.snapshot).failure
    return failure is not None and search(RATE_LIMITED, failure) is not None


def _strategy(one: Subscription | None) -> str:
    name = str(one.config.get("imageSelectionStrategy", "")) if one is not None else ""
    return f" with {name}, which reads the metadata of many tags," if name == _METADATA else ""


def _strategy_fact(view: WarehouseView, one: Subscription | None) -> list[Evidence]:
    name = one.config.get("imageSelectionStrategy") if one is not None else None
    return [fact(view.warehouse, f"{one.path}.imageSelectionStrategy", name)] if one is not None and name else []


def _secret_fact(view: WarehouseView, kind: str, secrets: list[Secret]) -> list[Evidence]:
    label = f"metadata.labels[kargo.akuity.io/cred-type={kind}]"
    if secrets:
        return [fact(secrets[0], label, kind)]
    known = "none exists" if view.snapshot.knows_all(Secret.KIND) else "none was seen"
    return [fact(f"Secrets of {view.project}", label, known)]
