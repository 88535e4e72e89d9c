"""Which fields of the objects this program reads, as a mark that two versions of it can compare."""

import hashlib
import json
from functools import cache
from typing import Any

import msgspec

from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.registry import TYPES

_WORDS = frozenset({"title", "description"})


@cache
def fields_read() -> str:
    """Changes with every field, its type and its default; not with what is said of it."""
    types = [*(TYPES[kind] for kind in sorted(TYPES)), CustomResource]
    told = _bare(msgspec.json.schema_components(types))
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        # A text under `description` is said of a field; a mapping is a field that is called so.
        return {key: _bare(held) for key, held in value.items() if not (key in _WORDS and isinstance(held, str))}
    return [_bare(one) for one in value] if isinstance(value, list | tuple) else value
