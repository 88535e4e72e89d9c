"""What pasted text alone says: whether something is wrong in it, and of which Stage, Application and Freight it speaks."""

import re
from collections.abc import Callable

import msgspec

from gitops_master.model.routing import Known, Mode
from gitops_master.routing.pasted import LINE, Pasted
from gitops_master.routing.spelling import fold
from gitops_master.routing.versions import Index

_WRONG = re.compile(
    r"error|fail|fatal|panic|exception|traceback|unhealthy|degraded|outofsync|crashloop|backoff|back-off|denied|forbidden|refused|timed? ?out|deadline exceeded"
    r"|not found|no such|unable|cannot|can't|couldn't|rejected|invalid|missing|evicted|oomkilled|pending|unknown|aborted|exit (?:code|status) [1-9]|goroutine|caused by|stuck|err=|warning|firing|authentication required|unauthorized|unauthenticated|could not|non-fast-forward|conflict|mismatch|exceeded|insufficient|terminated|not allowed|x509|unknown authority|tls: |not permitted|critical|alert|not ?ready|stalled|hung",
)
_NOT_WRONG = re.compile(
    r"\b(?:0|no) (?:errors?|failures?|failed)|errors?: ?(?:0|none|null|\"\")|errored: ?0|failed: ?0|error(?:threshold|handling)|failurelimit|timeout: ?\w+$"
)
_LISTED = re.compile(r"\balias\s{2,}|\s{2,}alias\b")
_NAMESPACE = re.compile(r"namespace\"?[:= ]{1,3}\"?[\w-]+")
_MOST_STAGES = 300
_WORD = re.compile(r"[a-z0-9][\w.-]{0,252}")
_TAG = re.compile(r"/[\w.-]{1,100}[:@]([\w][\w.+:-]{0,100}\w|\w)")
_PROMOTES = re.compile(
    r"kargo +(?:promote|approve|refresh|abort|create +promotion|rollback)\b|kargo +\S{0,20} *promotion\b"
)
_VERIFIES = re.compile(r"kargo +(?:verify|reverify)\b")


class Evidence(msgspec.Struct, frozen=True):
    """`commands`: the mode of a command that was typed and nothing else."""

    is_wrong: bool = False
    project: str = ""
    stage: str = ""
    app: str = ""
    freight: str = ""
    command: Mode | None = None


def evidence(pasted: Pasted, known: Known) -> Evidence:
    """Reads each pasted line once. A name counts where it is the only one of its sort, first of all in lines that are wrong."""
    every = [_NAMESPACE.sub(" ", fold(line)) for line in pasted.lines]
    wrong = [line for line in every if _is_wrong(line)]
    lines = list(map(fold, pasted.lines))
    tags = Index(known)
    listed = any("current freight" in line or _LISTED.search(line) for line in lines)
    command: Mode | None = None
    if pasted.commands and not wrong:
        typed = " ".join(pasted.commands)[:LINE]
        command = "PROMOTE" if _PROMOTES.search(typed) else "VERIFY" if _VERIFIES.search(typed) else None
    stages = {fold(one): one for one in known.stages} | {
        fold(f"{known.project}-{one}"): one
        for one in known.stages
        if known.project and f"{known.project}-{one}" not in known.apps
    }
    meta = [line for line in every if re.match(r"\s{0,8}name: ", line)][:1] if pasted.is_yaml else []
    return Evidence(
        bool(wrong) and not (pasted.is_yaml and len(wrong) < 2),
        known.project if _names_project(known, lines) else "",
        _only(lambda word: stages.get(word, ""), meta, wrong, every),
        _only({fold(one): one for one in known.apps}.get, wrong, every),
        "" if listed else _only(lambda word: _freight(word, tags), wrong, every),
        command,
    )


def _freight(word: str, tags: Index) -> str:
    """The Freight that a word of output means: long enough to be no accident."""
    found = (
        tags.meaning(word[1:])
        if word[0] == ":"
        else tags.meaning(word)
        if len(word) >= 5 and any(char.isdigit() or char == "-" for char in word)
        else ()
    )
    return found[0] if len(found) == 1 else ""


def _names_project(known: Known, lines: list[str]) -> bool:
    """Whether output says of which project it is: `namespace=shop`, `-n shop`, `shop:uat`. The word alone may be anything."""
    if not known.project:
        return False
    name = re.escape(fold(known.project))
    said = re.compile(
        rf"(?:namespace\"?|project\"?|-n)[:= ]{{1,20}}\"?{name}(?![\w-])|(?<![\w/.-]){name}[:/](?:{'|'.join(re.escape(fold(one)) for one in known.stages[:_MOST_STAGES]) or '$'})(?![\w-])"
    )
    return any(said.search(line) for line in lines)


def _is_wrong(line: str) -> bool:
    return bool(_WRONG.search(_NOT_WRONG.sub("", line)))


def _only(meaning: Callable[[str], str | None], *places: list[str]) -> str:
    for lines in places:
        found = {meant for line in lines for word in _words(line) if (meant := meaning(word))}
        if len(found) == 1:
            return found.pop()
    return ""


def _words(line: str) -> set[str]:
    """Words, and what the names of Promotions and AnalysisRuns are made of: `<stage>.<ulid>.<freight>`."""
    words = {one.rstrip(".") for one in _WORD.findall(line)}
    tags = {f":{tag}" for tag in _TAG.findall(line)}
    return words | tags | {part for one in words for part in (one.partition(".")[0], one.rpartition(".")[2])}
