"""Who may do what, as far as Roles and bindings that were read tell."""

import re

import msgspec

from gitops_master.model.kubernetes import ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding
from gitops_master.model.meta import Object
from gitops_master.model.snapshot import Snapshot


def service_account(user: str) -> tuple[str, str] | None:
    """(namespace, name) where the user, as the API server calls it, is a ServiceAccount."""
    parts = user.split(":")
    return (parts[2], parts[3]) if parts[:2] == ["system", "serviceaccount"] and len(parts) == 4 else None


class Denial(msgspec.Struct, frozen=True):
    """The API server's own words when it forbids something."""

    user: str
    verb: str
    resource: str
    group: str
    namespace: str

    @property
    def service_account(self) -> tuple[str, str] | None:
        """(namespace, name) where the user is a ServiceAccount."""
        return service_account(self.user)

    @property
    def where(self) -> str:
        return f"in namespace {self.namespace}" if self.namespace else "at the cluster scope"

    @property
    def full_resource(self) -> str:
        return f"{self.resource}.{self.group}" if self.group else self.resource


_DENIAL = re.compile(
    r'User "(?P<user>[^"]+)" cannot (?P<verb>[\w*]+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)"| at the cluster scope)?'
)


def parse_denial(text: str) -> Denial | None:
    match = _DENIAL.search(text.replace('\\"', '"'))
    if match is None:
        return None
    return Denial(match["user"], match["verb"], match["resource"], match["group"], match["namespace"] or "")


class Grant(msgspec.Struct, frozen=True):
    """A role that is bound to a subject."""

    role: Role | ClusterRole
    binding: RoleBinding | ClusterRoleBinding

    @property
    def rules(self) -> tuple[PolicyRule, ...]:
        return self.role.rules


def grants(snapshot: Snapshot, service_account: tuple[str, str], namespace: str) -> list[Grant]:
    """Roles bound to the ServiceAccount that count in `namespace` (cluster-wide ones included)."""
    found: list[Grant] = []
    bindings: list[RoleBinding | ClusterRoleBinding] = [
        *snapshot.all(RoleBinding, namespace),
        *snapshot.all(ClusterRoleBinding),
    ]
    for binding in bindings:
        if not any(
            _is_subject(one.kind, one.namespace or binding.namespace, one.name, service_account)
            for one in binding.subjects
        ):
            continue
        role = _role_of(snapshot, binding)
        if role is not None:
            found.append(Grant(role, binding))
    return found


def _is_subject(kind: str, namespace: str, name: str, service_account: tuple[str, str]) -> bool:
    return kind == "ServiceAccount" and (namespace, name) == service_account


def _role_of(snapshot: Snapshot, binding: RoleBinding | ClusterRoleBinding) -> Role | ClusterRole | None:
    if binding.role_ref.kind == "ClusterRole":
        return snapshot.get(ClusterRole, "", binding.role_ref.name)
    return snapshot.get(Role, binding.namespace, binding.role_ref.name)


def describe(role: Object) -> str:
    """`Role shop-staging/verifier`, for evidence and remedies."""
    return str(role.ref)
