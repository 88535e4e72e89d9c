"""What somebody wrote down that a Stage is expected to be (.gitops-verify.yaml), merged for the Stage that is looked at.

Each field's description is what the page, the schema and the errors say of it; `shape` is its form in words.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

AuthClass = Literal["public", "forward-auth", "spa", "basic", "api", "grafana", "mtls"]
"""How access is kept: see "Auth classes" in references/verification-taxonomy.md."""
TLS_WARN_DAYS = 14
TLS_FAIL_DAYS = 3
SECRET_VARIABLE = "GITOPS_MASTER_VERIFY_"

_END = r"$(?!\n)"
"""`$` alone lets a line break follow."""
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DNS = rf"{_LABEL}(\.{_LABEL})*"
_NO_DOTS = r"(?!.*(/|%2[fF])(\.|%2[eE]){1,2}(/|%2[fF]|\?|$))"
"""A path that climbs would leave the Service whose proxy it is given to, for any other path of the API server."""
_PATH = rf"{_NO_DOTS}/[!\x22$-\x5b\x5d-~]*"


def _pattern(pattern: str, shape: str, most: int) -> Meta:
    return Meta(pattern=f"^{pattern}{_END}", max_length=most, extra={"shape": shape})


Host = Annotated[str, _pattern(_DNS, "a host's name in lower case, without scheme, port and path", 253)]
ServiceName = Annotated[str, _pattern(rf"({_LABEL}/)?{_LABEL}", "`name` or `namespace/name` of a Service", 127)]
StageName = Annotated[str, _pattern(rf"({_LABEL}/)?{_DNS}", "`stage` or `project/stage`", 317)]
PresetName = Annotated[str, _pattern(_DNS, "a name: lower-case letters, digits, hyphens and dots", 253)]
Name = Annotated[str, _pattern(_DNS, "an object's name: lower-case letters, digits, hyphens and dots", 253)]
Namespace = Annotated[str, _pattern(f"({_LABEL})?", "a namespace's name: lower-case letters, digits and hyphens", 63)]
Glob = Annotated[str, _pattern(r"[-a-z0-9.:*]+", "an object's name, in which * stands for any text", 253)]
Crd = Annotated[str, _pattern(rf"{_LABEL}(\.{_LABEL})+", "`plural.group`, as in certificates.cert-manager.io", 253)]
CustomResource = Annotated[
    str, _pattern(rf"{_LABEL}(\.{_LABEL})+/[A-Z][A-Za-z0-9]*", "`group/Kind` of a custom resource", 253)
]
Status = Annotated[int, Meta(ge=100, le=599, extra={"shape": "a status code, 100 to 599"})]
Port = Annotated[int, Meta(ge=1, le=65535, extra={"shape": "a port, 1 to 65535"})]
PortName = Annotated[str, _pattern(r"[-a-z0-9]*", "a port's number or name", 63)]
Path = Annotated[str, _pattern(_PATH, "a path that begins with a slash and does not climb (no `..`)", 1000)]
PathOrNone = Annotated[
    str, _pattern(f"({_PATH})?", "a path that begins with a slash and does not climb (no `..`)", 1000)
]
Pattern = Annotated[str, Meta(max_length=500, extra={"shape": "a regular expression of at most 500 characters"})]
Days = Annotated[int, Meta(ge=0, le=3650, extra={"shape": "a number of days, 0 to 3650"})]
ServicePort = Annotated[
    str, _pattern(rf"(({_LABEL}/)?{_LABEL}:[-a-z0-9]{{1,63}})?", "`namespace/name:port` of a Service", 191)
]
Url = Annotated[
    str, _pattern(r"(https?://[^\s/?#@\\]+(/[^\s?#\\]*)?)?", "an http(s) URL without credentials and query", 1000)
]
Header = Annotated[str, _pattern("[-A-Za-z0-9]*", "the name of a header, never its value", 64)]
Tenant = Annotated[str, _pattern(r"[-A-Za-z0-9!_.*'()|]*", "a tenant's id", 150)]
Text = Annotated[str, Meta(max_length=1000, extra={"shape": "text of at most 1000 characters"})]
Query_ = Annotated[str, Meta(min_length=1, max_length=4000, extra={"shape": "PromQL of at most 4000 characters"})]
Comparison = Annotated[
    str, _pattern(r"((==|!=|<=|>=|<|>) ?-?[0-9]+(\.[0-9]+)?)?", "a comparison such as `> 0` or `== 1`", 40)
]
Scheme = Literal["http", "https"]
HostOrNone = Annotated[str, _pattern(f"({_DNS})?", "a host's name in lower case, without scheme, port and path", 253)]
HostPort = Annotated[str, _pattern(rf"({_DNS}:[1-9][0-9]{{0,4}})?", "`host:port`", 259)]
Line = Annotated[
    str, _pattern(r"[^\x00-\x1f\x7f{}]*", "one line of text without braces, of at most 200 characters", 200)
]


def secret_variable(header: str) -> str:
    """The environment variable that holds the value of a header with a credential."""
    return f"{SECRET_VARIABLE}{header.upper().replace('-', '_')}"


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Keys as in the file; an unknown one is an error."""


class HostExpectation(_Strict, frozen=True):
    """One host that users reach."""

    auth: Annotated[
        AuthClass | None, Meta(description="How access is kept. Unset: that of the Service behind it, else any answer.")
    ] = None
    path: Annotated[Path, Meta(description="What is asked for.")] = "/"
    status: Annotated[tuple[Status, ...], Meta(description="Codes that are right, instead of the class's own.")] = ()
    body: Annotated[Pattern, Meta(description="A regular expression that the body must hold.")] = ""
    tls: Annotated[bool, Meta(description="Whether it is reached by https.")] = True
    tls_warn_days: Annotated[Days, Meta(description="Fewer days left of the certificate are a WARN.")] = TLS_WARN_DAYS
    tls_fail_days: Annotated[Days, Meta(description="Fewer days left of the certificate are a FAIL.")] = TLS_FAIL_DAYS
    port: Annotated[Port | None, Meta(description="Unset: 443, or 80 where `tls` is false. Needs trust.")] = None
    reachable: Annotated[
        bool,
        Meta(
            description="This machine can reach it: private addresses are asked, and no connection is a FAIL. Needs trust."
        ),
    ] = False
    content: Annotated[
        Text, Meta(description="Text of a page that proves the whole way, looked for at `contentPath`.")
    ] = ""
    content_path: Annotated[Path, Meta(description="The page that holds `content`.")] = "/"
    header: Annotated[
        Header,
        Meta(
            description="Name of a header with a credential that must be accepted at `headerPath`; its value stands in the "
            f"environment, as {SECRET_VARIABLE}<NAME>, and is sent over TLS only. Needs trust."
        ),
    ] = ""
    header_path: Annotated[Path, Meta(description="Where `header` is tried.")] = "/"


class ServiceExpectation(_Strict, frozen=True):
    """One Service, called `name` or `namespace/name`."""

    path: Annotated[
        PathOrNone, Meta(description="Where its health is asked for. Unset: the path of its pods' readiness probe.")
    ] = ""
    port: Annotated[
        Port | PortName,
        Meta(description="Unset: the port that leads to that probe's.", extra={"shape": "a port's number or name"}),
    ] = ""
    scheme: Annotated[Literal["http", "https", ""], Meta(description="Unset: the probe's.")] = ""
    status: Annotated[tuple[Status, ...], Meta(description="Codes that are right, instead of 200 to 399.")] = ()
    body: Annotated[Pattern, Meta(description="A regular expression that the body must hold.")] = ""
    optional: Annotated[
        tuple[Text, ...],
        Meta(description="Components of its health answer that may be down: a WARN instead of a FAIL."),
    ] = ()
    auth: Annotated[
        AuthClass | None, Meta(description="How access is kept at every host whose route leads to this Service.")
    ] = None


class Endpoint(_Strict, frozen=True):
    """Where a monitoring product answers: `service` with --proxy, `url` with --http; the Service where both are switched on."""

    service: Annotated[
        ServicePort,
        Meta(
            description="`namespace/name:port`, asked with --proxy. Without the namespace: the one that has such a Service."
        ),
    ] = ""
    url: Annotated[Url, Meta(description="Where it is asked with --http. Needs trust.")] = ""
    scheme: Annotated[Scheme, Meta(description="How `service` is spoken to.")] = "http"
    header: Annotated[
        Header,
        Meta(
            description=f"Name of a header with a credential; its value stands in the environment, as {SECRET_VARIABLE}<NAME> "
            "(upper case, _ for -). Needs trust."
        ),
    ] = ""
    tenant: Annotated[Tenant, Meta(description="X-Scope-OrgID, where Loki or Mimir has several tenants.")] = ""


class Query(_Strict, frozen=True):
    """PromQL that must have data."""

    query: Annotated[Query_, Meta(description="The expression, asked as an instant query.")]
    expect: Annotated[
        Comparison, Meta(description="What each value must hold: `> 0`, `== 1`. Unset: that there is data.")
    ] = ""
    title: Annotated[Text, Meta(description="What the report calls it.")] = ""


class Prometheus(Endpoint, frozen=True):
    """Prometheus, or what speaks its API."""

    queries: Annotated[tuple[Query, ...], Meta(description="What must have data.")] = ()
    jobs: Annotated[
        tuple[Text, ...], Meta(description="Scrape jobs that must have targets. Unset: any of the Stage's namespaces.")
    ] = ()


class Loki(Endpoint, frozen=True):
    """Loki."""

    namespaces: Annotated[
        tuple[Namespace, ...], Meta(description="Whose lines must arrive. Unset: those that the Stage deploys to.")
    ] = ()
    selector: Annotated[
        Text, Meta(description='A stream selector such as `{app="shop"}`, instead of one for each namespace.')
    ] = ""


class Grafana(Endpoint, frozen=True):
    """Grafana."""

    data_sources: Annotated[tuple[Text, ...], Meta(description="The uids of data sources that must work.")] = ()


class Keys(_Strict, frozen=True):
    """A Secret or ConfigMap, and what it must hold."""

    name: Annotated[Name, Meta(description="Its name.")]
    namespace: Annotated[Namespace, Meta(description="Unset: the namespaces that the Stage deploys to.")] = ""
    keys: Annotated[
        tuple[Text, ...], Meta(description="Keys it must have. Those of Secrets are looked at only with `secretKeys`.")
    ] = ()


class Workloads(_Strict, frozen=True):
    """Workloads that must be there and complete, whether or not an Application manages them. Any of `names` will do."""

    namespace: Annotated[Namespace, Meta(description="Unset: any.")] = ""
    labels: Annotated[dict[str, Text], Meta(description="Labels of the workload itself, all of them.")] = {}
    names: Annotated[tuple[Glob, ...], Meta(description="Names, in which * stands for any text.")] = ()
    kind: Annotated[Literal["Deployment", "StatefulSet", "DaemonSet", ""], Meta(description="Unset: any of them.")] = ""


class InCluster(_Strict, frozen=True):
    """What only somebody inside the cluster can tell: one of `dns`, `tcp` and `http`."""

    name: Annotated[Name, Meta(description="What it is called.")]
    dns: Annotated[HostOrNone, Meta(description="A name that must have an address.")] = ""
    tcp: Annotated[HostPort, Meta(description="Where a connection must be accepted; nothing is sent.")] = ""
    http: Annotated[Url, Meta(description="What must answer 200 to 299; redirects are not followed.")] = ""
    holds: Annotated[Line, Meta(description="Text that the answer of `http` must hold.")] = ""


class Expectations(_Strict, frozen=True):
    """Of one Stage. Nothing in it is required: what is not told is derived from its Applications."""

    presets: Annotated[tuple[PresetName, ...], Meta(description="Expectations by name, which come first.")] = ()
    http: Annotated[
        bool | None,
        Meta(description="Ask hosts from here (DNS, TLS, HTTP). Unset: as asked for by --http. `true` needs trust."),
    ] = None
    proxy: Annotated[
        bool | None,
        Meta(description="Ask Services through the API server. Unset: as asked for by --proxy. `true` needs trust."),
    ] = None
    secret_keys: Annotated[
        bool,
        Meta(
            description="Read the Secrets under `secrets` whole, for the names of their keys; values are dropped while decoding. Needs trust."
        ),
    ] = False
    hosts: Annotated[
        dict[Host, HostExpectation],
        Meta(
            description="Hosts that users reach, beside those of the Stage's routes. One that no route shows needs trust."
        ),
    ] = {}
    services: Annotated[
        dict[ServiceName, ServiceExpectation],
        Meta(description="Services, by `name` or `namespace/name`. One that is not of the Stage needs trust."),
    ] = {}
    workloads: Annotated[tuple[Workloads, ...], Meta(description="Workloads that must be there.")] = ()
    crds: Annotated[tuple[Crd, ...], Meta(description="CustomResourceDefinitions that must be served.")] = ()
    secrets: Annotated[tuple[Keys, ...], Meta(description="Secrets that must exist.")] = ()
    config_maps: Annotated[tuple[Keys, ...], Meta(description="ConfigMaps that must exist.")] = ()
    webhooks: Annotated[
        tuple[Glob, ...], Meta(description="Webhook configurations whose Services must answer, in which * is any text.")
    ] = ()
    custom_resources: Annotated[
        tuple[CustomResource, ...],
        Meta(description="`group/Kind` of objects that must be ready, wherever they are."),
    ] = ()
    in_cluster: Annotated[
        tuple[InCluster, ...],
        Meta(description="What only a Job inside the cluster can check: `gitops-master verify` skips it and says so."),
    ] = ()
    argocd: Annotated[bool, Meta(description="What is to be proved is that Argo CD itself works.")] = False
    kargo: Annotated[bool, Meta(description="What is to be proved is that Kargo itself works.")] = False
    prometheus: Annotated[Prometheus | None, Meta(description="Prometheus, or what speaks its API.")] = None
    alertmanager: Annotated[Endpoint | None, Meta(description="Alertmanager.")] = None
    loki: Annotated[Loki | None, Meta(description="Loki.")] = None
    grafana: Annotated[Grafana | None, Meta(description="Grafana.")] = None


class ExpectationsFile(_Strict, frozen=True):
    """.gitops-verify.yaml: what Stages are expected to be, beside what follows from their Applications."""

    version: Annotated[Literal[1], Meta(description="Of this form. There is only 1.")] = 1
    defaults: Annotated[Expectations, Meta(description="Of every Stage.")] = Expectations()
    presets: Annotated[
        dict[PresetName, Expectations],
        Meta(
            description="Expectations of one's own to name under `presets` of a Stage, beside those that are shipped."
        ),
    ] = {}
    stages: Annotated[
        dict[StageName, Expectations],
        Meta(description="Of single Stages, by `stage` or `project/stage`; both apply, the longer name last."),
    ] = {}
