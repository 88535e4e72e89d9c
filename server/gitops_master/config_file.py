"""`.gitops-config.yaml`: what somebody wrote down about a cluster, for whoever works in that folder or below it.

A flat YAML mapping, read by its events: nothing in it is built into objects. What a file says about commands is for others to trust.
"""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec

from gitops_master.files import upward
from gitops_master.files.upward import refuse as _refuse
from gitops_master.files.upward import shown as _shown
from gitops_master.model.errors import GitOpsError
from gitops_master.model.given import Given
from gitops_master.model.printable import printable

NAME = ".gitops-config.yaml"
MOST_BYTES = 64 * 1024
"""A file with every key and a comment for each has one or two thousand."""
MOST_COMMAND = 4096

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_TEXT_TAG = "tag:yaml.org,2002:str"
_NULL_TAG = "tag:yaml.org,2002:null"


class Key(NamedTuple):
    """One key of the file. `pattern`: what its value has to look like, which is `shape` in words; `most`: its longest."""

    name: str
    meaning: str
    example: str
    shape: str = "a namespace's name: lower-case letters, digits and hyphens"
    pattern: str = _LABEL
    most: int = 63


_COMMAND = ("one line", r"[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*", MOST_COMMAND)
COMMANDS = ("ssh_command", "kubectl_command")
"""Keys whose value is run: code of whoever wrote the file, used only once the user trusted it."""

KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        Key("ssh_command", "What ends in a shell that has kubectl.", "ssh bastion", *_COMMAND),
        Key("kubectl_command", "A program that is kubectl.", "microk8s kubectl", *_COMMAND),
        Key(
            "context",
            "Context of the kubeconfig to use where none is named.",
            "staging",
            "the name of a context, without line breaks",
            r"[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*",
            300,
        ),
        Key("kargo_project", "Kargo project to use where none is named.", "shop"),
        Key("kargo_namespace", "The project's namespace: always of the same name as the project.", "shop"),
        Key("kargo_controller_namespace", "Where Kargo's controller runs.", "kargo"),
        Key("argocd_namespace", "Where the Argo CD Applications are.", "argocd"),
        Key("argocd_controller_namespace", "Where Argo CD runs.", "argocd"),
        Key("monitoring_namespace", "Where Prometheus, Grafana or the like run.", "monitoring"),
        Key("app_namespace", "Where the application itself runs.", "shop-prod"),
        Key(
            "domain",
            "Domain below which the cluster's services are reached.",
            "example.com",
            "a domain without scheme, port and path",
            rf"{_LABEL}(\.{_LABEL})*",
            253,
        ),
        Key(
            "warehouse_name",
            "Warehouse to look at where none is named.",
            "main",
            "an object's name: lower-case letters, digits, hyphens and dots",
            rf"{_LABEL}(\.{_LABEL})*",
            253,
        ),
    )
}


class ConfigFile(msgspec.Struct, frozen=True):
    """What one file says. No path: there is none. `problem`: why it cannot be used, and then it has no values."""

    path: Path | None = None
    content: bytes = b""
    values: dict[str, str] = {}
    problem: GitOpsError | None = None

    @property
    def commands(self) -> dict[str, str]:
        return {key: value for key, value in self.values.items() if key in COMMANDS}


def nearest(folder: Path | None = None) -> ConfigFile:
    """The file of the folder (by default the working one), or of the first one above it that has one. Never raises."""
    path = find(folder)
    if path is None:
        return ConfigFile()
    try:
        return load(path)
    except GitOpsError as error:
        return ConfigFile(path, problem=error)


def find(folder: Path | None = None) -> Path | None:
    """Where the file lies, upward from the folder, by default the working one."""
    return upward.find(NAME, folder)


def load(path: Path) -> ConfigFile:
    """What the file says. Raises UnreadableInput naming the file, and the key where it is about one."""
    content = upward.read(path, MOST_BYTES, f"{NAME} is a text file of `key: value` lines")
    return ConfigFile(path, content, parse(content, str(path)))


def parse(content: bytes, name: str = NAME) -> dict[str, str]:
    """The values by key; keys without a value are left out. Raises UnreadableInput."""
    text = upward.decoded(name, content, MOST_BYTES, f"it takes the keys {_names()}, and nothing else")
    found: dict[str, str] = {}
    seen: set[str] = set()
    for key, value in _pairs(name, text):
        if key not in KEYS:
            near = get_close_matches(key.lower().replace("-", "_"), KEYS, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            _refuse(name, f"has an unknown key {_shown(key)}{meant}", f"it takes {_names()}")
        if key in seen:
            _refuse(name, f"has the key {key!r} twice", "keep one of them")
        seen.add(key)
        if value:
            found[key] = check(KEYS[key], value, lambda problem, key=key: _refuse(name, f"key {key!r}: {problem}"))  # type: ignore[misc]
    if len([key for key in found if key in COMMANDS]) > 1:
        _refuse(name, f"has {' and '.join(COMMANDS)}, which name two ways to the cluster", "keep one of them")
    return found


def check(key: Key, value: str, refuse: Callable[[str], NoReturn]) -> str:
    """The value without blanks around it. What it cannot be is told to `refuse`."""
    value = value.strip()
    if len(value) > key.most:
        refuse(f"longer than {key.most} characters")
    if not re.fullmatch(key.pattern, value):
        refuse(f"{_shown(value)} is not {key.shape}; for example {key.example!r}")
    return value


def differing_names(values: dict[str, Given]) -> str:
    """Why the two names of the project cannot both be right; empty where they are one."""
    project, namespace = (values.get(key) for key in ("kargo_project", "kargo_namespace"))
    if project is None or namespace is None or project.value == namespace.value:
        return ""
    return (
        f"kargo_project {project.value!r} ({project.source}) and kargo_namespace {namespace.value!r} ({namespace.source}) "
        "differ, but in Kargo a Project and its namespace always have one name"
    )


def schema() -> dict[str, Any]:
    """The JSON schema by which editors help to write the file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": NAME,
        "description": "What gitops-master is told about a cluster. Every key is optional: what is not told is discovered.",
        "type": "object",
        "additionalProperties": False,
        "not": {"required": list(COMMANDS)},
        "properties": {key.name: _property(key) for key in KEYS.values()},
    }


def _property(key: Key) -> dict[str, Any]:
    return {
        "description": key.meaning,
        "type": "string",
        "pattern": f"^({key.pattern})?$",
        "maxLength": key.most,
        "examples": [key.example],
    }


def _pairs(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Keys and values in order. A value that YAML takes for something else than text is refused; null is empty."""
    import yaml  # only where there is a file: start-up counts

    try:
        yield from _mapping(name, yaml.SafeLoader(text), yaml)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        said = getattr(error, "problem", None) or "a character that YAML does not allow"
        _refuse(name, f"is not YAML{where}: {printable(str(said))}", "it has lines like `kargo_project: shop`")
    except (ValueError, OverflowError):  # an escape in a quoted text that stands for no character
        _refuse(name, "is not YAML: a quoted text stands for no character", "write the value without escapes")


def _mapping(name: str, loader: Any, yaml: Any) -> Iterator[tuple[str, str]]:
    loader.get_event()  # the stream
    if loader.check_event(yaml.StreamEndEvent):
        return  # empty, or only comments
    loader.get_event()
    if _is_null(loader, yaml):
        loader.get_event()
    elif not loader.check_event(yaml.MappingStartEvent):
        _refuse(name, "is not a mapping", "it has lines like `kargo_project: shop`")
    else:
        _plain(name, loader.get_event(), "the file")
        while not loader.check_event(yaml.MappingEndEvent):
            key = _text(name, loader, yaml, "a key")
            yield key, _text(name, loader, yaml, f"key {_shown(key)}")
        loader.get_event()
    loader.get_event()
    if not loader.check_event(yaml.StreamEndEvent):
        _refuse(name, "holds more than one document", "keep one of them")


def _is_null(loader: Any, yaml: Any) -> bool:
    """An empty document, which YAML takes for null."""
    return loader.check_event(yaml.ScalarEvent) and loader.peek_event().value == "" and not loader.peek_event().style


def _text(name: str, loader: Any, yaml: Any, what: str) -> str:
    event = loader.get_event()
    if isinstance(event, yaml.AliasEvent):
        _refuse(
            name, f"{what}: an alias (*{_shown(event.anchor)}) stands where text is expected", "write the value out"
        )
    if not isinstance(event, yaml.ScalarEvent):
        shape = "a mapping" if isinstance(event, yaml.MappingStartEvent) else "a list"
        _refuse(name, f"{what}: {shape} stands where text is expected", "it has lines like `kargo_project: shop`")
    _plain(name, event, what)
    tag = loader.resolve(yaml.ScalarNode, event.value, event.implicit)
    if tag not in (_TEXT_TAG, _NULL_TAG):
        kind = tag.rpartition(":")[2]
        _refuse(name, f"{what}: {_shown(event.value)} is of type {kind}, where text is expected", "put it in quotes")
    return "" if tag == _NULL_TAG else str(event.value)


def _plain(name: str, event: Any, what: str) -> None:
    if event.anchor is not None:
        _refuse(name, f"{what}: an anchor (&{_shown(event.anchor)}) is not allowed here", "write the value by itself")
    if event.tag is not None:
        _refuse(name, f"{what}: a tag ({_shown(event.tag)}) is not allowed here", "write the value by itself")


def _names() -> str:
    return ", ".join(KEYS)
