"""Which hosts follow from routes, Applications and expectations, and which names are passed over."""

import pytest

from gitops_master.facts.hosts import Host, hosts_of
from gitops_master.facts.route_hosts import covers
from tests.probes.deployments import deployed

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
    - {host: Shop.Example.test, http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}
    - {host: plain.example.test, http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}
    - {host: "*.example.test"}
    - {http: {paths: []}}
  tls: [{hosts: [shop.example.test, extra.example.test], secretName: web-tls}]
status: {loadBalancer: {ingress: [{ip: 10.0.0.7}, {hostname: lb.example.test}]}}
"""
GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
unmanaged: true
metadata: {name: public, namespace: infra}
spec:
  listeners:
    - {name: http, port: 80, protocol: HTTP}
    - {name: https, port: 8443, protocol: HTTPS, hostname: "*.example.test"}
    - {name: other, port: 443, protocol: HTTPS, hostname: other.test}
status: {addresses: [{type: IPAddress, value: 192.168.1.9}]}
---
"""
ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec: {hostnames: [%s], parentRefs: [{name: public, namespace: infra%s}], rules: [{backendRefs: [{name: web}]}]}
"""


def asked(objects: str = "", **more: object) -> dict[str, Host]:
    return {one.name: one for one in hosts_of(deployed(objects, **more)).asked}  # type: ignore[arg-type]


def passed(objects: str = "", **more: object) -> dict[str, str]:
    return {one.name: one.reason for one in hosts_of(deployed(objects, **more)).passed}  # type: ignore[arg-type]


def test_an_ingress_names_hosts_and_shows_addresses() -> None:
    hosts = asked(INGRESS)

    assert sorted(hosts) == ["extra.example.test", "plain.example.test", "shop.example.test"]
    shop = hosts["shop.example.test"]
    assert (shop.url(), shop.tls, shop.tells_scheme) == ("https://shop.example.test/", True, True)
    assert shop.addresses == {"10.0.0.7", "lb.example.test"}
    assert shop.services == {"shop/web"}
    assert [str(one.object) for one in shop.evidence()] == ["Ingress shop/web"]
    plain = hosts["plain.example.test"]
    assert (plain.url(), plain.tls, plain.tells_scheme) == ("http://plain.example.test/", False, False)
    assert plain.over_tls().url() == "https://plain.example.test/"
    assert passed(INGRESS) == {
        "*.example.test": "a wildcard is no host: name the ones that matter under `hosts`",
        "": "a route for every host names none",
    }


@pytest.mark.parametrize(
    ("notes", "path", "auth"),
    [
        ('{nginx.ingress.kubernetes.io/auth-url: "https://id.example.test/oauth2/auth"}', "/", "forward-auth"),
        ("{nginx.ingress.kubernetes.io/auth-type: basic, nginx.ingress.kubernetes.io/auth-secret: a}", "/", "basic"),
        ("{nginx.ingress.kubernetes.io/auth-tls-secret: a/b}", "/", "mtls"),
        (
            '{nginx.ingress.kubernetes.io/auth-tls-secret: a, nginx.ingress.kubernetes.io/auth-tls-verify-client: "off"}',
            "/",
            None,
        ),
        ("{nginx.ingress.kubernetes.io/auth-url: https://x, nginx.ingress.kubernetes.io/satisfy: any}", "/", None),
        ("{nginx.ingress.kubernetes.io/auth-url: https://x}", "/admin", None),
        ("{}", "/", None),
    ],
)
def test_annotations_of_an_ingress_say_how_access_is_kept(notes: str, path: str, auth: str | None) -> None:
    text = INGRESS.replace("namespace: shop}", f"namespace: shop, annotations: {notes}}}", 1).replace(
        "path: /,", f"path: {path},"
    )

    assert asked(text)["shop.example.test"].auth == auth


def test_what_a_file_says_goes_before_annotations_and_derived_schemes() -> None:
    text = INGRESS.replace("shop}", "shop, annotations: {nginx.ingress.kubernetes.io/auth-url: https://x}}", 1)
    hosts = asked(
        text,
        expected={
            "shop.example.test": {"auth": "public", "path": "/start", "port": 8443},
            "plain.example.test": {"tls": False},
            "new.example.test": {},
        },
    )

    assert (hosts["shop.example.test"].auth, hosts["shop.example.test"].url()) == (
        "public",
        "https://shop.example.test:8443/start",
    )
    assert (hosts["plain.example.test"].tls, hosts["plain.example.test"].tells_scheme) == (False, True)
    assert hosts["new.example.test"].url() == "https://new.example.test/"
    assert hosts["new.example.test"].evidence()[0].object == ".gitops-verify.yaml"


@pytest.mark.parametrize(
    ("hosts", "section", "url"),
    [
        ("shop.example.test", "", "https://shop.example.test:8443/"),
        ("shop.example.test", ", sectionName: http", "http://shop.example.test/"),
        ("shop.else.test", "", "http://shop.else.test/"),
        ("other.test", "", "https://other.test/"),
        ("shop.example.test", ", sectionName: gone", "https://shop.example.test/"),
    ],
)
def test_a_route_takes_port_encryption_and_addresses_of_its_gateway(hosts: str, section: str, url: str) -> None:
    [host] = asked(GATEWAY + ROUTE % (hosts, section)).values()

    assert host.url() == url
    assert host.addresses == (set() if "gone" in section else {"192.168.1.9"})


def test_a_route_without_hosts_has_those_of_the_listener() -> None:
    assert sorted(asked(GATEWAY + ROUTE % ("", ", sectionName: other"))) == ["other.test"]
    assert sorted(passed(GATEWAY + ROUTE % ("", ""))) == ["", "*.example.test"]


def test_a_route_whose_gateway_was_not_read_is_taken_to_be_encrypted() -> None:
    [host] = asked(ROUTE % ("shop.example.test", "")).values()

    assert (host.url(), host.grpc_only) == ("https://shop.example.test/", False)
    [grpc] = asked((ROUTE % ("shop.example.test", "")).replace("HTTPRoute", "GRPCRoute")).values()
    assert grpc.grpc_only


def test_hosts_in_rules_of_traefik() -> None:
    text = """
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: web, namespace: shop}
spec:
  tls: {}
  routes:
    - {match: "Host(`a.example.test`, `b.example.test`) && PathPrefix(`/x`) || Host(\\"c.example.test\\")", services: [{name: web}]}
    - {match: "!Host(`d.example.test`) && HostRegexp(`^(e|f)[.]example$`) && Host(`evil host`)"}
    - {match: "HostSNI(`g.example.test`)"}
"""
    hosts = asked(text)

    assert sorted(hosts) == ["a.example.test", "b.example.test", "c.example.test"]
    assert {one.url() for one in hosts.values()} == {f"https://{name}/" for name in hosts}
    assert hosts["a.example.test"].services == {"shop/web"}
    assert sorted(passed(text).values()) == [
        "a pattern is no host: name the ones that matter under `hosts`",
        "no host name",
    ]
    [plain] = asked(
        text.replace("  tls: {}\n", "")
        .split('    - {match: "!')[0]
        .replace(", `b.example.test`", "")
        .replace(' || Host(\\"c.example.test\\")', "")
    ).values()
    assert (plain.tls, plain.tells_scheme) == (False, False)


def test_urls_of_applications() -> None:
    urls = (
        "https://shop.example.test/",
        "Docs|https://docs.example.test/a?b",
        "http://plain.example.test",
        "https://10.0.0.7/",
        "https://[::1]/",
        "http://lb.example.test/",
        "https://shop.example.test:6443/",
        "https://x:y:z/",
        "ssh://git.example.test",
        "nonsense",
    )
    text = INGRESS.split("spec:")[0] + INGRESS[INGRESS.index("status:") :]

    assert {one.url() for one in asked(text, urls=urls).values()} == {
        "https://shop.example.test/",
        "https://docs.example.test/",
        "http://plain.example.test/",
    }
    assert sorted(passed(text, urls=urls)) == [
        "10.0.0.7",
        "::1",
        "https://x:y:z/",
        "lb.example.test",
        "shop.example.test:6443",
    ]


def test_addresses_that_a_status_shows() -> None:
    service = """
apiVersion: v1
kind: Service
unmanaged: true
metadata: {name: traefik, namespace: infra}
status: {loadBalancer: {ingress: [{ip: 172.16.0.3}]}}
---
"""
    looked_at = deployed(service + GATEWAY + INGRESS)

    assert looked_at.private_addresses == {"10.0.0.7", "lb.example.test", "192.168.1.9", "172.16.0.3"}


def test_a_wildcard_stands_for_labels_in_front() -> None:
    assert covers("*.example.test", "a.example.test")
    assert not covers("*.example.test", "example.test")
    assert not covers("*.example.test", ".example.test")
    assert covers("A.example.test", "a.example.TEST")
