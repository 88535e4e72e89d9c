"""A Kargo on a loopback port that keeps what it is asked to do, and fails as told.

It holds to swagger.json: `wrong` collects whatever of a request or an answer does not. Its objects are those of a real Kargo.
"""

import asyncio
import base64
import gzip
import json
import re
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web

from tests.adapters.kargo_api import swagger

FREIGHT = "1be389c362f3b3b77df52bfbc6cb42ae936ad95d"
DATE = "Mon, 23 Nov 2026 05:00:00 GMT"
PROMOTE = "POST /v1beta1/projects/demo/stages/dev/promotions"
VERSION = "GET /v1beta1/system/server-version"
PROJECT = "GET /v1beta1/projects/demo"
_ULID = "01m83zzzzzzzzzzzzzzzzzz{:03d}"

Do = Callable[[], web.Response]
Fault = Callable[[web.BaseRequest, Do], Awaitable[web.StreamResponse]]


def jwt(**claims: object) -> str:
    """Signed by nobody."""
    parts = (json.dumps({"alg": "none"}).encode(), json.dumps(claims).encode(), b"signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


ADMIN = jwt(iss="kargo", sub="admin")


class Seen(NamedTuple):
    """`token`: of whoever asked."""

    method: str
    path: str
    token: str


class Kargo:
    """`tokens`: that are accepted. `denied`: patterns of `METHOD path` that rights do not allow."""

    def __init__(self) -> None:
        self.url = ""
        self.tokens = {ADMIN}
        self.denied: list[str] = []
        self.seen: list[Seen] = []
        self.wrong: list[str] = []
        self.version = swagger.real("system_server-version")
        self.project = swagger.real("projects_demo")
        self.stage = swagger.real("projects_demo_stages_dev")
        self.promotions: list[dict[str, Any]] = swagger.real("projects_demo_promotions_stage_dev")["items"]
        self.before = len(self.promotions)
        self.done: list[str] = []
        self.provider: Provider | None = None
        self._faults: list[tuple[str, deque[Fault]]] = []
        self.released = asyncio.Event()

    @property
    def made(self) -> list[str]:
        """Names of the Promotions that were asked for."""
        return [one["metadata"]["name"] for one in self.promotions[self.before :]]

    def fail(self, pattern: str, *faults: Fault) -> None:
        """The next requests whose `METHOD path` matches, one fault each."""
        self._faults.append((pattern, deque(faults)))

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if self.provider is not None and not path.startswith("/v1beta1/"):
            return await self.provider(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.seen.append(Seen(request.method, path, token))
        body = await request.read()
        query = list(request.query.items())
        fault = self._fault(f"{request.method} {path}")
        if fault is None:
            return self._answer(request, query, body, token)
        return await fault(request, lambda: self._answer(request, query, body, token))

    def _fault(self, asked: str) -> Fault | None:
        for pattern, faults in self._faults:
            if faults and re.fullmatch(pattern, asked):
                return faults.popleft()
        return None

    def _answer(self, request: web.BaseRequest, query: list[tuple[str, str]], body: bytes, token: str) -> web.Response:
        path = request.rel_url.raw_path
        found = swagger.operation(request.method, path)
        if found is None:
            return web.Response(status=404, text="404 page not found")
        self.wrong += [
            f"{request.method} {path}: {one}" for one in swagger.wrong_request(found, query, request.content_type, body)
        ]
        answer = self._carried_out(request, found, dict(query), body, token)
        content = answer.body if isinstance(answer.body, bytes) else b""
        self.wrong += [f"answer to {path}: {one}" for one in swagger.wrong_answer(found, answer.status, content)]
        answer.headers["Date"] = DATE
        return answer

    def _carried_out(
        self, request: web.BaseRequest, found: swagger.Operation, query: dict[str, str], body: bytes, token: str
    ) -> web.Response:
        path = request.rel_url.raw_path
        if found.template.endswith("/public-server-config"):
            return _json(self.provider.public if self.provider else swagger.real("system_public-server-config"))
        if token not in self.tokens:
            return error(401, "no token provided" if not token else "invalid token")
        if any(re.fullmatch(pattern, f"{request.method} {path}") for pattern in self.denied):
            return error(403, 'stages.kargo.akuity.io "dev" is forbidden: promote is not permitted')
        if found.template.endswith("/server-version"):
            return _json(self.version)
        if path.split("/")[3] != "demo":
            return error(404, f'projects.kargo.akuity.io "{path.split("/")[3]}" not found')
        return self._of_project(request.method, path.split("/")[4:], query, body)

    def _of_project(self, method: str, rest: list[str], query: dict[str, str], body: bytes) -> web.Response:
        match method, rest:
            case "GET", []:
                return _json(self.project)
            case "GET", ["stages", "dev"]:
                return _json(self.stage)
            case "GET", ["promotions"]:
                return _json({"metadata": {}, "items": self.promotions})
            case "POST", ["stages", "dev", "promotions"]:
                return self._promote(json.loads(body))
            case "POST", _ if "none" not in rest and "none" not in query.values():
                self.done.append("/".join(rest) + "".join(f"?{name}={value}" for name, value in query.items()))
                return web.Response()
        return error(404, f'{rest[0]}.kargo.akuity.io "{rest[1]}" not found')

    def _promote(self, asked: dict[str, str]) -> web.Response:
        if len([value for value in asked.values() if value]) != 1:
            return error(400, "exactly one of freight, freightAlias, or origin must be provided")
        if asked.get("freight") != FREIGHT:
            return error(400, f'Freight "{asked.get("freight")}" is not available to Stage "dev"')
        made = json.loads(json.dumps(self.promotions[0]))
        made["metadata"]["name"] = f"dev.{_ULID.format(len(self.promotions))}.{FREIGHT[:7]}"
        made["metadata"]["uid"] = f"00000000-0000-4000-8000-{len(self.promotions):012d}"
        made["spec"]["freight"], made["status"] = FREIGHT, {}
        self.promotions.append(made)
        return _json(made, 201)


class Provider:
    """An identity provider: a refresh token is taken once, and answered with the next."""

    def __init__(self, kargo: Kargo, refresh_token: str) -> None:
        self._kargo, self.valid, self.renewed = kargo, refresh_token, 0
        self.down = False
        self.meanwhile: Callable[[], object] = lambda: None
        self.forms: list[dict[str, str]] = []

    @property
    def public(self) -> dict[str, Any]:
        oidc = {
            "issuerUrl": f"{self._kargo.url}/dex",
            "clientId": "kargo",
            "cliClientId": "kargo-cli",
            "scopes": ["openid"],
        }
        return {"adminAccountEnabled": False, "skipAuth": False, "oidcConfig": oidc}

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.down:
            return web.Response(status=503, text="<html>down</html>", content_type="text/html")
        if request.rel_url.raw_path == "/dex/.well-known/openid-configuration":
            issuer = f"{self._kargo.url}/dex"
            return _json({"issuer": issuer, "token_endpoint": f"{issuer}/token"})
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.forms.append(form)
        if form.get("refresh_token") != self.valid or form.get("client_id") != "kargo-cli":
            return _json(
                {"error": "invalid_grant", "error_description": f"no such token {form.get('refresh_token')}"}, 400
            )
        self.meanwhile()
        self.renewed += 1
        self.valid = f"refresh-token-number-{self.renewed}"
        token = jwt(iss=f"{self._kargo.url}/dex", sub="abc", email="jane@example.com", exp=4102444800 + self.renewed)
        self._kargo.tokens.add(token)
        return _json({"id_token": token, "refresh_token": self.valid, "token_type": "bearer"})


def _json(held: object, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=json.dumps(held).encode(), content_type="application/json", headers={"Date": DATE}
    )


def error(status: int, said: str) -> web.Response:
    return _json({"error": said}, status)


# what goes wrong; `late`: after it was carried out


def answers(status: int, said: str, *, late: bool = False) -> Fault:
    async def fault(_request: web.BaseRequest, do: Do) -> web.StreamResponse:
        if late:
            do()
        return error(status, said)

    return fault


def sends(body: bytes, media: str, status: int = 200, *, late: bool = False, **headers: str) -> Fault:
    async def fault(_request: web.BaseRequest, do: Do) -> web.StreamResponse:
        if late:
            do()
        named = {"Date": DATE} | {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=body, content_type=media, headers=named)

    return fault


def bomb(size: int, *, late: bool = False) -> Fault:
    """A few bytes that unpack to many."""
    return sends(gzip.compress(b" " * size), "application/json", 201, late=late, Content_Encoding="gzip")


def cut(*, late: bool, beginning: bytes = b"") -> Fault:
    """The connection ends, after the beginning of an answer where given."""

    async def fault(request: web.BaseRequest, do: Do) -> web.StreamResponse:
        if late:
            do()
        assert isinstance(request.transport, asyncio.Transport)
        request.transport.write(beginning)
        request.transport.close()
        return web.Response()

    return fault


def hangs(kargo: Kargo, *, late: bool) -> Fault:
    async def fault(_request: web.BaseRequest, do: Do) -> web.StreamResponse:
        answer = do() if late else web.Response()
        await kargo.released.wait()
        return answer

    return fault


@asynccontextmanager
async def serving(kargo: Kargo, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Kargo]:
    """On a loopback port; what is kept outlives it, so that it can be started again. Fails on whatever is not as described."""
    runner = web.ServerRunner(web.Server(kargo), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls, reuse_address=True).start()
    kargo.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield kargo
    finally:
        kargo.released.set()
        await runner.cleanup()
    assert kargo.wrong == []
