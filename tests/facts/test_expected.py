"""Which expectation is meant by an object."""

from gitops_master.facts.expected import auth_behind, service_expectation
from gitops_master.model.expectations import Expectations, ServiceExpectation

SAID = Expectations(
    services={
        "web": ServiceExpectation(path="/any", auth="spa"),
        "prod/web": ServiceExpectation(path="/prod"),
        "api": ServiceExpectation(path="/health"),
    }
)


def test_a_service_is_meant_by_its_whole_name_before_its_short_one() -> None:
    assert service_expectation(SAID, "prod", "web") == ServiceExpectation(path="/prod")
    assert service_expectation(SAID, "test", "web") == ServiceExpectation(path="/any", auth="spa")
    assert service_expectation(SAID, "test", "db") is None


def test_a_host_has_the_class_of_the_service_behind_it_that_has_one() -> None:
    assert auth_behind(SAID, ["test/api", "test/web"]) == ("spa", "test/web")
    assert auth_behind(SAID, ["prod/web", "prod/api"]) is None
    assert auth_behind(SAID, []) is None
