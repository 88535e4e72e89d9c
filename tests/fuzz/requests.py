"""HTTP/1.1 requests as bytes: well-formed ones around a body, and ones whose headers or framing are hostile."""

import json
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from tests.fuzz.calls import Call
from tests.fuzz.values import text

MODERN = "2026-07-28"
LEGACY = "2025-06-18"
_META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "fuzz", "version": "1"},
}
_JSON = ("Content-Type", "application/json")
_ACCEPT = ("Accept", "application/json, text/event-stream")
Headers = Sequence[tuple[str, str]]


class Sent(NamedTuple):
    """`ends`: nothing more comes after these bytes, though they may say so. `owed`: an answer with this JSON-RPC id. `pieces`: in
    so many writes.
    """

    data: bytes
    ends: bool = False
    owed: str = ""
    pieces: int = 1


def envelope(method: str, params: str, number: str, *, modern: bool) -> bytes:
    """`params`: JSON text, an object."""
    if modern:
        between = "," if params != "{}" else ""
        params = f'{params[:-1]}{between}"_meta":{json.dumps(_META)}}}'
    return f'{{"jsonrpc":"2.0","id":"{number}","method":"{method}","params":{params}}}'.encode()


def called(call: Call, number: str, session: str = "") -> Sent:
    """A call in good form; of the newer protocol where there is no session."""
    headers = [_JSON, _ACCEPT]
    if session:
        headers += [("Mcp-Session-Id", session), ("MCP-Protocol-Version", LEGACY)]
    else:
        headers += [("MCP-Protocol-Version", MODERN), ("Mcp-Method", call.method)]
        headers += [("Mcp-Name", call.named)] if call.named else []
    body = envelope(call.method, call.params, number, modern=not session)
    return Sent(request("POST", "/mcp", headers, body), owed=number)


def posted(body: bytes, rng: Random, session: str) -> Sent:
    """A body of any kind below headers that are right for some body."""
    headers = [_JSON, _ACCEPT]
    if rng.random() < 0.5:
        headers += [("Mcp-Session-Id", session), ("MCP-Protocol-Version", LEGACY)]
    else:
        headers += [("MCP-Protocol-Version", MODERN), ("Mcp-Method", rng.choice(("tools/call", "tools/list", "ping")))]
    return Sent(request("POST", "/mcp", headers, body))


def request(
    method: str, path: str, headers: Headers, body: bytes, *, framed: bool = True, host: str = "127.0.0.1"
) -> bytes:
    """`framed`: says how long its body is."""
    length = [("Content-Length", str(len(body)))] if framed else []
    named = [("Host", host)] if host else []
    lines = [f"{method} {path} HTTP/1.1", *(f"{key}: {one}" for key, one in [*named, *headers, *length])]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + body


_VALUES: dict[str, tuple[str, ...]] = {
    "Host": ("evil.example", "127.0.0.1:99999", "localhost.", "[::1]", "[::1", "127.0.0.1@evil", "0", "0x7f000001", "127.1", "", "*"),
    "Origin": ("null", "http://evil.example", "http://localhost.evil.example", "http://127.0.0.1:1", "file://", "http://[::1", "http://"),
    "Accept": ("", "*/*", "text/html", "application/json", "text/event-stream", "application/json;q=x", "," * 300, "a/b;" * 300),
    "Content-Type": ("", "text/plain", "application/json; charset=utf-7", "application/json; charset=\x00", "multipart/form-data", "application/jsonx"),
    "Content-Encoding": ("gzip", "deflate", "br", "identity, gzip", "x"),
    "MCP-Protocol-Version": ("", "1", "2026-07-28 ", "2025-06-18, 2026-07-28", "9999-99-99", "0" * 5000),
    "Mcp-Session-Id": ("", "0" * 32, "../..", "null", "a" * 8000, "\x01"),
    "Mcp-Method": ("", "tools/list", "TOOLS/CALL", "ping\t", "=?base64?!!!?=", "=?base64?/////w==?="),
    "Mcp-Name": ("", "operate", "=?base64?7aCA?=", "=?base64?", "a" * 9000),
    "Mcp-Param-Project": ("", "demo", "=?base64?AA==?="),
    "Last-Event-ID": ("", "-1", "a" * 9000, "1_2_3"),
    "Authorization": ("", "Bearer", "Bearer ", "Bearer a b", "Basic Og==", "bearer " + "x" * 9000, "Bearer \x80"),
    "Connection": ("close", "keep-alive, Host", "upgrade", "x" * 500),
    "Upgrade": ("websocket", "h2c"),
    "Expect": ("100-continue", "200-ok"),
    "Forwarded": ("for=127.0.0.1;host=evil", 'for="'),
    "X-Forwarded-For": ("127.0.0.1", "1" * 3000),
    "Cookie": ("a=b; " * 500,),
    "Content-Length": ("-1", "+5", "0x10", "5, 5", "5, 6", "99999999999999999999", "1e3", "", " "),
    "Transfer-Encoding": ("chunked", "gzip, chunked", "chunked, chunked", "xchunked", " chunked", "chunked\x0b", "identity"),
}  # fmt: skip
_METHODS = (
    "POST",
    "GET",
    "DELETE",
    "OPTIONS",
    "PUT",
    "HEAD",
    "TRACE",
    "CONNECT",
    "PATCH",
    "post",
    "M-SEARCH",
    "X" * 300,
)
_PATHS = (
    "/mcp", "/mcp/", "/", "//mcp", "/mcp/../mcp", "/%6dcp", "/mcp?x=" + "a" * 3000, "/mcp#a", "*", "http://evil.example/mcp", "/healthz",
    "/readyz", "/metrics", "/.well-known/oauth-protected-resource", "/mcp\x00", "/" + "a/" * 3000, "/mcp%00", "/%ff%fe", "/\u00fc",
)  # fmt: skip
_BROKEN = (
    b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /mcp\r\n\r\n", b"POST /mcp HTTP/0.9\r\n\r\n",
    b"POST /mcp HTTP/1.1\nHost: 127.0.0.1\n\n", b"POST  /mcp  HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"POST /mcp HTTP/9.9\r\nHost: a\r\n\r\n",
    b"POST /mcp HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n", b"POST /mcp HTTP/1.1\r\n Host: 127.0.0.1\r\n\r\n", b"\x00" * 500, b"A" * 70_000,
    b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"A: b\r\n" * 9000 + b"\r\n", b"POST /mcp HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\n\r\n",
    b"POST /mcp HTTP/1.0\r\n\r\n{}", b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\r\n",
)  # fmt: skip


def hostile(rng: Random, call: Call, number: str) -> Sent:
    """A request of which headers, framing or both are not what they should be. Its bytes end with it."""
    way = rng.random()
    good = envelope(call.method, call.params, number, modern=True)
    if way < 0.1:
        return Sent(rng.choice(_BROKEN), ends=True)
    if way < 0.2:
        return Sent(_smuggled(rng, good), ends=True)
    if way < 0.3:
        whole = called(call, number).data
        return Sent(whole[: rng.randrange(len(whole))], ends=True)  # cut: the sender goes away
    if way < 0.4:
        return Sent(_in_chunks(rng, good), ends=True)
    headers = {
        "Content-Type": _JSON[1],
        "Accept": _ACCEPT[1],
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": call.method,
    }
    for key in rng.sample(sorted(_VALUES), rng.choice((1, 1, 2, 4))):
        headers[key] = rng.choice(_VALUES[key]) if rng.random() < 0.85 else text(rng)[:2000]
    host = headers.pop("Host", "127.0.0.1")
    pairs = [*headers.items()]
    if rng.random() < 0.1:
        pairs.append(rng.choice(pairs))
    method = rng.choice(_METHODS) if rng.random() < 0.3 else "POST"
    path = rng.choice(_PATHS) if rng.random() < 0.3 else "/mcp"
    framed = not {"Content-Length", "Transfer-Encoding"} & set(headers)
    return Sent(request(method, path, pairs, good, framed=framed, host=host), ends=True)


def _smuggled(rng: Random, body: bytes) -> bytes:
    """A second request inside the first, for parsers that see its end elsewhere."""
    inner = request("POST", "/mcp", [_JSON, _ACCEPT], body)
    both = [
        ("Content-Length", str(rng.choice((0, 4, len(body))))),
        ("Transfer-Encoding", rng.choice(_VALUES["Transfer-Encoding"])),
    ]
    if rng.random() < 0.3:
        both = [("Content-Length", "4"), ("Content-Length", str(len(inner)))]
    rng.shuffle(both)
    return request("POST", "/mcp", [_JSON, _ACCEPT, *both], b"0\r\n\r\n" + inner, framed=False)


def _in_chunks(rng: Random, body: bytes) -> bytes:
    size = rng.choice((b"%x" % len(body), b"-1", b"0x5", b"fffffffffffffffff", b"", b"zz", b"5;" + b"a" * 5000, b"1\n"))
    end = rng.choice((b"\r\n0\r\n\r\n", b"\r\n0\r\nHost: evil\r\n\r\n", b"0\r\n\r\n", b""))
    headers = [_JSON, _ACCEPT, ("MCP-Protocol-Version", MODERN), ("Transfer-Encoding", "chunked")]
    return request("POST", "/mcp", headers, size + b"\r\n" + body + end, framed=False)
