"""A small pipeline on a real API server with the products' own CRDs, and the ways to write to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gitops_master.adapters.kube_api import Access, KubeWriter
from gitops_master.adapters.kubectl_command import Identity, KubectlWriter, kubectl_command, ssh_command
from gitops_master.adapters.kubernetes_ways import KubernetesWays
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.proxy import Seen
from tests.live.server import ControlPlane

JSON = dict[str, Any]
FREIGHT = "0123456789012345678901234567890123456789"
"""All digits: a number wherever it is not quoted."""
KARGO = "/apis/kargo.akuity.io/v1alpha1/namespaces/demo"
APPS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
STEPS = [{"uses": "git-clone", "as": "clone", "config": {"repoURL": "https://git.example.com/shop"}}]
BEGAN = "2026-11-23T06:00:00Z"


def _kargo(kind: str, name: str, **more: Any) -> JSON:
    metadata = {"name": name, "namespace": "demo", "uid": f"{kind.lower()}-{name}", "creationTimestamp": BEGAN}
    return {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": kind, "metadata": metadata, **more}


def _app(name: str, **more: Any) -> JSON:
    spec = {
        "project": "default",
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
        "source": {"repoURL": "https://git.example.com/shop", "path": ".", "targetRevision": "main"},
        "syncPolicy": {"retry": {"limit": 3, "backoff": {"duration": "7s"}}},
    }
    metadata = {"name": name, "namespace": "argocd", "uid": f"app-{name}", "creationTimestamp": BEGAN}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec, **more}


def operation(username: str = "jane") -> JSON:
    return {"initiatedBy": {"username": username} if username else {"automated": True}, "sync": {"revision": "abc"}}


def state(phase: str, username: str = "jane") -> JSON:
    kept = {"phase": phase, "startedAt": BEGAN, "operation": operation(username)}
    return {"operationState": kept | ({} if phase in {"Running", "Terminating"} else {"finishedAt": BEGAN})}


def objects() -> list[JSON]:
    """What every test begins with. Applications are named by what they do."""
    record = {"id": "id-1", "phase": "Failed"}
    history = [{"id": "c1", "items": {}, "verificationHistory": [record]}]
    requested = [{"origin": {"kind": "Warehouse", "name": "main"}, "sources": {"direct": True}}]
    template = {"spec": {"steps": STEPS}}
    spec = {"stage": "test", "freight": FREIGHT, "steps": STEPS}
    subscription = [{"git": {"repoURL": "https://git.example.com/shop"}}]
    return [
        _kargo("Stage", "test", spec={"requestedFreight": requested, "promotionTemplate": template},
               status={"freightHistory": history}),
        _kargo("Warehouse", "main", spec={"freightCreationPolicy": "Automatic", "interval": "5m0s",
                                          "subscriptions": subscription}),
        _kargo("Freight", FREIGHT, alias="calm-otter", origin={"kind": "Warehouse", "name": "main"},
               status={"verifiedIn": {"early": {}}}),
        _kargo("Promotion", "test.01m83gyvmwtvswf358mkx3wbm5.0123456", spec=spec, status={"phase": "Running"}),
        _app("running", operation=operation(), status=state("Running")),
        _app("automated", operation=operation(""), status=state("Running", "")),
        _app("orphaned", status=state("Running")),
        _app("failed", status=state("Failed")),
        _app("fresh", status={"sync": {"status": "OutOfSync"}}),
        _app("new"),
    ]  # fmt: skip


@asynccontextmanager
async def writing(
    way: str, kubectl: Path, folder: Path, context: Context, *, url: str = ""
) -> AsyncIterator[KubernetesWays]:
    """`way`: http, kubectl or far kubectl. `url`: of a proxy in front of the server."""
    config = write_kubeconfig(folder / "config", [context._replace(server=url or context.server)])
    environ = {"KUBECONFIG": str(config), "PATH": f"{kubectl.parent}:/usr/bin:/bin", "HOME": str(folder)}
    objects: KubeWriter | KubectlWriter
    if way == "http":
        objects = KubeWriter.open(Access(kubeconfig=(config,)))
    else:
        command = kubectl_command(str(kubectl)) if way == "kubectl" else ssh_command("sh -c")
        objects = KubectlWriter(command, Identity(context=context.name), environ=environ)
    ways = KubernetesWays(objects, mark=lambda: "7f3a")
    try:
        yield ways
    finally:
        await ways.close()


def stored(plane: ControlPlane) -> dict[str, int]:
    """Every key with the revision that wrote it last, but for what the server writes by itself."""
    own = ("leases/", "/events/", "/customresourcedefinitions/")
    every = plane.storage.revisions("/registry/")
    return {key: at for key, at in every.items() if not any(one in key for one in own)}


def plain(object_: JSON) -> JSON:
    """What is stored of it, less what the server notes of each write."""
    left_out = {"resourceVersion", "managedFields", "generation"}
    return {**object_, "metadata": {key: value for key, value in object_["metadata"].items() if key not in left_out}}


def meant(requests: list[Seen]) -> list[str]:
    """What was sent that could change anything: no reads, no dry runs, no reviews."""
    return [one.method for one in requests if one.method not in {"GET", "HEAD"} and "dryRun=All" not in one.target]


def promotions(plane: ControlPlane) -> list[JSON]:
    """Those that are stored, but for the one that every test begins with."""
    items: list[JSON] = plane.must("GET", f"{KARGO}/promotions")["items"]
    return [one for one in items if one["metadata"]["uid"] != "promotion-test.01m83gyvmwtvswf358mkx3wbm5.0123456"]
