"""What is known about a cause, and which known causes print a text. Reads the registry only: no cluster, no snapshot."""

import re
from difflib import get_close_matches

import msgspec

from gitops_master.facts.patterns import Pattern, find, find_all, peel
from gitops_master.model.errors import UsageError
from gitops_master.model.explanation import Area, Candidate, Explanation, KnownText, Manual
from gitops_master.model.finding import Class, quoted
from gitops_master.rules.registry import Rule, all_rules
from gitops_master.usecases.explain_report import candidates_report, list_report, manual_report

MOST_CHARACTERS = 100_000
"""Of a message: patterns are tried on all of it, and a log of megabytes matches everything."""
MOST_CANDIDATES = 10
MOST_MATCHED = 200
NOTE = (
    "A text alone does not tell which of them it is: the snapshot decides. "
    "Ask about the Stage: gitops-master analyze STAGE --snapshot PATH"
)
NO_MATCH = (
    "No known cause prints this. That says nothing about the cluster; ask about the Stage: "
    "gitops-master analyze STAGE --snapshot PATH"
)
_HEADINGS = {
    "Why": "why",
    "How to tell": "how_to_tell",
    "What to do": "what_to_do",
    "Not this when": "not_this_when",
}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")


class Match(msgspec.Struct, frozen=True):
    """A rule whose patterns match the message. `words`: the longest match, by `pattern`; `covered`: characters in all of them.

    `is_inner`: within the innermost error, not in what wraps it.
    """

    rule: Rule
    pattern: Pattern
    words: str
    covered: int
    is_inner: bool


def explain_rule(id_: str) -> Explanation:
    """The manual of one rule. Raises UsageError with near misses where there is none of that id."""
    rules = {one.id: one for one in all_rules()}
    if id_ not in rules:
        raise _unknown(id_, sorted(rules))
    manual = _manual(rules[id_])
    return Explanation(manual=manual, report=manual_report(manual))


def explain_message(text: str) -> Explanation:
    """The known causes that print such a text, best first. Raises UsageError for what is no message."""
    if not text.strip():
        raise UsageError("the message is empty", "give the words of the error, or - to read them from standard input")
    if len(text) > MOST_CHARACTERS:
        raise UsageError(
            f"the message has more than {MOST_CHARACTERS} characters", "give the lines that speak of the error only"
        )
    found = _ranked(_matches(text))
    candidates = [_candidate(one) for one in found[:MOST_CANDIDATES]]
    more = len(found) - len(candidates)
    answer = Explanation(
        message=quoted(text),
        candidates=candidates,
        left_out=f"{more} less likely causes" if more else "",
        note=NOTE if candidates else NO_MATCH,
    )
    return answer.model_copy(update={"report": candidates_report(answer)})


def list_causes() -> Explanation:
    """All ids by area."""
    rules = all_rules()
    areas = [
        Area(area=area, ids=[one.id for one in rules if one.area == area])
        for area in sorted({one.area for one in rules})
    ]
    answer = Explanation(areas=areas, note="gitops-master explain ID prints the manual of one")
    return answer.model_copy(update={"report": list_report(answer)})


def _unknown(id_: str, ids: list[str]) -> UsageError:
    wanted = id_.strip().lower().replace("_", "-").replace(" ", "-")
    near = get_close_matches(wanted, ids, n=3, cutoff=0.6)
    near += [one for one in ids if wanted and wanted in one and one not in near]
    meant = f"; did you mean {', '.join(repr(one) for one in near[:5])}?" if near else ""
    return UsageError(
        f"no known cause {quoted(id_, 100)!r}{meant}",
        "gitops-master explain lists all ids; a text of the cluster goes into --message",
    )


def _matches(text: str) -> list[Match]:
    inner, one_line = peel(text), " ".join(text.split())
    found: list[Match] = []
    for rule in all_rules():
        if rule.unless and find(rule.unless, text):
            continue
        mine = [
            (one, match)
            for one in rule.patterns
            for match in find_all(one, text) or find_all(one, one_line)
            if match[0]
        ]
        if mine:
            pattern, longest = max(mine, key=lambda one: len(one[1][0]))
            covered = len({place for _, match in mine for place in range(*match.span())})
            is_inner = any(find(one, inner) is not None for one in rule.patterns)
            found.append(Match(rule, pattern, " ".join(longest[0].split()), covered, is_inner))
    return found


def _ranked(found: list[Match]) -> list[Match]:
    """Causes before symptoms, the innermost error before wrappers, then who accounts for most of the text.

    Of equals: the one that others do not explain, whose pattern fewer rules share, that holds for all versions.
    """
    sharing = {one.pattern: sum(one.pattern == other.pattern for other in found) for one in found}
    explained = {id_ for one in found for id_ in one.rule.explains}

    def key(one: Match) -> tuple[bool, bool, int, bool, int, bool, str]:
        rule = one.rule
        last = rule.is_symptom or rule.is_hint or rule.reassures or rule.class_ is Class.HEALTHY
        narrow = bool(rule.versions)
        return (last, not one.is_inner, -one.covered, rule.id in explained, sharing[one.pattern], narrow, rule.id)

    return sorted(found, key=key)


def _candidate(one: Match) -> Candidate:
    rule = one.rule
    return Candidate(
        id=rule.id,
        title=rule.title,
        matched=quoted(one.words, MOST_MATCHED),
        pattern=one.pattern.name,
        versions=[version.text for version in rule.versions]
        or ([one.pattern.versions] if one.pattern.versions else []),
        what_to_do=_SENTENCE_END.split(_sections(rule.doc).get("what_to_do", ""))[0],
        is_symptom=rule.is_symptom,
        reference=f"gitops://rules/{rule.id}",
    )


def _manual(one: Rule) -> Manual:
    sections = _sections(one.doc)
    return Manual(
        id=one.id,
        title=one.title,
        area=one.area,
        class_=one.class_,
        severity=one.severity,
        risk=one.risk,
        versions=[version.text for version in one.versions],
        symptom=sections.pop("symptom", one.title),
        explains=sorted(one.explains),
        texts=[_known(pattern) for pattern in one.patterns],
        reference=f"gitops://rules/{one.id}",
        sources=list(one.sources),
        **sections,
    )


def _known(one: Pattern) -> KnownText:
    return KnownText(
        name=one.name,
        regex=one.regex,
        source=one.source,
        versions=one.versions,
        example=one.vectors[0] if one.vectors else "",
    )


def _sections(doc: str) -> dict[str, str]:
    """A manual's paragraphs by what they are about; what stands before the first heading is the symptom."""
    found: dict[str, str] = {}
    section = "symptom"
    for paragraph in doc.split("\n\n"):
        text = " ".join(paragraph.split())
        heading, colon, rest = text.partition(": ")
        if colon and heading in _HEADINGS:
            section, text = _HEADINGS[heading], rest
        found[section] = f"{found[section]} {text}" if section in found else text
    return found
