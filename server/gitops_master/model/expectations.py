"""What somebody wrote down that a Stage is expected to be (.gitops-verify.yaml), merged for the Stage that is looked at."""

from typing import Literal

import msgspec

AuthClass = Literal["public", "forward-auth", "spa", "basic", "api", "grafana", "mtls"]
"""How access is kept: see "Auth classes" in references/verification-taxonomy.md."""
TLS_WARN_DAYS = 14
TLS_FAIL_DAYS = 3


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Keys as in the file; an unknown one is an error."""


class HostExpectation(_Strict, frozen=True):
    """One host that users reach. `status`: codes instead of the class's own. `body`: a regular expression that must be found.

    `reachable`: this machine can reach it, so that no connection is a FAIL. `port`: 443, or 80 where `tls` is false.
    """

    auth: AuthClass | None = None
    path: str = "/"
    status: tuple[int, ...] = ()
    body: str = ""
    tls: bool = True
    tls_warn_days: int = TLS_WARN_DAYS
    tls_fail_days: int = TLS_FAIL_DAYS
    port: int | None = None
    reachable: bool = False
    content: str = ""
    """Text that a page must hold which proves the whole way (page-shows-content); with `contentPath`."""
    content_path: str = "/"
    header: str = ""
    """Name of a header with a credential that must be accepted at `headerPath` (credentials-accepted); its value stands in the
    environment as GITOPS_MASTER_VERIFY_<NAME>, and is sent over TLS only."""
    header_path: str = "/"


class ServiceExpectation(_Strict, frozen=True):
    """One Service, called `name` or `namespace/name`. No `path`: the one of its pods' readiness probe."""

    path: str = ""
    port: int | str = ""
    scheme: Literal["http", "https", ""] = ""
    status: tuple[int, ...] = ()
    body: str = ""
    optional: tuple[str, ...] = ()
    """Components of its health answer that may be down."""


class Endpoint(_Strict, frozen=True):
    """Where a monitoring product answers: `service` (`namespace/name:port`, asked with --proxy) or `url` (asked with --http).

    `header`: name of a header with a credential, whose value stands in the environment as GITOPS_MASTER_VERIFY_<NAME>.
    """

    service: str = ""
    url: str = ""
    scheme: Literal["http", "https"] = "http"
    header: str = ""
    tenant: str = ""
    """X-Scope-OrgID, where Loki is multi-tenant."""


class Query(_Strict, frozen=True):
    """PromQL that must have data. `expect`: a comparison that each value must hold: `> 0`, `== 1`; empty: any data."""

    query: str
    expect: str = ""
    title: str = ""


class Prometheus(Endpoint, frozen=True):
    queries: tuple[Query, ...] = ()
    jobs: tuple[str, ...] = ()
    """Scrape jobs that must have targets; none: any of the namespaces."""


class Loki(Endpoint, frozen=True):
    namespaces: tuple[str, ...] = ()
    """Whose lines must arrive; none: those that the Stage deploys to."""
    selector: str = ""


class Grafana(Endpoint, frozen=True):
    data_sources: tuple[str, ...] = ()
    """Their uids."""


class Keys(_Strict, frozen=True):
    """A Secret or ConfigMap, and the keys that it must have. Keys of Secrets are looked at only where that is switched on."""

    name: str
    namespace: str = ""
    keys: tuple[str, ...] = ()


class Workloads(_Strict, frozen=True):
    """Workloads that no Application manages: of a namespace, by labels, or by names (globs allowed)."""

    namespace: str = ""
    labels: dict[str, str] = {}
    names: tuple[str, ...] = ()
    kind: Literal["Deployment", "StatefulSet", "DaemonSet", ""] = ""


class Expectations(_Strict, frozen=True):
    """Of one Stage. Nothing in it is required: what is not told is derived from its Applications."""

    presets: tuple[str, ...] = ()
    http: bool | None = None
    proxy: bool | None = None
    secret_keys: bool = False
    """Whether Secrets may be read for their keys and certificates."""
    hosts: dict[str, HostExpectation] = {}
    services: dict[str, ServiceExpectation] = {}
    workloads: tuple[Workloads, ...] = ()
    crds: tuple[str, ...] = ()
    secrets: tuple[Keys, ...] = ()
    config_maps: tuple[Keys, ...] = ()
    webhooks: tuple[str, ...] = ()
    """Names of webhook configurations (globs) that must be answered for."""
    custom_resources: tuple[str, ...] = ()
    """`group/Kind` of objects that must be ready, wherever they are: external-secrets.io/ClusterSecretStore."""
    argocd: bool = False
    kargo: bool = False
    """Whether what is to be proved is that Argo CD, Kargo themselves work."""
    prometheus: Prometheus | None = None
    alertmanager: Endpoint | None = None
    loki: Loki | None = None
    grafana: Grafana | None = None
