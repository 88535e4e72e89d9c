"""Drafts as the files they become: new ones written, existing ones changed where they say something else, and the difference."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import NamedTuple

from gitops_master.files.manifests import changed, joined, written
from gitops_master.manifests.build.existing import editable
from gitops_master.model.manifest import Draft
from gitops_master.model.setup import Action, SetupFile

MOST_DIFF = 3500
"""Characters of one difference in an answer; the file itself is beside it."""


class Rendered(NamedTuple):
    """`before`: what the folder has, or the cluster of the same objects; empty where neither has any."""

    path: str
    before: str
    text: str
    titles: tuple[str, ...]
    in_folder: bool

    @property
    def action(self) -> Action:
        if not self.before:
            return Action.NEW
        return Action.UNCHANGED if self.before == self.text else Action.CHANGED

    @property
    def diff(self) -> str:
        """Unified; empty for what is new or stays as it is."""
        if self.action is not Action.CHANGED:
            return ""
        told = f"{self.path} ({'as it is' if self.in_folder else 'in the cluster'})"
        lines = unified_diff(self.before.splitlines(), self.text.splitlines(), told, self.path, lineterm="")
        return "\n".join(lines) + "\n"

    def as_file(self) -> SetupFile:
        return SetupFile(path=self.path, action=self.action, text=self.text, diff=_cut(self.diff))


def _cut(diff: str) -> str:
    if len(diff) <= MOST_DIFF:
        return diff
    end = diff.rfind("\n", 0, MOST_DIFF) + 1
    return f"{diff[:end]}({diff[end:].count(chr(10))} more lines)\n"


def rendered(drafts: Sequence[Draft], texts: Mapping[str, str]) -> list[Rendered]:
    """One for each file, in the order in which drafts name them. `texts`: of the files that the folder has."""
    return [_file(path, of_it, texts.get(path)) for path, of_it in _by_file(drafts).items()]


def _by_file(drafts: Iterable[Draft]) -> Mapping[str, list[Draft]]:
    found: dict[str, list[Draft]] = {}
    for one in drafts:
        found.setdefault(one.file, []).append(one)
    return found


def _file(path: str, drafts: Sequence[Draft], held: str | None) -> Rendered:
    titles = tuple(one.manifest.title for one in drafts)
    if held is None:
        live = [written(Draft(editable(one.edits), path)) for one in drafts if one.edits is not None]
        return Rendered(path, joined(live), joined([_document(one) for one in drafts]), titles, in_folder=False)
    text = held
    for one in drafts:
        if one.edits is not None and one.edits.file == path:
            text = changed(text, one.edits.document, one.data, one.comments)
    added = [written(one) for one in drafts if one.edits is None or one.edits.file != path]
    return Rendered(path, held, joined([part for part in (text, *added) if part.strip()]), titles, in_folder=True)


def _document(draft: Draft) -> str:
    """One that a cluster holds has no text of anybody's to keep, and takes its comments where it changes."""
    if draft.edits is None:
        return written(draft)
    return changed(written(Draft(editable(draft.edits), draft.file)), 0, draft.data, draft.comments)


def texts_of(files: Iterable[Rendered]) -> dict[str, str]:
    return {one.path: one.text for one in files}


def as_stream(files: Iterable[Rendered]) -> Iterator[str]:
    """All of them as one stream of YAML, each named by a comment before it."""
    for one in files:
        yield f"---\n# file: {one.path}\n{one.text.removeprefix('---' + chr(10))}"
