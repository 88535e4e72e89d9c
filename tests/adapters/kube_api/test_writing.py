"""What is sent to an API server to have Kargo verify again, and what is made of its answers."""

import json
from pathlib import Path

import pytest
from aiohttp import web

from gitops_master.adapters.kube_api import Access, KubeWriter, Surroundings
from gitops_master.model.errors import Unreachable, UsageError
from gitops_master.ports.writing import Sent
from tests.adapters.kube_api.worlds import Answers, Waits, kubeconfig, ok, raw, serving, status

STAGE = "/apis/kargo.akuity.io/v1alpha1/namespaces/shop/stages/test"
TOKEN = {"token": "s3cret-token-of-dev"}
ID = "c4bd8f4b-1f0b-4d4e-8d6c-000000000001"
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
        sent = await opened.reverify("shop", "test", ID, deadline_s=10)
        await opened.close()

    [seen] = server.seen
    assert (sent, methods) == (Sent(200), ["PATCH"])
    assert json.loads(seen.body) == {"metadata": {"annotations": {"kargo.akuity.io/reverify": ID}}}
    assert seen.headers["Content-Type"] == "application/merge-patch+json"
    assert seen.query == (("fieldManager", "gitops-master"),)


@pytest.mark.parametrize("code", [400, 403, 404, 409, 422, 429, 500, 502, 503, 504])
async def test_whatever_comes_back_it_is_sent_once(tmp_path: Path, code: int) -> None:
    async with serving() as server:
        server.answer(STAGE, status(code, "no"), STORED)
        opened = writer(kubeconfig(tmp_path, server.url, TOKEN))
        sent = await opened.reverify("shop", "test", ID, deadline_s=10)
        await opened.close()

    assert (sent.status, sent.done, len(server.seen)) == (code, False, 1)
    assert sent.ambiguous is (code >= 500)
    assert sent.problem.endswith(": no")


async def test_a_connection_that_breaks_off_leaves_it_open_what_was_done(tmp_path: Path) -> None:
    tries = []

    async def talk(reader: object, _writer: object) -> None:
        tries.append(reader)

    async with raw(talk) as url:
        opened = writer(kubeconfig(tmp_path, url, TOKEN))
        sent = await opened.reverify("shop", "test", ID, deadline_s=10)
        await opened.close()

    assert sent.ambiguous
    assert len(tries) == 1
    assert "s3cret" not in sent.problem


async def test_a_kubeconfig_that_cannot_be_used_sends_nothing(tmp_path: Path) -> None:
    opened = writer(
        kubeconfig(tmp_path, "http://127.0.0.1:1", {"exec": {"command": "/nonexistent", "apiVersion": "x"}})
    )

    with pytest.raises((Unreachable, UsageError)):
        await opened.reverify("shop", "test", ID, deadline_s=10)


@pytest.mark.parametrize("name", ["", "a b", '{"id": "x"}', "-x", "a\nb", "x" * 200])
async def test_an_id_that_kargo_never_makes_is_not_sent(tmp_path: Path, name: str) -> None:
    async with serving() as server:
        opened = writer(kubeconfig(tmp_path, server.url, TOKEN))
        with pytest.raises(UsageError, match="no id of a verification"):
            await opened.reverify("shop", "test", name, deadline_s=10)

    assert server.seen == []


async def test_names_stay_one_segment_of_the_path(tmp_path: Path) -> None:
    answers: Answers = status(404, "no")
    async with serving() as server:
        server.answer("/x", answers)
        opened = writer(kubeconfig(tmp_path, server.url, TOKEN))
        await opened.reverify("shop/../kube-system", "a/b?c", ID, deadline_s=10)
        await opened.close()

    assert server.seen[0].path.endswith("/namespaces/shop%2F..%2Fkube-system/stages/a%2Fb%3Fc")
