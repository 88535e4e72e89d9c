"""Below messages: who is slow, TLS and its renewal, and what the flags of `serve --http` refuse."""

import ssl
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from gitops_master.app import serve
from gitops_master.model.errors import UnreadableInput, UsageError
from gitops_master.serving.http_settings import HttpSettings
from gitops_master.serving.tls import Certificate
from tests.adapters.kube_api.certificates import Authority
from tests.serving.test_http import _raw
from tests.serving.worlds import served


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: loc"])
async def test_headers_that_do_not_come_are_not_waited_for(sent: bytes) -> None:
    async with served(headers_s=0.05) as server:
        try:
            answer = await _raw(server.root, sent)
        except ConnectionResetError:
            answer = b""

    assert answer == b""


async def test_a_message_that_does_not_come_is_not_waited_for() -> None:
    async with served(body_s=0.05) as server:
        head = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{"
        answer = await _raw(server.root, head)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"too_slow"' in answer


def _written(folder: Path, authority: Authority) -> tuple[Path, Path]:
    pair = authority.pair("127.0.0.1")
    cert, key = folder / "tls.crt", folder / "tls.key"
    cert.write_bytes(pair.certificate)
    key.write_bytes(pair.key)
    return cert, key


async def test_tls_is_spoken_with_the_files_that_were_given(tmp_path: Path) -> None:
    authority = Authority()
    cert, key = _written(tmp_path, authority)
    trust = ssl.create_default_context(cadata=authority.pem.decode())

    async with (
        served(tls_cert=cert, tls_key=key) as server,
        aiohttp.ClientSession() as session,
        session.get(f"{server.root}/healthz", ssl=trust) as reply,
    ):
        assert reply.status == 200


async def test_a_certificate_that_was_renewed_is_used_and_one_that_is_broken_is_not(tmp_path: Path) -> None:
    authority = Authority()
    cert, key = _written(tmp_path, authority)
    certificate = Certificate(cert, key)
    first = certificate._seen

    _written(tmp_path, authority)
    await certificate.renew()
    renewed = certificate._seen
    cert.write_text("no certificate")
    await certificate.renew()

    assert renewed != first
    assert certificate._seen == renewed


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    cert, _ = _written(tmp_path, Authority())

    with pytest.raises(UnreadableInput, match="cannot be used"):
        Certificate(cert, tmp_path / "none.key")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--http", "0.0.0.0:0"], ["--tokens", "127.0.0.1"]),
        (["--http", "[::]:0"], ["other machines"]),
        (["--http", "nowhere"], ["no address to listen on"]),
        (["--http", "127.0.0.1:99999"], ["no address to listen on"]),
        (["--http", ":8808"], ["no address to listen on"]),
        (["--http", "--tls-cert", "a.pem"], ["--tls-key"]),
        (["--http", "--allowed-host", "http://a/b"], ["is no host"]),
        (["--http", "--allowed-origin", "a.example.com"], ["is no origin"]),
        (["--http=192.0.2.1:0"], ["--tokens"]),
    ],
)
def test_what_cannot_be_served_is_refused_before_anything_is(
    flags: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve(["--demo", *flags]) == 64

    said = capsys.readouterr().err
    assert [one for one in words if one not in said] == []


@pytest.mark.parametrize("flags", [["--http", "--rate", "-1"], ["--http", "--concurrency", "0"], ["--no-sessions"]])
def test_flags_that_make_no_sense_are_usage_errors(flags: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        serve(["--demo", *flags])

    assert ended.value.code == 64


def test_a_port_that_is_taken_is_told() -> None:
    from gitops_master.serving.run import listening

    with listening(HttpSettings(port=0)) as taken, pytest.raises(UsageError, match="cannot be listened on"):
        listening(HttpSettings(port=taken.getsockname()[1]))


def test_over_stdio_nothing_of_it_is_loaded() -> None:
    code = """
import sys
from gitops_master.app import serve
code = serve(["--demo"])
sys.stderr.write(f"{code} {[one for one in sys.modules if one.startswith('gitops_master.serving')]}")
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], input=b"", capture_output=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )

    assert ran.stderr.decode().endswith("0 []")
