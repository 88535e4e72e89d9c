"""The JSON schema by which editors help to write the file: made from the structs, so that it says what loading accepts."""

from typing import Any

import msgspec

from gitops_master.model.expectations import ExpectationsFile
from gitops_master.verify_file import presets
from gitops_master.verify_file.checking import IN_CLUSTER_KEYS, WORKLOAD_KEYS
from gitops_master.verify_file.reading import NAME


def schema() -> dict[str, Any]:
    """Draft 2020-12. What it cannot say (presets of one's own, patterns that compile) is told when the file is loaded."""
    made = msgspec.json.schema(ExpectationsFile)
    parts: dict[str, Any] = made["$defs"]
    parts["Workloads"]["anyOf"] = [
        {"required": [key], "properties": {key: {least: 1}}}
        for key, least in zip(WORKLOAD_KEYS, ("minLength", "minProperties", "minItems"), strict=True)
    ]
    parts["InCluster"]["oneOf"] = [
        {"required": [key], "properties": {key: {"minLength": 1}}} for key in IN_CLUSTER_KEYS
    ]
    for name in ("HostExpectation", "ServiceExpectation"):
        parts[name]["properties"]["body"]["format"] = "regex"
    parts["Expectations"]["properties"]["presets"]["examples"] = [[name] for name in sorted(presets.shipped())]
    whole = parts.pop(ExpectationsFile.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **whole,
        "title": NAME,
        "$defs": dict(sorted(parts.items())),
    }
