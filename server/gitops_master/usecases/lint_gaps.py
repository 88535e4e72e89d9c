"""What given manifests refer to: where a cluster has to be asked for it, and what stays open where nobody could say."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitops_master.manifests.template import steps_of
from gitops_master.manifests.world import (
    APP_PROJECT,
    APPLICATION,
    APPLICATION_SET,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    CLUSTER_TASK,
    CLUSTER_TEMPLATE,
    PROJECT,
    PROJECT_CONFIG,
    ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    STAGE,
    TASK,
    TEMPLATE,
    WAREHOUSE,
    World,
)
from gitops_master.model.finding import NotChecked
from gitops_master.model.manifest import Manifest, at, items
from gitops_master.model.snapshot import Place

_NONE = "none in the files, and no cluster was asked: name their files too, or add --live"
OF_A_PROJECT = (STAGE, WAREHOUSE, PROJECT_CONFIG, TASK, TEMPLATE, SERVICE_ACCOUNT, ROLE, ROLE_BINDING)
OF_ARGO_CD = (APPLICATION, APPLICATION_SET, APP_PROJECT)
OF_THE_CLUSTER = (CLUSTER_TASK, CLUSTER_TEMPLATE, CLUSTER_ROLE, CLUSTER_ROLE_BINDING)
_KARGO = "kargo.akuity.io"
_CLUSTER_WIDE = (PROJECT, CLUSTER_TASK, f"{_KARGO}/ClusterConfig")
_TEMPLATES = (TEMPLATE, CLUSTER_TEMPLATE)


class _Open(NamedTuple):
    kinds: tuple[str, ...]
    leaves_open: str


_APPLICATIONS = _Open((APPLICATION,), "whether they exist, and which Stage may change them")
_WAREHOUSES = _Open((WAREHOUSE,), "whether the Warehouses that Stages request Freight of exist")
_VERIFIED_BY = _Open(
    _TEMPLATES, "whether the templates of verifications exist, and declare the arguments they are given"
)
_TASKS = _Open((TASK, CLUSTER_TASK), "whether the tasks that steps name exist, and what their steps do")
_ACCOUNTS = _Open((SERVICE_ACCOUNT,), "whether the ServiceAccounts of Jobs exist")
_ROLES = _Open((ROLE, CLUSTER_ROLE), "what the ServiceAccounts of Jobs may do")


def open_questions(world: World) -> Iterator[NotChecked]:
    """Kinds that given manifests refer to, of which there is none in the files and no cluster was asked."""
    if world.live_known:
        return
    for one in dict.fromkeys(each for manifest in world.given for each in _refers(manifest)):
        if not any(world.all(kind) for kind in one.kinds):
            names = " and ".join(f"{kind.rpartition('/')[2]}s" for kind in one.kinds)
            yield NotChecked(what=names, reason=_NONE, leaves_open=one.leaves_open)
    if any(_is_lone(one, world) for one in world.given):
        yield NotChecked(what="Stages upstream", reason=_NONE, leaves_open="whether they exist, and have no cycle")


def _is_lone(manifest: Manifest, world: World) -> bool:
    """A Stage that names others upstream, of which the files hold none."""
    if manifest.kind != STAGE or not any(
        at(one, "sources", "stages") for one in items(manifest.spec, "requestedFreight")
    ):
        return False
    return all(one.name == manifest.name for one in world.all(STAGE, manifest.namespace))


def _refers(manifest: Manifest) -> Iterator[_Open]:
    for step in steps_of(manifest):
        if step.uses == "argocd-update":
            yield _APPLICATIONS
        if step.task:
            yield _TASKS
    if manifest.kind == STAGE:
        if items(manifest.spec, "requestedFreight"):
            yield _WAREHOUSES
        if items(manifest.spec, "verification", "analysisTemplates"):
            yield _VERIFIED_BY
    if manifest.kind in _TEMPLATES:
        jobs = [at(one, "provider", "job", "spec", "template", "spec") for one in items(manifest.spec, "metrics")]
        if any(at(job, "serviceAccountName") for job in jobs):
            yield from (_ACCOUNTS, _ROLES)


def places(given: Sequence[Manifest], argocd_namespace: str, project: str = "") -> list[Place]:
    """Where a cluster holds what the given manifests may refer to, and what may refer to them. None: they refer to nothing.

    `project`: of manifests that name no namespace.
    """
    named = (one.name if one.kind == PROJECT else one.namespace for one in given if one.group == _KARGO)
    projects = dict.fromkeys(filter(None, [*named, *([project] if homeless(given) else [])]))
    spaces = dict.fromkeys(
        one.namespace for one in given if one.kind in (*_TEMPLATES, SERVICE_ACCOUNT) and one.namespace
    )
    apps = dict.fromkeys([argocd_namespace, *_application_namespaces(given)])
    if not projects and not spaces:
        return []
    return [
        *(Place(PROJECT, "", name) for name in projects),
        *(Place(kind, name) for name in dict.fromkeys([*projects, *spaces]) for kind in OF_A_PROJECT),
        *(Place(kind, name) for name in apps for kind in OF_ARGO_CD),
        *(Place(kind) for kind in OF_THE_CLUSTER),
    ]


def homeless(given: Sequence[Manifest]) -> list[Manifest]:
    """Objects of Kargo that live in a namespace and name none."""
    return [one for one in given if one.group == _KARGO and not one.namespace and one.kind not in _CLUSTER_WIDE]


def _application_namespaces(given: Sequence[Manifest]) -> Iterator[str]:
    for one in given:
        for step in steps_of(one):
            for app in items(step.config, "apps"):
                name = app.get("namespace")
                if isinstance(name, str) and name and "$" not in name:
                    yield name
