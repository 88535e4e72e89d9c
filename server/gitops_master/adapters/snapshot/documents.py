"""Bytes to plain documents, and documents to single objects. Whatever is not plainly Kubernetes objects is refused."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import jiter

from gitops_master.adapters import long_texts
from gitops_master.adapters.snapshot.limits import SAVE_AGAIN, refuse
from gitops_master.files.yaml_events import YamlProblem, yaml_documents

_JSON_START = re.compile(rb'\s*\{\s*["}]')
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_EXPORT = "export the objects with kubectl get --output yaml, which never writes this"


class Found(NamedTuple):
    """A plain object and where it stood."""

    data: dict[str, Any]
    where: str


def documents(name: str, data: bytes) -> Iterator[Any]:
    """The plain documents of a YAML or JSON file, in order; None for an empty one."""
    data = _checked(name, data)
    found = _json_documents(name, data) if _looks_like_json(name, data) else _yaml_documents(name, data)
    yield from map(long_texts.cut, found) if long_texts.may_be_in(data) else found


def objects(name: str, data: bytes) -> Iterator[Found]:
    """Every Kubernetes object of the file, those inside of Lists included. At least one document must be there."""
    empty = True
    for number, document in enumerate(documents(name, data), start=1):
        if document is not None:
            empty = False
            yield from _expand(document, f"{name} document {number}")
    if empty:
        refuse(name, "holds no object, only comments or empty documents")


def _checked(name: str, data: bytes) -> bytes:
    if data.startswith(_UTF16):
        refuse(name, "UTF-16 text", "save it as UTF-8; PowerShell: kubectl get … | Out-File -Encoding utf8 FILE")
    data = data.removeprefix(_BOM)
    if not data or data.isspace():
        refuse(name, "empty")
    if b"\0" in data:
        refuse(name, "binary data, not text (NUL bytes)")
    try:
        data.isascii() or data.decode()
    except UnicodeDecodeError as error:
        refuse(name, f"not UTF-8 text (byte {error.start})")
    return data


def _looks_like_json(name: str, data: bytes) -> bool:
    """JSON is often saved as .yaml; YAML in braces is rare enough to be asked for by its name only."""
    if name.lower().endswith(".json"):
        return True
    return _JSON_START.match(data) is not None and data[-64:].rstrip().endswith(b"}")


def _yaml_documents(name: str, data: bytes) -> Iterator[Any]:
    try:
        yield from yaml_documents(data)
    except YamlProblem as problem:
        where = f" (line {problem.line})" if problem.line else ""
        if problem.is_syntax:
            refuse(name, f"not valid YAML, or cut off: {problem.reason}{where}")
        refuse(name, f"{problem.reason}{where}", _EXPORT)


def _json_documents(name: str, data: bytes) -> Iterator[Any]:
    try:
        yield _strict_json(data)
    except ValueError as error:
        if not str(error).startswith("trailing characters"):
            refuse(name, _json_problem(str(error)))
    else:
        return
    yield from _concatenated(name, data.decode())


def _strict_json(data: bytes) -> Any:
    return jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True)


def _json_problem(problem: str) -> str:
    if problem.startswith("EOF"):
        return f"cut off in the middle: {problem}"
    if problem.startswith("recursion limit"):
        return f"nested too deep: {problem}"
    return problem if problem.startswith("Detected duplicate") else f"not valid JSON: {problem}"


def _concatenated(name: str, text: str) -> Iterator[Any]:
    """Several JSON documents in a row. The standard library's scanner says where each ends; jiter cannot."""
    scan = json.JSONDecoder().raw_decode
    rest = re.compile(r"\S")
    start = 0
    try:
        while more := rest.search(text, start):
            _, start = scan(text, more.start())
            yield _strict_json(text[more.start() : start].encode())
    except RecursionError:
        refuse(name, "nested too deep")
    except ValueError as error:
        refuse(name, _json_problem(str(error)))


def _expand(document: Any, where: str) -> Iterator[Found]:
    """The object, or the items of a List; a typed list's items may leave out what the list's kind says."""
    if not isinstance(document, dict):
        refuse(where, f"not a Kubernetes object but {_named(document)}")
    kind, version = document.get("kind"), document.get("apiVersion")
    if not (isinstance(kind, str) and kind and isinstance(version, str) and version):
        refuse(where, _no_kind(document), _no_kind_hint(where))
    if not kind.endswith("List") or "items" not in document:
        yield Found(document, where)
        return
    items = document["items"]
    if items is not None and not isinstance(items, list):
        refuse(where, f"`items` of a {kind} is {_named(items)}, not a list")
    for number, item in enumerate(items or (), start=1):
        if kind != "List" and isinstance(item, dict):
            item["kind"] = item.get("kind") or kind.removesuffix("List")
            item["apiVersion"] = item.get("apiVersion") or version
        yield from _expand(item, f"{where} item {number}")


def _named(value: Any) -> str:
    if value is None:
        return "null"
    return {dict: "a mapping", list: "a list", str: "text", bool: "a truth value"}.get(type(value), "a number")


def _no_kind(document: dict[str, Any]) -> str:
    lacking = " and ".join(key for key in ("apiVersion", "kind") if not isinstance(document.get(key), str))
    cut = "; the List looks cut off" if "items" in document else ""
    return f"not a Kubernetes object: no {lacking or 'kind'}{cut}"


def _no_kind_hint(where: str) -> str:
    if where.startswith("snapshot."):
        return "an index is read together with its folder: give the folder instead of the file"
    return f"leave files that hold no Kubernetes objects out of the snapshot, or {SAVE_AGAIN}"
