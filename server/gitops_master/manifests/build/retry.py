"""How much patience steps have: presets by the weight of what is deployed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from gitops_master.manifests.request import RetryProfile
from gitops_master.model.versions import Version


class Retry(NamedTuple):
    """`timeout`: a Go duration, of the whole step; empty: the step's own. `error_threshold`: 0: the step's own."""

    timeout: str
    error_threshold: int
    reason: str


PROFILES: Mapping[RetryProfile, Retry] = MappingProxyType(
    {
        RetryProfile.DEFAULT: Retry(
            "", 2, "Kargo's own timeout, but a broken connection to Argo CD does not end the Promotion"
        ),
        RetryProfile.SIMPLE: Retry("3m", 2, "a few small objects: they are there within seconds, a hang is told early"),
        RetryProfile.MEDIUM: Retry(
            "5m", 2, "controllers that bring CRDs: those must be there before their objects are"
        ),
        RetryProfile.HEAVY: Retry(
            "10m", 3, "a large chart: rendering alone takes minutes, and the repo-server may restart"
        ),
        RetryProfile.VERY_HEAVY: Retry("10m", 3, "large StatefulSets: volumes are bound first, Pods follow one by one"),
    }
)
"""The weights and their values are experience, not rules of Kargo."""

DEFAULT_TIMEOUT = "5m"
"""Of argocd-update (v1.1 to v1.11) and argocd-wait; every other step waits for ever."""

WAITING = frozenset({"argocd-update", "argocd-wait"})
"""Steps whose wait a profile's timeout ends. git-wait-for-pr waits for a person and is none of them."""

REMOTE = WAITING | {"git-clone", "git-push", "git-open-pr", "git-wait-for-pr", "helm-update-chart", "kustomize-build"}
"""Steps that can fail for a reason which passes: they ask another system. The rest fail again as they did."""

SINCE = Version(1, 1, 0)


def retry_of(uses: str, profile: RetryProfile, kargo: Version | None) -> dict[str, str | int]:
    """The step's `retry`; empty where it takes none: another step, a Kargo before 1.1. By default only Argo CD's steps have one."""
    wanted = PROFILES[profile]
    taking = WAITING if profile is RetryProfile.DEFAULT else REMOTE
    if uses not in taking or (kargo is not None and kargo < SINCE):
        return {}
    timeout = {"timeout": wanted.timeout} if wanted.timeout and uses in WAITING else {}
    threshold = {"errorThreshold": wanted.error_threshold} if wanted.error_threshold else {}
    return {**timeout, **threshold}
