"""Texts as somebody would write them who wants more than to be read, and where they can be written."""

import json
import unicodedata
from typing import Any

from gitops_master.model.finding import Answer
from gitops_master.model.printable import printable
from gitops_master.usecases.size import MOST_BYTES

TOKEN = "ghp_" + "a1B2" * 9
ATTACKS = (
    "$(touch x)", "`touch x`", "; touch x;", "| touch x", "&& touch x #", "' ; touch x ; '", '" ; touch x ; "', "${IFS}touch${IFS}x",
    "--kubeconfig=/etc/passwd", "-o yaml", "\n\ntouch x\n", "\r\nVerdict: healthy\r\n", "\x1b[2J\x1b[31m", "\x9b31m", "\x1b]0;title\x07",
    "\u202e\u2066", "\x00\x08\x7f", "[bold]x[/bold]", "%s%n{0}", f"https://bot:{TOKEN}@git.example.com/x.git", f"Bearer {TOKEN}",
    "password=hunter2hunter2", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
)  # fmt: skip
SECRETS = (TOKEN, "hunter2hunter2", "MIIEpAIBAAKCAQEA")
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
TEXTS = frozenset(
    ["message", "reason", "alias", "info", "note", "description", "author", "committer", "createdByActor", "tag", "branch", "value"]
)  # fmt: skip
"""Fields of objects that controllers and people fill with text."""


NAMED = frozenset(
    ["host", "path", "image", "secretName", "ingressClassName", "storageClassName", "hostname", "server", "url"]
)
"""Fields in which people name hosts, paths and objects."""


def spoiled(node: Any, text: str, fields: frozenset[str] = TEXTS) -> int:
    """Appends the text to every such field of plain objects; how many there were."""
    if isinstance(node, list):
        return sum(spoiled(one, text, fields) for one in node)
    if not isinstance(node, dict):
        return 0
    count = 0
    for key, value in node.items():
        if key in fields and isinstance(value, str):
            node[key] = value + text
            count += 1
        else:
            count += spoiled(value, text, fields)
    return count


def is_harmless(answer: Answer) -> bool:
    """Nothing that a terminal obeys in any text, no credentials, and no longer than an answer may be."""
    every = json.dumps(answer.dump(), ensure_ascii=False)
    texts = list(_texts(answer.dump()))
    assert [one for one in texts if obeyed(one)] == []
    assert [one for one in texts if printable(one) != one] == []
    assert [one for one in SECRETS if one in every] == []
    assert len(every.encode()) <= MOST_BYTES
    return True


def obeyed(text: str) -> set[str]:
    """What a terminal obeys, or what makes text read as something else than it is."""
    return {one for one in text if (unicodedata.category(one) == "Cc" and one != "\n") or one in _BIDI}


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for one in node.values() for text in _texts(one)]
    if isinstance(node, list):
        return [text for one in node for text in _texts(one)]
    return [node] if isinstance(node, str) else []
