"""What `explain` answers: the manual of one known cause, the causes that print a text, or what is known at all."""

from typing import Annotated

from pydantic import Field

from gitops_master.model.finding import Answer, Class, Risk, Severity


class KnownText(Answer):
    """One text that a cause is recognised by: the pattern, and how a product prints it."""

    name: str
    regex: str
    source: str
    versions: str = ""
    example: str = ""


class Manual(Answer):
    """Everything that is written about one cause."""

    id: str
    title: str
    area: str
    class_: Annotated[Class, Field(alias="class")]
    severity: Severity
    risk: Risk
    versions: list[str] = []
    symptom: str
    why: str = ""
    how_to_tell: str = ""
    what_to_do: str = ""
    not_this_when: str = ""
    explains: list[str] = []
    texts: list[KnownText] = []
    reference: str = ""
    sources: list[str] = []


class Candidate(Answer):
    """A known cause that prints a text like the one asked about. `matched`: the words; `pattern`: what matched them."""

    id: str
    title: str
    matched: str
    pattern: str
    versions: list[str] = []
    what_to_do: str = ""
    is_symptom: bool = False
    reference: str = ""


class Area(Answer):
    area: str
    ids: list[str]


class Explanation(Answer):
    """The answer of explain: `manual` for an id, `candidates` for a message, `areas` for neither."""

    manual: Manual | None = None
    message: str = ""
    candidates: list[Candidate] = []
    areas: list[Area] = []
    left_out: str = ""
    note: str = ""
    report: str = ""
