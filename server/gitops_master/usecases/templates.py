"""Texts of prompts/ filled in, and evidence quoted in them: fenced, and cut to size with a count of what is missing. Pure."""

import re
from collections.abc import Mapping, Sequence

from gitops_master.content import folder
from gitops_master.model.finding import quoted
from gitops_master.model.printable import printable

_SECTION = re.compile(r"\{\{([#^])(\w+)\}\}(\n?)(.*?)\{\{/\2\}\}(\n?)", re.DOTALL)
_VALUE = re.compile(r"\{\{(\w+)\}\}")
_RUNS = re.compile(r"`{3,}")
MOST_LINE = 1500
"""Characters of one line of evidence: the longest summaries stay below."""
_NOTE = 120
"""Bytes that a note on what was left out may take."""


def template(name: str) -> str:
    """The text of prompts/<name>.md; empty where there is none."""
    file = folder("prompts") / f"{name}.md"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def filled(text: str, values: Mapping[str, str]) -> str:
    """The template with `{{key}}` replaced, `{{#key}}…{{/key}}` kept where the key has a value, `{{^key}}…{{/key}}` where not.

    Values are put in once and never looked at as templates. Raises KeyError on a `{{key}}` that has no value.
    """
    shown = _sections(text, values)
    return _VALUE.sub(lambda match: values[match.group(1)], shown)


def _sections(text: str, values: Mapping[str, str]) -> str:
    def choose(match: re.Match[str]) -> str:
        sign, key, is_block, body, end = match.groups()
        kept = _sections(body, values) if bool(values.get(key)) == (sign == "#") else ""
        return kept if is_block else kept + end

    return _SECTION.sub(choose, text)


def keys(text: str) -> set[str]:
    """The keys a template asks for."""
    return set(_VALUE.findall(text)) | {match[1] for match in re.findall(r"\{\{([#^])(\w+)\}\}", text)}


def fenced(text: str) -> str:
    """The text as a block that it cannot end by itself."""
    longest = max((len(run) for run in _RUNS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}"


def said(text: str, most: int) -> str:
    """Words of a user or a model: without credentials and control characters, at most `most` characters."""
    return quoted(printable(text).strip(), most)


def size(text: str) -> int:
    """In bytes, as it is sent."""
    return len(text.encode())


def cut(text: str, most: int) -> str:
    """At most `most` bytes of whole lines, what was left out counted. The end stays: it says what could not be read."""
    lines = [quoted(line, MOST_LINE) if len(line) > MOST_LINE else line for line in text.rstrip().split("\n")]
    if size("\n".join(lines)) <= most:
        return "\n".join(lines)
    tail = _tail(lines, (most - _NOTE) // 3)
    head = _fitting(lines[: len(lines) - len(tail)], most - _NOTE - size("\n".join(tail)))
    missing = lines[len(head) : len(lines) - len(tail)]
    note = f"[… {len(missing)} of {len(lines)} lines left out here for size]"
    return "\n".join([*head, note, *tail])


def _tail(lines: Sequence[str], most: int) -> list[str]:
    """From what was not checked on, or the last line."""
    start = next((at for at, line in enumerate(lines) if line.startswith("Not checked:")), len(lines) - 1)
    short = [quoted(line, max(40, most // 8)) for line in lines[start:]]
    kept = _fitting(short[::-1], most)
    return kept[::-1]


def _fitting(lines: Sequence[str], most: int) -> list[str]:
    found: list[str] = []
    for line in lines:
        most -= size(line) + 1
        if most < 0:
            break
        found.append(line)
    return found


def shares(sizes: Sequence[int], most: int) -> list[int]:
    """How many bytes each of several texts may take: what a short one does not need, the longer ones get."""
    given = [0] * len(sizes)
    left = most
    for place, at in enumerate(sorted(range(len(sizes)), key=lambda at: sizes[at])):
        given[at] = min(sizes[at], max(0, left) // (len(sizes) - place))
        left -= given[at]
    return given
