"""What applies to a Stage: the order of presets, defaults and Stage, and what is left out without trust."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_master import verify_file
from gitops_master.model.expectations import Expectations, HostExpectation, ServiceExpectation
from gitops_master.verify_file import Expected, VerifyFile, expected_of, grants, placed, unknown_names

PATH = "/w/.gitops-verify.yaml"


def a_file(text: str, *, named: bool = False) -> VerifyFile:
    content = text.encode()
    return VerifyFile(Path(PATH), content, verify_file.parse(content), named)


def expected(text: str, stage: str = "prod", *, trusted: bool = True) -> Expected:
    return expected_of(a_file(text), project="shop", stage=stage, trusted=trusted)


def test_without_a_file_nothing_is_expected_beyond_what_is_derived() -> None:
    assert expected_of(project="shop", stage="prod") == Expected()


def test_presets_come_first_then_defaults_then_the_stage_by_its_short_and_its_long_name() -> None:
    found = expected("""
presets:
  mine: {services: {api: {path: /preset, port: 1, scheme: http, body: a}}, crds: [a.x, b.x]}
defaults: {presets: [mine], services: {api: {port: 2, scheme: https}}, crds: [b.x, c.x], secretKeys: true}
stages:
  prod: {services: {api: {scheme: ""}}, secretKeys: false, crds: [c.x, d.x]}
  shop/prod: {services: {api: {body: b}}}
  other/prod: {services: {api: {body: c}}}
""").expectations

    assert found.services == {"api": ServiceExpectation(path="/preset", port=2, scheme="", body="b")}
    assert found.crds == ("a.x", "b.x", "c.x", "d.x")
    assert found.secret_keys is False
    assert found.presets == ("mine",)


def test_the_last_status_counts_alone() -> None:
    found = expected("defaults: {hosts: {a.b: {status: [200]}}}\nstages: {prod: {hosts: {a.b: {status: [401]}}}}")

    assert found.expectations.hosts["a.b"].status == (401,)


def test_a_stage_that_the_file_does_not_name_has_the_defaults() -> None:
    text = "defaults: {argocd: true}\nstages: {prod: {kargo: true}}"

    assert expected(text, "test").expectations == Expectations(argocd=True)
    assert expected(text, "").expectations == Expectations(argocd=True)


def test_a_product_is_merged_key_by_key_and_can_be_taken_away() -> None:
    found = expected("""
defaults: {prometheus: {service: "m/p:9090", queries: [{query: up}]}, loki: {service: "m/loki:3100"}}
stages: {prod: {prometheus: {url: "https://p.example.com", queries: [{query: down}]}, loki: null}}
""").expectations

    assert found.prometheus is not None
    assert (found.prometheus.service, found.prometheus.url) == ("m/p:9090", "https://p.example.com")
    assert [one.query for one in found.prometheus.queries] == ["up", "down"]
    assert found.loki is None


def test_a_preset_of_ones_own_stands_in_for_a_shipped_one_also_inside_others() -> None:
    found = expected("presets: {argo-cd: {crds: [mine.x]}}\ndefaults: {presets: [foundation]}").expectations

    assert "mine.x" in found.crds
    assert "applications.argoproj.io" not in found.crds
    assert found.presets == ("argo-cd", "kargo", "argo-rollouts", "cert-manager", "foundation")


GRANTED = """
defaults: {http: true, proxy: true, secretKeys: true}
presets: {mine: {services: {api: {path: /h, body: "a+b"}}}}
stages:
  prod:
    presets: [mine]
    hosts: {a.b: {reachable: true, port: 8443, path: /x, body: plain text, header: X-Key, headerPath: /me}}
    prometheus: {url: "https://p.example.com:1", header: Authorization, queries: [{query: up}]}
  other: {http: true}
"""


def test_without_trust_a_file_says_what_is_right_and_causes_nothing() -> None:
    found = expected(GRANTED, trusted=False)

    said = found.expectations
    assert (said.http, said.proxy, said.secret_keys) == (None, None, False)
    assert said.hosts == {"a.b": HostExpectation(path="/x", body="plain text", header_path="/me")}
    assert said.services == {"api": ServiceExpectation(path="/h")}
    assert said.prometheus is not None
    assert (said.prometheus.url, said.prometheus.header, len(said.prometheus.queries)) == ("", "", 1)
    assert found.allowed_hosts == frozenset()
    assert found.ignored == (
        "presets.mine.services.api.body",
        "defaults.http",
        "defaults.proxy",
        "defaults.secretKeys",
        "stages.prod.hosts['a.b'].reachable",
        "stages.prod.hosts['a.b'].port",
        "stages.prod.hosts['a.b'].header",
        "stages.prod.prometheus.url",
        "stages.prod.prometheus.header",
    )
    (words,) = found.words()
    assert words.startswith(f"{PATH} was not trusted")
    assert words.endswith(f"gitops-master trust {PATH}")


@pytest.mark.parametrize("named", [True, False])
def test_with_trust_or_named_by_the_user_all_of_it_counts(named: bool) -> None:
    found = expected_of(a_file(GRANTED, named=named), project="shop", stage="prod", trusted=not named)

    assert found.trusted
    assert found.words() == []
    assert found.expectations.http is True
    assert found.expectations.services["api"].body == "a+b"
    assert found.allowed_hosts == {"a.b", "p.example.com"}
    assert found.within(hosts=(), services=()) == found


def test_a_service_that_a_shipped_preset_guesses_is_asked_only_where_the_stage_has_it() -> None:
    found = expected("defaults: {presets: [argo-cd, kargo], services: {other: {}}}")

    assert set(found.within(hosts=(), services={"infra/kargo-api"}).expectations.services) == {"kargo-api", "other"}


_GRABBY = st.fixed_dictionaries(
    {},
    optional={
        "http": st.booleans(),
        "proxy": st.booleans(),
        "secretKeys": st.booleans(),
        "presets": st.just(["monitoring"]),
        "hosts": st.dictionaries(
            st.sampled_from(["a.b", "c.d"]),
            st.fixed_dictionaries(
                {},
                optional={
                    "reachable": st.booleans(),
                    "port": st.just(1),
                    "body": st.just("a|b"),
                    "header": st.just("X-A"),
                },
            ),
        ),
        "services": st.dictionaries(st.sampled_from(["x", "n/x", "y"]), st.just({"path": "/x", "body": "a*"})),
        "prometheus": st.sampled_from([None, {"url": "http://c.d"}, {"service": "n/p:1", "header": "X-A"}]),
        "grafana": st.sampled_from([None, {"url": "http://c.d", "header": "X-A"}]),
    },
)


@given(st.dictionaries(st.sampled_from(["defaults", "mine", "prod", "shop/prod"]), _GRABBY))
def test_no_arrangement_of_keys_gets_past_trust(parts: dict[str, dict[str, Any]]) -> None:
    data = {
        "defaults": {**parts.get("defaults", {}), "presets": ["mine"]},
        "presets": {"mine": parts.get("mine", {})},
        "stages": {key: one for key, one in parts.items() if "prod" in key},
    }

    found = expected_of(a_file(json.dumps(data)), project="shop", stage="prod").within(hosts={"a.b"}, services={"n/x"})

    said = found.expectations
    assert (bool(said.http), bool(said.proxy), said.secret_keys) == (False, False, False)
    assert found.allowed_hosts == frozenset()
    assert set(said.hosts) <= {"a.b"}
    assert all(not (one.reachable or one.port or one.body or one.header) for one in said.hosts.values())
    assert set(said.services) <= {"x", "n/x"}
    assert not any(one.body for one in said.services.values())
    assert not any(one.url or one.header for one in (said.prometheus, said.grafana) if one is not None)


def test_switching_off_needs_no_trust() -> None:
    found = expected("defaults: {http: false, proxy: false, secretKeys: false}", trusted=False)

    assert (found.expectations.http, found.ignored) == (False, ())


def test_without_trust_only_hosts_and_services_of_the_stage_are_asked() -> None:
    text = "defaults: {presets: [kargo], hosts: {a.b: {}, c.d: {}}, services: {api: {}, x/api: {}, web: {}, y/api: {}}}"

    found = expected(text, trusted=False).within(hosts={"a.b"}, services={"x/api"})

    assert set(found.expectations.hosts) == {"a.b"}
    assert set(found.expectations.services) == {"api", "x/api"}
    assert found.ignored == ("hosts['c.d']", "services.web", "services['y/api']")


def test_what_trust_would_allow_is_listed_whole() -> None:
    found = dict(grants(a_file(GRANTED)))

    assert set(found) == {
        "defaults.http",
        "defaults.proxy",
        "defaults.secretKeys",
        "presets.mine.services.api",
        "presets.mine.services.api.body",
        "stages.other.http",
        "stages.prod.hosts['a.b']",
        "stages.prod.hosts['a.b'].header",
        "stages.prod.hosts['a.b'].port",
        "stages.prod.hosts['a.b'].reachable",
        "stages.prod.prometheus.header",
        "stages.prod.prometheus.url",
    }
    assert found["stages.prod.prometheus.header"] == "the credential Authorization of the environment is sent"
    assert grants(a_file("defaults: {crds: [a.b], http: false}")) == []


def test_names_that_nothing_has_are_said_with_what_is_nearest() -> None:
    file = a_file("""
defaults: {presets: [kargo], services: {apii: {}, x/web: {}, api: {}}, hosts: {shop.exmaple.com: {}, extra.org: {}}}
stages: {prodd: {}, shop/tset: {}, prod: {}, shp/prod: {}, other/x: {}}
""")
    found = expected_of(file, project="shop", stage="prod", trusted=True)

    words = unknown_names(
        file,
        found,
        project="shop",
        stages=["prod", "test"],
        projects=["shop", "other"],
        services=["shop/api", "shop/web"],
        hosts=["shop.example.com"],
    )

    assert words == [
        f"{PATH}: stages.prodd: project shop has no Stage 'prodd' (write project/stage for another project's); "
        "did you mean 'prod'?",
        f"{PATH}: stages['shop/tset']: project shop has no Stage 'tset'; did you mean 'test'?",
        f"{PATH}: stages['shp/prod']: there is no project 'shp'; did you mean 'shop'?",
        "preset kargo: there is no Service 'kargo-api'",
        f"{PATH}: there is no Service 'apii'; did you mean 'api'?",
        f"{PATH}: there is no Service 'x/web'; did you mean 'shop/web'?",
        f"{PATH}: no route of the Stage shows the host 'shop.exmaple.com'; did you mean 'shop.example.com'?",
    ]


def test_of_what_was_not_read_nothing_is_said() -> None:
    file = a_file("defaults: {services: {apii: {}}}\nstages: {x: {}}")

    assert unknown_names(file, expected_of(file, project="shop", trusted=True), project="shop") == []


@pytest.mark.parametrize(
    ("services", "namespace", "wanted"),
    [
        (["m/prometheus-operated"], "", "m/prometheus-operated:9090"),
        (["m/prometheus-operated", "n/prometheus-operated"], "n", "n/prometheus-operated:9090"),
        (["m/prometheus-operated"], "n", "m/prometheus-operated:9090"),
        ([], "n", "n/prometheus-operated:9090"),
    ],
)
def test_a_monitoring_service_without_namespace_is_placed(services: list[str], namespace: str, wanted: str) -> None:
    found, problems = placed(
        expected("defaults: {prometheus: {service: 'prometheus-operated:9090'}}"),
        services=services,
        monitoring_namespace=namespace,
    )

    assert found.expectations.prometheus is not None
    assert found.expectations.prometheus.service == wanted
    assert problems == []


@pytest.mark.parametrize(
    ("services", "word"), [([], "was found in no namespace"), (["m/p", "n/p"], "is in the namespaces m, n")]
)
def test_one_that_cannot_be_placed_is_said_and_not_asked(services: list[str], word: str) -> None:
    found, (problem,) = placed(expected("defaults: {prometheus: {service: 'p:1'}}"), services=services)

    assert found.expectations.prometheus is None
    assert word in problem
    assert "monitoring_namespace" in problem


def test_a_place_that_has_its_namespace_stays() -> None:
    before = expected("defaults: {prometheus: {service: 'a/p:1'}, grafana: {url: 'https://g.example.com'}}")

    assert placed(before, services=[]) == (before, [])


def test_the_bundle_keeps_its_values_when_replaced() -> None:
    assert msgspec.structs.replace(Expected(), file="x").expectations == Expectations()
