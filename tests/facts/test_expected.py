"""Which expectation is meant by an object."""

from gitops_master.facts.expected import host_expectation, service_expectation
from gitops_master.model.expectations import Expectations, HostExpectation, ServiceExpectation

SAID = Expectations(
    hosts={"own.example.com": HostExpectation(auth="api"), "plain.example.com": HostExpectation(path="/login")},
    services={
        "web": ServiceExpectation(path="/any", auth="spa"),
        "prod/web": ServiceExpectation(path="/prod"),
        "api": ServiceExpectation(path="/health"),
    },
)


def test_a_service_is_meant_by_its_whole_name_before_its_short_one() -> None:
    assert service_expectation(SAID, "prod", "web") == ServiceExpectation(path="/prod")
    assert service_expectation(SAID, "test", "web") == ServiceExpectation(path="/any", auth="spa")
    assert service_expectation(SAID, "test", "db") is None


def test_a_host_has_its_own_class_or_that_of_a_service_behind_it() -> None:
    assert host_expectation(SAID, "own.example.com", [("test", "web")]) == HostExpectation(auth="api")
    assert host_expectation(SAID, "plain.example.com", [("test", "web")]) == HostExpectation(auth="spa", path="/login")
    assert host_expectation(SAID, "other.example.com", [("test", "api"), ("test", "web")]) == HostExpectation(
        auth="spa"
    )


def test_of_a_host_that_nobody_named_nothing_is_expected() -> None:
    assert host_expectation(SAID, "other.example.com", [("test", "api")]) is None
    assert host_expectation(SAID, "plain.example.com") == HostExpectation(path="/login")
