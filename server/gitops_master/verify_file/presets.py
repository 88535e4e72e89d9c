"""Presets: expectations by name. Those that are shipped stand in presets.yaml, in the same form as a user's own."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from gitops_master.model.expectations import Expectations
from gitops_master.model.near import did_you_mean
from gitops_master.verify_file import checking
from gitops_master.verify_file.checking import Fault, Where

SHIPPED = Path(__file__).parent / "presets.yaml"
Plain = dict[str, Any]


@cache
def shipped() -> Mapping[str, Plain]:
    """The presets that every file may name, as checked plain data."""
    from gitops_master.files.yaml_events import yaml_documents

    (found,) = yaml_documents(SHIPPED.read_bytes())
    for wrong in checking.faults(found, dict[str, Expectations]):
        raise ValueError(f"{SHIPPED.name}: {checking.key_path(wrong.where)}: {wrong.problem}")
    return dict(found)


def resolved(names: Sequence[str], own: Mapping[str, Plain]) -> tuple[str, ...]:
    """The names, each after the presets that it names itself, each once. A preset of one's own goes before a shipped one."""
    found: dict[str, None] = {}
    for name in names:
        for inner in resolved(_preset(name, own).get("presets", ()), own):
            found.setdefault(inner)
        found.setdefault(name)
    return tuple(found)


def _preset(name: str, own: Mapping[str, Plain]) -> Plain:
    return own[name] if name in own else shipped()[name]


def faults(said: Plain) -> Iterator[Fault]:
    """Presets that nothing has, and presets that name themselves. `said`: a file's data that fits its types."""
    own = said.get("presets", {})
    for where, names in _named(said):
        for index, name in enumerate(names):
            if name not in own and name not in shipped():
                known = sorted({*own, *shipped()})
                yield Fault(
                    (*where, index), f"no preset {name!r}{did_you_mean(name, known)}", f"there are {', '.join(known)}"
                )
    yield from _circles(own)


def _named(said: Plain) -> Iterator[tuple[Where, Sequence[str]]]:
    yield ("defaults", "presets"), said.get("defaults", {}).get("presets", ())
    for group in ("presets", "stages"):
        for name, one in said.get(group, {}).items():
            yield (group, name, "presets"), one.get("presets", ())


def _circles(own: Mapping[str, Plain]) -> Iterator[Fault]:
    for name in own:
        seen: set[str] = set()
        ahead = list(own[name].get("presets", ()))
        while ahead:  # through shipped ones, too: they may name one that the file has made its own
            one = ahead.pop()
            if one == name:
                yield Fault(
                    ("presets", name, "presets"),
                    f"preset {name!r} names itself",
                    "call it otherwise, or take the name out",
                )
                break
            if one not in seen and (one in own or one in shipped()):
                seen.add(one)
                ahead += _preset(one, own).get("presets", ())
