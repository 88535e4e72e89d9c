"""Which expectation is meant by an object: names in .gitops-verify.yaml are short, objects have namespaces."""

from collections.abc import Iterable

from gitops_master.model.expectations import AuthClass, Expectations, ServiceExpectation


def service_expectation(expected: Expectations, namespace: str, name: str) -> ServiceExpectation | None:
    """Of one Service: by `namespace/name`, else by `name`; None where nothing is expected of it beyond what its pods say."""
    return expected.services.get(f"{namespace}/{name}") or expected.services.get(name)


def auth_behind(expected: Expectations, services: Iterable[str]) -> tuple[AuthClass, str] | None:
    """How access is kept at a host whose routes lead to these Services (`namespace/name` or `name`), and the Service that says so.

    None where no expectation of them says anything of it.
    """
    for service in sorted(services):
        namespace, _, name = service.rpartition("/")
        said = service_expectation(expected, namespace, name)
        if said is not None and said.auth is not None:
            return said.auth, service
    return None
