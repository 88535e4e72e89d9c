"""What the flags of `serve --http` say, checked once and frozen."""

import argparse
import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gitops_master.model.errors import UsageError

HOST, PORT = "127.0.0.1", 8808
_ADDRESS = re.compile(r"(?:(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/@]+):)?(\d{1,5})")
_ALLOWED_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:\d{1,5})?")
_ALLOWED_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@*]+")
_MIB = 1024 * 1024


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen, for whom, and how much at most.

    `host`: an address, or a name that means one; `port` 0: a free one. `path`: of MCP. `allowed_hosts`: what callers may call
    this server, `name` or `name:port`, beside the addresses it has; `allowed_origins`: web pages that may call it, beside its
    own. `tls_cert`, `tls_key`: PEM files. `sessions`: kept for clients of the older protocol. `open_metrics`: without a token.

    `headers_s`, `body_s`: seconds in which the one and the other have to be here; who sends drop by drop holds nothing for long.
    `most_body`: bytes of a message. `concurrency`: calls at a time; as many wait, each at most `queue_s` seconds. `rate`: calls
    a minute of one caller, 0: any number. `call_s`: seconds of a call. `drain_s`: seconds that calls have to end on a stop.
    """

    host: str = HOST
    port: int = PORT
    path: str = "/mcp"
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    sessions: bool = True
    open_metrics: bool = False
    headers_s: float = 10.0
    body_s: float = 30.0
    most_body: int = _MIB
    concurrency: int = 32
    queue_s: float = 10.0
    rate: int = 600
    call_s: float = 660.0
    drain_s: float = 20.0

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            missing = "--tls-key" if self.tls_key is None else "--tls-cert"
            raise UsageError("--tls-cert and --tls-key belong together", f"give {missing}, too")
        for one in self.allowed_hosts:
            if not _ALLOWED_HOST.fullmatch(one):
                raise UsageError(f"--allowed-host {one!r} is no host", "write gitops.example.com or name:port")
        for one in self.allowed_origins:
            if not _ALLOWED_ORIGIN.fullmatch(one):
                raise UsageError(
                    f"--allowed-origin {one!r} is no origin", "write https://app.example.com, without a path"
                )

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can connect."""
        address = self.address
        return address is not None and address.is_loopback

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """None: `host` is a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    @property
    def url(self) -> str:
        scheme = "http" if self.tls_cert is None else "https"
        return f"{scheme}://{in_url(self.host)}:{self.port}{self.path}"


def in_url(host: str) -> str:
    """As it stands before a port."""
    return f"[{host}]" if ":" in host else host


def check_exposure(settings: HttpSettings, *, authenticates: bool) -> None:
    """Raises UsageError where others than programs of this machine could connect, and nothing tells them apart."""
    if settings.is_loopback:
        return
    where = f"--http {in_url(settings.host)}:{settings.port}"
    if not authenticates:
        raise UsageError(
            f"{where} can be reached from other machines, and anybody there could use this server",
            "say who may: --tokens FILE or --oauth-issuer URL; or listen on 127.0.0.1",
        )
    address = settings.address
    if address is not None and address.is_unspecified and not settings.allowed_hosts:
        raise UsageError(
            f"{where} listens on every address, so nothing tells which names are its own (DNS rebinding)",
            "name what clients call it: --allowed-host gitops.example.com",
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of the transport."""
    http = parser.add_argument_group("streamable HTTP, instead of standard input and output")
    http.add_argument(
        "--http",
        nargs="?",
        const=f"{HOST}:{PORT}",
        metavar="HOST:PORT",
        help=f"where to listen; default: {HOST}:{PORT}",
    )
    http.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="what clients may call this server; repeatable",
    )
    http.add_argument(
        "--allowed-origin", action="append", default=[], metavar="URL", help="web page that may call it; repeatable"
    )
    http.add_argument(
        "--tls-cert", type=Path, metavar="FILE", help="certificate chain, PEM; read again when it changes"
    )
    http.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, PEM")
    http.add_argument(
        "--no-sessions",
        action="store_true",
        help="for replicas: any may serve any request; clients before 2026-07-28 get plans instead of forms",
    )
    http.add_argument("--open-metrics", action="store_true", help="let /metrics be read without a token")
    default = HttpSettings()
    for flag, of, what in (
        ("--max-body", default.most_body, "bytes of one message"),
        ("--concurrency", default.concurrency, "calls at a time; as many may wait"),
        ("--rate", default.rate, "calls a minute of one caller; 0: any number"),
        ("--call-seconds", int(default.call_s), "seconds after which a call is ended"),
        ("--drain-seconds", int(default.drain_s), "seconds that running calls have when the server is stopped"),
    ):
        least = 0 if flag in ("--rate", "--drain-seconds") else 1
        http.add_argument(flag, type=_number(least), default=of, metavar="N", help=f"{what}; default: {of}")


def _number(least: int) -> "type[int]":
    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= 1_000_000_000:
            raise argparse.ArgumentTypeError(f"{value} is not between {least} and 1000000000")
        return value

    number.__name__ = "number"  # argparse quotes it
    return number  # type: ignore[return-value]


def http_settings(given: argparse.Namespace) -> HttpSettings:
    """Raises UsageError."""
    host, port = _address(given.http)
    return HttpSettings(
        host=host,
        port=port,
        allowed_hosts=_lowered(given.allowed_host),
        allowed_origins=_lowered(given.allowed_origin),
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
        sessions=not given.no_sessions,
        open_metrics=given.open_metrics,
        most_body=given.max_body,
        concurrency=given.concurrency,
        rate=given.rate,
        call_s=given.call_seconds,
        drain_s=given.drain_seconds,
    )


def _lowered(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(one.strip().lower().rstrip("/") for one in texts)


def _address(text: str) -> tuple[str, int]:
    found = _ADDRESS.fullmatch(text.strip())
    if found is None or int(found[2]) > 65535:
        raise UsageError(f"--http {text!r} is no address to listen on", f"write {HOST}:{PORT}, [::1]:{PORT} or a port")
    host = (found[1] or HOST).strip("[]")
    return (HOST if host.lower() == "localhost" else host), int(found[2])
