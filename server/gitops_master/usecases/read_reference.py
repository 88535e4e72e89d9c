"""Reading a reference or a rule's page, whole or by section, in parts that fit into an answer."""

from difflib import get_close_matches

import msgspec

from gitops_master.model.errors import UsageError
from gitops_master.model.finding import quoted
from gitops_master.model.reference import ReferenceAnswer
from gitops_master.usecases.markdown import Section, parts, sections, slug
from gitops_master.usecases.reference_pages import page, resolve, title, top_headings
from gitops_master.usecases.targets import existing

MOST_CHARACTERS = 18_000
"""Of the page in one answer. Names of fields take a token for three characters or less: 18,000 stay below 8,000 tokens."""
_MOST_SECTIONS = 40


class ReadRequest(msgspec.Struct, frozen=True):
    """`name`: of a reference, a rule's id, or an URI; `section`: a heading of the page; `part` counts from 1, 0 is all of it."""

    name: str = ""
    section: str = ""
    part: int = 1


def read_reference(request: ReadRequest) -> ReferenceAnswer:
    """The page with what is left to read. Raises UsageError, with near misses, for a name, section or part there is none of."""
    name, _, anchor = request.name.partition("#")
    uri = resolve(name)
    text = page(uri)
    wanted = request.section or anchor
    chosen = _section(text, wanted, uri) if wanted.strip() else None
    shown = chosen.text if chosen else text
    pieces = parts(shown, MOST_CHARACTERS) if request.part else [shown.rstrip()]
    part = max(request.part, 1)
    if part > len(pieces):
        raise UsageError(f"{uri} has no part {part}", f"it has {len(pieces)}")
    answer = ReferenceAnswer(
        uri=uri,
        title=title(uri),
        section=chosen.heading if chosen else "",
        sections=_others(text) if len(pieces) > 1 else [],
        part=part,
        parts=len(pieces),
        next=f"part {part + 1}" if part < len(pieces) else "",
    )
    return answer.model_copy(update={"report": _report(pieces[part - 1], answer)})


def _section(text: str, wanted: str, uri: str) -> Section:
    """By heading or anchor; the beginning of a heading, or a word in it, will do where only one has it."""
    every = [one for one in sections(text) if one.level > 1]
    asked = slug(wanted.lstrip("# "))
    for alike in (
        [one for one in every if one.slug == asked],
        [one for one in every if one.slug.startswith(asked)],
        [one for one in every if asked in one.slug],
    ):
        if alike and (len(alike) == 1 or alike[0].slug == asked):
            return alike[0]
    headings = {one.slug: one.heading for one in every}
    near = [headings[one] for one in headings if asked and asked in one]
    near = near or [headings[one] for one in get_close_matches(asked, headings, n=3, cutoff=0.5)]
    meant = f"; did you mean {', '.join(repr(one) for one in near[:5])}?" if near else ""
    raise UsageError(
        f"no section {quoted(wanted, 100)!r} in {uri}{meant}", f"sections there: {existing(headings.values())}"
    )


def _others(text: str) -> list[str]:
    return list(top_headings(text))[:_MOST_SECTIONS]


def _report(text: str, answer: ReferenceAnswer) -> str:
    if answer.parts == 1:
        return text
    told = f"[part {answer.part} of {answer.parts}" + (f"; to go on: {answer.next}" if answer.next else "")
    by_section = f"; sections: {'; '.join(answer.sections)}" if answer.sections and not answer.section else ""
    return f"{text}\n\n{told}{by_section}]"
