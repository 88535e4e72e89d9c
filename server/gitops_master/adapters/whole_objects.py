"""Objects off the wire as manifests: whole, less what only controllers and API servers write."""

from collections.abc import Iterable, Mapping
from typing import Any

from gitops_master.model.manifest import Manifest
from gitops_master.model.snapshot import Gap, Place

SECRET = "v1/Secret"

_SERVERS = frozenset(
    ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "deletionTimestamp",
     "deletionGracePeriodSeconds"]
)  # fmt: skip
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_FINALIZER = "kargo.akuity.io/finalizer"
"""Kargo's controllers put it on their objects (kargo 1.11 api/v1alpha1/labels.go); nobody has to write it."""


def secrets_of(places: Iterable[Place]) -> list[Gap]:
    """Those of the places that nobody reads."""
    every = dict.fromkeys(one for one in places if one.kind == SECRET)
    return [Gap(SECRET, "Secrets are not read", "/".join(part for part in one[1:] if part)) for one in every]


def manifest(data: Mapping[str, Any], api_version: str, kind: str) -> Manifest:
    """`api_version`, `kind`: of the list it was in; its items do not say it. Raises ValueError where it is no object."""
    held = data.get("metadata")
    if not isinstance(held, Mapping) or not isinstance(held.get("name"), str):
        raise ValueError(f"a {kind} without a name")
    own = {key: value for key, value in data.items() if key not in ("apiVersion", "kind", "metadata", "status")}
    return Manifest({"apiVersion": api_version, "kind": kind, "metadata": _metadata(held), **own})


def _metadata(held: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in held.items() if key not in _SERVERS}
    annotations = kept.get("annotations")
    if isinstance(annotations, Mapping):
        kept["annotations"] = {key: value for key, value in annotations.items() if key != _LAST_APPLIED}
    finalizers = kept.get("finalizers")
    if isinstance(finalizers, list):
        kept["finalizers"] = [one for one in finalizers if one != _FINALIZER]
    return {key: value for key, value in kept.items() if value or key not in ("annotations", "finalizers")}
