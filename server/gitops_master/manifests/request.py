"""What somebody wants set up, as typed values; what is left out is taken from the pipeline that is there."""

from enum import StrEnum

import msgspec


class Delivery(StrEnum):
    """How a Promotion brings the Freight to the Applications."""

    ARGOCD = "argocd-update"
    """Argo CD syncs to the Freight's own commit or chart version; nothing is written to git."""
    KUSTOMIZE = "kustomize-image"
    HELM_VALUES = "helm-values"
    HELM_CHART = "helm-chart"
    YAML = "yaml-update"
    RENDERED = "rendered-branch"
    """Manifests are rendered and pushed to a branch of the Stage's own."""


class Proof(StrEnum):
    """By what a Stage verifies its Freight."""

    NONE = "none"
    WEB = "web"
    PROMETHEUS = "prometheus"
    JOB = "job"


class RetryProfile(StrEnum):
    """How much patience steps have, by the weight of what is deployed; `default`: Kargo's own, and a second try of Argo CD's."""

    DEFAULT = "default"
    SIMPLE = "simple"
    MEDIUM = "medium"
    HEAVY = "heavy"
    VERY_HEAVY = "very-heavy"


class Availability(StrEnum):
    """Of several upstream Stages: whether each must have verified the Freight, or one. Since Kargo 1.3."""

    ALL = "All"
    ONE_OF = "OneOf"


class StageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One Stage and what it needs. Empty: taken from the pipeline, or from a default that the answer names.

    `warehouses`: where its Freight comes from; empty: what the upstream Stages request, or the only one there is. `upstream`:
    Stages that must have verified it; none: direct. `apps`: `NAME` or `NAMESPACE/NAME`. `repo_url`, `branch`, `path`: of the
    repository that holds what is deployed. `image`, `chart`: the artifact, where the Warehouse has several or is to be made.
    `key`: of the value that is set (`image.tag`). `pull_request`: pushed to a branch and merged by a person.
    `probe`: what a verification asks: a URL (web, job), or PromQL (prometheus). `prometheus`: its address.
    `job_image`: that a Job runs, with a tag or digest. `namespace`: that a Job looks at. `soak`: a Go duration.
    `shared_steps`: the name of a PromotionTask that holds the steps; empty: they stand in the Stage.
    """

    project: str
    name: str
    warehouses: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    delivery: Delivery = Delivery.ARGOCD
    repo_url: str = ""
    branch: str = ""
    path: str = ""
    image: str = ""
    chart: str = ""
    key: str = ""
    pull_request: bool = False
    verification: Proof = Proof.NONE
    probe: str = ""
    prometheus: str = ""
    job_image: str = ""
    namespace: str = ""
    retry: RetryProfile = RetryProfile.DEFAULT
    soak: str = ""
    availability: Availability | None = None
    auto_promote: bool | None = None
    shared_steps: str = ""
