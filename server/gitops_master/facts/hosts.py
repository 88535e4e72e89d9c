"""The hosts that users reach what is deployed under, as routes, Applications and expectations name them.

Whoever may write a route may write any host into it: what is done with one is decided where it is asked.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.expected import auth_behind
from gitops_master.facts.route_hosts import REGEXP, Named, of_gateway_routes, of_ingresses, of_traefik_routes
from gitops_master.facts.texts import fact
from gitops_master.model.expectations import AuthClass, Expectations, HostExpectation
from gitops_master.model.finding import Evidence
from gitops_master.model.meta import Ref

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_ADDRESS = re.compile(r"[0-9.]+|\[.*|.*:.*")
EXPECTED = ".gitops-verify.yaml"
"""What is told as the place of a host that a file names."""


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """`port`: where it is asked. `named`: where its name stands: (object, path of the field). `addresses`: IPs and names that the
    status of its routes shows. `services`: what its routes lead to, as `namespace/name`. `implied`: how access is kept as
    `implied_by`, an annotation or the expectation of a Service, says. `tells_scheme`: whether `tls` is known, and not only the lesser of two guesses.
    """

    name: str
    tls: bool
    port: int
    tells_scheme: bool = True
    named: tuple[tuple[Ref | str, str], ...] = ()
    addresses: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    expected: HostExpectation | None = None
    implied: AuthClass | None = None
    implied_by: str = ""
    grpc_only: bool = False

    @property
    def auth(self) -> AuthClass | None:
        """How access is kept, as somebody wrote it down."""
        return self.expected.auth if self.expected is not None and self.expected.auth else self.implied

    @property
    def service_names(self) -> frozenset[str]:
        return frozenset(one.rpartition("/")[2] for one in self.services)

    @property
    def expectation(self) -> HostExpectation:
        return self.expected or HostExpectation(tls=self.tls)

    def url(self, path: str = "") -> str:
        """Without the port where it is the scheme's own; `path`: by default the expected one."""
        scheme, usual = ("https", 443) if self.tls else ("http", 80)
        port = "" if self.port == usual else f":{self.port}"
        return f"{scheme}://{self.name}{port}/{(path or self.expectation.path).removeprefix('/')}"

    def over_tls(self) -> "Host":
        return msgspec.structs.replace(self, tls=True, port=443, tells_scheme=True)

    def evidence(self) -> list[Evidence]:
        """Who names it; the first two."""
        return [fact(about, path, self.name) for about, path in self.named[:2]]


class Passed(msgspec.Struct, frozen=True):
    """A name that is not asked, and why."""

    name: str
    source: Ref
    reason: str


class Hosts(msgspec.Struct, frozen=True):
    """By name."""

    asked: tuple[Host, ...]
    passed: tuple[Passed, ...]


def routed(deployed: Deployed) -> frozenset[str]:
    """Names of the hosts that routes and Applications name, whatever is expected."""
    return frozenset(one.name.lower().removesuffix(".") for one in _named(deployed, []))


def hosts_of(deployed: Deployed) -> Hosts:
    """Hosts of the Applications' routes and URLs, and those that expectations name."""
    passed: list[Passed] = []
    by_name: dict[str, list[Named]] = {}
    for one in _named(deployed, passed):
        by_name.setdefault(one.name.lower().removesuffix("."), []).append(one)
    expected = deployed.expected.hosts
    for name, held in list(by_name.items()):
        if reason := _why_not(name):
            passed += [Passed(held[0].name, held[0].source, reason)]
            del by_name[name]
    asked = [
        _host(name, by_name.get(name, []), expected.get(name), deployed.expected)
        for name in sorted({*by_name, *expected})
    ]
    return Hosts(tuple(asked), tuple(dict.fromkeys(passed)))


def _named(deployed: Deployed, passed: list[Passed]) -> Iterator[Named]:
    routes = [*of_ingresses(deployed), *of_gateway_routes(deployed), *of_traefik_routes(deployed)]
    yield from routes
    for app in deployed.apps:
        for index, text in enumerate(app.app.status.summary.external_urls):
            # An annotation may put a title in front: `title|https://…` (Argo CD link.argocd.argoproj.io/external-link).
            url = text.rpartition("|")[2]
            try:
                split = urlsplit(url)
                host, port = split.hostname or "", split.port
            except ValueError:
                passed.append(Passed(url[:100], app.ref, "no URL"))
                continue
            if split.scheme not in {"http", "https"} or not host:
                continue
            if _ADDRESS.fullmatch(host) or host in deployed.private_addresses:
                passed.append(Passed(host, app.ref, "the address of a load balancer, which no certificate is for"))
            elif port not in {None, 80, 443}:
                passed.append(
                    Passed(f"{host}:{port}", app.ref, f"port {port}: name the host and its port under `hosts`")
                )
            else:
                yield Named(
                    name=host, source=app.ref, path=f"status.summary.externalURLs[{index}]", tls=split.scheme == "https"
                )


def _why_not(name: str) -> str:
    if not name:
        return "a route for every host names none"
    if name.startswith("*."):
        return "a wildcard is no host: name the ones that matter under `hosts`"
    if name.startswith(f"{REGEXP.lower()}("):
        return "a pattern is no host: name the ones that matter under `hosts`"
    if not _NAME.fullmatch(name) or len(name) > 253:
        return "no host name"
    return ""


def _host(name: str, held: list[Named], expected: HostExpectation | None, whole: Expectations) -> Host:
    tls = expected.tls if expected is not None else any(one.tls for one in held)
    ports = [one.port for one in held if one.port and bool(one.tls) == tls]
    port = (expected.port if expected is not None else None) or next(iter(ports), 443 if tls else 80)
    services = frozenset().union(*(one.services for one in held))
    implied, implied_by = auth_behind(whole, services) or next(
        ((one.implied, one.implied_by) for one in held if one.implied), (None, "")
    )
    named: list[tuple[Ref | str, str]] = [(one.source, one.path) for one in held]
    return Host(
        name=name,
        tls=tls,
        port=port,
        tells_scheme=expected is not None or tls,
        named=tuple(dict.fromkeys(named)) or ((EXPECTED, f"hosts.{name}"),),
        addresses=frozenset().union(*(one.addresses for one in held)),
        services=services,
        expected=expected,
        implied=implied,
        implied_by=implied_by,
        grpc_only=bool(held) and all(one.grpc for one in held) and expected is None,
    )
