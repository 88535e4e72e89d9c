"""A YAML document made to say something else by changing its text only where it says something else.

Everything that stays keeps its bytes: comments, blank lines, quotes, order, the columns of lists. What is added follows the file's
own columns. A comment right above an entry, no deeper than it, belongs to the entry.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import yaml

from gitops_master.files import yaml_text
from gitops_master.files.yaml_text import Comments, Layout
from gitops_master.model.manifest import Path

_IDENTITIES = ("name", "as", "stage", "uses", "id", "repoURL")
"""Keys by which an entry of a list is the same one, changed, in this order."""


class Edit(NamedTuple):
    """Characters of the text that are replaced; with `start == end` something is put in."""

    start: int
    end: int
    text: str


def nodes(text: str) -> list[yaml.Node | None]:
    """Every document's root. The text has passed `yaml_documents`, so it is valid and not too deep."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return list(yaml.compose_all(text, loader))


def edited(text: str, node: yaml.Node, old: Any, new: Any, comments: Comments) -> str:
    """The text with the document at `node`, which says `old`, made to say `new`."""
    editor = _Editor(text, node, comments)
    editor.merge(node, old, new, ())
    for one in sorted(editor.edits, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def layout_of(node: yaml.Node | None) -> Layout:
    """The columns that most mappings and lists of a document are indented by; those of ours where it has none."""
    mapping, row = [0] * 9, [0] * 9
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, yaml.SequenceNode):
            waiting += one.value
        elif isinstance(one, yaml.MappingNode):
            for key, value in one.value:
                waiting.append(value)
                columns = value.start_mark.column - key.start_mark.column
                is_block = not isinstance(value, yaml.ScalarNode) and not _is_flow(value)
                if is_block and value.start_mark.line > key.start_mark.line and 0 <= columns <= 8:
                    (row if isinstance(value, yaml.SequenceNode) else mapping)[columns] += 1
    return Layout(mapping.index(max(mapping)) or 2, row.index(max(row)) if any(row) else 2)


class _Editor:
    """Gathers the edits of one document."""

    def __init__(self, text: str, root: yaml.Node, comments: Comments) -> None:
        self.edits: list[Edit] = []
        self._text = text
        self._break = "\r\n" if "\r\n" in text else "\n"
        self._comments = comments
        self._layout = layout_of(root)

    def merge(self, node: yaml.Node, old: Any, new: Any, path: Path) -> None:
        """Edits that make `node`, which says `old`, say `new`. Where nothing is kept, its parent writes it anew."""
        if _same(old, new):
            return
        if isinstance(node, yaml.MappingNode):
            self._mapping(node, old, new, path)
        elif isinstance(node, yaml.SequenceNode):
            self._row(node, old, new, path)
        else:
            text = yaml_text.scalar(new, style=getattr(node, "style", None))
            self.edits.append(Edit(node.start_mark.index, node.end_mark.index, text))

    def _mergeable(self, node: yaml.Node, new: Any) -> bool:
        """Whether something of the node's layout can stay: the same shape, and neither is empty or a block of text."""
        if isinstance(node, yaml.ScalarNode):
            is_line = not isinstance(new, Mapping | list | tuple) and not (isinstance(new, str) and "\n" in new)
            has_place = node.start_mark.index < node.end_mark.index
            return is_line and has_place and node.start_mark.line == node.end_mark.line and node.style not in ("|", ">")
        shape = Mapping if isinstance(node, yaml.MappingNode) else list | tuple
        return isinstance(new, shape) and bool(new) and not _is_flow(node)

    def _mapping(self, node: yaml.MappingNode, old: Any, new: Any, path: Path) -> None:
        pairs = {key.value: (key, value) for key, value in node.value}
        kept = [key for key in pairs if key in new]
        if not kept:
            self._anew(node, new, path)
            return
        for key, (name, value) in pairs.items():
            if key not in new:
                self._take_out(name, value, list(pairs.values()))
            elif not _same(old[key], new[key]):
                self._change(name, value, old[key], new[key], (*path, key))
        first_on_dash = not self._begins_line(node.start_mark.index)
        after = ""
        for key, value in new.items():
            if key in pairs:
                after = key
                continue
            column = node.start_mark.column
            added = yaml_text.entry(key, value, self._layout, self._comments, path)
            if after:
                self._put(self._line_end(pairs[after][1], pairs[after][0]), added, column)
            elif first_on_dash:
                self._put(self._line_end(pairs[kept[0]][1], pairs[kept[0]][0]), added, column)
            else:
                self._put(self._leading(pairs[kept[0]][0]), added, column)

    def _change(self, name: yaml.Node, value: yaml.Node, old: Any, new: Any, path: Path) -> None:
        if self._mergeable(value, new):
            self._tell(name, path)
            self.merge(value, old, new, path)
            return
        if _is_flow(value) and isinstance(new, Mapping | list | tuple):
            self.edits.append(Edit(value.start_mark.index, value.end_mark.index, yaml_text.flow(new)))
            return
        self._tell(name, path)
        quiet = {place: told for place, told in self._comments.items() if place != path}
        made = yaml_text.entry(str(path[-1]), new, self._layout, quiet, path[:-1])
        self.edits.append(Edit(name.start_mark.index, self._end(value), self._joined(made, name.start_mark.column)))

    def _tell(self, name: yaml.Node, path: Path) -> None:
        """The comment on a line that changes, unless it stands there already."""
        told = self._comments.get(path, "")
        start = self._start_of_line(name.start_mark.index)
        above = self._text[self._leading(name) : start]
        lines = [f"# {one}".rstrip() for one in told.rstrip("\n").split("\n")] if told else []
        if lines and self._begins_line(name.start_mark.index) and not all(one in above for one in lines):
            self._put(start, lines, name.start_mark.column)

    def _row(self, node: yaml.SequenceNode, old: Any, new: Any, path: Path) -> None:
        pairs = _aligned(old, new)
        if not pairs:
            self._anew(node, new, path)
            return
        entries = node.value
        matched = {index: at for at, index in pairs}
        column = node.start_mark.column
        for index, one in enumerate(entries):
            if index not in matched:
                self._take_out_item(one, column)
            elif not _same(old[index], new[matched[index]]):
                self._change_item(one, old[index], new[matched[index]], (*path, matched[index]), column)
        before = dict(pairs)
        last: int | None = None
        for at, value in enumerate(new):
            if at in before:
                last = before[at]
                continue
            added = yaml_text.item(at, value, self._layout, self._comments, path)
            if last is None:
                self._put(self._leading_item(entries[before[min(before)]], column), added, column)
            else:
                self._put(self._line_end(entries[last]), added, column)

    def _change_item(self, node: yaml.Node, old: Any, new: Any, path: Path, column: int) -> None:
        if self._mergeable(node, new):
            self.merge(node, old, new, path)
            return
        made = yaml_text.item(int(path[-1]), new, self._layout, {}, path[:-1])
        made[0] = made[0].removeprefix("- ")
        if _is_flow(node) and isinstance(new, Mapping | list | tuple):
            made = [yaml_text.flow(new)]
        space = "" if self._text[node.start_mark.index - 1 : node.start_mark.index] != "-" else " "
        self.edits.append(Edit(node.start_mark.index, self._end(node), space + self._joined(made, column)))

    def _anew(self, node: yaml.Node, new: Any, path: Path) -> None:
        """All of it, where none of its entries stays."""
        made = yaml_text.lines(new, self._layout, self._comments, path)
        self.edits.append(Edit(node.start_mark.index, self._end(node), self._joined(made, node.start_mark.column)))

    def _take_out(self, name: yaml.Node, value: yaml.Node, every: list[tuple[yaml.Node, yaml.Node]]) -> None:
        if self._begins_line(name.start_mark.index):
            self.edits.append(Edit(self._leading(name), self._line_end(value, name), ""))
            return
        following = (
            every[1][0] if len(every) > 1 else None
        )  # it shares its line with the dash: the next one moves there
        end = following.start_mark.index if following is not None else self._end(value)
        self.edits.append(Edit(name.start_mark.index, end, ""))

    def _take_out_item(self, node: yaml.Node, column: int) -> None:
        self.edits.append(Edit(self._leading_item(node, column), self._line_end(node), ""))

    # Places in the text.

    def _start_of_line(self, index: int) -> int:
        return self._text.rfind("\n", 0, index) + 1

    def _begins_line(self, index: int) -> bool:
        return not self._text[self._start_of_line(index) : index].strip(" ")

    def _leading(self, name: yaml.Node) -> int:
        """Where an entry begins, with the comment right above it."""
        return self._above(self._start_of_line(name.start_mark.index), name.start_mark.column)

    def _leading_item(self, node: yaml.Node, column: int) -> int:
        dash = self._text.rfind("-", 0, node.start_mark.index)
        while dash > 0 and dash - self._start_of_line(dash) != column:
            dash = self._text.rfind("-", 0, dash)
        return self._above(self._start_of_line(dash), column) if self._begins_line(dash) else dash

    def _above(self, start: int, column: int) -> int:
        while start > 0:
            before = self._start_of_line(start - 1)
            line = self._text[before : start - 1]
            bare = line.lstrip(" ")
            if not bare.startswith("#") or len(line) - len(bare) > column:
                break
            start = before
        return start

    def _line_end(self, node: yaml.Node, name: yaml.Node | None = None) -> int:
        """Behind the line on which an entry ends, with the comment beside it."""
        end = self._end(node) if node.end_mark.index > node.start_mark.index else (name or node).end_mark.index
        if end and self._text[end - 1] == "\n":
            return end
        found = self._text.find("\n", end)
        return len(self._text) if found < 0 else found + 1

    def _end(self, node: yaml.Node) -> int:
        """Behind the node's last character: the parser's mark lies behind comments and blank lines that follow."""
        if isinstance(node, yaml.ScalarNode):
            return node.start_mark.index + len(self._text[node.start_mark.index : node.end_mark.index].rstrip())
        if _is_flow(node):
            return int(node.end_mark.index)
        last = node.value[-1]
        name, value = last if isinstance(node, yaml.MappingNode) else (last, last)
        if value.end_mark.index == value.start_mark.index:  # nothing stands behind the colon
            colon = self._text.find(":", name.end_mark.index)
            return colon + 1 if isinstance(node, yaml.MappingNode) else int(value.start_mark.index)
        return self._end(value)

    def _put(self, index: int, lines: Sequence[str], column: int) -> None:
        text = "".join(f"{' ' * column + line if line else ''}{self._break}" for line in lines)
        lacks_break = index > 0 and self._text[index - 1] != "\n"
        held = next((at for at, one in enumerate(self.edits) if one.start == one.end == index), None)
        if held is not None:  # what is put at one place stands in the order in which it was put there
            self.edits[held] = Edit(index, index, self.edits[held].text + text)
        else:
            self.edits.append(Edit(index, index, self._break + text if lacks_break else text))

    def _joined(self, lines: Sequence[str], column: int) -> str:
        return self._break.join([lines[0], *(" " * column + line if line else "" for line in lines[1:])])


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _same(old: Any, new: Any) -> bool:
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)


def _aligned(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[int, int]]:
    """(place in `new`, place in `old`) of entries that are the same or the same changed, both rising."""
    told = [json.dumps(one, sort_keys=True) for one in old], [json.dumps(one, sort_keys=True) for one in new]
    pairs: list[tuple[int, int]] = []
    for how, i1, i2, j1, j2 in SequenceMatcher(None, *told, autojunk=False).get_opcodes():
        if how == "equal":
            pairs += zip(range(j1, j2), range(i1, i2), strict=True)
        elif how == "replace":
            pairs += _alike(old, new, (i1, i2), (j1, j2))
    return pairs


def _alike(
    old: Sequence[Any], new: Sequence[Any], of_old: tuple[int, int], of_new: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    if of_old[1] - of_old[0] == of_new[1] - of_new[0]:
        yield from zip(range(*of_new), range(*of_old), strict=True)
        return
    start = of_old[0]
    for at in range(*of_new):
        found = next((place for place in range(start, of_old[1]) if _is_same_one(old[place], new[at])), None)
        if found is not None:
            yield at, found
            start = found + 1


def _is_same_one(old: Any, new: Any) -> bool:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    key = next((one for one in _IDENTITIES if one in old), None)
    return key is not None and old[key] == new.get(key)
