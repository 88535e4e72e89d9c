"""Manifests in YAML that people write: read with the lines of every field, written with comments, changed with theirs kept."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from gitops_master.files.yaml_edits import edited, layout_of, nodes
from gitops_master.files.yaml_events import YamlProblem, yaml_documents
from gitops_master.files.yaml_text import document as written_document
from gitops_master.model.manifest import Draft, Manifest, Path

_BOM = "\ufeff"


def read_manifests(text: str, file: str = "") -> list[Manifest]:
    """Each object of each document; `kind: List` is opened. Empty documents are none.

    Raises YamlProblem: no YAML, anchors, tags, keys twice (what `yaml_documents` refuses), or a document that is no mapping.
    """
    text = text.removeprefix(_BOM)
    plain = list(yaml_documents(text.encode()))
    found: list[Manifest] = []
    for index, (data, node) in enumerate(zip(plain, nodes(text), strict=False)):
        if data is None or node is None:
            continue
        if not isinstance(data, dict):
            raise YamlProblem("a document that is no mapping", node.start_mark.line + 1, is_syntax=False)
        found += _opened(data, node, file, index)
    return found


def _opened(data: dict[str, Any], node: yaml.Node, file: str, index: int) -> Iterator[Manifest]:
    if not _is_list(data):
        yield Manifest(data, file, dict(_lines(node, ())), index)
        return
    row = next(value for key, value in node.value if key.value == "items")
    for one, part in zip(data["items"], row.value, strict=True):
        if isinstance(one, dict):
            yield Manifest(one, file, dict(_lines(part, ())), index)


def _is_list(data: Mapping[str, Any]) -> bool:
    return data.get("kind") == "List" and isinstance(data.get("items"), list)


def _lines(node: yaml.Node, path: Path) -> Iterator[tuple[Path, int]]:
    if not path:
        yield (), node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark.line + 1
            yield from _lines(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), value.start_mark.line + 1
            yield from _lines(value, (*path, index))


def written(draft: Draft) -> str:
    """A new object as YAML, keys in their order, comments before the lines they are about."""
    return written_document(draft.data, draft.comments)


def joined(documents: list[str]) -> str:
    """One file of them, in order."""
    return "---\n".join(one if one.endswith("\n") else f"{one}\n" for one in documents)


def changed(text: str, document: int, data: Mapping[str, Any], comments: Mapping[Path, str] = {}) -> str:
    """The file with one document made to say `data`: what stays keeps every byte; a new key follows the one before it in `data`.

    `document`: from 0. Of a `kind: List`, `data` is one of its objects, and the one of its name is meant. `comments`: on places
    that are new or say something else now. Where a layout is too odd to be kept, the document is written anew, without its comments.
    """
    mark, bare = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    old, node = list(yaml_documents(bare.encode()))[document], nodes(bare)[document]
    whole = dict(data)
    if _is_list(old) and data.get("kind") != "List":
        whole = {**old, "items": [data if _is_same(one, data) else one for one in old["items"]]}
        comments = {}
    if node is None or old == whole:
        return text
    made = edited(bare, node, old, whole, comments)
    return mark + (made if _says(made, document, whole) else _anew(bare, node, whole, comments))


def _is_same(one: Any, other: Mapping[str, Any]) -> bool:
    held, meant = Manifest(one if isinstance(one, dict) else {}), Manifest(other)
    return (held.kind, held.namespace, held.name) == (meant.kind, meant.namespace, meant.name)


def _says(text: str, document: int, data: Mapping[str, Any]) -> bool:
    try:
        every = list(yaml_documents(text.encode()))
    except YamlProblem:
        return False
    return document < len(every) and every[document] == data


def _anew(text: str, node: yaml.Node, data: Mapping[str, Any], comments: Mapping[Path, str]) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    behind = text[end:].lstrip("\n")
    return text[:start] + written_document(data, comments, layout_of(node)) + behind
