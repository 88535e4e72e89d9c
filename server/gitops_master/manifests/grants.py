"""What a ServiceAccount may do, as far as the roles and bindings of a world tell."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gitops_master.facts.kubectl_needs import Need
from gitops_master.facts.rights import Account, grants, is_meant
from gitops_master.manifests.pipeline import find
from gitops_master.manifests.world import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING, World
from gitops_master.model.kubernetes import PolicyRule, Subject
from gitops_master.model.manifest import Manifest, at, items

_BUILT_IN = frozenset({"cluster-admin", "admin", "edit", "view"})


class Bound(NamedTuple):
    """A binding and its role. `role`: None where the world does not have it."""

    binding: Manifest
    role: Manifest | None


def bindings(account: Account, world: World) -> list[Bound]:
    """Those that name the account, or a group that it is in, in whatever namespace they hold."""
    found = []
    for one in (*world.all(CLUSTER_ROLE_BINDING), *world.all(ROLE_BINDING)):
        if any(is_meant(each, one.namespace, account) for each in subjects(one)):
            found.append(Bound(one, role_of(one, world)))
    return found


def subjects(binding: Manifest) -> Iterator[Subject]:
    for one in items(binding.data, "subjects"):
        yield Subject(kind=_text(one, "kind"), name=_text(one, "name"), namespace=_text(one, "namespace"))


def role_of(binding: Manifest, world: World) -> Manifest | None:
    name = str(at(binding.data, "roleRef", "name") or "")
    if at(binding.data, "roleRef", "kind") == "ClusterRole":
        return find(world, CLUSTER_ROLE, "", name)
    return find(world, ROLE, binding.namespace, name)


def is_built_in(name: str) -> bool:
    """ClusterRoles that every cluster has."""
    return name in _BUILT_IN or name.startswith("system:")


def allows(account: Account, need: Need, world: World) -> bool | None:
    """Whether the account has the right; None where that is not known.

    Without a cluster, the bindings of the account that are given are taken for all it has, if there is one.
    """
    mine = bindings(account, world)
    known = _knows_bindings(need, world) if world.live_known else any(_is_own(one.binding, account) for one in mine)
    for binding, role in mine:
        if binding.kind == ROLE_BINDING and (not need.namespace or binding.namespace not in (need.namespace, "")):
            continue
        if role is None:
            known = False
        elif any(grants(rule, need) for rule in rules(role)):
            return True
    return False if known else None


def _is_own(binding: Manifest, account: Account) -> bool:
    """Whether the account is named itself, and not a group that it is in."""
    return any(one.kind == "ServiceAccount" and is_meant(one, binding.namespace, account) for one in subjects(binding))


def rules(role: Manifest) -> list[PolicyRule]:
    return [
        PolicyRule(
            api_groups=_texts(one.get("apiGroups")),
            resources=_texts(one.get("resources")),
            resource_names=_texts(one.get("resourceNames")),
            verbs=_texts(one.get("verbs")),
        )
        for one in items(role.data, "rules")
    ]


def _knows_bindings(need: Need, world: World) -> bool:
    known = world.lacks(CLUSTER_ROLE_BINDING, "", "")
    return known and (not need.namespace or world.lacks(ROLE_BINDING, need.namespace, ""))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


def _text(data: Any, key: str) -> str:
    found = at(data, key)
    return found if isinstance(found, str) else ""
