"""Texts of any length, cut before anybody looks at them: what is said in megabytes costs minutes and tells no more.

An API server with etcd's usual limits holds objects of 1.5 MiB; others, and files, hold what they like. A text that is cut
keeps its beginning and its end, where errors say who speaks and what went wrong.
"""

import re
from typing import Any

import msgspec

LONGEST = 64 * 1024
"""Characters. Messages, commit texts and outputs of steps that people wrote for people stay far below."""
_BLOCK = LONGEST // 2
_END_OF_TEXT = re.compile(rb'[^\\]"')


def may_be_in(data: bytes) -> bool:
    """Whether text longer than LONGEST may be in this JSON: a stretch in which no text ends. Takes no time on what people write."""
    return any(_END_OF_TEXT.search(data, at, at + _BLOCK) is None for at in range(0, len(data) - _BLOCK, _BLOCK))


def cut_json(body: bytes) -> bytes:
    """The same JSON with its long texts cut; as it is where there are none, or where it is not JSON."""
    if not may_be_in(body):
        return body
    try:
        plain = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    return msgspec.json.encode(cut(plain))


def cut(document: Any) -> Any:
    """Plain data with every long text in it cut, in place where it can be."""
    if isinstance(document, str):
        return _shorter(document)
    waiting = [document] if isinstance(document, dict | list) else []
    while waiting:
        held = waiting.pop()
        entries = held.items() if isinstance(held, dict) else enumerate(held)
        for key, value in list(entries):
            if isinstance(value, str):
                if len(value) > LONGEST:
                    held[key] = _shorter(value)
            elif isinstance(value, dict | list):
                waiting.append(value)
    return document


def _shorter(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:_BLOCK]} … {text[-_BLOCK:]}"
