"""Manifests in YAML that people write: read with the lines of every field, written with comments, changed with theirs kept.

ruamel.yaml, since it alone of the well-kept libraries gives back a file's comments and layout.
"""

import io
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import LiteralScalarString

from gitops_master.files.yaml_events import YamlProblem, yaml_documents
from gitops_master.model.manifest import Draft, Manifest, Path

WIDTH = 4096
"""Columns before a long text is folded: none of ours is, and a diff shows whole lines."""


def read_manifests(text: str, file: str = "") -> list[Manifest]:
    """Each object of each document; `kind: List` is opened. Empty documents are none.

    Raises YamlProblem: no YAML, anchors, tags, keys twice (what `yaml_documents` refuses), or a document that is no mapping.
    """
    plain = list(yaml_documents(text.encode()))
    marked = list(_yaml().load_all(text))
    found: list[Manifest] = []
    for index, (data, node) in enumerate(zip(plain, marked, strict=True)):
        if data is None:
            continue
        if not isinstance(data, dict):
            raise YamlProblem("a document that is no mapping", _start(node), is_syntax=False)
        found += _opened(data, node, file, index)
    return found


def _opened(data: dict[str, Any], node: Any, file: str, index: int) -> Iterator[Manifest]:
    if data.get("kind") != "List" or not isinstance(data.get("items"), list):
        yield Manifest(data, file, dict(_lines(node, ())), index)
        return
    for one, part in zip(data["items"], node["items"], strict=True):
        if isinstance(one, dict):
            yield Manifest(one, file, dict(_lines(part, ())), index)


def _lines(node: Any, path: Path) -> Iterator[tuple[Path, int]]:
    if not path and isinstance(node, CommentedMap):
        yield (), node.lc.line + 1
    if isinstance(node, CommentedMap):
        for key, value in node.items():
            yield (*path, key), node.lc.key(key)[0] + 1
            yield from _lines(value, (*path, key))
    elif isinstance(node, CommentedSeq):
        for index, value in enumerate(node):
            yield (*path, index), node.lc.item(index)[0] + 1
            yield from _lines(value, (*path, index))


def _start(node: Any) -> int:
    return node.lc.line + 1 if hasattr(node, "lc") else 1


def written(draft: Draft) -> str:
    """A new object as YAML, keys in their order, comments before the lines they are about."""
    out = io.StringIO()
    body = _commented(draft.data, (), draft.comments, 0)
    if head := draft.comments.get(()):
        body.yaml_set_start_comment(head.rstrip("\n"))
    _yaml().dump(body, out)
    return out.getvalue()


def _commented(value: Any, path: Path, comments: Mapping[Path, str], indent: int) -> Any:
    if isinstance(value, Mapping):
        made = CommentedMap()
        for key, one in value.items():
            made[key] = _commented(one, (*path, key), comments, indent + 2)
            if told := comments.get((*path, key)):
                made.yaml_set_comment_before_after_key(key, before=told, indent=indent)
        return made
    if isinstance(value, list | tuple):
        row = CommentedSeq(_commented(one, (*path, at), comments, indent + 2) for at, one in enumerate(value))
        for at in range(len(row)):
            if told := comments.get((*path, at)):
                row.yaml_set_comment_before_after_key(at, before=told, indent=indent)
        return row
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value


def changed(text: str, document: int, data: Mapping[str, Any], comments: Mapping[Path, str] = {}) -> str:
    """The file with one document made to say `data`: what stays keeps its comments, layout and place; new keys come last.

    `comments`: for places that are new.
    """
    yaml = _yaml()
    documents = list(yaml.load_all(text))
    _merge(documents[document], data, (), comments, 0)
    out = io.StringIO()
    yaml.dump_all(documents, out)
    return out.getvalue()


def _merge(node: CommentedMap, data: Mapping[str, Any], path: Path, comments: Mapping[Path, str], indent: int) -> None:
    for key in [one for one in node if one not in data]:
        del node[key]
    for key, value in data.items():
        here = (*path, key)
        held = node.get(key)
        if isinstance(held, CommentedMap) and isinstance(value, Mapping):
            _merge(held, value, here, comments, indent + 2)
        elif isinstance(held, CommentedSeq) and isinstance(value, list | tuple):
            _merge_row(held, value, here, comments, indent)
        elif key not in node or held != value:
            node[key] = _commented(value, here, comments, indent + 2)
            if told := comments.get(here):
                node.yaml_set_comment_before_after_key(key, before=told, indent=indent)


def _merge_row(node: CommentedSeq, data: Any, path: Path, comments: Mapping[Path, str], indent: int) -> None:
    """Entries that are still there keep theirs, wherever others are put before or taken out."""
    held = list(node)
    kept = [next((at for at, one in enumerate(held) if one == value), None) for value in data]
    if [one for one in kept if one is not None] == list(range(len(held))):
        for at, (value, old) in enumerate(zip(data, kept, strict=True)):
            if old is None:
                node.insert(at, _commented(value, (*path, at), comments, indent + 2))
        return
    for at, value in enumerate(data):
        if at >= len(node):
            node.append(_commented(value, (*path, at), comments, indent + 2))
        elif isinstance(node[at], CommentedMap) and isinstance(value, Mapping):
            _merge(node[at], value, (*path, at), comments, indent + 2)
        elif node[at] != value:
            node[at] = _commented(value, (*path, at), comments, indent + 2)
    del node[len(data) :]


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = WIDTH
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
