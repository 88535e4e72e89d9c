"""Judges objects by what the products themselves publish: their CRDs and Kargo's schemas of step configuration.

Shares no code with the program. What it reads lies outside the repository (`tests.live.upstream.FOLDER`); `needed()` skips a test
where it is not there. It agrees with a real API server: tests/live/test_upstream_judge.py.
"""

import importlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import celpy.adapter
import pytest

from tests.live import upstream

JSON = Mapping[str, Any]
_jsonschema: Any = importlib.import_module("jsonschema")  # it comes without types
_STEPS = upstream.FOLDER / "kargo" / "step-schemas"
_METADATA = {"name", "namespace", "labels", "annotations", "finalizers", "generateName", "ownerReferences", "uid",
             "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields", "selfLink",
             "deletionGracePeriodSeconds"}  # fmt: skip
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_VALUE_RULES = ("type", "format", "pattern", "enum", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems",
                "required", "anyOf", "oneOf", "allOf", "not", "minProperties", "maxProperties", "uniqueItems")  # fmt: skip
_OPEN = "x-kubernetes-preserve-unknown-fields"
_EXPRESSION = "${{"


def needed() -> None:
    """Skips the test where the products' definitions are not on this machine."""
    if not _definitions() or not _STEPS.is_dir():
        pytest.skip("GITOPS_MASTER_UPSTREAM names no folder with CRDs and step schemas")


def refusals(data: JSON) -> list[str]:
    """All that is wrong with an object: by its CRD, and of each promotion step by the step's schema. Empty: it is fine.

    Raises LookupError for a kind that no CRD defines, so that nothing passes for judged that was not.
    """
    return [*object_refusals(data), *(text for place, step in steps_of(data) for text in _of_step(place, step))]


def is_judged(data: JSON) -> bool:
    """Whether a CRD defines the kind."""
    return (data.get("apiVersion"), data.get("kind")) in _definitions()


def object_refusals(data: JSON) -> list[str]:
    """What an API server with the CRDs would say, strictly: `spec.steps[0].uses: …`."""
    kind = (str(data.get("apiVersion")), str(data.get("kind")))
    if kind not in _definitions():
        raise LookupError(f"no CRD for {kind[0]} {kind[1]}; there are {sorted(name for _, name in _definitions())}")
    schema, namespaced = _definitions()[kind]
    whole = defaulted(schema, data)
    found = [f"{_path(error)}: {error.message}" for error in _validator(kind).iter_errors(whole)]
    found += _metadata_refusals(data, namespaced=namespaced)
    found += _duplicates(schema, whole, "")
    # The server asks no rule about an object whose shape is wrong already.
    return found or list(_broken_rules(schema, whole, ""))


def step_refusals(uses: str, config: Any) -> list[str]:
    """What Kargo would say of a step's config; an expression stands for any value that is wanted at its place."""
    file = f"{uses}-config.json"
    if file not in _step_schemas():
        return [f"uses: no step kind {uses!r}"]
    schema = _step_schemas()[file]
    filled = _filled(schema, {} if config is None else config, schema)
    validator = _jsonschema.Draft202012Validator(
        {"$ref": file}, registry=_registry(), format_checker=_jsonschema.FormatChecker(["email"])
    )
    return [f"{_path(error)}: {error.message}" for error in validator.iter_errors(filled)]


def steps_of(data: JSON) -> Iterator[tuple[str, JSON]]:
    """Promotion steps, each with its place; those that refer to a task have no config of their own."""
    spec = data.get("spec") or {}
    place = "spec.steps"
    if data.get("kind") == "Stage":
        place, spec = "spec.promotionTemplate.spec.steps", (spec.get("promotionTemplate") or {}).get("spec") or {}
    elif data.get("kind") not in ("PromotionTask", "ClusterPromotionTask", "Promotion"):
        return
    for at, step in enumerate(spec.get("steps") or []):
        yield f"{place}[{at}]", step


def _of_step(place: str, step: JSON) -> list[str]:
    uses = step.get("uses")
    if not uses:
        return []  # a task's; that one of the two is there is the CRD's rule
    return [f"{place} ({uses}) {text}" for text in step_refusals(uses, step.get("config"))]


@cache
def _definitions() -> dict[tuple[str, str], tuple[dict[str, Any], bool]]:
    """(apiVersion, kind) -> schema, and whether the kind is namespaced."""
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): (
            version["schema"]["openAPIV3Schema"],
            spec["scope"] == "Namespaced",
        )
        for spec in (one["spec"] for one in upstream.definitions())
        for version in spec["versions"]
        if version["served"]
    }


@cache
def _validator(kind: tuple[str, str]) -> Any:
    strict = _strict(_definitions()[kind][0])
    properties = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    strict["properties"] = {**strict.get("properties", {}), **properties}
    return _jsonschema.Draft202012Validator(strict)


def _strict(schema: JSON) -> dict[str, Any]:
    """JSON Schema of a structural one: what it does not know is refused, which CRDs say by what is not there."""
    made: dict[str, Any] = {key: schema[key] for key in _VALUE_RULES if key in schema}
    if "properties" in schema:
        made["properties"] = {name: _strict(one) for name, one in schema["properties"].items()}
    if isinstance(schema.get("items"), dict):
        made["items"] = _strict(schema["items"])
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        made["additionalProperties"] = _strict(more)
    elif schema.get("type") == "object" and not more and not schema.get(_OPEN):
        made["additionalProperties"] = False
    return made


def defaulted(schema: JSON, value: Any) -> Any:
    """A copy with the defaults that the server puts in before it validates."""
    if isinstance(value, Mapping):
        known, more = schema.get("properties") or {}, schema.get("additionalProperties")
        given = {name: one["default"] for name, one in known.items() if "default" in one} | dict(value)
        other = more if isinstance(more, dict) else {}
        return {name: defaulted(known.get(name, other), one) for name, one in given.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [defaulted(schema.get("items") or {}, one) for one in value]
    return value


def _children(schema: JSON, value: Any, place: str) -> Iterator[tuple[JSON, Any, str]]:
    if isinstance(value, Mapping):
        known, more = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, one in value.items():
            below = known.get(name, more)
            if isinstance(below, dict):
                yield below, one, f"{place}.{name}" if place else str(name)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for at, one in enumerate(value):
            yield schema["items"], one, f"{place}[{at}]"


def _duplicates(schema: JSON, value: Any, place: str) -> list[str]:
    """Of lists that are sets or maps."""
    found = []
    kind = schema.get("x-kubernetes-list-type")
    if isinstance(value, list) and kind in ("set", "map"):
        keys = schema.get("x-kubernetes-list-map-keys", [])
        ids = [json.dumps(one if kind == "set" else [one.get(key) for key in keys], sort_keys=True) for one in value]
        found += [f"{place}[{at}]: Duplicate value" for at, one in enumerate(ids) if one in ids[:at]]
    for below in _children(schema, value, place):
        found += _duplicates(*below)
    return found


def _broken_rules(schema: JSON, value: Any, place: str) -> Iterator[str]:
    for rule in schema.get("x-kubernetes-validations", []):
        # A rule of a transition is about an update; what is new has no older self.
        if "oldSelf" not in rule["rule"] and not _holds(rule["rule"], value):
            yield f"{place}: {rule.get('message') or rule['rule']}"
    for below in _children(schema, value, place):
        yield from _broken_rules(*below)


def _holds(rule: str, value: Any) -> bool:
    return bool(_program(rule).evaluate({"self": celpy.adapter.json_to_cel(value)}))


@cache
def _program(rule: str) -> Any:
    environment = celpy.Environment()
    return environment.program(environment.compile(rule))


def _metadata_refusals(data: JSON, *, namespaced: bool) -> list[str]:
    metadata = data.get("metadata")
    if not isinstance(metadata, Mapping):
        return ["metadata: missing"]
    found = [f"metadata.{key}: unknown field" for key in metadata if key not in _METADATA]
    name = metadata.get("name")
    if not isinstance(name, str) or len(name) > 253 or not _NAME.fullmatch(name):
        found.append(f"metadata.name: not a name: {name!r}")
    if namespaced != bool(metadata.get("namespace")):
        found.append("metadata.namespace: " + ("missing" if namespaced else "the kind has none"))
    for field in ("labels", "annotations"):
        for key, value in (metadata.get(field) or {}).items():
            if not isinstance(value, str):
                found.append(f"metadata.{field}[{key}]: not a text")
            elif field == "labels" and (len(value) > 63 or not _LABEL_VALUE.fullmatch(value)):
                found.append(f"metadata.labels[{key}]: not a label's value: {value!r}")
    return found


@cache
def _step_schemas() -> dict[str, Any]:
    return {path.name: json.loads(path.read_text()) for path in sorted(_STEPS.glob("*.json"))}


@cache
def _registry() -> Any:
    referencing: Any = importlib.import_module("referencing")
    return referencing.Registry().with_resources(
        (name, referencing.Resource.from_contents(schema)) for name, schema in _step_schemas().items()
    )


def _filled(schema: JSON, value: Any, root: JSON) -> Any:
    """The value with each expression replaced by what the schema wants at its place. `root`: the file that the schema is of."""
    schema, root = _resolved(schema, root)
    if isinstance(value, str):
        return _wanted(schema, value) if _EXPRESSION in value else value
    if isinstance(value, Mapping):
        return {name: _filled(_property(schema, name), one, root) for name, one in value.items()}
    if isinstance(value, list):
        below = schema.get("items")
        return [_filled(below if isinstance(below, dict) else {}, one, root) for one in value]
    return value


def _resolved(schema: JSON, root: JSON) -> tuple[JSON, JSON]:
    while "$ref" in schema:
        file, _, pointer = schema["$ref"].partition("#")
        root = _step_schemas()[file] if file else root
        schema = root
        for part in pointer.strip("/").split("/"):
            schema = schema[part]
    return schema, root


def _property(schema: JSON, name: str) -> JSON:
    """Of a property; what only alternatives name is taken from the first of them that does."""
    every = [schema, *schema.get("oneOf", []), *schema.get("anyOf", [])]
    found: JSON | None = next((one["properties"][name] for one in every if name in one.get("properties", {})), None)
    more = schema.get("additionalProperties")
    return found if found is not None else more if isinstance(more, dict) else {}


def _wanted(schema: JSON, text: str) -> Any:
    """A value for an expression. With text around it, it can only become a text."""
    type_ = schema.get("type", "string")
    whole = text.startswith(_EXPRESSION) and text.endswith("}}") and text.count(_EXPRESSION) == 1
    if type_ != "string" and not whole:
        return text
    made = {
        "boolean": True,
        "integer": schema.get("minimum", 1),
        "number": schema.get("minimum", 1),
        "array": [],
        "object": {},
    }
    if type_ in made:
        return made[type_]
    if "enum" in schema or "const" in schema:
        return schema["enum"][0] if "enum" in schema else schema["const"]
    samples = ("expression", "a@b.example", "https://a.example/b", "5m", "0644", "GET", "text/plain", "a.example/b:1")
    pattern = schema.get("pattern")
    if schema.get("format") == "email":
        return samples[1]
    return next((one for one in samples if pattern is None or re.search(pattern, one)), text)


def _path(error: Any) -> str:
    """`spec.steps[0].uses`, as the API server writes it."""
    text = ""
    for part in error.absolute_path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
