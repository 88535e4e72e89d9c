"""RoleBindings that give nothing."""

from collections.abc import Iterator

from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.grants import is_built_in, role_of, subjects
from gitops_master.manifests.near import near
from gitops_master.manifests.pipeline import given, is_missing, siblings
from gitops_master.manifests.world import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    World,
)
from gitops_master.model.manifest import Level, at

_KARGOS = frozenset({"kargo-admin", "kargo-viewer", "kargo-promoter"})
"""Kargo makes them in every project: Roles and ServiceAccounts."""


@check(
    "role-binding-role-missing",
    title="A binding names a role that does not exist",
    level=Level.ERROR,
    sources=(
        "kubernetes/kubernetes v1.36.3 pkg/registry/rbac/validation/rule.go GetRoleReferenceRules",
        "kubernetes/kubernetes v1.36.3 pkg/apis/rbac/validation/validation.go ValidateRoleBindingUpdate",
    ),
)
def role_missing(world: World) -> Iterator[Fault]:
    """roleRef of a RoleBinding or ClusterRoleBinding names a role that is not there.

    Why: the API server accepts the binding, and it grants nothing. roleRef cannot be changed later; the binding has to be made anew.

    How to tell: a Role is looked for in the binding's own namespace, a ClusterRole in the cluster.

    What to do: correct kind and name, or add the role.

    Not this when: the role comes with Kubernetes or with Kargo.
    """
    for binding in (*given(world, ROLE_BINDING), *given(world, CLUSTER_ROLE_BINDING)):
        name = str(at(binding.data, "roleRef", "name") or "")
        is_cluster = at(binding.data, "roleRef", "kind") == "ClusterRole"
        kind, home = (CLUSTER_ROLE, "") if is_cluster else (ROLE, binding.namespace)
        is_elsewhere = is_built_in(name) or name.startswith("kargo-") if is_cluster else name in _KARGOS
        if not name or is_elsewhere or role_of(binding, world) is not None or not is_missing(world, kind, home, name):
            continue
        other = [one for one in world.all(ROLE if is_cluster else CLUSTER_ROLE) if one.name == name]
        names = [one.name for one in siblings(world, kind, home)]
        yield Fault(
            binding,
            ("roleRef", "name"),
            f"{binding.title} binds {'ClusterRole' if is_cluster else 'Role'} {name}, which does not exist: it grants nothing",
            (f"there is a {other[0].title}" if other else "") or near(name, names) or "add the role",
        )


@check(
    "role-binding-subject-missing",
    title="A binding names a ServiceAccount that does not exist",
    level=Level.WARNING,
    sources=(
        "kubernetes/kubernetes v1.36.3 pkg/registry/rbac/validation/rule.go appliesToUser",
        "kubernetes/kubernetes v1.36.3 pkg/apis/rbac/validation/validation.go ValidateRoleBindingSubject",
    ),
)
def subject_missing(world: World) -> Iterator[Fault]:
    """A subject of a binding is a ServiceAccount that its namespace does not have.

    Why: nobody gets the right. A verification's Job runs in the project's namespace, and so its account must be there; a Role of another
    namespace is bound to it there, with the project's namespace in the subject.

    How to tell: kind, name and namespace of the subject. Without a namespace a RoleBinding means its own; a ClusterRoleBinding is refused
    by the API server.

    What to do: name the namespace that the account is in.

    Not this when: ServiceAccounts are not among the files, and the cluster was not asked.
    """
    for binding in (*given(world, ROLE_BINDING), *given(world, CLUSTER_ROLE_BINDING)):
        for index, one in enumerate(subjects(binding)):
            if one.kind != "ServiceAccount":
                continue
            home = one.namespace or binding.namespace
            if not one.namespace and binding.kind == CLUSTER_ROLE_BINDING:
                yield Fault(
                    binding,
                    ("subjects", index),
                    f"{binding.title} grants to ServiceAccount {one.name} of no namespace, which the API server refuses",
                    "add the namespace of the account: for a verification's Job the project's",
                    level=Level.ERROR,
                )
                continue
            if not home or one.name in {"default", *_KARGOS}:
                continue
            elsewhere = [each.namespace for each in world.all(SERVICE_ACCOUNT) if each.name == one.name]
            if not is_missing(world, SERVICE_ACCOUNT, home, one.name):
                continue
            if not elsewhere and not world.live_known:
                continue  # of accounts of other programs the files need not speak
            yield Fault(
                binding,
                ("subjects", index),
                f"{binding.title} grants to ServiceAccount {home}/{one.name}, which does not exist",
                f"it is in namespace {elsewhere[0]}" if elsewhere else "create it, or name one that exists",
            )
