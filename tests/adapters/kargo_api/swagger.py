"""Kargo's own description of its API, read in place: what a request and an answer must be like."""

import importlib
import json
import re
from functools import cache
from typing import Any, NamedTuple

import pytest

from tests.live.upstream import FOLDER

SWAGGER = FOLDER / "kargo" / "swagger.json"
_VALIDATOR: Any = importlib.import_module("jsonschema").Draft4Validator  # it comes without types; of Swagger 2.0
REAL = FOLDER.parent / "real" / "rest"

needed = pytest.mark.skipif(
    not SWAGGER.is_file() or not REAL.is_dir(),
    reason="Kargo's swagger.json and the answers of a real Kargo are not on this machine",
)


class Operation(NamedTuple):
    template: str
    says: dict[str, Any]


@cache
def _described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SWAGGER.read_text())
    return found


def real(name: str) -> Any:
    """What a real Kargo 1.11.2 answered; the status stands behind it."""
    return json.JSONDecoder().raw_decode((REAL / f"{name}.json").read_text())[0]


def operation(method: str, path: str) -> Operation | None:
    """Names in templates cannot hold a slash; a fixed segment goes before a name."""
    fits = [
        template
        for template, methods in _described()["paths"].items()
        if method.lower() in methods and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
    ]
    if not fits:
        return None
    template = min(fits, key=lambda one: one.count("{"))
    return Operation(template, _described()["paths"][template][method.lower()])


def wrong_request(found: Operation, query: list[tuple[str, str]], media: str, body: bytes) -> list[str]:
    """What the request has that the API does not describe, and what it lacks."""
    known = {one["name"]: one for one in found.says.get("parameters", ()) if one["in"] == "query"}
    wrong = [f"query {name}" for name, _ in query if name not in known]
    wrong += [f"no query {name}" for name, one in known.items() if one.get("required") and name not in dict(query)]
    bodies = [one for one in found.says.get("parameters", ()) if one["in"] == "body"]
    if not bodies:
        return wrong + (["a body"] if body else [])
    if media != "application/json":
        wrong.append(f"body as {media}")
    held = json.loads(body)
    described = _described()["definitions"][bodies[0]["schema"]["$ref"].rpartition("/")[2]]
    wrong += [f"body: {key}" for key in held if key not in described["properties"]]
    return wrong + _errors(bodies[0]["schema"], held)


def wrong_answer(found: Operation, status: int, body: bytes) -> list[str]:
    """As `wrong_request`; errors are not described, and are as pkg/server/rest_router.go makes them."""
    if status >= 400:
        held = json.loads(body)
        return [] if list(held) == ["error"] and isinstance(held["error"], str) else ["an error of another form"]
    described = found.says["responses"].get(str(status))
    if described is None:
        return [f"status {status}"]
    if "schema" not in described:
        return ["a body"] if body else []
    return _errors(described["schema"], json.loads(body))


def _errors(schema: dict[str, Any], held: Any) -> list[str]:
    root = {**schema, "definitions": _described()["definitions"]}
    return [f"{error.json_path}: {error.message[:200]}" for error in _VALIDATOR(root).iter_errors(held)]
