"""Words for arguments that a tool has and that are not what it takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from gitops_master.model.near import MOST_NAMED, did_you_mean, shown

_NAME = "lower case letters, digits, '-' and '.', with a letter or a digit at both ends"
_TYPES = {"boolean": "true or false", "integer": "a whole number", "number": "a number", "string": "text"}


def wrong_arguments(tool: str, errors: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]) -> str:
    """One sentence each: what it is, and what it may be. `errors`: as pydantic lists them. `schema`: of the arguments."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    told = [_told(tool, one, properties) for one in errors[:MOST_NAMED]]
    more = [f"{len(errors) - MOST_NAMED} more arguments are wrong"] if len(errors) > MOST_NAMED else []
    return "\n".join([*told, *more])


def _told(tool: str, error: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    name = str((error["loc"] or ("?",))[0])
    schema, value = properties.get(name, {}), error.get("input")
    if error["type"] == "missing":
        return f"{tool} needs {name}: {_takes(schema)}"
    return f"{tool}: {name} is {shown(value)}{_near(value, schema)}. It takes {_takes(schema, value)}."


def _near(value: object, schema: Mapping[str, Any]) -> str:
    choices = [str(one) for one in schema.get("enum", ())]
    return did_you_mean(value, choices).removesuffix("?") if isinstance(value, str) else ""


def _takes(schema: Mapping[str, Any], value: object = None) -> str:
    """What the schema says, in words; its length and its pattern only where they are what is wrong, or may be."""
    if schema.get("enum"):
        return f"one of {', '.join(str(one) for one in schema['enum'] if one != '')}"
    words = _TYPES.get(str(schema.get("type")), "something else")
    if "minimum" in schema or "maximum" in schema:
        words += f" from {schema.get('minimum', 0)} to {schema.get('maximum', 'any')}"
    most = schema.get("maxLength")
    if isinstance(value, str) and most is not None and len(value) > most:
        return f"{words} of at most {most} characters, and this has {len(value)}"
    if isinstance(value, str) and "pattern" in schema:
        return f"a name: {_NAME}" if "/" not in schema["pattern"] else f"NAME or NAMESPACE/NAME: {_NAME}"
    return words
