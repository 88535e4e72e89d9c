"""Worlds that builders are given, and what a world is after their drafts were written to files."""

from collections.abc import Mapping, Sequence
from typing import Any

from gitops_master.files.manifests import read_manifests, written
from gitops_master.manifests.build.build import Built, build
from gitops_master.manifests.request import Delivery, StageRequest
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Draft, Manifest
from gitops_master.model.snapshot import Place
from gitops_master.model.versions import Versions, parse_version

REPO = "https://git.example.com/shop"
IMAGE = "registry.example.com/shop"
CHARTS = "https://charts.example.com"

GIT = {"git": {"repoURL": REPO, "branch": "main"}}
SHOP_IMAGE = {"image": {"repoURL": IMAGE}}
SHOP_CHART = {"chart": {"repoURL": CHARTS, "name": "shop"}}


def world(*given: Mapping[str, Any], kargo: str = "1.11.2", **more: Any) -> World:
    """Of files; each object in one of its own."""
    manifests = [Manifest(one, f"{index}.yaml") for index, one in enumerate(given)]
    return World(manifests, versions=Versions(kargo=parse_version(kargo)), **more)


def cluster(*live: Mapping[str, Any], kargo: str = "1.11.2", unread: Sequence[str] = ()) -> World:
    """Of a cluster where everything was read but for the kinds that are named."""
    kinds = {"Project", "ProjectConfig", "Stage", "Warehouse", "PromotionTask"} - set(unread)
    places = [Place(f"kargo.akuity.io/{one}") for one in kinds] + [Place("argoproj.io/Application")]
    versions = Versions(kargo=parse_version(kargo))
    return World(live=[Manifest(one) for one in live], places=places, live_known=True, versions=versions)


def after(before: World, built: Built) -> World:
    """The world once the drafts are written: each is read back from its YAML."""
    made = {(one.kind, one.namespace, one.name): one for draft in built.drafts for one in read_back(draft)}
    others = [one for one in before.given if (one.kind, one.namespace, one.name) not in made]
    return World([*others, *made.values()], versions=before.versions)


def read_back(draft: Draft) -> list[Manifest]:
    return read_manifests(written(draft), draft.file)


def by_kind(built: Built, kind: str) -> Any:
    """The one draft of a kind."""
    (found,) = [one for one in built.drafts if one.data["kind"] == kind]
    return found


def kinds(built: Built) -> list[str]:
    return [str(one.data["kind"]) for one in built.drafts]


def steps_of(built: Built, kind: str = "Stage") -> Any:
    spec = by_kind(built, kind).data["spec"]
    return (spec["promotionTemplate"]["spec"] if kind == "Stage" else spec)["steps"]


def uses(built: Built, kind: str = "Stage") -> list[str]:
    return [one.get("uses", "task") for one in steps_of(built, kind)]


def step(built: Built, kind: str) -> Any:
    (found,) = [one for one in steps_of(built) if one.get("uses") == kind]
    return found


def request(**more: Any) -> StageRequest:
    """For Stage test of project demo, which takes its Freight from Warehouse shop."""
    return StageRequest(**{"project": "demo", "name": "test", "warehouses": ("shop",), **more})


def made(wanted: StageRequest, where: World) -> Built:
    return build(wanted, where)


def obj(kind: str, name: str, spec: Any = None, namespace: str = "demo", **metadata: Any) -> dict[str, Any]:
    argo = kind.startswith("Application")
    version = "argoproj.io/v1alpha1" if argo else "kargo.akuity.io/v1alpha1"
    placed = {"namespace": "argocd" if argo else namespace} if kind != "Project" else {}
    body = {"apiVersion": version, "kind": kind, "metadata": {"name": name, **placed, **metadata}}
    return body if spec is None else {**body, "spec": spec}


def warehouse(*subscriptions: Mapping[str, Any], name: str = "shop") -> dict[str, Any]:
    return obj("Warehouse", name, {"interval": "5m0s", "subscriptions": list(subscriptions or (GIT,))})


def stage(
    name: str, *upstream: str, origin: str = "shop", steps: Sequence[Any] = ({"uses": "git-clear"},)
) -> dict[str, Any]:
    sources = {"stages": list(upstream)} if upstream else {"direct": True}
    requested = [{"origin": {"kind": "Warehouse", "name": origin}, "sources": sources}]
    template = {"promotionTemplate": {"spec": {"steps": list(steps)}}} if steps else {}
    return obj("Stage", name, {"requestedFreight": requested, **template})


def application(name: str, authorized: str = "", *sources: Mapping[str, Any]) -> dict[str, Any]:
    annotations: dict[str, Any] = (
        {"annotations": {"kargo.akuity.io/authorized-stage": authorized}} if authorized else {}
    )
    spec = {"project": "default", "destination": {}, "sources": list(sources or ({"repoURL": REPO, "path": "."},))}
    return obj("Application", name, spec, **annotations)


def policies(*rows: Mapping[str, Any]) -> dict[str, Any]:
    return obj("ProjectConfig", "demo", {"promotionPolicies": list(rows)})


ARTIFACT = {
    Delivery.ARGOCD: GIT,
    Delivery.KUSTOMIZE: SHOP_IMAGE,
    Delivery.HELM_VALUES: SHOP_IMAGE,
    Delivery.HELM_CHART: SHOP_CHART,
    Delivery.YAML: SHOP_IMAGE,
    Delivery.RENDERED: GIT,
}
"""What the Warehouse subscribes to, so that a style has something to deploy."""
