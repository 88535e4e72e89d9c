"""An authorization server on the loopback interface: keys made for the test, tokens as it is told, and how often it was asked."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

JSON = dict[str, Any]
ISSUER = "https://idp.example.com:8443/realms/shop"
RESOURCE = "https://gitops.example.com/mcp"


class SigningKey:
    """`algorithm`: RS256, ES256 or EdDSA."""

    def __init__(self, kid: str = "one", algorithm: str = "RS256", bits: int = 2048) -> None:
        self.kid, self.algorithm = kid, algorithm
        self.private: Any = {
            "RS": lambda: rsa.generate_private_key(65537, bits),
            "ES": lambda: ec.generate_private_key(ec.SECP256R1()),
            "Ed": ed25519.Ed25519PrivateKey.generate,
        }[algorithm[:2]]()

    def public(self, **more: Any) -> JSON:
        """As a JWK."""
        made = jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.private.public_key(), as_dict=True)
        return {**made, "kid": self.kid, "use": "sig", **more}

    def token(self, *, headers: JSON | None = None, **claims: Any) -> str:
        """Valid for five minutes unless the claims say otherwise; None leaves one out."""
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": RESOURCE, "sub": "alice", "exp": now + 300, "iat": now}
        said = {key: value for key, value in {**usual, **claims}.items() if value is not None}
        # Below the library's own judgement of claims: whoever attacks does without it.
        return jwt.PyJWS().encode(
            json.dumps(said).encode(), self.private, self.algorithm, headers={"kid": self.kid, **(headers or {})}
        )


class Issuer:
    """`asked`: requests for the keys. `status`, `body`: what they are answered with."""

    def __init__(self, *keys: SigningKey) -> None:
        self.url, self.asked, self.status = "", 0, 200
        self.publish(*keys)

    def publish(self, *keys: SigningKey) -> None:
        self.body = json.dumps({"keys": [one.public() for one in keys]}).encode()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked += 1
        location = {"Location": "/elsewhere"} if self.status == 302 else None
        return web.Response(body=self.body, status=self.status, headers=location)


@asynccontextmanager
async def issuing(*keys: SigningKey) -> AsyncIterator[Issuer]:
    """On a free port."""
    issuer = Issuer(*keys)
    runner = web.ServerRunner(web.Server(issuer), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
    try:
        yield issuer
    finally:
        await runner.cleanup()
