"""The health of an Application as Argo CD adds it up from its resources (controller/health.go), for what was read of them."""

from collections.abc import Iterable

import msgspec

from gitops_master.facts.application import ApplicationView, Managed
from gitops_master.facts.health import may_have_health
from gitops_master.facts.health_groups import has_checks
from gitops_master.facts.health_status import Health, is_worse
from gitops_master.facts.hook_annotations import is_hook, is_skipped
from gitops_master.model.argocd import Application
from gitops_master.model.meta import Ref
from gitops_master.model.versions import Version

IGNORE = "argocd.argoproj.io/ignore-healthcheck"
MISSING_IS_NO_HEALTH = Version(3, 4, 0)
"""Since then an Application is Missing only if nothing of it is there; before, if any resource with a built-in check is not."""
_BUILT_IN = frozenset({
    "apps/Deployment", "apps/StatefulSet", "apps/ReplicaSet", "apps/DaemonSet", "extensions/Ingress",
    "networking.k8s.io/Ingress", "argoproj.io/Workflow", "apiregistration.k8s.io/APIService", "v1/Service",
    "v1/PersistentVolumeClaim", "v1/Pod", "batch/Job", "autoscaling/HorizontalPodAutoscaler",
})  # fmt: skip
"""Kinds whose check is part of Argo CD's program, and not a script beside it."""


class Piece(msgspec.Struct, frozen=True):
    """A resource of an Application. `missing`: it certainly does not exist, not merely unread."""

    managed: Managed
    missing: bool = False


class AppHealth(msgspec.Struct, frozen=True):
    """`worst`: the resource that decides, None where all are Healthy. `unread`: resources that could not be looked at, which
    may make it worse."""

    status: str
    worst: Ref | None = None
    unread: int = 0


def pieces(app: ApplicationView) -> list[Piece]:
    """The Application's resources, and which of them are certainly not there."""
    return [Piece(one, one.live is None and app.snapshot.lacks_ref(one.ref)) for one in app.managed]


def aggregated(app: Application, resources: Iterable[Piece], argo_cd: Version | None) -> AppHealth:
    """The worst of the resources, Healthy where there are none. `argo_cd` None is taken for a release since 3.4."""
    status, worst, unread = "Healthy", None, 0
    counted = alive = False
    for one in resources:
        live, managed = one.managed.live, one.managed
        if managed.resource.hook or (live is not None and (is_skipped(live) or is_hook(live))):
            continue
        counted = True
        alive = alive or not one.missing
        found = _missing(managed, argo_cd) if one.missing else _health(app, managed)
        unread += live is None and found is None and not one.missing and may_have_health(managed.ref.kind)
        if found is not None and is_worse(status, found.status):
            status, worst = found.status, managed.ref
    if counted and not alive and not _counts_missing(argo_cd) and is_worse(status, "Missing"):
        status = "Missing"
    return AppHealth(status, worst, unread)


def _counts_missing(argo_cd: Version | None) -> bool:
    return argo_cd is not None and argo_cd < MISSING_IS_NO_HEALTH


def _missing(one: Managed, argo_cd: Version | None) -> Health | None:
    return Health("Missing") if _counts_missing(argo_cd) and one.ref.kind in _BUILT_IN else None


def _health(app: Application, one: Managed) -> Health | None:
    """None where it has no say: told to be left out, the Application itself, or of a kind without a check."""
    live, found = one.live, one.health
    if found is None or one.ref == app.ref or (live is not None and live.annotations.get(IGNORE) == "true"):
        return None
    if found.inferred and not has_checks(one.ref.kind.partition("/")[0]):
        return None
    child = one.ref.kind == Application.KIND and found.status in {"Missing", "Unknown"}
    return None if child else found
