"""Installed versions, told from the control planes' own workloads in the snapshot."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gitops_master.model.versions import Version, Versions, parse_version

_WORKLOADS = frozenset({"Pod", "Deployment", "StatefulSet"})
_NAME = "app.kubernetes.io/name"
_COMPONENT = "app.kubernetes.io/component"
_VERSION = "app.kubernetes.io/version"
_BESIDE_ARGO_CD = frozenset({"argocd-redis", "argocd-redis-ha", "argocd-redis-ha-haproxy", "argocd-dex-server"})
"""Parts of an Argo CD installation that have versions of their own."""


class _Product(NamedTuple):
    field: str
    image: str
    component: str

    def labelled(self, labels: dict[str, Any]) -> bool:
        name = labels.get(_NAME)
        if self.field == "argo_cd":
            return isinstance(name, str) and name.startswith("argocd-") and name not in _BESIDE_ARGO_CD
        return name == self.image


_PRODUCTS = (
    _Product("kargo", "kargo", "controller"),
    _Product("argo_cd", "argocd", "application-controller"),
    _Product("argo_rollouts", "argo-rollouts", "rollouts-controller"),
)


class InstalledVersions:
    """Collects hints. The best kind of hint wins; among equals (an upgrade under way) the newest version."""

    def __init__(self) -> None:
        self._best: dict[str, tuple[int, Version]] = {}

    def see(self, data: dict[str, Any]) -> None:
        if data.get("kind") not in _WORKLOADS:
            return
        metadata = data.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, dict) else None
        images = list(_images(data))
        for product in _PRODUCTS:
            self._judge(product, labels if isinstance(labels, dict) else {}, images)

    def versions(self) -> Versions:
        return Versions(**{field: version for field, (_, version) in self._best.items()})

    def _judge(self, product: _Product, labels: dict[str, Any], images: list[tuple[str, str]]) -> None:
        own = next((tag for name, tag in images if name == product.image), "")
        if not product.labelled(labels):
            self._hint(product, 4, own)
            return
        self._hint(product, 0 if labels.get(_COMPONENT) == product.component else 1, own)
        self._hint(product, 2, labels.get(_VERSION))
        if len(images) == 1:  # mirrored under another name; with sidecars nobody knows which one it is
            self._hint(product, 3, images[0][1])

    def _hint(self, product: _Product, rank: int, text: Any) -> None:
        version = parse_version(text) if isinstance(text, str) and text else None
        if version is None:
            return
        best = self._best.get(product.field)
        if best is None or rank < best[0] or (rank == best[0] and version > best[1]):
            self._best[product.field] = (rank, version)


def _images(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Last part of the name and tag of each container's image."""
    spec = data.get("spec")
    if isinstance(spec, dict) and isinstance(spec.get("template"), dict):
        spec = spec["template"].get("spec")
    containers = spec.get("containers") if isinstance(spec, dict) else None
    for container in containers if isinstance(containers, list) else ():
        image = container.get("image") if isinstance(container, dict) else None
        if isinstance(image, str):
            name, _, tag = image.partition("@")[0].rpartition("/")[2].partition(":")
            yield name, tag
