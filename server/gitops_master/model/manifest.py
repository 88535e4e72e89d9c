"""Kubernetes objects as somebody wrote them, or as a cluster holds them: plain data, and where each part of it stands."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

Path = tuple[str | int, ...]
"""A place in an object: `("spec", "steps", 0, "uses")`."""


def path_text(path: Path) -> str:
    """`spec.steps[0].uses`; a key that holds a dot or a slash in brackets: `metadata.annotations[a.b/c]`."""
    text = ""
    for part in path:
        if isinstance(part, int) or "." in part or "/" in part:
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


class Manifest(NamedTuple):
    """One object. `data`: as JSON would have it, never changed. `file`: as the user named it, empty for one that a cluster holds.

    `lines`: from 1, of what was read from a file; a place that is not among them stands where its nearest parent does.
    `document`: which of the file's YAML documents it is, from 0.
    """

    data: Mapping[str, Any]
    file: str = ""
    lines: Mapping[Path, int] = {}
    document: int = 0

    @property
    def api_version(self) -> str:
        return _text(self.data.get("apiVersion"))

    @property
    def group(self) -> str:
        """Empty for the core group."""
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""

    @property
    def kind(self) -> str:
        """`group/Kind`, as the rest of the program names kinds; `v1/Kind` in the core group."""
        return f"{self.group or self.api_version}/{_text(self.data.get('kind'))}"

    @property
    def metadata(self) -> Mapping[str, Any]:
        held = self.data.get("metadata")
        return held if isinstance(held, Mapping) else {}

    @property
    def name(self) -> str:
        return _text(self.metadata.get("name"))

    @property
    def namespace(self) -> str:
        """Empty where the manifest does not say."""
        return _text(self.metadata.get("namespace"))

    @property
    def annotations(self) -> Mapping[str, str]:
        return strings(self.metadata.get("annotations"))

    @property
    def labels(self) -> Mapping[str, str]:
        return strings(self.metadata.get("labels"))

    @property
    def spec(self) -> Mapping[str, Any]:
        held = self.data.get("spec")
        return held if isinstance(held, Mapping) else {}

    @property
    def title(self) -> str:
        """`Stage demo/test`."""
        where = "/".join(part for part in (self.namespace, self.name) if part)
        return f"{self.kind.rpartition('/')[2]} {where}".rstrip()

    def line(self, path: Path = ()) -> int:
        """The line of a place, or of its nearest parent that has one; 0 where nothing is known."""
        for end in range(len(path), -1, -1):
            found = self.lines.get(path[:end])
            if found:
                return found
        return 0


def at(data: Any, *path: str | int) -> Any:
    """What stands at a place; None where there is nothing, or something on the way is of another shape."""
    for part in path:
        if isinstance(part, int):
            if not isinstance(data, Sequence) or isinstance(data, str) or not -len(data) <= part < len(data):
                return None
        elif not isinstance(data, Mapping) or part not in data:
            return None
        data = data[part]
    return data


def items(data: Any, *path: str | int) -> list[Mapping[str, Any]]:
    """The mappings of a list at a place, each in its order; what is no mapping is for the schema to tell."""
    found = at(data, *path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


def strings(data: Any) -> Mapping[str, str]:
    """The entries of a mapping of texts that are texts."""
    return (
        {str(key): value for key, value in data.items() if isinstance(value, str)} if isinstance(data, Mapping) else {}
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


class Level(StrEnum):
    """How bad it is. `error`: it will be refused, or cannot work. `warning`: it can go wrong. `note`: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Problem(NamedTuple):
    """What a check found. `check`: its id. `line`: from 1, 0 where there is no file. `fix`: what to do, empty where nobody knows."""

    check: str
    level: Level
    manifest: Manifest
    path: Path
    message: str
    fix: str = ""

    @property
    def line(self) -> int:
        return self.manifest.line(self.path)


class Draft(NamedTuple):
    """An object to be written. `comments`: by place, text without `#`, put before the line of that place; () is its head.

    `file`: where it belongs, relative to the folder of the answer. `edits`: the manifest it is made from, whose comments and
    layout are kept; None for a new one.
    """

    data: Mapping[str, Any]
    file: str
    comments: Mapping[Path, str] = {}
    edits: Manifest | None = None

    @property
    def manifest(self) -> Manifest:
        return Manifest(self.data, self.file)
