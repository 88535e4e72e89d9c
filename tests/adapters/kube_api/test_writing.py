"""What is sent to an API server to change an object, and what is made of its answers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from gitops_master.adapters.kube_api import Access, KubeWriter, Surroundings
from gitops_master.model.errors import Unreachable, UsageError
from gitops_master.ports.writing import How, ObjectChange
from tests.adapters.kube_api.worlds import Waits, kubeconfig, ok, raw, serving, status

STAGE = "/apis/kargo.akuity.io/v1alpha1/namespaces/shop/stages/test"
TOKEN = {"token": "s3cret-token-of-dev"}
MERGE = ObjectChange(
    resource="stages.kargo.akuity.io",
    version="v1alpha1",
    namespace="shop",
    name="test",
    how=How.MERGE,
    body=b'{"metadata": {"annotations": {"a": "b"}}}',
)
BODY = b'{"kind": "Stage", "metadata": {"name": "test"}}'
CREATE = msgspec.structs.replace(MERGE, how=How.CREATE, name="", body=BODY)
STORED = ok('{"kind": "Stage", "apiVersion": "kargo.akuity.io/v1alpha1", "metadata": {"name": "test"}}')


def writer(file: Path) -> KubeWriter:
    return KubeWriter.open(Access(kubeconfig=(file,)), Surroundings(sleep=Waits(), random=lambda: 0.5))


async def test_one_annotation_is_sent_as_a_merge_patch(tmp_path: Path) -> None:
    methods: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        methods.append(request.method)
        return await STORED(request)

    async with serving() as server:
        server.answer(STAGE, answer)
        opened = writer(kubeconfig(tmp_path, server.url, TOKEN))
        sent = await opened.change(MERGE, deadline_s=10)
        await opened.close()

    [seen] = server.seen
    assert (sent.status, sent.problem, methods) == (200, "", ["PATCH"])
    assert json.loads(seen.body) == {"metadata": {"annotations": {"a": "b"}}}
    assert seen.headers["Content-Type"] == "application/merge-patch+json"
    assert seen.query == (("fieldManager", "gitops-master"),)


@pytest.mark.parametrize("code", [400, 403, 404, 409, 422, 429, 500, 502, 503, 504])
async def test_whatever_comes_back_it_is_sent_once(tmp_path: Path, code: int) -> None:
    async with serving() as server:
        server.answer(STAGE, status(code, "no"), STORED)
        opened = writer(kubeconfig(tmp_path, server.url, TOKEN))
        sent = await opened.change(MERGE, deadline_s=10)
        await opened.close()

    assert (sent.status, len(server.seen)) == (code, 1)
    assert sent.problem.endswith(": no")


async def test_a_connection_that_breaks_off_leaves_it_open_what_was_done(tmp_path: Path) -> None:
    tries = []

    async def talk(reader: object, _writer: object) -> None:
        tries.append(reader)

    async with raw(talk) as url:
        opened = writer(kubeconfig(tmp_path, url, TOKEN))
        sent = await opened.change(MERGE, deadline_s=10)
        await opened.close()

    assert sent.status == 0
    assert len(tries) == 1
    assert "s3cret" not in sent.problem


async def test_a_kubeconfig_that_cannot_be_used_sends_nothing(tmp_path: Path) -> None:
    opened = writer(
        kubeconfig(tmp_path, "http://127.0.0.1:1", {"exec": {"command": "/nonexistent", "apiVersion": "x"}})
    )

    with pytest.raises((Unreachable, UsageError)):
        await opened.change(MERGE, deadline_s=10)


@pytest.mark.parametrize("name", ["", "a/b?c", "..", "a/../b", "-a", "A", "a\nb", "a%2fb", "x" * 260])
@pytest.mark.parametrize("field", ["namespace", "name"])
async def test_a_name_that_no_object_can_have_is_not_sent(tmp_path: Path, field: str, name: str) -> None:
    change = msgspec.structs.replace(MERGE, **{field: name})
    async with serving() as server:
        opened = writer(kubeconfig(tmp_path, server.url, TOKEN))
        with pytest.raises(UsageError, match="not a name that an object can have"):
            await opened.change(change, deadline_s=10)
        await opened.close()

    assert server.seen == []


@pytest.mark.parametrize(
    ("change", "method", "path", "media", "query"),
    [
        (MERGE, "PATCH", STAGE, "application/merge-patch+json", {}),
        (msgspec.structs.replace(MERGE, how=How.JSON), "PATCH", STAGE, "application/json-patch+json", {}),
        (msgspec.structs.replace(MERGE, subresource="status"), "PATCH", f"{STAGE}/status", "application/merge-patch+json", {}),
        (msgspec.structs.replace(MERGE, dry_run=True), "PATCH", STAGE, "application/merge-patch+json", {"dryRun": "All"}),
        (CREATE, "POST", STAGE.rpartition("/")[0], "application/json", {"fieldValidation": "Strict"}),
    ],
)  # fmt: skip
async def test_each_change_is_one_request(
    tmp_path: Path, change: ObjectChange, method: str, path: str, media: str, query: dict[str, str]
) -> None:
    methods: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        methods.append(request.method)
        return web.Response(
            status=201, body=BODY, content_type="application/json", headers={"Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
        )

    async with serving() as server:
        server.answer(path, answer)
        opened = writer(kubeconfig(tmp_path, server.url, TOKEN))
        changed = await opened.change(change, deadline_s=10)
        await opened.close()

    [seen] = server.seen
    assert (methods, seen.path, seen.headers["Content-Type"]) == ([method], path, media)
    assert dict(seen.query) == {"fieldManager": "gitops-master", **query}
    assert seen.body == change.body
    assert (changed.status, changed.problem, changed.body) == (201, "", BODY)
    assert changed.at is not None
    assert timedelta(0) <= datetime(2026, 11, 23, 10, tzinfo=UTC) - changed.at < timedelta(seconds=10)


async def test_credentials_that_are_refused_are_had_anew_once(tmp_path: Path) -> None:
    async with serving() as server:
        server.answer(STAGE, status(401, "Unauthorized"))
        opened = writer(kubeconfig(tmp_path, server.url, TOKEN))
        changed = await opened.change(MERGE, deadline_s=10)
        await opened.close()

    assert (changed.status, len(server.seen)) == (401, 2)


async def test_a_server_that_is_not_there_is_not_taken_for_a_lost_answer(tmp_path: Path) -> None:
    opened = writer(kubeconfig(tmp_path, "http://127.0.0.1:1", TOKEN))

    with pytest.raises(Unreachable, match="nothing was written"):
        await opened.change(MERGE, deadline_s=10)
    await opened.close()


async def test_a_page_instead_of_an_object_leaves_it_open_what_was_done(tmp_path: Path) -> None:
    async with serving() as server:
        server.answer(STAGE, ok("<html>", "text/html"))
        opened = writer(kubeconfig(tmp_path, server.url, TOKEN))
        changed = await opened.change(MERGE, deadline_s=10)
        await opened.close()

    assert (changed.status, changed.body) == (0, b"")
    assert "login page" in changed.problem
