"""What the products' own schema says of an AnalysisTemplate, unknown fields and a Job's among them."""

import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from tests.live import upstream

_OPEN = "x-kubernetes-preserve-unknown-fields"


@cache
def _schema() -> Any:
    path = upstream.FOLDER / "argo-rollouts" / "analysis-template-crd.yaml"
    if not path.is_file():
        pytest.skip("GITOPS_MASTER_UPSTREAM names no folder with CRDs")
    versions = yaml.safe_load(path.read_text())["spec"]["versions"]
    return next(one for one in versions if one["name"] == "v1alpha1")["schema"]["openAPIV3Schema"]


def faults(template: Any) -> list[str]:
    """Empty: an API server takes it, strictly."""
    validator = importlib.import_module("jsonschema").Draft4Validator  # it comes without types
    return [one.message for one in validator(_schema()).iter_errors(template)] + list(_unknown(_schema(), template, ""))


def _unknown(schema: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from _unknown(schema.get("items", {}), one, f"{path}[{at}]")
    if not isinstance(value, dict) or schema.get(_OPEN) or "properties" not in schema:
        return
    for key, one in value.items():
        if key not in schema["properties"]:
            yield f"{path}.{key}: no such field"
        elif path or key != "metadata":
            yield from _unknown(schema["properties"][key], one, f"{path}.{key}")
