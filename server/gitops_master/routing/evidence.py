"""What pasted text alone says: whether something is wrong in it, and of which Stage, Application and Freight it speaks."""

import re

import msgspec

from gitops_master.model.routing import Known, Mode
from gitops_master.routing.pasted import LINE, Pasted
from gitops_master.routing.spelling import fold

_WRONG = re.compile(
    r"error|fail|fatal|panic|exception|traceback|unhealthy|degraded|outofsync|crashloop|backoff|back-off|denied|forbidden|refused|timed? ?out|deadline exceeded"
    r"|not found|no such|unable|cannot|can't|couldn't|rejected|invalid|missing|evicted|oomkilled|pending|unknown|aborted|exit (?:code|status) [1-9]|goroutine|caused by|stuck|err=|warning",
)
_NOT_WRONG = re.compile(
    r"\b(?:0|no) (?:errors?|failures?|failed)|errors?: ?(?:0|none|null|\"\")|errored: ?0|failed: ?0|error(?:threshold|handling)|failurelimit|timeout: ?\w+$"
)
_WORD = re.compile(r"[a-z0-9][\w.-]{0,252}")
_PROMOTES = re.compile(
    r"kargo +(?:promote|approve|refresh|abort|create +promotion|rollback)\b|kargo +\S{0,20} *promotion\b"
)
_VERIFIES = re.compile(r"kargo +(?:verify|reverify)\b")


class Evidence(msgspec.Struct, frozen=True):
    """`commands`: the mode of a command that was typed and nothing else."""

    is_wrong: bool = False
    stage: str = ""
    app: str = ""
    freight: str = ""
    command: Mode | None = None


def evidence(pasted: Pasted, known: Known) -> Evidence:
    """Reads each pasted line once. A name counts where it is the only one of its sort, first of all in lines that are wrong."""
    wrong = [line for line in map(fold, pasted.lines) if _is_wrong(line)]
    every = [fold(line) for line in pasted.lines]
    freight = {fold(word): one.name for one in known.freight for word in (one.name, one.alias, one.name[:7]) if word}
    command: Mode | None = None
    if pasted.commands and not wrong:
        typed = " ".join(pasted.commands)[:LINE]
        command = "PROMOTE" if _PROMOTES.search(typed) else "VERIFY" if _VERIFIES.search(typed) else None
    return Evidence(
        bool(wrong),
        _only({fold(one): one for one in known.stages}, wrong, every),
        _only({fold(one): one for one in known.apps}, wrong, every),
        _only(freight, wrong, every),
        command,
    )


def _is_wrong(line: str) -> bool:
    return bool(_WRONG.search(_NOT_WRONG.sub("", line)))


def _only(names: dict[str, str], *places: list[str]) -> str:
    for lines in places:
        found = {names[word] for line in lines for word in _words(line) if word in names}
        if len(found) == 1:
            return found.pop()
    return ""


def _words(line: str) -> set[str]:
    words = {one.rstrip(".") for one in _WORD.findall(line)}
    return words | {one.partition(".")[0] for one in words}
