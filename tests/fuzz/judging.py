"""What an answer, or what a server logs, may not hold."""

import re
from typing import Any

from tests.fuzz.values import CANARY

MOST_BYTES = 128 * 1024
"""Of the answer to a call. A tool's stays below 23,000 and is told twice, as text and as structure; the longest page has 65 kB."""
_TRACE = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\", line \d+|site-packages|gitops_master[/\\]\w|\.py:\d+|<\w[\w.]* object at 0x|"
    r"maximum recursion depth"
)
_CRASH = re.compile(r"Error executing tool \w+\"")
"""The SDK's words for a tool that raised what it should not: nothing follows the name."""
_INTERNAL = -32603
_REFUSED = ("mcp.shared.exceptions.MCPError: ", "mcp.server.request_state.InvalidRequestState: ")
"""A request of the protocol that came as a notification: nobody is to be answered, so the SDK logs what it refused, with a trace."""


def problems(answer: str, *, bounded: bool = True) -> list[str]:
    """Of one answer as it was sent. `bounded`: its id is ours; one that is not has to be sent back, however long it is."""
    found = [f"trace: {one[0]!r}" for one in [_TRACE.search(answer)] if one]
    if _CRASH.search(answer):
        found.append("a tool crashed")
    if CANARY in answer:
        found.append("what stands outside the folder was told")
    if bounded and len(answer.encode("utf-8", "replace")) > MOST_BYTES:
        found.append(f"an answer of {len(answer)} characters")
    return found


def internal(message: Any) -> list[str]:
    """Of a JSON-RPC message: an error that says nothing but that something broke."""
    error = message.get("error") if isinstance(message, dict) else None
    if isinstance(error, dict) and error.get("code") == _INTERNAL:
        return [f"internal error: {str(error.get('message'))[:100]}"]
    return []


def in_logs(text: str) -> list[str]:
    """The traces that a server wrote to its log, each once: the last line, and where it was raised."""
    found: dict[str, None] = {}
    text = text.replace("\\n", "\n")
    for one in re.split(r"Traceback \(most recent call last\):", text)[1:]:
        lines = re.split(r"\n(?=\S)", one.strip("\n"))
        if len(lines) > 1 and lines[1].startswith(_REFUSED):
            continue
        places = re.findall(r'File \\?"([^"\\]+)\\?", line (\d+)', lines[0])
        where = ":".join(places[-1]) if places else "?"
        found[f"{(lines[1] if len(lines) > 1 else '?')[:160]} ({where})"] = None
    return list(found)
