"""Which objects Argo CD treats as hooks, by their annotations (gitops-engine pkg/sync/hook)."""

from gitops_master.model.meta import Object

HOOK = "argocd.argoproj.io/hook"
HELM_HOOK = "helm.sh/hook"
FINALIZER = "argocd.argoproj.io/hook-finalizer"
"""Keeps a hook until its phase of the sync is over."""
_TYPES = frozenset({"PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete", "Skip"})
_HELM_TYPES = frozenset({"pre-install", "pre-upgrade", "post-upgrade", "post-install"})


def _listed(one: Object, annotation: str, known: frozenset[str]) -> list[str]:
    words = (word.strip() for word in one.annotations.get(annotation, "").split(","))
    return [word for word in words if word in known]


def is_skipped(one: Object) -> bool:
    """Marked as a hook of no phase: never applied, and without a say in the health of its Application."""
    return (_listed(one, HOOK, _TYPES) or _listed(one, HELM_HOOK, _HELM_TYPES)) == ["Skip"]


def is_hook(one: Object) -> bool:
    """Helm's crd-install looks like a hook and is none."""
    if HOOK in one.annotations:
        return not is_skipped(one)
    return one.annotations.get(HELM_HOOK, "crd-install") != "crd-install"
