"""YAML of plain data as people write it: block style, plain scalars where nothing reads them as something else, comments before lines.

Written here since no library puts a comment right at every nesting; what it writes is read back in the tests.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitops_master.files.yaml_events import resolved
from gitops_master.model.manifest import Path

Comments = Mapping[Path, str]


class Layout(NamedTuple):
    """Columns: `mapping`: that a mapping is indented below its key; `row`: that the dashes of a list are (0: flush)."""

    mapping: int = 2
    row: int = 2


OURS = Layout()
_NUMBER_ELSEWHERE = re.compile(
    r"[-+]?(0[xXoObB][0-9a-fA-F_]+|[0-9][0-9_]*|[0-9_]*\.?[0-9_]+([eE][-+]?[0-9]+)?|[0-9_]+\.([eE][-+]?[0-9]+)?"
    r"|\.(inf|Inf|INF)|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)|\.(nan|NaN|NAN)"
)
"""What some reader of YAML 1.1 or 1.2 takes for a number: a commit such as 12345e6 has to stay a text in each of them."""
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<"})
_BEGINS = frozenset(",[]{}#&*!|>'\"%@`")
_FOLLOWED = frozenset("-?:")
_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")
_INSIDE_FLOW = frozenset(",[]{}")


def lines(value: Any, layout: Layout, comments: Comments, path: Path = ()) -> list[str]:
    """The lines of a mapping or list, not indented; of anything else its one line, or those of a text block."""
    if isinstance(value, Mapping) and value:
        return [line for key, one in value.items() for line in entry(key, one, layout, comments, path)]
    if isinstance(value, list | tuple) and value:
        return [line for at, one in enumerate(value) for line in item(at, one, layout, comments, path)]
    return _inline(value, layout)


def entry(key: str, value: Any, layout: Layout, comments: Comments, path: Path) -> list[str]:
    """`key: value` of the mapping at `path`, with the comments on it and on what is in it."""
    here, name = (*path, key), scalar(key)
    told = _comment(comments.get(here, ""))
    below = lines(value, layout, comments, here)
    if not _is_nested(value):
        return [*told, f"{name}: {below[0]}", *below[1:]]
    columns = layout.mapping if isinstance(value, Mapping) else layout.row
    return [*told, f"{name}:", *_indented(below, columns)]


def item(at: int, value: Any, layout: Layout, comments: Comments, path: Path) -> list[str]:
    """`- value` of the list at `path`. A comment on the first key of a mapping stands above the dash."""
    here = (*path, at)
    told = _comment(comments.get(here, ""))
    below = lines(value, layout, comments, here)
    while _is_nested(value) and below[0].startswith("#"):
        told.append(below.pop(0))
    if not _is_nested(value):  # a text block's lines are indented from the dash
        return [*told, f"- {below[0]}", *below[1:]]
    return [*told, f"- {below[0]}", *_indented(below[1:], 2)]


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple) and bool(value)


def _indented(given: list[str], columns: int) -> list[str]:
    return [" " * columns + line if line else "" for line in given]


def _comment(text: str) -> list[str]:
    return [f"# {line}".rstrip() for line in text.rstrip("\n").split("\n")] if text else []


def _inline(value: Any, layout: Layout) -> list[str]:
    if isinstance(value, str) and "\n" in value:
        return _block(value, max(layout.mapping, 2))
    return [flow(value) if isinstance(value, Mapping | list | tuple) else scalar(value)]


def _block(text: str, columns: int) -> list[str]:
    """A literal block, its lines indented; a quoted text where a block could not hold it."""
    body = text.rstrip("\n")
    if not body or _UNPRINTABLE.search(text) or any(one != one.rstrip(" \t") for one in body.split("\n")):
        return [_quoted(text)]
    ends = len(text) - len(body)
    first = next(one for one in body.split("\n") if one)
    how = (str(columns) if first[0] in " \t" else "") + ("-" if ends == 0 else "" if ends == 1 else "+")
    return [f"|{how}", *_indented(body.split("\n"), columns), *[""] * max(ends - 1, 0)]


def scalar(value: Any, *, in_flow: bool = False, style: str | None = None) -> str:
    """One line. `style`: the quotes that stood around what it replaces, if any."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    if style == '"' or _UNPRINTABLE.search(value) or "\n" in value:
        return _quoted(value)
    if style == "'" or not _is_plain(value, in_flow=in_flow):
        return "'" + value.replace("'", "''") + "'"
    return value


def _is_plain(text: str, *, in_flow: bool) -> bool:
    """Whether every reader takes it, without quotes, for that text."""
    if not text or text != text.strip() or text.lower() in _WORDS or not isinstance(resolved(text), str):
        return False
    if _NUMBER_ELSEWHERE.fullmatch(text) or _TIME.fullmatch(text) or text.startswith(("---", "...")):
        return False
    if text[0] in _BEGINS or (text[0] in _FOLLOWED and (len(text) == 1 or text[1] == " ")):
        return False
    if "\t" in text or ": " in text or " #" in text or text.endswith(":"):
        return False
    return not in_flow or not (_INSIDE_FLOW & set(text) or text[0] in _FOLLOWED or ":" in text)


def _quoted(text: str) -> str:
    """In double quotes. JSON's escapes are YAML's; what JSON leaves and YAML does not print is escaped, too."""
    return _UNPRINTABLE.sub(lambda found: f"\\U{ord(found[0]):08x}", json.dumps(text, ensure_ascii=False))


def flow(value: Any) -> str:
    """`{a: b}` and `[a, b]`, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key, in_flow=True)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value, in_flow=True)


def document(value: Mapping[str, Any], comments: Comments, layout: Layout = OURS) -> str:
    """A whole document, with the comment on it as its head."""
    every: Iterator[str] = iter((*_comment(comments.get((), "")), *lines(value, layout, comments)))
    return "\n".join(every) + "\n"
