"""Rights that the kubectl commands of a script need, and those that roles and bindings grant."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from gitops_master.facts.kubectl_needs import Need, needs
from gitops_master.facts.rights import allows, bound
from gitops_master.model.kubernetes import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from gitops_master.model.meta import Object
from gitops_master.model.snapshot import Snapshot

ME = ("demo", "verifier")


def told(script: str, **arguments: str) -> list[str]:
    container = {"command": ["/bin/sh", "-c"], "args": [script]}
    return [one.what for one in needs({"containers": [container]}, "demo", arguments)]


@pytest.mark.parametrize(
    ("script", "rights"),
    [
        ("kubectl get pods -n shop", ["list pods in namespace shop"]),
        ("kubectl get pods", ["list pods in namespace demo"]),
        ("kubectl -n shop get deploy web -o yaml", ["get deployments.apps in namespace shop"]),
        ("kubectl get deploy/web --namespace=shop", ["get deployments.apps in namespace shop"]),
        ("kubectl get po,svc -n shop", ["list pods in namespace shop", "list services in namespace shop"]),
        ("kubectl get pods -A", ["list pods at the cluster scope"]),
        ("kubectl get nodes -n shop", ["list nodes at the cluster scope"]),
        ("kubectl get pods -n shop -w", ["list pods in namespace shop", "watch pods in namespace shop"]),
        ("kubectl get certificates.cert-manager.io -n shop", ["list certificates.cert-manager.io in namespace shop"]),
        ("kubectl logs web-1 -c main -n shop | grep ok", ["get pods/log in namespace shop"]),
        ("kubectl exec web-1 -n shop -- kubectl get secrets", ["create pods/exec in namespace shop"]),
        ("kubectl delete pod web-1 -n shop", ["delete pods in namespace shop"]),
        (
            "kubectl rollout status deploy/web -n shop --timeout 60s",
            [f"{verb} deployments.apps in namespace shop" for verb in ("get", "list", "watch")],
        ),
        (
            "set -e; x=$(kubectl get pods -n shop --no-headers | grep -v Running) && exit 1\nkubectl get svc -n shop",
            ["list pods in namespace shop", "list services in namespace shop"],
        ),
        ("kubectl get pods -n shop \\\n  --no-headers # kubectl get secrets", ["list pods in namespace shop"]),
        ("kubectl get pods -n {{args.place}}", ["list pods in namespace shop"]),
        ("kubectl get pods -n shop >/dev/null", ["list pods in namespace shop"]),
    ],
)
def test_rights_are_read_off_the_words_of_a_call(script: str, rights: list[str]) -> None:
    assert told(script, place="shop") == rights


@pytest.mark.parametrize(
    "script",
    [
        'kubectl get pods -n "$NS"',
        "kubectl get pods -n {{args.unknown}}",
        "kubectl get gizmos -n shop",
        "kubectl apply -f -",
        "kubectl --context=other get pods",
        "kubectl get pods --as=admin",
        "kubectl version",
        "kubectl",
        "kubectl get 'pods",
        "curl http://kubectl.example/get",
        "",
    ],
)
def test_nothing_is_said_of_what_a_shell_would_have_to_work_out(script: str) -> None:
    assert told(script) == []


def test_a_container_that_is_kubectl_itself_is_read_too() -> None:
    container = {"command": ["kubectl"], "args": ["get", "pod", "web-1", "-n", "shop"]}
    found = needs({"initContainers": [container]}, "demo", {})

    assert [(one.what, one.name) for one in found] == [("get pods in namespace shop", "web-1")]


def role(kind: type[Object], name: str, *rules: tuple[str, str, str], names: tuple[str, ...] = ()) -> Object:
    """Rules are (verb, group, resource)."""
    namespace = "shop" if kind is Role else ""
    made = [
        {"verbs": [verb], "apiGroups": [group], "resources": [resource], "resourceNames": list(names)}
        for verb, group, resource in rules
    ]
    return msgspec.convert({"metadata": {"name": name, "namespace": namespace}, "rules": made}, kind)


def binding(type_: type[Object], to: str, **subject: str) -> Object:
    namespace = "shop" if type_ is RoleBinding else ""
    who = subject or {"kind": "ServiceAccount", "name": "verifier", "namespace": "demo"}
    target, _, name = to.partition("/")
    data: dict[str, Any] = {"metadata": {"name": "b", "namespace": namespace}, "subjects": [who]}
    return msgspec.convert({**data, "roleRef": {"kind": target, "name": name}}, type_)


def seen(*objects: Object, complete: tuple[str, ...] = ("*",)) -> Snapshot:
    return Snapshot(objects, source="test", observed_at=datetime(2026, 11, 23, tzinfo=UTC), complete=complete)


LIST = Need("list", "", "pods", "shop")
READS = ("list", "", "pods")


@pytest.mark.parametrize(
    ("objects", "allowed"),
    [
        ([], False),
        ([role(Role, "r", READS)], False),
        ([role(Role, "r", READS), binding(RoleBinding, "Role/r")], True),
        ([role(Role, "r", ("get", "", "pods")), binding(RoleBinding, "Role/r")], False),
        ([role(Role, "r", ("list", "apps", "pods")), binding(RoleBinding, "Role/r")], False),
        ([role(ClusterRole, "r", READS), binding(RoleBinding, "ClusterRole/r")], True),
        ([role(ClusterRole, "r", ("*", "*", "*")), binding(ClusterRoleBinding, "ClusterRole/r")], True),
        ([role(Role, "r", READS, names=("web-1",)), binding(RoleBinding, "Role/r")], False),
        (
            [role(Role, "r", READS), binding(RoleBinding, "Role/r", kind="User", name="system:serviceaccount:demo:verifier")],
            True,
        ),
        ([role(Role, "r", READS), binding(RoleBinding, "Role/r", kind="Group", name="system:serviceaccounts:demo")], True),
        ([role(Role, "r", READS), binding(RoleBinding, "Role/r", kind="Group", name="system:masters")], False),
        ([role(Role, "r", READS), binding(RoleBinding, "Role/r", kind="ServiceAccount", name="verifier")], False),
        ([binding(RoleBinding, "Role/gone")], False),
    ],
)  # fmt: skip
def test_rights_follow_from_bindings_and_roles(objects: list[Object], allowed: bool) -> None:
    assert allows(seen(*objects), ME, LIST) is allowed


def test_a_right_on_a_name_and_on_subresources() -> None:
    named = [role(Role, "r", ("get", "", "pods"), names=("web-1",)), binding(RoleBinding, "Role/r")]
    logs = [role(Role, "r", ("get", "", "*/log")), binding(RoleBinding, "Role/r")]

    assert allows(seen(*named), ME, Need("get", "", "pods", "shop", "web-1")) is True
    assert allows(seen(*named), ME, Need("get", "", "pods", "shop", "web-2")) is False
    assert allows(seen(*logs), ME, Need("get", "", "pods/log", "shop", "web-1")) is True


@pytest.mark.parametrize(
    "complete", [(), ("*/RoleBinding", "*/Role"), ("*/ClusterRoleBinding", "*/RoleBinding", "*/ClusterRole")]
)
def test_nothing_is_concluded_from_what_was_not_read(complete: tuple[str, ...]) -> None:
    snapshot = seen(binding(RoleBinding, "Role/unread"), complete=complete)

    assert allows(snapshot, ME, LIST) is None
    assert bound(snapshot, ME, "shop") == []


def test_a_right_that_is_seen_counts_in_a_partial_snapshot() -> None:
    assert allows(seen(role(Role, "r", READS), binding(RoleBinding, "Role/r"), complete=()), ME, LIST) is True
