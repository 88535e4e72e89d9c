"""Calls of tools, prompts, resources and completions with hostile arguments, made from what the server lists."""

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from tests.fuzz.values import quoted, text, value, wide
from tests.fuzz.yamls import yaml_text

_SENSIBLE = {
    "project": ("demo",),
    "stage": ("s-argo", "s-fail", "dev"),
    "name": ("new", "s-argo", "messages"),
    "warehouse": ("main",),
    "app": ("ok-app",),
    "freight": ("candidate", "current"),
    "operation": ("reverify", "refresh_stage", "abort_promotion", "repromote"),
}
_LEAST = {"operate": ("operation",), "promote_freight": ("stage",), "generate_stage_yaml": ("name",)}
"""Without which a call is refused before the other arguments are looked at."""


class Call(NamedTuple):
    """`params`: JSON text, an object. `named`: what the newer protocol repeats in the header Mcp-Name."""

    method: str
    params: str
    named: str = ""


class Listed(NamedTuple):
    """What is there to be called: tools (name, input schema), prompts (name, names of arguments), resources' URIs."""

    tools: Sequence[tuple[str, dict[str, Any]]]
    prompts: Sequence[tuple[str, Sequence[str]]]
    resources: Sequence[str]


def call(rng: Random, listed: Listed) -> Call:
    """One with at least one argument that is not what was meant."""
    way = rng.random()
    if way < 0.9:
        name, schema = rng.choice(listed.tools)
        return Call("tools/call", f'{{"name":{quoted(name)},"arguments":{_arguments(rng, name, schema)}}}', name)
    if way < 0.93:
        uri = rng.choice(listed.resources) if rng.random() < 0.3 else text(rng)
        return Call("resources/read", f'{{"uri":{quoted(uri + (text(rng) if rng.random() < 0.3 else ""))}}}', uri)
    name, arguments = rng.choice(listed.prompts)
    if way < 0.97:
        given = _object({one: quoted(text(rng)) if rng.random() < 0.8 else value(rng) for one in arguments})
        return Call("prompts/get", f'{{"name":{quoted(name)},"arguments":{given}}}', name)
    argument = rng.choice([*arguments, text(rng)])
    reference = f'{{"type":"ref/prompt","name":{quoted(name)}}}' if rng.random() < 0.8 else value(rng)
    part = f'{{"name":{quoted(argument)},"value":{value(rng)}}}'
    return Call("completion/complete", f'{{"ref":{reference},"argument":{part}}}')


def _arguments(rng: Random, name: str, schema: dict[str, Any]) -> str:
    properties = schema["properties"]
    way = rng.random()
    if way < 0.04:
        return value(rng)
    if way < 0.06:
        return wide(rng)
    given = {key: _sensible(rng, key) for key in _LEAST.get(name, ())}
    for key in rng.sample(sorted(properties), min(rng.choice((1, 1, 1, 2, 3)), len(properties))):
        given[key] = _hostile(rng, key, properties[key])
    for key in set(properties) & set(_SENSIBLE) - set(given):
        if rng.random() < 0.3:
            given[key] = _sensible(rng, key)
    if way < 0.15:
        given[
            rng.choice(
                (*(f"{one}s" for one in properties), text(rng), "__class__", "self", "opened", "reader", "context")
            )
        ] = value(rng)
    return _object(given)


def _sensible(rng: Random, key: str) -> str:
    return quoted(rng.choice(_SENSIBLE[key]))


def _hostile(rng: Random, key: str, schema: dict[str, Any]) -> str:
    if key == "check" and rng.random() < 0.9:
        return quoted(yaml_text(rng))
    if "enum" in schema and rng.random() < 0.3:
        return quoted(str(rng.choice(schema["enum"])))
    if schema.get("type") == "boolean" and rng.random() < 0.3:
        return rng.choice(("true", "false"))
    if schema.get("type") == "string" and rng.random() < 0.5:
        longest = schema.get("maxLength", 1000)
        return quoted(text(rng)[:longest])  # so that not all are refused for their length
    return value(rng)


def _object(members: dict[str, str]) -> str:
    return "{" + ",".join(f"{quoted(key)}:{one}" for key, one in members.items()) + "}"
