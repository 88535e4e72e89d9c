"""One code span: which sort of thing it names, and whether that exists."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from gitops_master.facts.patterns import find_all
from gitops_master.model.errors import UsageError
from gitops_master.usecases.reference_pages import resolve
from tools.references.commands import LABEL, PROGRAMS
from tools.references.knowledge import WORD, Condition, Knowledge, condition

_CONDITION = re.compile(r"[A-Z]\w+ [A-Z]\w+(=(True|False|Unknown))?(/[A-Z…][\w…]*)?")
_PATH = re.compile(r"[A-Z]\w+\.[a-z$<].*")
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILE = re.compile(r"[\w./<>*-]*\.(ya?ml|json|go|md|log|sh|tpl|txt|toml)")
_VALUE = re.compile(
    r"true|false|null|-?\d+(\.\d+)?%?|(\d+(\.\d+)?(ms|s|m|h|d))+|[<>=]*\s?v?\d+(\.\d+)+|\"\"|\[\]|\{\}|…|<[\w -]+>|[A-Z]"
)
"""Plain values, and what stands for any: `<key>`, `…`, one capital letter."""
_EXPRESSION = re.compile(r"\$\{\{.+\}\}")
_LABELLED = re.compile(rf"({LABEL.pattern})(=.*|: .*)?")
_FEWEST_LETTERS = 8
"""Of a message, its wildcards aside: less would be found anywhere."""
_MOST_OF_IT = 0.9
"""Share of a message that a pattern has to match, where no real text holds the message."""


def fault(span: str, known: Knowledge) -> str:
    """What is wrong with the text of a code span; empty if nothing is."""
    if span in known.names:
        return ""
    for shape, judge in _SORTS:
        if shape.fullmatch(span):
            return judge(span, known)
    return "is of no known sort: tools/references says which there are"


def _message(span: str, known: Knowledge) -> str:
    told = " ".join(span[1:-1].replace('\\"', '"').split())
    parts = [part.strip() for part in re.split(r"…|\.\.\.", told)]
    if sum(len(re.sub(r"\W", "", part)) for part in parts) < _FEWEST_LETTERS:
        return "says too little to be recognised"
    wanted = re.compile(r"[^\0]{0,2000}?".join(re.escape(part) for part in parts if part))
    if wanted.search(known.texts):
        return ""
    filled = told.replace("…", "x")
    for pattern in known.patterns:
        if any(len(match[0]) >= len(filled) * _MOST_OF_IT for match in find_all(pattern, filled)):
            return ""
    return "is a message that no pattern knows and no recorded object or log holds"


def _condition(span: str, known: Knowledge) -> str:
    asked = condition(span)
    of_kind = [one for one in known.conditions if one.kind == asked.kind]
    if not of_kind:
        return f"no condition of a {asked.kind} is known" if asked.kind in known.words else f"no kind {asked.kind!r}"
    of_type = [one for one in of_kind if one.type == asked.type]
    if not of_type:
        return f"a {asked.kind} has no condition {asked.type!r}, but {_listed(one.type for one in of_kind)}"
    of_status = [one for one in of_type if asked.status in ("", one.status)]
    if not of_status:
        return f"{asked.kind} {asked.type} is never {asked.status}, but {_listed(one.status for one in of_type)}"
    reason = re.compile(re.escape(asked.reason).replace("…", r"\w+"))
    if asked.reason and not any(reason.fullmatch(one.reason) for one in of_status):
        told = Condition(asked.kind, asked.type, asked.status)
        return f"{_shown(told)} has no reason {asked.reason!r}, but {_listed(one.reason for one in of_status)}"
    return ""


def _path(span: str, known: Knowledge) -> str:
    path, equal, value = span.partition("=")
    wrong = "" if path in known.paths else known.schemas.fault(path)
    if wrong or not equal:
        return wrong
    return "" if _VALUE.fullmatch(value) or value in known.words else f"no value {value!r}"


def _word(span: str, known: Knowledge) -> str:
    return "" if span in known.words else f"no kind, reason or value {span!r}{_near(span, known.words)}"


def _label(span: str, known: Knowledge) -> str:
    match = _LABELLED.fullmatch(span)
    name = match[1] if match else span
    return "" if name in known.labels else f"no annotation or label {name!r}{_near(name, known.labels)}"


def _kebab(span: str, known: Knowledge) -> str:
    if span in known.rules:
        return f"is a rule: write [{span}](gitops://rules/{span})"
    if span in known.steps:
        return ""
    return f"no step {span!r}{_near(span, known.steps)}, and no name from source"


def _command(span: str, known: Knowledge) -> str:
    return known.commands.fault(span)


def _uri(span: str, known: Knowledge) -> str:
    try:
        resolve(span.partition("#")[0])
    except UsageError as error:
        return error.message
    return ""


def _nothing(span: str, known: Knowledge) -> str:
    return ""


_SORTS: tuple[tuple[re.Pattern[str], Callable[[str, Knowledge], str]], ...] = (
    (_VALUE, _nothing),
    (re.compile(r'".+"'), _message),
    (_EXPRESSION, _nothing),
    (re.compile(rf"({'|'.join(PROGRAMS)})( .+)?"), _command),
    (re.compile(r"gitops://.+"), _uri),
    (_FILE, _nothing),
    (_LABELLED, _label),
    (_CONDITION, _condition),
    (WORD, _word),
    (_PATH, _path),
    (_KEBAB, _kebab),
)
"""In this order: the first shape that fits decides."""


def _near(name: str, names: frozenset[str]) -> str:
    near = get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted({one or "none" for one in names}))


def _shown(one: Condition) -> str:
    return f"{one.kind} {one.type}" + (f"={one.status}" if one.status else "")
