"""Which type stands for which kind. The one place that knows them all."""

from functools import lru_cache

from gitops_master.model import (
    argocd,
    gateways,
    kargo,
    kubernetes,
    networking,
    operators,
    rollouts,
    stage,
    webhooks,
    workloads,
)
from gitops_master.model.meta import Object

TYPES: dict[str, type[Object]] = {
    type_.KIND: type_
    for module in (kargo, stage, argocd, rollouts, workloads, kubernetes, networking, gateways, operators, webhooks)
    for type_ in vars(module).values()
    if isinstance(type_, type) and issubclass(type_, Object) and type_.KIND
}
"""`group/Kind` to struct; `v1/Kind` for the core group."""

ALIASES = {"events.k8s.io/Event": "v1/Event", "extensions/Ingress": "networking.k8s.io/Ingress"}
"""Kinds that the API server serves under two groups: the same objects, read once."""


@lru_cache(maxsize=4096)
def kind_of(api_version: str, kind: str) -> str:
    """How this program calls a kind: `group/Kind`, `v1/Kind` for the core group, aliases folded."""
    group, slash, _ = api_version.rpartition("/")
    name = f"{group}/{kind}" if slash else f"v1/{kind}"
    return ALIASES.get(name, name)
