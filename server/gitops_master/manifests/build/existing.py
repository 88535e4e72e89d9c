"""Objects that are there already, as somebody would write them: what to edit, without what only a cluster adds."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from gitops_master.model.manifest import Draft, Manifest, Path

_SERVERS = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")
_ANNOTATIONS = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "kargo.akuity.io/refresh",
    "kargo.akuity.io/reverify",
    "kargo.akuity.io/abort",
    "kargo.akuity.io/argocd-context",
    "argocd.argoproj.io/refresh",
)
"""What controllers and commands leave behind: applied again it would be taken for a new request."""


def editable(manifest: Manifest) -> dict[str, Any]:
    """A copy that may be changed. Of one that a cluster holds: without status, operation and the server's own metadata."""
    data: dict[str, Any] = deepcopy(dict(manifest.data))
    if manifest.file:
        return data
    for one in ("status", "operation"):
        data.pop(one, None)
    metadata = data.get("metadata")
    if isinstance(metadata, dict):
        for one in _SERVERS:
            metadata.pop(one, None)
        if isinstance(annotations := metadata.get("annotations"), dict):
            for one in _ANNOTATIONS:
                annotations.pop(one, None)
            if not annotations:
                del metadata["annotations"]
        if metadata.get("finalizers") == ["kargo.akuity.io/finalizer"]:
            del metadata["finalizers"]
    return data


def edited(manifest: Manifest, data: Mapping[str, Any], file: str, comments: Mapping[Path, str]) -> Draft:
    """The object with new content, in the file it came from; `file`: for one that only a cluster holds."""
    return Draft(data, manifest.file or file, comments, manifest)


def mapping(value: Any) -> dict[str, Any]:
    """A copy; empty for what should be a mapping and is none, which the schema check tells."""
    return dict(value) if isinstance(value, Mapping) else {}


def texts(value: Any) -> list[str]:
    """Those of a list of texts."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def is_changed(draft: Draft) -> bool:
    return draft.edits is None or draft.data != editable(draft.edits)
