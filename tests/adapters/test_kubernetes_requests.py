"""Which request a write is: what can be said without a server."""

import json

import pytest

from gitops_master.adapters.kubernetes_ways.requests import request_of
from gitops_master.model.errors import UsageError
from gitops_master.ports.writing import AbortVerification, Reverify, Sent, Write

ID = "c4bd8f4b-1f0b-4d4e-8d6c-000000000001"


@pytest.mark.parametrize(
    ("write", "key"),
    [
        (Reverify(namespace="shop", stage="test", verification_id=ID), "kargo.akuity.io/reverify"),
        (AbortVerification(namespace="shop", stage="test", verification_id=ID), "kargo.akuity.io/abort"),
    ],
)
def test_a_verification_is_named_by_its_bare_id_in_one_annotation(write: Write, key: str) -> None:
    request = request_of(write)

    assert json.loads(request.body) == {"metadata": {"annotations": {key: ID}}}
    assert (request.resource, request.namespace, request.name) == ("stages.kargo.akuity.io", "shop", "test")


@pytest.mark.parametrize("type_", [Reverify, AbortVerification])
@pytest.mark.parametrize("id_", ["", "a b", "a=b --all", '{"id": "x"}', "-x", "a\nb", "x" * 200])
def test_an_id_that_kargo_never_makes_is_not_sent(type_: type[Reverify] | type[AbortVerification], id_: str) -> None:
    with pytest.raises(UsageError, match="no id of a verification"):
        request_of(type_(namespace="shop", stage="test", verification_id=id_))


@pytest.mark.parametrize(
    ("status", "done", "ambiguous"),
    [
        (200, True, False),
        (201, True, False),
        (403, False, False),
        (422, False, False),
        (0, False, True),
        (500, False, True),
    ]
    + [(status, False, True) for status in (502, 503, 504)],
)
def test_only_what_certainly_failed_is_not_looked_up(status: int, done: bool, ambiguous: bool) -> None:
    sent = Sent(status)

    assert (sent.done, sent.ambiguous) == (done, ambiguous)
