"""Whether a ServiceAccount may do something, worked out from roles and bindings; said only where all of them were read."""

from gitops_master.facts.kubectl_needs import Need
from gitops_master.model.kubernetes import ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject
from gitops_master.model.snapshot import Snapshot

Account = tuple[str, str]
"""(namespace, name) of a ServiceAccount."""


def allows(snapshot: Snapshot, account: Account, need: Need) -> bool | None:
    """None where a binding or role that may count was not read."""
    known = snapshot.knows_all(ClusterRoleBinding.KIND)
    if need.namespace:
        known = known and snapshot.knows_all(RoleBinding.KIND, need.namespace)
    for binding in _bindings(snapshot, account, need.namespace):
        rules = _rules(snapshot, binding)
        if rules is None:
            known = False
        elif any(grants(rule, need) for rule in rules):
            return True
    return False if known else None


def bound(snapshot: Snapshot, account: Account, namespace: str) -> list[Role | ClusterRole]:
    """Roles that count in the namespace, as far as they were read."""
    found = (_role(snapshot, one) for one in _bindings(snapshot, account, namespace))
    return [one for one in found if one is not None]


def grants(rule: PolicyRule, need: Need) -> bool:
    """A right on everything is not one on single names, but a right on a name is one on its own."""
    if rule.resource_names and not need.name:
        return False
    subresource = need.resource.partition("/")[2]
    resources = {need.resource, f"*/{subresource}"} if subresource else {need.resource}
    return any(rule.allows(need.verb, need.group, one, need.name) for one in resources)


def _bindings(snapshot: Snapshot, account: Account, namespace: str) -> list[RoleBinding | ClusterRoleBinding]:
    mine: list[RoleBinding | ClusterRoleBinding] = [*snapshot.all(ClusterRoleBinding)]
    if namespace:
        mine += snapshot.all(RoleBinding, namespace)
    return [one for one in mine if any(is_meant(each, one.namespace, account) for each in one.subjects)]


def is_meant(subject: Subject, namespace: str, account: Account) -> bool:
    """Whether a subject of a binding in the namespace is the account, or a group that it is in."""
    match subject.kind:
        case "ServiceAccount":
            return (subject.namespace or namespace, subject.name) == account
        case "User":
            return subject.name == f"system:serviceaccount:{account[0]}:{account[1]}"
        case "Group":
            groups = {"system:serviceaccounts", f"system:serviceaccounts:{account[0]}", "system:authenticated"}
            return subject.name in groups
    return False


def _role(snapshot: Snapshot, binding: RoleBinding | ClusterRoleBinding) -> Role | ClusterRole | None:
    if binding.role_ref.kind == "ClusterRole":
        return snapshot.get(ClusterRole, "", binding.role_ref.name)
    return snapshot.get(Role, binding.namespace, binding.role_ref.name)


def _rules(snapshot: Snapshot, binding: RoleBinding | ClusterRoleBinding) -> tuple[PolicyRule, ...] | None:
    """None where the role was not read; a role that does not exist grants nothing."""
    role = _role(snapshot, binding)
    if role is not None:
        return role.rules
    is_cluster = binding.role_ref.kind == "ClusterRole"
    type_, namespace = (ClusterRole, "") if is_cluster else (Role, binding.namespace)
    return () if snapshot.lacks(type_, namespace, binding.role_ref.name) else None
