"""The answers that the test server starts from are real ones, and as the API is described; the check sees what is not."""

import json

from tests.adapters.kargo_api import swagger

pytestmark = swagger.needed

PROMOTIONS = "/v1beta1/projects/demo/stages/dev/promotions"


def test_what_a_real_kargo_answered_is_as_described() -> None:
    for name, path in {
        "projects_demo": "/v1beta1/projects/demo",
        "projects_demo_stages_dev": "/v1beta1/projects/demo/stages/dev",
        "projects_demo_promotions_stage_dev": "/v1beta1/projects/demo/promotions",
        "system_server-version": "/v1beta1/system/server-version",
        "system_public-server-config": "/v1beta1/system/public-server-config",
    }.items():
        found = swagger.operation("GET", path)
        assert found is not None
        assert swagger.wrong_answer(found, 200, json.dumps(swagger.real(name)).encode()) == []


def test_what_is_not_as_described_is_seen() -> None:
    promote = swagger.operation("POST", PROMOTIONS)
    approve = swagger.operation("POST", "/v1beta1/projects/demo/freight/f1/approve")

    assert promote is not None
    assert approve is not None
    assert swagger.operation("POST", f"{PROMOTIONS}/more") is None
    assert swagger.wrong_request(promote, [], "application/json", b'{"freight": "f1"}') == []
    assert swagger.wrong_request(promote, [("a", "b")], "text/plain", b'{"freights": 1}') == [
        "query a",
        "body as text/plain",
        "body: freights",
    ]
    assert swagger.wrong_request(approve, [], "", b"{}") == ["no query stage", "a body"]
    assert swagger.wrong_answer(promote, 200, b"{}") == ["status 200"]
    assert swagger.wrong_answer(promote, 201, b'{"spec": {"stage": 1}}') != []
    assert swagger.wrong_answer(promote, 400, b'{"message": "no"}') == ["an error of another form"]
