"""Kubeconfig files, merged as kubectl merges them: the first file that sets a value or defines a name wins.

The official loader lets the last `current-context` win and does not say which file is broken; and finding out which contexts
exist must not cost its import.
"""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from gitops_master.adapters.kube_api.access import HERE, Access, Surroundings
from gitops_master.model.errors import Unreachable, UnreadableInput, UsageError

_MOST_NAMES = 20
_FEWEST_LETTERS_ALIKE = 0.5


class Entry(NamedTuple):
    """A named context, cluster or user, as written, and the file whose folder its relative paths start from."""

    name: str
    data: Mapping[str, Any]
    file: Path

    def text(self, key: str) -> str:
        """ "" where it is missing or null."""
        value = self.data.get(key)
        if isinstance(value, dict | list):
            raise UnreadableInput(f"{self.file}: `{key}` of {self.name!r} must be text")
        return "" if value is None else str(value)

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self.data.get(key)
        if value is not None and not isinstance(value, dict):
            raise UnreadableInput(f"{self.file}: `{key}` of {self.name!r} must be a mapping")
        return value or {}

    def listed(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is not None and not isinstance(value, list):
            raise UnreadableInput(f"{self.file}: `{key}` of {self.name!r} must be a list")
        return value or []

    def path(self, key: str) -> Path | None:
        """The file that a key names."""
        return self.file.parent / Path(named).expanduser() if (named := self.text(key)) else None


class Chosen(NamedTuple):
    """One context with what it names."""

    context: Entry
    cluster: Entry
    user: Entry


class Kubeconfig(NamedTuple):
    """All files together."""

    files: tuple[Path, ...]
    current: str
    contexts: Mapping[str, Entry]
    clusters: Mapping[str, Entry]
    users: Mapping[str, Entry]

    def choose(self, name: str) -> Chosen:
        """The named context, or the current one, or the only one. Raises UsageError, and UnreadableInput on what it lacks."""
        name = name or self.current or (next(iter(self.contexts)) if len(self.contexts) == 1 else "")
        if not name:
            raise UsageError(
                f"no context is chosen, and none is current in {_listed(self.files)}", _existing(self.contexts)
            )
        context = self.contexts.get(name)
        if context is None:
            raise UsageError(f"no context {name!r} in {_listed(self.files)}", _existing(self.contexts, near=name))
        cluster = self._named(context, "cluster", self.clusters)
        if cluster is None or not cluster.text("server"):
            raise UnreadableInput(f"{context.file}: context {name!r} names no cluster with a server")
        return Chosen(context, cluster, self._named(context, "user", self.users) or Entry("", {}, context.file))

    @staticmethod
    def _named(context: Entry, kind: str, entries: Mapping[str, Entry]) -> Entry | None:
        name = context.text(kind)
        if name and name not in entries:
            raise UnreadableInput(
                f"{context.file}: context {context.name!r} names the {kind} {name!r}, which is not defined",
                _existing(entries, near=name, what=f"{kind}s"),
            )
        return entries.get(name)


def load(access: Access, around: Surroundings = HERE) -> Kubeconfig:
    """Raises Unreachable where there is no kubeconfig, naming where it was looked for; UnreadableInput naming a broken file."""
    files, looked = _files(access, around)
    if not files:
        raise Unreachable(
            f"no kubeconfig: looked for {_listed(looked)}",
            "give one with --kubeconfig or KUBECONFIG, copy one from whoever runs the cluster, or analyse a --snapshot",
        )
    documents = [(file, _document(file)) for file in files]
    current = next((str(name) for _, data in documents if (name := data.get("current-context"))), "")
    return Kubeconfig(
        files,
        current,
        *({entry.name: entry for entry in reversed(list(_entries(documents, kind)))} for kind in ("context", "cluster", "user")),
    )  # fmt: skip


def exists(access: Access, around: Surroundings = HERE) -> bool:
    """Whether any kubeconfig file is there."""
    return bool(_files(access, around)[0])


def _files(access: Access, around: Surroundings) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Those that exist, and all that were looked for. Files given by name must all exist; KUBECONFIG may list others."""
    if access.kubeconfig is not None:
        missing = tuple(file for file in access.kubeconfig if not file.is_file())
        return () if missing else access.kubeconfig, missing or access.kubeconfig
    home = around.home or Path(around.environ.get("HOME") or around.environ.get("USERPROFILE") or Path.home())
    listed = [name for name in around.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    looked = tuple(home / name[2:] if name.startswith("~/") else Path(name) for name in listed) or (
        home / ".kube" / "config",
    )
    return tuple(file for file in looked if file.is_file()), looked


def _document(file: Path) -> dict[str, Any]:
    import yaml  # only where there is a file: start-up counts

    try:
        # Not only safe but in C: a kubeconfig with fifty clusters and their certificates takes Python half a second.
        data = yaml.load(file.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise UnreadableInput(
            f"{file} is not valid YAML: {getattr(error, 'problem', None) or 'unreadable'}{where}"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableInput(
            f"{file} cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}"
        ) from None
    if data is not None and not isinstance(data, dict):
        raise UnreadableInput(f"{file} is no kubeconfig: not a mapping with clusters, users and contexts")
    return data or {}


def _entries(documents: Iterable[tuple[Path, dict[str, Any]]], kind: str) -> Iterable[Entry]:
    for file, document in documents:
        listed = document.get(f"{kind}s") or []
        for item in listed if isinstance(listed, list) else [None]:
            if not isinstance(item, dict) or item.get("name") is None or not isinstance(item.get(kind) or {}, dict):
                raise UnreadableInput(
                    f"{file} is no kubeconfig: `{kind}s` must be a list of entries with `name` and `{kind}`"
                )
            yield Entry(str(item["name"]), item.get(kind) or {}, file.absolute())


def _listed(files: Iterable[Path]) -> str:
    return ", ".join(map(str, files))


def _existing(names: Iterable[str], near: str = "", what: str = "contexts") -> str:
    """What exists, the near miss first."""
    there = sorted(names)
    if not there:
        return f"there are no {what}"
    alike = get_close_matches(near, there, n=1, cutoff=_FEWEST_LETTERS_ALIKE)
    ordered = alike + [name for name in there if name not in alike]
    more = f" and {len(ordered) - _MOST_NAMES} more" if len(ordered) > _MOST_NAMES else ""
    return f"{what} that exist: {', '.join(ordered[:_MOST_NAMES])}{more}"
