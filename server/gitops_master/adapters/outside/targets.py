"""Hosts, ports, URLs and headers as they come, made sure of before anything is sent. Pure."""

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from gitops_master.adapters.outside.failed import Failed
from gitops_master.adapters.outside.policy import Address, parsed

USUAL_PORTS = frozenset({80, 443, 8080, 8443})
"""Asked of any host. Others only of hosts that a trusted file names: whoever writes a Gateway's listener names a port, too."""
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_PLAIN = re.compile(r"[!-~]*")
"""ASCII without blanks and control characters: what may stand in a URL that is sent as it is."""
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[\t -~]{0,4096}")
_KEPT_BACK = frozenset(
    {"host", "authorization", "proxy-authorization", "cookie", "content-length", "transfer-encoding", "connection"}
    | {"upgrade", "te", "trailer", "expect", "user-agent", "accept", "accept-encoding"}
)
"""Headers that are ours to set, that frame a message, or that log in."""
_LONGEST_URL = 4096


class Target(NamedTuple):
    """Where a GET goes. `host`: canonical, an IPv6 address without brackets. `path`: with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """Made of the parts that were checked, so that no second parser can read the first text differently."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def canonical_host(text: str) -> str:
    """A host in lower case, without brackets and trailing dot; an address as Python writes it. Raises Failed (malformed)."""
    host = text.lower()
    if host.startswith("[") and host.endswith("]"):
        address = parsed(host[1:-1])
        if address is None or address.version != 6:
            raise Failed("malformed", f"{_cut(text)} is no IPv6 address")
        return _spelled(address)
    host = host.removesuffix(".")
    address = parsed(host)
    if address is not None:
        return _spelled(address)
    labels = host.split(".")
    # No top-level domain is a number: this is an address that some resolvers read and others do not (RFC 3696, WHATWG URL).
    if _NUMBER.fullmatch(labels[-1]):
        raise Failed("malformed", f"{_cut(text)} is a number, not a name; write an address in four decimal parts")
    if len(host) > 253 or not all(_LABEL.fullmatch(one) for one in labels):
        raise Failed("malformed", f"{_cut(text)} is no host name")
    return host


def _spelled(address: Address) -> str:
    """One of IPv4 that is written as one of IPv6 has two spellings, by version of Python."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def canonical_hosts(texts: Iterable[str]) -> frozenset[str]:
    """Those that are host names, in canonical spelling."""
    found = set()
    for text in texts:
        try:
            found.add(canonical_host(text))
        except Failed:
            continue
    return frozenset(found)


def check_port(host: str, port: int, hosts: frozenset[str]) -> None:
    """Raises Failed: malformed, or not-allowed for an unusual port of a host that is not among `hosts` (canonical)."""
    if not 0 < port < 65536:
        raise Failed("malformed", f"{port} is no port of {host}")
    if port not in USUAL_PORTS and host not in hosts:
        raise Failed(
            "not-allowed",
            f"port {port} of {host} is not asked: only {', '.join(map(str, sorted(USUAL_PORTS)))} are, "
            f"unless a trusted .gitops-verify.yaml names {host} under `hosts`",
        )


def target(url: str) -> Target:
    """The parts of a URL. Raises Failed (malformed) on what is none, on other schemes and on a user in it."""
    if len(url) > _LONGEST_URL or not _PLAIN.fullmatch(url) or "\\" in url:
        raise Failed(
            "malformed", f"{_cut(url)} is no URL: blanks, backslashes and characters beyond ASCII are encoded in one"
        )
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise Failed("malformed", f"{_cut(url)} is no URL") from None
    if split.scheme not in {"http", "https"}:
        raise Failed("malformed", f"{_cut(url)} is asked with neither http nor https")
    if "@" in split.netloc:
        raise Failed("malformed", "a URL with a user or password in it is not asked")
    if not split.netloc or split.netloc.endswith(":"):
        raise Failed("malformed", f"{_cut(url)} names no host or no port")
    host = canonical_host(split.netloc.removesuffix(f":{split.netloc.rpartition(':')[2]}" if port is not None else ""))
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return Target(split.scheme, host, port if port is not None else {"http": 80, "https": 443}[split.scheme], path)


def check_headers(headers: Iterable[tuple[str, str]]) -> None:
    """Raises Failed (malformed) on what would end a header early, frame a message, or log in."""
    for name, value in headers:
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise Failed("malformed", f"the header {_cut(name)!r} cannot be sent")
        if name.lower() in _KEPT_BACK:
            raise Failed("malformed", f"the header {name!r} is not sent for anybody")


def check_secret(name: str, where: Target, hosts: frozenset[str]) -> None:
    """Raises Failed: a credential goes encrypted, to a host that a trusted file names, or nowhere."""
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _KEPT_BACK - {"authorization", "cookie"}:
        raise Failed("malformed", f"the header {_cut(name)!r} cannot carry a credential")
    if where.host not in hosts:
        raise Failed(
            "not-allowed",
            f"no credential is sent to {where.host}: no trusted .gitops-verify.yaml names it under `hosts`",
        )
    address = parsed(where.host)
    if where.scheme != "https" and where.host != "localhost" and not (address is not None and address.is_loopback):
        raise Failed("not-allowed", f"no credential is sent to {where.host} unencrypted; use https")


def _cut(text: str) -> str:
    """Enough to recognise it by; a password may stand in what is no URL."""
    shown = text.rpartition("@")[2]
    return ascii(shown[:80])[1:-1] + ("…" if len(shown) > 80 else "")
