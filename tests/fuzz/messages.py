"""Messages that are no JSON, no JSON-RPC, or nothing that the protocol lets a client say at this point."""

from random import Random

from tests.fuzz.values import deep, quoted, text, value

_METHODS = (
    "tools/list", "tools/call", "ping", "resources/list", "resources/templates/list", "prompts/list", "server/discover", "initialize",
    "notifications/initialized", "notifications/cancelled", "notifications/progress", "notifications/roots/list_changed",
    "sampling/createMessage", "elicitation/create", "roots/list", "logging/setLevel", "resources/subscribe", "resources/unsubscribe",
    "tasks/get", "tasks/cancel", "rpc.discover", "Tools/Call", "tools/call ", "", "constructor", "__init__",
)  # fmt: skip
_VERSIONS = ("2025-06-18", "2024-11-05", "2026-07-28", "1.0", "", "9999-99-99", "2025-06-18\x00", "DRAFT")
_BYTES = (
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xfe\xff",
    b"\x1b",
    b"\r",
    b"'",
    b",",
    b"}",
)
_OVERSIZE = (200_000, 1_100_000, 3_000_000)
"""Bytes of one message; over HTTP a MiB is the bound."""


def message(rng: Random) -> bytes:
    """One; without a line feed at its end."""
    way = rng.random()
    whole = _envelope(rng)
    if way < 0.55:
        return whole
    if way < 0.7:
        return whole[: rng.randrange(len(whole) + 1)]
    if way < 0.82:
        at = rng.randrange(len(whole) + 1)
        return whole[:at] + rng.choice(_BYTES) * rng.choice((1, 1, 3)) + whole[at + rng.choice((0, 1, 2)) :]
    if way < 0.88:
        many = [_envelope(rng) for _ in range(rng.choice((0, 1, 2, 20)))]
        return b"[" + b",".join(many) + b"]"
    if way < 0.9:
        return deep(rng).encode()[: rng.choice((1000, 10**6))]
    if way < 0.94:
        return rng.choice((b"", b" ", b"null", b"0", b"{}", b"[]", b'""', b"true", b"NaN", b"\t", b"{" * 500))
    if way < 0.941:
        return b'{"jsonrpc":"2.0","id":1,"method":"' + b"a" * rng.choice(_OVERSIZE) + b'"}'
    return text(rng).encode("utf-8", "surrogatepass").replace(b"\n", b" ")


def _envelope(rng: Random) -> bytes:
    members = [f'"jsonrpc":{quoted("2.0") if rng.random() < 0.9 else value(rng)}']
    way = rng.random()
    if way < 0.8:
        members.append(f'"id":{_id(rng)}')
    if way > 0.1:
        method = quoted(rng.choice(_METHODS)) if rng.random() < 0.85 else value(rng)
        members.append(f'"method":{method}')
    if rng.random() < 0.75:
        members.append(f'"params":{_params(rng)}')
    if way < 0.15:
        members.append(f'"{rng.choice(("result", "error"))}":{value(rng)}')
    if rng.random() < 0.08:
        members.append(rng.choice(members))  # twice
    if rng.random() < 0.08:
        members.append(f"{quoted(text(rng))}:{value(rng)}")
    rng.shuffle(members)
    made = "{" + ",".join(members) + "}"
    return made.encode().replace(b"\n", b" ")


def _id(rng: Random) -> str:
    return value(rng) if rng.random() < 0.5 else rng.choice(("1", '"1"', "1.0", "null", "-1", "true", "[]", "1e3"))


def _params(rng: Random) -> str:
    way = rng.random()
    version = quoted(rng.choice(_VERSIONS)) if rng.random() < 0.7 else value(rng)
    if way < 0.3:
        return value(rng)
    if way < 0.45:
        client = '{"name":"x","version":"1"}' if rng.random() < 0.7 else value(rng)
        can = "{}" if rng.random() < 0.6 else value(rng)
        return f'{{"protocolVersion":{version},"capabilities":{can},"clientInfo":{client}}}'
    if way < 0.6:
        return f'{{"requestId":{_id(rng)},"reason":{value(rng)},"progressToken":{_id(rng)},"progress":{value(rng)}}}'
    if way < 0.75:
        prefix = "io.modelcontextprotocol/"
        meta = (
            f'"{prefix}protocolVersion":{version},"{prefix}clientCapabilities":{value(rng)},"progressToken":{_id(rng)}'
        )
        return f'{{"_meta":{{{meta}}},"name":{value(rng)},"arguments":{{}}}}'
    if way < 0.85:
        return f'{{"cursor":{value(rng)},"_meta":{value(rng)}}}'
    state = f'"requestState":{value(rng)},"inputResponses":{value(rng)}'
    return f'{{"name":"operate","arguments":{{"operation":"reverify"}},{state}}}'
