"""Manifests to check, and what a check says of them."""

from collections.abc import Sequence
from typing import Any

from gitops_master.facts.apps import AUTHORIZED
from gitops_master.manifests.checks.registry import checks
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Manifest, Problem, path_text
from gitops_master.model.snapshot import Place
from gitops_master.model.versions import Version, Versions

KARGO, ARGO, RBAC = "kargo.akuity.io/v1alpha1", "argoproj.io/v1alpha1", "rbac.authorization.k8s.io/v1"
REPO = "https://git.example.test/shop.git"


def made(api: str, kind: str, name: str, namespace: str = "shop", **fields: Any) -> Manifest:
    place = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **place, **fields.pop("metadata", {})}
    return Manifest({"apiVersion": api, "kind": kind, "metadata": metadata, **fields}, f"{name}.yaml")


def request(*upstream: str, origin: str = "main", **sources: Any) -> dict[str, Any]:
    """Directly where no upstream Stage is named."""
    held = {"stages": list(upstream)} if upstream else {"direct": True}
    return {"origin": {"kind": "Warehouse", "name": origin}, "sources": {**held, **sources}}


def stage(
    name: str,
    *requests: dict[str, Any],
    steps: Sequence[Any] = ({"uses": "fail"},),
    namespace: str = "shop",
    **spec: Any,
) -> Manifest:
    template = {"promotionTemplate": {"spec": {"steps": list(steps)}}} if steps else {}
    wanted = list(requests) or [request()]
    return made(KARGO, "Stage", name, namespace, spec={"requestedFreight": wanted, **template, **spec})


def warehouse(name: str = "main", namespace: str = "shop") -> Manifest:
    return made(KARGO, "Warehouse", name, namespace, spec={"subscriptions": []})


def app(name: str, allowed: str | None = "shop:test", namespace: str = "argocd", **spec: Any) -> Manifest:
    metadata = {} if allowed is None else {"annotations": {AUTHORIZED: allowed}}
    held = {"source": {"repoURL": REPO, "targetRevision": "main"}, **spec}
    return made(ARGO, "Application", name, namespace, metadata=metadata, spec=held)


def app_set(name: str, made_name: str, allowed: str, **spec: Any) -> Manifest:
    template = {"metadata": {"name": made_name, "annotations": {AUTHORIZED: allowed}}, "spec": {}}
    return made(ARGO, "ApplicationSet", name, "argocd", spec={"template": template, **spec})


def update(*names: str, uses: str = "argocd-update", **entry: Any) -> dict[str, Any]:
    return {"uses": uses, "config": {"apps": [{"name": one, **entry} for one in names]}}


def template(name: str, *metrics: Any, kind: str = "AnalysisTemplate", **spec: Any) -> Manifest:
    place = "shop" if kind == "AnalysisTemplate" else ""
    return made(ARGO, kind, name, place, spec={"metrics": list(metrics), **spec})


def job(*words: str, account: str = "checker", image: str = "example.test/tool:1", **job_spec: Any) -> dict[str, Any]:
    container = {"name": "check", "image": image, "command": ["sh", "-c"], "args": list(words)}
    pod = {"serviceAccountName": account, "containers": [container]}
    spec = {"activeDeadlineSeconds": 60, "template": {"spec": pod}, **job_spec}
    return {"name": "smoke", "provider": {"job": {"spec": spec}}}


def verified(name: str, *templates: str, args: Sequence[Any] = (), kind: str = "", namespace: str = "shop") -> Manifest:
    """A Stage that is verified by these."""
    named = [{"name": one, **({"kind": kind} if kind else {})} for one in templates]
    given = {"args": list(args)} if args else {}
    return stage(name, namespace=namespace, verification={"analysisTemplates": named, **given})


def world(
    *given: Manifest, live: Sequence[Manifest] | None = None, kargo: str = "", places: Sequence[Place] = ()
) -> World:
    """`live`: what a cluster holds, which answers for `places`; None: no cluster."""
    numbers = [int(one) for one in kargo.split(".")] if kargo else []
    versions = Versions(kargo=Version(*numbers)) if numbers else None
    return World(given, live or (), places=places, live_known=live is not None, versions=versions)


def problems(id_: str, held: World) -> list[Problem]:
    check = next(one for one in checks() if one.id == id_)
    return list(check.problems(held))


def found(id_: str, held: World) -> list[str]:
    """`web: spec.steps[0].uses` for each problem."""
    return [f"{one.manifest.name}: {path_text(one.path)}" for one in problems(id_, held)]


def levels(id_: str, held: World) -> list[str]:
    return [one.level.value for one in problems(id_, held)]


def said(id_: str, held: World) -> str:
    """Message and fix of the only problem."""
    (one,) = problems(id_, held)
    return f"{one.message} / {one.fix}"
