"""Text patterns, written once: what products print, where from, since when. Rules name them; tests hold vectors for each.

Matching ignores case, crosses line ends and looks through the quoting that messages pick up on their way (escaped quotes,
wrapped lines). Wrappers around an inner error are peeled for reading, never for matching.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from gitops_master.facts.texts import Text

END = r"\.?\s*(?:$|\(retried \d|Retrying attempt)"
"""Where an error ends: Argo CD may have put a count of retries behind it."""
_ESCAPED = re.compile(r"(?<!\\)\\+([\"'])")
_FLAGS = re.IGNORECASE | re.DOTALL
_WRAPPERS = (
    re.compile(r'^step(?: execution failed: step)? ?"?[^"]*"? met error threshold of \d+: ', re.IGNORECASE),
    re.compile(r'^(?:error running|failed to run) step "[^"]+": ', re.IGNORECASE),
    re.compile(r'^step "[^"]+": ', re.IGNORECASE),
    re.compile(r'^Argo CD Application "[^"]+" in namespace "[^"]+" failed with: ', re.IGNORECASE),
    re.compile(r'^Argo CD Application "[^"]+" in namespace "[^"]+" has "[^"]+" condition: ', re.IGNORECASE),
    re.compile(r"^Failed (?:last )?sync attempt to .*?: ", re.IGNORECASE),
    re.compile(r"^(?:ComparisonError|InvalidSpecError|SyncError|UnknownError): "),
    re.compile(r"^Failed to load target state: ", re.IGNORECASE),
    re.compile(r"^failed to generate manifest for source \d+ of \d+: ", re.IGNORECASE),
    re.compile(r"^rpc error: code = \w+ desc = "),
    re.compile(r"^Manifest generation error \(cached\): ", re.IGNORECASE),
    re.compile(
        r"^one or more (?:objects failed to apply|synchronization tasks [a-z ]+)(?: \(dry run\))?(?:, reason)?: ",
        re.IGNORECASE,
    ),
    re.compile(r"^an unrecoverable error occurred: ", re.IGNORECASE),
    re.compile(
        r'^error (?:building AnalysisRun for Stage|creating AnalysisRun) "[^"]+"(?: and [^"]+"[^"]+")?(?: in namespace "[^"]+")?: '
    ),
    re.compile(r"^(?:build spec|build arguments|merge arguments|validate merged arguments|flatten templates): "),
    re.compile(r"^(?:Unable to resolve metric arguments|Analysis spec invalid): "),
)
_TAILS = (
    re.compile(r" \(retried \d+ times\)\.?$"),
    re.compile(r"\.? Retrying attempt #\d+ at [^ ]+$"),
    re.compile(r"; step will be retried$"),
)


class Pattern(msgspec.Struct, frozen=True):
    """One thing a product prints.

    `source`: the code (`repository@version path`) or issue it was taken from; `versions`: where it is not general;
    `vectors`: texts as products print them, each of which must match. `is_detail`: reads a part out of a text that another
    pattern recognised, or tells kinds of it apart, and recognises nothing by itself.
    """

    name: str
    regex: str
    source: str
    versions: str = ""
    vectors: tuple[str, ...] = ()
    is_detail: bool = False


Patterns = Pattern | tuple[Pattern, ...]
"""One, or several of which any may match (tried in their order)."""


class Found(msgspec.Struct, frozen=True):
    """A text that matched, with the named groups."""

    text: Text
    groups: dict[str, str]
    span: str


def plain(text: str) -> str:
    """The text as its author wrote it: escaped quotes undone."""
    return _ESCAPED.sub(r"\1", text)


def peel(text: str) -> str:
    """The innermost error: wrappers of Kargo and Argo CD taken off, as often as they were put on."""
    text = plain(text).strip()
    for _ in range(20):
        before = text
        for wrapper in _WRAPPERS:
            text = wrapper.sub("", text, count=1)
        for tail in _TAILS:
            text = tail.sub("", text)
        if text == before:
            break
    return text


@lru_cache(maxsize=1024)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex, _FLAGS)


def each(patterns: Patterns) -> tuple[Pattern, ...]:
    return patterns if isinstance(patterns, tuple) else (patterns,)


def _readings(text: str) -> Iterator[str]:
    """The text with its lines, which tell where an error ends, then as one line: somebody may have wrapped it."""
    text = plain(text)
    yield text
    if "\n" in text:
        yield " ".join(text.split())


def find(patterns: Patterns, text: str) -> re.Match[str] | None:
    """Where one of the patterns matches the bare text."""
    readings = list(_readings(text))
    for one in each(patterns):
        for reading in readings:
            match = _compiled(one.regex).search(reading)
            if match is not None:
                return match
    return None


def find_all(pattern: Pattern, text: str) -> list[re.Match[str]]:
    """Every place where the pattern matches the bare text, its lines as they are."""
    return list(_compiled(pattern.regex).finditer(plain(text)))


def search(patterns: Patterns, text: Text) -> Found | None:
    match = find(patterns, text.value)
    if match is None:
        return None
    groups = {name: " ".join(value.split()) for name, value in match.groupdict().items() if value}
    return Found(text, groups, match.group(0))


def first(patterns: Patterns, texts: Iterable[Text]) -> Found | None:
    """The first text that matches, in the order given (the surest place first)."""
    return next((found for text in texts if (found := search(patterns, text)) is not None), None)
