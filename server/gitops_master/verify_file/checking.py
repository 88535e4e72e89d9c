"""Plain data held against the structs of model/expectations.py, key by key, so that an error names the key in words."""

import re
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec.structs import fields

from gitops_master.facts.body_patterns import problem_of
from gitops_master.files.upward import shown
from gitops_master.model.expectations import InCluster, Workloads
from gitops_master.model.near import did_you_mean

Where = tuple[str | int, ...]
"""Keys and indices that lead to a value."""
_KINDS = {dict: "a mapping", list: "a list", str: "text", bool: "a truth value", int: "a number", float: "a number"}
_PLAIN = {str: "text", bool: "true or false", int: "a whole number"}
_DOTTED = re.compile(r"[A-Za-z0-9_-]+")
PRODUCTS = ("prometheus", "alertmanager", "loki", "grafana")
"""Keys of Expectations that hold an Endpoint."""
WORKLOAD_KEYS = ("namespace", "labels", "names")
"""Of which an entry of `workloads` has one."""
IN_CLUSTER_KEYS = ("dns", "tcp", "http")
"""Of which an entry of `inCluster` has exactly one."""


class Fault(NamedTuple):
    """What is wrong with the value at a place. `hint`: what to do."""

    where: Where
    problem: str
    hint: str = ""


def key_path(where: Where) -> str:
    """`stages.prod.hosts["shop.example.com"].auth`."""
    text = ""
    for one in where:
        if isinstance(one, int):
            text += f"[{one}]"
        elif _DOTTED.fullmatch(one):
            text += f".{one}" if text else one
        else:
            text += f"[{shown(one)}]"
    return text


def faults(data: Any, type_: Any, where: Where = ()) -> Iterator[Fault]:
    """What does not fit, in the order of the data."""
    bare = _bare(type_)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        yield from _struct_faults(data, bare, where)
    elif get_origin(bare) is dict:
        yield from _mapping_faults(data, get_args(bare), where)
    elif get_origin(bare) is tuple:
        yield from _list_faults(data, get_args(bare)[0], where)
    elif (struct := _optional_struct(bare)) is not None:
        if data is not None:
            yield from faults(data, struct, where)
    else:
        yield from _leaf_faults(data, type_, where)


def _struct_faults(data: Any, struct: type[msgspec.Struct], where: Where) -> Iterator[Fault]:
    known = {field.encode_name: field for field in fields(struct)}
    if not isinstance(data, dict):
        yield _other_kind(data, "a mapping", where, f"its keys are {', '.join(known)}")
        return
    for key, value in data.items():
        if key not in known:
            meant = did_you_mean(key, list(known))
            yield Fault((*where, key), f"there is no such key{meant}", f"there are {', '.join(known)}")
        else:
            yield from faults(value, known[key].type, (*where, key))
    for key, field in known.items():
        if field.required and key not in data:
            yield Fault(where, f"lacks the key {key!r}", f"add {key}")
    if struct is Workloads and not any(data.get(key) for key in WORKLOAD_KEYS):
        yield Fault(where, "names no workload: it would be every one there is", f"add {', '.join(WORKLOAD_KEYS)}")
    if struct is InCluster:
        yield from _in_cluster_faults(data, where)
    yield from _beyond_types(data, where)


def _in_cluster_faults(data: dict[str, Any], where: Where) -> Iterator[Fault]:
    asked = [key for key in IN_CLUSTER_KEYS if data.get(key)]
    if len(asked) != 1:
        yield Fault(
            where, f"has {' and '.join(asked) or 'nothing to check'}", f"give it one of {', '.join(IN_CLUSTER_KEYS)}"
        )
    elif data.get("holds") and asked != ["http"]:
        yield Fault(
            (*where, "holds"), f"says what an answer holds, and {asked[0]} has none", "leave it out, or ask by http"
        )


def _beyond_types(data: dict[str, Any], where: Where) -> Iterator[Fault]:
    """What no type says: a pattern that is none, or that may take for ever."""
    body = data.get("body")
    if isinstance(body, str) and (problem := problem_of(body)):
        yield Fault((*where, "body"), f"{shown(body)} {problem}", "escape what is plain text")


def _mapping_faults(data: Any, types: tuple[Any, ...], where: Where) -> Iterator[Fault]:
    if not isinstance(data, dict):
        yield _other_kind(data, "a mapping", where)
        return
    for key, value in data.items():
        at = (*where, key)
        wrong = list(_leaf_faults(key, types[0], at))
        yield from wrong or faults(value, types[1], at)


def _list_faults(data: Any, type_: Any, where: Where) -> Iterator[Fault]:
    if not isinstance(data, list):
        yield _other_kind(data, "a list", where, "write it as [a, b], or one value a line after a hyphen")
        return
    for index, value in enumerate(data):
        yield from faults(value, type_, (*where, index))


def _leaf_faults(data: Any, type_: Any, where: Where) -> Iterator[Fault]:
    try:
        msgspec.convert(data, type_, strict=True)
    except msgspec.ValidationError:
        shape = _shape(type_)
        hint = "put it in quotes" if isinstance(data, bool | int | float) and "text" in shape else ""
        if data is None or isinstance(data, dict | list):
            yield _other_kind(data, shape, where, hint)
            return
        choices = [one for one in _choices(_bare(type_)) if one]
        meant = did_you_mean(data, choices) if isinstance(data, str) else ""
        yield Fault(where, f"{shown(_text(data))} is not {shape}{meant}", hint)


def _other_kind(data: Any, wanted: str, where: Where, hint: str = "") -> Fault:
    if data is None:
        return Fault(
            where, f"has no value, where {wanted} is expected", hint or "leave the key out, or give it a value"
        )
    return Fault(where, f"{_KINDS.get(type(data), 'a value')} stands where {wanted} is expected", hint)


def _text(data: Any) -> str:
    return {True: "true", False: "false"}[data] if isinstance(data, bool) else str(data)


def _bare(type_: Any) -> Any:
    return get_args(type_)[0] if get_origin(type_) is Annotated else type_


def _optional_struct(type_: Any) -> Any:
    """The struct of `Struct | None`, else None."""
    if get_origin(type_) not in (UnionType, Union):
        return None
    return next((one for one in get_args(type_) if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)


def _choices(type_: Any) -> list[str]:
    if get_origin(type_) is Literal:
        return [str(one) for one in get_args(type_)]
    if get_origin(type_) in (UnionType, Union):
        return [choice for one in get_args(type_) for choice in _choices(_bare(one))]
    return []


def _shape(type_: Any) -> str:
    """What a value has to be, in words."""
    if get_origin(type_) is Annotated:
        for meta in get_args(type_)[1:]:
            if meta.extra and "shape" in meta.extra:
                return str(meta.extra["shape"])
        return _shape(get_args(type_)[0])
    if get_origin(type_) is Literal:
        choices = [str(one) for one in get_args(type_) if one]
        return f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]
    if get_origin(type_) in (UnionType, Union):
        return " or ".join(dict.fromkeys(_shape(one) for one in get_args(type_) if one is not type(None)))
    return _PLAIN.get(type_, "another value")


def shape(type_: Any) -> str:
    """What a value of a field has to be, in words, for the page."""
    bare = _bare(type_)
    if get_origin(bare) is tuple:
        return f"list: {shape(get_args(bare)[0])}"
    if get_origin(bare) is dict:
        return f"mapping: {_shape(get_args(bare)[0])} to {shape(get_args(bare)[1])}"
    struct = bare if isinstance(bare, type) and issubclass(bare, msgspec.Struct) else _optional_struct(bare)
    return struct.__name__ if struct is not None else _shape(type_)
