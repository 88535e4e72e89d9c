"""Field paths against the products' CRDs, and against the models of the `kubernetes` package for built-in kinds."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

Json = dict[str, Any]

_STEP = re.compile(r"(?P<key><[^<>]+>)|(?P<name>[A-Za-z$][\w$-]*)")
_LIST = re.compile(r"\[[^\[\]]*\]")
_OF = re.compile(r"^(list|dict)[\[(](?:str, )?(.+)[\])]$", re.IGNORECASE)
_MODEL = re.compile(r"^V\d+(?:(?:alpha|beta)\d+)?([A-Z]\w+)$")
_ANYTHING: Json = {"x-kubernetes-preserve-unknown-fields": True}


class Definition(msgspec.Struct, frozen=True):
    """A kind of which a CRD lies upstream. `names`: as kubectl knows them."""

    kind: str
    names: tuple[str, ...]
    schema: Json


def definitions(folder: Path) -> dict[str, Definition]:
    """CRDs below the folder by kind, the newest stored version of each; none where there is no such folder."""
    found = {}
    for path in sorted(folder.rglob("*.yaml")):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader):
            if isinstance(document, dict) and document.get("kind") == "CustomResourceDefinition":
                one = _definition(document["spec"])
                found[one.kind] = one
    return found


def _definition(spec: Json) -> Definition:
    names, group = spec["names"], spec["group"]
    short = [*names.get("shortNames", []), names["plural"], names.get("singular", names["kind"].lower())]
    stored = next(one for one in reversed(spec["versions"]) if one.get("storage"))
    return Definition(
        names["kind"],
        (*short, f"{names['plural']}.{group}"),
        stored["schema"]["openAPIV3Schema"],
    )


class Schemas:
    """What fields there are. `kinds`: of the CRDs and of the `kubernetes` package."""

    def __init__(self, found: dict[str, Definition]) -> None:
        self.found = found
        self.kinds = frozenset({*found, *_models()})

    def fault(self, path: str) -> str:
        """What is wrong with a path such as `Stage.status.conditions[].type`; empty if nothing is."""
        kind, _, rest = path.partition(".")
        if kind not in self.kinds:
            return f"no kind {kind!r}"
        return _wrong(self._schema(kind), kind, list(_steps(rest)))

    def fault_in(self, value: Any) -> str:
        """The first field of a whole object that its kind does not have; of other kinds nothing is said."""
        if not isinstance(value, dict) or value.get("kind") not in self.kinds:
            return ""
        return _wrong_field(self._schema(value["kind"]), value["kind"], value)

    def enums(self) -> frozenset[str]:
        """Every value that a CRD lists."""
        return frozenset(text for one in self.found.values() for text in _enums(one.schema))

    def _schema(self, kind: str) -> Json:
        """A CRD says nothing about metadata: that is Kubernetes' own."""
        if kind not in self.found:
            return {"$model": _models()[kind]}
        schema = self.found[kind].schema
        return {**schema, "properties": {**schema["properties"], "metadata": {"$model": "V1ObjectMeta"}}}


def _steps(rest: str) -> Iterator[str]:
    """`a[].b.<key>` as a, [], b, <key>."""
    at = 0
    while at < len(rest):
        match = _LIST.match(rest, at) or _STEP.match(rest, at + (rest[at] == "."))
        if match is None:
            yield rest[at:]
            return
        yield "[]" if match[0].startswith("[") else match[0]
        at = match.end()


def _wrong(schema: Json, kind: str, steps: list[str]) -> str:
    done = kind
    for step in steps:
        schema = _opened(schema)
        if schema.get("x-kubernetes-preserve-unknown-fields"):
            return ""
        if step == "[]":
            inner = schema.get("items")
            if inner is None:
                return f"{done} is no list"
        elif step.startswith("<"):
            inner = schema.get("additionalProperties")
            if inner is None:
                return f"{done} is no map with keys of one's own"
        else:
            inner = _property(schema, step)
            if inner is None:
                return f"{done} has no field {step!r}{_near(schema, step)}"
        schema, done = inner if isinstance(inner, dict) else _ANYTHING, f"{done}{'' if step == '[]' else '.'}{step}"
    return ""


def _property(schema: Json, name: str) -> Any:
    if "items" in schema:
        return None
    return schema.get("properties", {}).get(name, schema.get("additionalProperties"))


def _near(schema: Json, name: str) -> str:
    if "items" in schema:
        return "; it is a list: [] first"
    near = get_close_matches(name, schema.get("properties", {}), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _wrong_field(schema: Json, done: str, value: Any) -> str:
    schema = _opened(schema)
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return ""
    if isinstance(value, list):
        inner = schema.get("items", _ANYTHING)
        return next((wrong for one in value if (wrong := _wrong_field(inner, f"{done}[]", one))), "")
    if not isinstance(value, dict) or not (schema.get("properties") or schema.get("additionalProperties")):
        return ""
    for name, one in value.items():
        known = _property(schema, str(name))
        if known is None:
            return f"{done} has no field {name!r}{_near(schema, str(name))}"
        wrong = _wrong_field(known if isinstance(known, dict) else _ANYTHING, f"{done}.{name}", one)
        if wrong:
            return wrong
    return ""


def _enums(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        listed = schema.get("enum")
        if isinstance(listed, list):
            yield from (one for one in listed if isinstance(one, str))
        for inner in schema.values():
            yield from _enums(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _enums(inner)


def _opened(schema: Json) -> Json:
    """A schema as CRDs write it; of a model of the `kubernetes` package, what its class says."""
    if "$model" not in schema:
        return schema
    name = schema["$model"]
    of = _OF.match(name)
    if of is not None:
        inner = {"$model": of[2]}
        return {"items": inner} if of[1].lower() == "list" else {"additionalProperties": inner}
    model = _model(name)
    if model is None:
        return {} if name in ("str", "int", "bool", "float", "datetime", "bytes") else _ANYTHING
    types = model.openapi_types
    return {"properties": {json: {"$model": types[python]} for python, json in model.attribute_map.items()}}


@cache
def _models() -> dict[str, str]:
    """Built-in kinds, each with the newest class for it: those that can be listed. The package loads a class when asked."""
    from kubernetes.client import models

    classes = set(dir(models))
    found: dict[str, str] = {"Event": "CoreV1Event"}
    for name in sorted(classes, reverse=True):
        match = _MODEL.match(name)
        if match is not None and f"{name}List" in classes:
            stable = re.match(r"^V\d+[A-Z]", name) is not None
            if stable or match[1] not in found:
                found[match[1]] = name
    return found


@cache
def _model(name: str) -> Any:
    from kubernetes.client import models

    return getattr(models, name, None)


def built_in_names(kinds: Iterable[str]) -> Iterator[str]:
    """What kubectl calls built-in kinds, in the singular and in the plural."""
    for kind in kinds:
        low = kind.lower()
        yield low
        yield f"{low[:-1]}ies" if low.endswith("y") else f"{low}es" if low.endswith("s") else f"{low}s"
