"""What `read_reference` answers: a page, or a part of it."""

from gitops_master.model.finding import Answer


class ReferenceAnswer(Answer):
    """`report` holds the text. Where it is not the whole page (or section), `part` of `parts` says so, `next` how to go on."""

    uri: str
    title: str
    section: str = ""
    sections: list[str] = []
    part: int = 1
    parts: int = 1
    next: str = ""
    report: str = ""
