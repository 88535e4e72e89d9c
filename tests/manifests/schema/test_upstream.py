"""Our schema says what Kargo's own CRDs and step schemas say, which are read in place and never copied in.

Ours says more on purpose, and only this: durations, URLs and addresses that Kargo refuses when it reads them; what CEL rules and
webhooks refuse; choices that only Kargo's code knows. It says less nowhere.
"""

import copy
import importlib
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_master.manifests import world
from gitops_master.manifests.schema.analysis import SPEC as ANALYSIS
from gitops_master.manifests.schema.configs import CONFIGS
from gitops_master.manifests.schema.objects import KINDS, object_faults
from gitops_master.manifests.schema.shapes import Fields, Flag, Given, ListOf, MapOf, Shape, Text, Whole, WholeOrText
from gitops_master.manifests.schema.steps import STEPS, config_faults
from gitops_master.model.manifest import Manifest
from tests.live.upstream import FOLDER, definitions
from tests.manifests.schema import examples

VALIDATOR: Any = importlib.import_module("jsonschema").Draft202012Validator  # it comes without types
SCHEMAS = FOLDER / "kargo" / "step-schemas"
pytestmark = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason="GITOPS_MASTER_UPSTREAM names no folder with Kargo's schemas"
)
REMOVED = {"helm-update-image"}
CHOSEN = {"operator", "onPromotion[]", "onVerification[]"}
"""Fields whose choices the CRDs leave to CEL and to code."""
ADDED = {"Warehouse.subscriptions[]"}
"""Places of which the CRD says nothing at all."""
MUTATED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
ODD: st.SearchStrategy[Any] = st.sampled_from([None, "", 0, -1, 101, True, [], {}, "odd", 1.5, ["a"], [{}], {"a": "b"}])


@cache
def step_schema(kind: str) -> dict[str, Any]:
    """With its references put in."""
    found: dict[str, Any] = resolved(read(f"{kind}-config.json"), f"{kind}-config.json")
    return found


@cache
def read(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text())


def resolved(schema: Any, file: str) -> Any:
    if isinstance(schema, list):
        return [resolved(one, file) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        other, _, name = schema["$ref"].partition("#/definitions/")
        return resolved(read(other or file)["definitions"][name], other or file)
    return {key: resolved(one, file) for key, one in schema.items() if key not in ("definitions", "$schema")}


@cache
def crd(kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = crds()[kind]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


@cache
def crds() -> dict[str, Any]:
    return {one["spec"]["names"]["kind"]: one for one in definitions()}


def closed(schema: Any) -> Any:
    """As strict field validation has it: what is not named is refused."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(one) for key, one in schema.items() if key != "description" or not isinstance(one, str)}
    if isinstance(schema.get("required"), list):
        found["required"] = [key for key in schema["required"] if "default" not in schema["properties"][key]]
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        found["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    return found


@cache
def step_validator(kind: str) -> Any:
    return VALIDATOR(step_schema(kind))


@cache
def object_validator(kind: str) -> Any:
    return VALIDATOR(closed(crd(kind)))


def differences(shape: Shape, schema: dict[str, Any], place: str) -> list[str]:
    """In words, place by place."""
    kind = schema.get("type")
    if isinstance(shape, Fields):
        return differing_fields(shape, schema, place) if kind == "object" else [f"{place}: mapping against {kind}"]
    if isinstance(shape, MapOf):
        inner = schema.get("additionalProperties")
        below = differences(shape.value, inner, f"{place}{{}}") if isinstance(inner, dict) else []
        is_same = kind == "object" and not (schema.get("properties") and "job" not in place and "provider" not in place)
        return below if is_same else [f"{place}: mapping against {kind}"]
    if isinstance(shape, ListOf):
        if kind != "array":
            return [f"{place}: list against {kind}"]
        least = [] if shape.least == schema.get("minItems", 0) else [f"{place}: least {shape.least}"]
        return least + differences(shape.item, schema.get("items", {}), f"{place}[]")
    return differing_values(shape, schema, place)


def differing_values(shape: Shape, schema: dict[str, Any], place: str) -> list[str]:
    kinds: dict[type, Any] = {Text: "string", Flag: "boolean", Whole: "integer"}
    found = []
    if type(shape) in kinds and schema.get("type") != kinds[type(shape)]:
        found.append(f"{place}: {kinds[type(shape)]} against {schema.get('type')}")
    if isinstance(shape, WholeOrText) and not schema.get("x-kubernetes-int-or-string"):
        found.append(f"{place}: no int-or-string")
    if isinstance(shape, Text):
        pattern = schema.get("pattern", "")
        is_alternatives = pattern == f"^({'|'.join(shape.choices)})$" and shape.choices
        if (
            set(shape.choices) != set(schema.get("enum", ()))
            and not is_alternatives
            and place.rpartition(".")[2] not in CHOSEN
        ):
            found.append(f"{place}: {shape.choices} against {schema.get('enum')}")
        if shape.pattern != pattern and not is_alternatives and not (shape.check and not shape.pattern):
            found.append(f"{place}: {shape.pattern} against {pattern}")
        if shape.shortest != schema.get("minLength", 0) or shape.longest != schema.get("maxLength", 0):
            found.append(f"{place}: other lengths")
    if isinstance(shape, Whole) and (shape.least, shape.most) != (schema.get("minimum"), schema.get("maximum")):
        found.append(f"{place}: other bounds")
    return found


def differing_fields(shape: Fields, schema: dict[str, Any], place: str) -> list[str]:
    properties = schema.get("properties", {})
    found = [f"{place}.{key}: known to one" for key in sorted(set(shape.fields) ^ set(properties))]
    required = {key for key in schema.get("required", ()) if "default" not in properties[key]}
    ours = {key for key, field in shape.fields.items() if field.required}
    if ours != required:
        found.append(f"{place}: required {sorted(ours)} against {sorted(required)}")
    for key in set(shape.fields) & set(properties):
        where = f"{place}.{key}"
        if f"{where}[]" not in ADDED:
            found += differences(shape.fields[key].shape, properties[key], where)
    return found


def test_every_step_kind_has_upstreams_config() -> None:
    theirs = {path.name.removesuffix("-config.json") for path in SCHEMAS.glob("*-config.json")}
    open_source = {one.kind for one in STEPS.values() if not one.enterprise} - REMOVED

    assert theirs == open_source == set(CONFIGS) - REMOVED == set(examples.CONFIGS)


@pytest.mark.parametrize("kind", sorted(examples.CONFIGS))
def test_a_config_has_upstreams_fields(kind: str) -> None:
    assert differences(CONFIGS[kind], step_schema(kind), kind) == []


@pytest.mark.parametrize("kind", examples.KINDS)
def test_an_object_has_the_fields_of_its_definition(kind: str) -> None:
    shape, schema = KINDS[f"{world.KARGO}/{kind}"].spec, crd(kind)

    assert (shape is None) == ("spec" not in schema["properties"])
    assert shape is None or differences(shape, schema["properties"]["spec"], kind) == []
    assert KINDS[f"{world.KARGO}/{kind}"].spec_required == ("spec" in schema.get("required", ())) or shape is None


@pytest.mark.parametrize("kind", ["AnalysisTemplate", "ClusterAnalysisTemplate"])
def test_a_template_has_the_outside_of_its_definition(kind: str) -> None:
    found = differences(ANALYSIS, crd(kind)["properties"]["spec"], kind)

    assert [one for one in found if "provider." not in one] == []
    assert [one for one in found if "known to one" in one] == []


@pytest.mark.parametrize(("kind", "config"), [(kind, one) for kind, all_ in examples.CONFIGS.items() for one in all_])
def test_both_accept_the_examples_of_configs(kind: str, config: dict[str, Any]) -> None:
    assert list(config_faults(kind, config)) == []
    assert step_validator(kind).is_valid(config)


@pytest.mark.parametrize("kind", examples.KINDS)
def test_both_accept_the_examples_of_objects(kind: str) -> None:
    assert list(object_faults(Manifest(examples.valid(kind)))) == []
    assert object_validator(kind).is_valid(examples.valid(kind))


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """The value with one thing of it changed: dropped, replaced, added."""
    value = copy.deepcopy(value)
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        what = draw(st.sampled_from(["in", "in", "in", "drop", "odd", "add"]))
        if what == "drop":
            del value[key]
        elif what == "add":
            value[draw(st.sampled_from([f"{key}x", "name", "path", "tag", "task", "force"]))] = draw(ODD)
        else:
            value[key] = draw(changed(value[key])) if what == "in" else draw(ODD)
        return value
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        index = draw(st.integers(0, len(value) - 1))
        value[index] = draw(changed(value[index]))
        return value
    return draw(ODD)


@MUTATED
@given(st.data())
@pytest.mark.parametrize("kind", sorted(examples.CONFIGS))
def test_a_changed_config_is_judged_alike(kind: str, data: st.DataObject) -> None:
    config = data.draw(changed(data.draw(st.sampled_from(examples.CONFIGS[kind]))))

    ours = list(config_faults(kind, config if config is not None else []))
    theirs = step_validator(kind).is_valid(config)
    stricter = ("is no duration", "is no URL", "is no e-mail address")

    assert theirs or ours
    assert not theirs or all(any(words in one.message for words in stricter) for one in ours), ours


@MUTATED
@given(st.data())
@pytest.mark.parametrize("kind", [one for one in examples.KINDS if one != "Project"])
def test_what_the_definition_refuses_is_refused(kind: str, data: st.DataObject) -> None:
    manifest = examples.valid(kind)
    manifest = {**manifest, "spec": data.draw(changed(manifest["spec"]))}

    if not object_validator(kind).is_valid(manifest):
        assert list(object_faults(Manifest(manifest))), manifest


def test_an_expression_stands_for_any_value_of_a_config() -> None:
    for kind, configs in examples.CONFIGS.items():
        for config in configs:
            for key in config:
                assert list(CONFIGS[kind].faults({**config, key: "${{ x }}"}, (), Given(expressions=True))) == [], (
                    kind,
                    key,
                )
