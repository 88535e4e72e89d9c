"""The tables of docs/expectations.md, made of the structs and the shipped presets; what stands around them is written by hand."""

import re
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import fields

from gitops_master.model import expectations
from gitops_master.verify_file.checking import shape
from gitops_master.verify_file.presets import resolved, shipped

PAGE = Path(__file__).parents[1] / "docs" / "expectations.md"
_KEYS = re.compile(r"(<!-- keys: (\w+) -->\n).*?(<!-- /keys -->)", re.DOTALL)
_PRESETS = re.compile(r"(<!-- presets -->\n).*?(<!-- /presets -->)", re.DOTALL)


def page(text: str) -> str:
    """The page with fresh tables. Raises AttributeError where a table is asked for of a struct that there is not."""
    text = _KEYS.sub(lambda found: f"{found[1]}{_keys(getattr(expectations, found[2]))}{found[3]}", text)
    return _PRESETS.sub(lambda found: f"{found[1]}{_preset_table()}{found[2]}", text)


def shown_structs(text: str) -> set[str]:
    """The structs whose keys the page shows."""
    return {found[2] for found in _KEYS.finditer(text)}


def _keys(struct: type[msgspec.Struct]) -> str:
    lines = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for field in fields(struct):
        description = next(
            one.description for one in getattr(field.type, "__metadata__", ()) if getattr(one, "description", None)
        )
        cells = (f"`{field.encode_name}`", _linked(shape(field.type)), _default(field), description)
        lines.append(f"| {' | '.join(one.replace('|', chr(92) + '|') for one in cells)} |")
    return "\n".join(lines) + "\n"


def _linked(text: str) -> str:
    """The name of a struct as a link to its section."""
    return re.sub(r"\b([A-Z]\w+)$", lambda found: _section(found[1]), text)


def _section(name: str) -> str:
    struct = getattr(expectations, name, None)
    is_struct = isinstance(struct, type) and issubclass(struct, msgspec.Struct)
    return f"[{name}](#{name.lower()})" if is_struct else name


def _default(field: Any) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value is None or value in ("", (), {}) or isinstance(value, msgspec.Struct):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _preset_table() -> str:
    lines = ["| preset | is | says |", "|---|---|---|"]
    for name, said in shipped().items():
        inner = [one for one in resolved([name], {}) if one != name]
        lines.append(
            f"| `{name}` | {', '.join(f'`{one}`' for one in inner) or '–'} | {'; '.join(_parts(said)) or '–'} |"
        )
    return "\n".join(lines) + "\n"


def _parts(said: dict[str, Any]) -> list[str]:
    found = []
    for key, value in said.items():
        if key == "presets":
            continue
        if isinstance(value, dict):
            told = f"`{value['service']}`" if "service" in value else ", ".join(f"`{one}`" for one in value)
        elif isinstance(value, list):
            told = ", ".join(_workloads(one) if isinstance(one, dict) else f"`{one}`" for one in value)
        else:
            told = f"`{str(value).lower()}`"
        found.append(f"{key}: {told}")
    return found


def _workloads(one: dict[str, Any]) -> str:
    labels = [f"`{key}={value}`" for key, value in one.get("labels", {}).items()]
    names = [f"`{name}`" for name in one.get("names", ())]
    return " ".join([*([one["kind"]] if "kind" in one else []), ", ".join([*labels, *names])])
