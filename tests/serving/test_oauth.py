"""JWTs of an authorization server: whom they let in, and everything that lets nobody in."""

import base64
import hashlib
import hmac
import json
import logging
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gitops_master.adapters.kube_api import Bearer
from gitops_master.model.errors import UnreadableInput, UsageError
from gitops_master.serving.auth.jwks import FRESH_S, PAUSE_S, STALE_S, FileKeys, UrlKeys, check_url
from gitops_master.serving.auth.oauth import JwtVerifier, Rules
from gitops_master.serving.callers import Caller
from tests.serving.issuer import ISSUER, RESOURCE, SigningKey, issuing

KEY, OTHER, THIRD = SigningKey(), SigningKey("two"), SigningKey("three")
EC, ED = SigningKey("ec", "ES256"), SigningKey("ed", "EdDSA")
NOW = int(time.time())


def _keys(folder: Path, *published: Any) -> FileKeys:
    path = folder / "keys.json"
    path.write_text(json.dumps({"keys": [one.public() if isinstance(one, SigningKey) else one for one in published]}))
    return FileKeys(path)


def _rules(**more: Any) -> Rules:
    return Rules(**{"issuer": ISSUER, "audiences": (RESOURCE,), "resource": RESOURCE, **more})


async def _caller(folder: Path, token: str, *published: Any, **rules: Any) -> Caller | None:
    found = await JwtVerifier(_keys(folder, *(published or (KEY, THIRD, EC, ED))), _rules(**rules)).verify_token(token)
    return found.caller if found is not None else None


@pytest.mark.parametrize("key", [KEY, EC, ED], ids=lambda key: key.algorithm)
async def test_a_token_says_who_in_which_groups_and_for_what(key: SigningKey, tmp_path: Path) -> None:
    token = key.token(groups=["dev", "ops"], scope="read write", preferred_username="al")

    caller = await _caller(tmp_path, token, user_claim="preferred_username", write_scope="write")

    groups, scopes = ("dev", "ops"), ("read", "write")
    assert caller == Caller(subject="alice", issuer=ISSUER, user="al", groups=groups, scopes=scopes, may_write=True)
    assert caller.name == f"alice of {ISSUER}"


async def test_what_the_sdk_keeps_of_a_token_is_not_the_token(tmp_path: Path) -> None:
    token = KEY.token()

    found = await JwtVerifier(_keys(tmp_path, KEY), _rules(hands_on=True)).verify_token(token)

    assert found is not None
    assert found.caller.token is not None
    assert found.caller.token.token == token
    assert (found.token, found.resource, found.claims) == ("", RESOURCE, {"iss": ISSUER})
    assert not [one for one in (repr(found), str(found), repr(found.caller), f"{Bearer(token)}") if token in one]


def _segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _forged(header: Any, secret: bytes = b"") -> str:
    claims = {"iss": ISSUER, "aud": RESOURCE, "sub": "mallory", "exp": NOW + 300}
    signed = f"{_segment(header)}.{_segment(claims)}"
    return f"{signed}.{_segment(hmac.digest(secret, signed.encode(), hashlib.sha256)) if secret else ''}"


PEM = KEY.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
GOOD = KEY.token()
HOSTILE = {
    "no signature": _forged({"alg": "none"}),
    "no signature, shouted": _forged({"alg": "NONE", "kid": "one"}),
    "the public key as a secret": _forged({"alg": "HS256", "kid": "one"}, PEM),
    "the public key as another secret": _forged({"alg": "HS256"}, json.dumps(KEY.public()).encode()),
    "a key of its own": OTHER.token(headers={"jwk": OTHER.public(), "kid": "one"}),
    "a key elsewhere": OTHER.token(headers={"jku": "https://evil.example.com/keys", "kid": "one"}),
    "an unknown key": OTHER.token(),
    "no key id, and several": KEY.token(headers={"kid": ""}),
    "a key of another kind": KEY.token(headers={"kid": "ec"}),
    "a key id that is no text": f"{_segment({'alg': 'RS256', 'kid': 7})}.{GOOD.split('.', 1)[1]}",
    "another algorithm of the same key": jwt.encode(
        {"iss": ISSUER, "aud": RESOURCE, "sub": "alice", "exp": NOW + 300}, KEY.private, "RS512", headers={"kid": "one"}
    ),
    "huge": KEY.token(padding="x" * 20_000),
    "not a JWT": "x" * 40,
    "not ASCII": GOOD[:-1] + "é",
    "two parts": GOOD.rpartition(".")[0],
    "four parts": GOOD + ".x",
    "deep": f"{_segment(b'[' * 5000)}.{GOOD.split('.', 1)[1]}",
    "tampered": f"{GOOD.split('.')[0]}.{_segment({'iss': ISSUER, 'aud': RESOURCE, 'sub': 'root', 'exp': NOW + 300})}.{GOOD.split('.')[2]}",
    "critical extension": KEY.token(headers={"crit": ["exp"]}),
    "a logout token": KEY.token(headers={"typ": "logout+jwt"}),
    "a DPoP proof": KEY.token(headers={"typ": "dpop+jwt"}),
    "expired": KEY.token(exp=NOW - 60),
    "without an end": KEY.token(exp=None),
    "with an end that is none": KEY.token(exp="soon"),
    "with no end in sight": KEY.token(exp=float("inf")),
    "not yet": KEY.token(nbf=NOW + 600),
    "of the future": KEY.token(iat=NOW + 600),
    "for another audience": KEY.token(aud="https://other.example.com"),
    "for nobody": KEY.token(aud=None),
    "for an audience that begins alike": KEY.token(aud=RESOURCE + ".evil.example.com"),
    "of another issuer": KEY.token(iss="https://evil.example.com"),
    "of a list of issuers": KEY.token(iss=[ISSUER]),
    "of an issuer that begins alike": KEY.token(iss=ISSUER + "/"),
    "of nobody": KEY.token(sub=None),
    "of a number": KEY.token(sub=7),
    "of a name with a line break": KEY.token(sub="alice\r\nImpersonate-Group: system:masters"),
    "of a name with blanks around it": KEY.token(sub=" alice"),
    "of a name that hides itself": KEY.token(sub="ali\u202ece"),
    "of a long name": KEY.token(sub="a" * 300),
    "in groups that are none": KEY.token(groups={"dev": True}),
    "in groups with blanks around": KEY.token(groups=[" system:masters"]),
    "in groups with a line break": KEY.token(groups=["dev\nx"]),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_nobody_gets_in_with_a_token(what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    token = HOSTILE[what]
    with caplog.at_level(logging.DEBUG):
        assert await _caller(tmp_path, token) is None

    assert [one for one in caplog.messages if one.startswith("a token was refused: ")]
    assert not [part for part in token.split(".") if len(part) > 8 and part in caplog.text]
    assert "Traceback" not in caplog.text


async def test_clocks_may_differ_a_little(tmp_path: Path) -> None:
    now = int(time.time())  # not the module's, which may be minutes ago by now
    late, early = KEY.token(exp=now - 5), KEY.token(nbf=now + 20, iat=now + 20)

    assert await _caller(tmp_path, late) is not None
    assert await _caller(tmp_path, early) is not None
    assert await _caller(tmp_path, late, leeway_s=0) is None


@pytest.mark.parametrize(
    "published",
    [
        KEY.public(use="enc"),
        KEY.public(key_ops=["sign"]),
        KEY.public(alg="RS512"),
        KEY.public(d="AQAB"),
        {**KEY.public(), "n": "!"},
        {"kty": "oct", "kid": "one", "k": "c2VjcmV0"},
        SigningKey("one", bits=1024).public(),
    ],
    ids=["for encryption", "to sign", "of another algorithm", "secret", "broken", "symmetric", "too short"],
)
@pytest.mark.filterwarnings("ignore:.*key.*")
async def test_keys_that_are_not_for_this_let_nobody_in(published: Any, tmp_path: Path) -> None:
    assert await _caller(tmp_path, KEY.token(), published) is None


async def test_a_short_key_s_own_signature_is_not_taken(tmp_path: Path) -> None:
    short = SigningKey(bits=1024)
    with pytest.warns(Warning, match="key"):
        token = short.token()

    assert await _caller(tmp_path, token, short) is None


async def test_without_a_key_id_the_only_key_is_meant(tmp_path: Path) -> None:
    assert await _caller(tmp_path, KEY.token(headers={"kid": ""}), KEY) is not None


async def test_an_email_counts_once_it_is_verified(tmp_path: Path) -> None:
    verified = KEY.token(email="al@example.com", email_verified=True)
    not_verified = KEY.token(email="al@example.com", email_verified=False)

    assert (await _caller(tmp_path, verified, user_claim="email") or Caller(subject="")).user == "al@example.com"
    assert await _caller(tmp_path, not_verified, user_claim="email") is None


@pytest.mark.parametrize(
    ("rules", "scope", "may_write"),
    [
        ({}, "write", False),
        ({"write_scope": "write"}, "write read", True),
        ({"write_scope": "write"}, "writer", False),
        ({"write_scope": "write", "writes_by_default": True}, "read", False),
        ({"writes_by_default": True}, "", True),
    ],
)
async def test_who_may_write(rules: dict[str, Any], scope: str, may_write: bool, tmp_path: Path) -> None:
    caller = await _caller(tmp_path, KEY.token(scope=scope), **rules)

    assert caller is not None
    assert caller.may_write is may_write


async def test_a_file_of_keys_is_read_again_when_it_changes(tmp_path: Path) -> None:
    keys = _keys(tmp_path, KEY)
    verifier = JwtVerifier(keys, _rules())
    _keys(tmp_path, OTHER)

    assert await verifier.verify_token(KEY.token()) is None
    assert await verifier.verify_token(OTHER.token()) is not None

    (tmp_path / "keys.json").write_text("{")
    assert await verifier.verify_token(OTHER.token()) is None
    with pytest.raises(UnreadableInput, match="not JSON"):
        FileKeys(tmp_path / "keys.json")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_new_key_is_found_and_unknown_ones_cause_few_requests() -> None:
    clock = Clock()
    async with issuing(KEY) as issuer:
        verifier = JwtVerifier(UrlKeys(issuer.url, environ={}, clock=clock), _rules())
        assert await verifier.verify_token(KEY.token()) is not None
        issuer.publish(KEY, OTHER)
        for _ in range(50):
            assert await verifier.verify_token(OTHER.token()) is None
        assert issuer.asked == 1
        clock.now += PAUSE_S
        assert await verifier.verify_token(OTHER.token()) is not None
        assert issuer.asked == 2


async def test_a_withdrawn_key_is_taken_no_longer_than_keys_are_fresh() -> None:
    clock = Clock()
    async with issuing(KEY) as issuer:
        verifier = JwtVerifier(UrlKeys(issuer.url, environ={}, clock=clock), _rules())
        assert await verifier.verify_token(KEY.token()) is not None
        issuer.publish(OTHER)
        clock.now += FRESH_S
        assert await verifier.verify_token(KEY.token()) is None


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (302, b""), (200, b"<html>"), (200, b"[]"), (200, b" " * 600_000)]
)
async def test_while_the_authorization_server_fails_known_keys_hold_for_an_hour(status: int, body: bytes) -> None:
    clock = Clock()
    async with issuing(KEY) as issuer:
        verifier = JwtVerifier(UrlKeys(issuer.url, environ={}, clock=clock), _rules())
        assert await verifier.verify_token(KEY.token()) is not None
        issuer.status, issuer.body = status, body
        clock.now += FRESH_S
        assert await verifier.verify_token(KEY.token()) is not None
        clock.now += STALE_S
        assert await verifier.verify_token(KEY.token()) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example.com/keys",
        "https://user:pass@idp.example.com/keys",
        "https://",
        "https://a b/",
        "ftp://idp.example.com",
        "https://idp.example.com/#x",
        "https://[::1",
    ],
)
def test_addresses_that_others_could_answer_are_refused(url: str) -> None:
    with pytest.raises(UsageError):
        check_url("--oauth-jwks", url)
