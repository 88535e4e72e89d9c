"""Keys that an authorization server signs with (RFC 7517): from its URL or from a file, renewed, and never asked for too often."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import anyio
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gitops_master.adapters.kube_api.link import proxy_of
from gitops_master.model.errors import GitOpsError, Unreachable, UnreadableInput, UsageError

FAMILIES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_CURVES = {"ES256": ("P-256",), "ES384": ("P-384",), "ES512": ("P-521",), "EdDSA": ("Ed25519", "Ed448")}
LEAST_RSA = 2048
"""Bits, as RFC 7518 §3.3 demands."""
MOST_BYTES, MOST_KEYS = 512 * 1024, 100
FRESH_S = 600.0
"""After which keys are asked for again: so long a withdrawn key may still be taken."""
PAUSE_S = 30.0
"""Between two requests at least: tokens with unknown keys come from anybody."""
STALE_S = 3600.0
"""How long keys are good while their server does not answer."""
_TIMEOUT_S = 5.0
_LOG = logging.getLogger("gitops_master.http")


class Key(NamedTuple):
    """`data`: as published. `algorithm`: the only one it is for; empty: any of its family."""

    id: str
    data: Mapping[str, Any]
    algorithm: str

    def suits(self, algorithm: str) -> bool:
        if self.algorithm not in ("", algorithm) or self.data.get("kty") != FAMILIES.get(algorithm[:2]):
            return False
        return algorithm not in _CURVES or self.data.get("crv") in _CURVES[algorithm]

    def verifier(self, algorithm: str) -> jwt.PyJWK | None:
        """None where the key is broken or too weak."""
        try:
            found = jwt.PyJWK(dict(self.data), algorithm)
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        is_weak = isinstance(found.key, RSAPublicKey) and found.key.key_size < LEAST_RSA
        return None if is_weak else found


def parsed(content: bytes, where: str) -> tuple[Key, ...]:
    """Public keys for signatures; what else the set has is left out. Raises UnreadableInput where it is none."""
    try:
        held = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise UnreadableInput(f"{where} is not JSON") from None
    listed = held.get("keys") if isinstance(held, dict) else None
    if not isinstance(listed, list):
        raise UnreadableInput(f"{where} is no JSON Web Key Set: it has no list of keys")
    return tuple(
        Key(str(one.get("kid") or ""), one, str(one.get("alg") or ""))
        for one in listed[:MOST_KEYS]
        if isinstance(one, dict) and _is_for_signatures(one)
    )


def _is_for_signatures(one: Mapping[str, Any]) -> bool:
    """A secret key that is published is anybody's; a symmetric one is no proof of who signed."""
    operations = one.get("key_ops")
    may_verify = operations is None or (isinstance(operations, list) and "verify" in operations)
    return one.get("kty") in FAMILIES.values() and one.get("use") in (None, "sig") and may_verify and "d" not in one


def check_url(flag: str, url: str) -> str:
    """Raises UsageError on one that others on the way could answer."""
    try:
        split = urlsplit(url)
        host, _ = split.hostname or "", split.port
    except ValueError:
        raise UsageError(f"{flag} {url!r} is no URL", "write https://…") from None
    is_here = split.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    if not host or split.username is not None or split.fragment or not (split.scheme == "https" or is_here):
        raise UsageError(f"{flag} {url!r} must be an https URL without credentials and fragment", "write https://…")
    if any(one.isspace() or not one.isprintable() for one in url):
        raise UsageError(f"{flag} {url!r} has blanks in it", "write https://…")
    return url


class FileKeys:
    """Of a file, read again when it changes. Raises UnreadableInput where it cannot be used at the start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, ...] = ()
        self._keys: tuple[Key, ...] = ()
        self._read()

    async def keys(self, kid: str) -> tuple[Key, ...]:
        """All of them. A file that is broken later has none."""
        try:
            self._read()
        except GitOpsError as error:
            if self._keys:
                _LOG.warning("no token is taken until the keys are mended: %s", error.message)
            self._keys = ()
        return self._keys

    def _read(self) -> None:
        try:
            found = os.stat(self._path)
            stamp = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            with self._path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            self._stamp = ()
            raise UnreadableInput(f"the keys in {self._path} cannot be read: {error.strerror}") from None
        if len(content) > MOST_BYTES:
            raise UnreadableInput(f"the keys in {self._path} are longer than {MOST_BYTES} bytes")
        self._stamp, self._keys = stamp, parsed(content, str(self._path))


class UrlKeys:
    """Of a URL. `clock`: seconds that only grow. An unknown key is looked for at most once in PAUSE_S."""

    def __init__(
        self, url: str, *, environ: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url, self._clock = url, clock
        self._proxy = proxy_of(environ, url)
        self._keys: tuple[Key, ...] = ()
        self._had_at = self._asked_at = float("-inf")
        self._asking = anyio.Lock()

    async def keys(self, kid: str) -> tuple[Key, ...]:
        """Those that are valid now; asked for anew where they are old or `kid` is none of them."""
        if self._is_due(kid):
            async with self._asking:
                if self._is_due(kid):
                    await self._ask()
        return self._keys if self._clock() - self._had_at < FRESH_S + STALE_S else ()

    def _is_due(self, kid: str) -> bool:
        now = self._clock()
        if now - self._asked_at < PAUSE_S:
            return False
        return now - self._had_at >= FRESH_S or all(one.id != kid for one in self._keys)

    async def _ask(self) -> None:
        self._asked_at = self._clock()
        try:
            self._keys = parsed(await self._fetched(), self._url)
            self._had_at = self._clock()
        except GitOpsError as error:
            _LOG.warning("the keys of the authorization server could not be had: %s", error.message)

    async def _fetched(self) -> bytes:
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.get(self._url, allow_redirects=False, proxy=self._proxy) as reply,
            ):
                if reply.status != 200:
                    raise Unreachable(f"{self._url} answers {reply.status}")
                content = bytearray()
                async for chunk in reply.content.iter_chunked(64 * 1024):
                    content += chunk
                    if len(content) > MOST_BYTES:
                        raise UnreadableInput(f"{self._url} answers more than {MOST_BYTES} bytes")
                return bytes(content)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{self._url} cannot be read: {type(error).__name__}") from None
