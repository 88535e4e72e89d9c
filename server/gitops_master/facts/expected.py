"""Which expectation is meant by an object: names in .gitops-verify.yaml are short, objects have namespaces."""

from collections.abc import Iterable

import msgspec

from gitops_master.model.expectations import Expectations, HostExpectation, ServiceExpectation


def service_expectation(expected: Expectations, namespace: str, name: str) -> ServiceExpectation | None:
    """Of one Service: by `namespace/name`, else by `name`; None where nothing is expected of it beyond what its pods say."""
    return expected.services.get(f"{namespace}/{name}") or expected.services.get(name)


def host_expectation(
    expected: Expectations, host: str, backends: Iterable[tuple[str, str]] = ()
) -> HostExpectation | None:
    """Of one host. `backends`: (namespace, name) of the Services behind its routes, whose `auth` is the host's where it has none.

    None where neither the host nor a Service behind it is expected to be anything.
    """
    said = expected.hosts.get(host)
    if said is not None and said.auth is not None:
        return said
    behind = (service_expectation(expected, *one) for one in backends)
    auth = next((one.auth for one in behind if one is not None and one.auth is not None), None)
    if auth is None:
        return said
    return msgspec.structs.replace(said or HostExpectation(), auth=auth)
