"""Commands as a reader would type them: ours against the command line itself, others against what was found in their code."""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from typing import Any

import typer

from gitops_master.app import serve
from gitops_master.cli.main import program
from tools.references.schemas import Schemas, built_in_names

OURS = "gitops-master"
PROGRAMS = ("kubectl", "kargo", "argocd", OURS)
LABEL = re.compile(r"(?:[a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]{2,}(?:/[A-Za-z0-9][-A-Za-z0-9_.]*)?")
_OPTION = re.compile(r"--?[A-Za-z][\w-]*")
_PATH = re.compile(r"\{(\.[^{}]*)\}")
_TAKES_OBJECT = ("get", "describe", "delete", "annotate", "label", "patch", "edit", "wait", "scale")
_TAKE_VALUE = frozenset(
    (
        *("-n", "--namespace", "--context", "--as", "-o", "--output", "-l", "--selector", "--type", "-p", "--patch"),
        *("-c", "--container", "-f", "--filename", "--field-selector", "--sort-by", "--raw", "--tail", "--since"),
        *("--for", "--timeout", "--project", "--stage", "--freight", "--warehouse"),
    )
)
"""Options whose value is the next word, unless it is joined to them by an equals sign."""
_SHORT = ("po", "deploy", "svc", "ns", "cm", "sa", "ev", "pvc", "sts", "ds", "rs", "ing", "crd", "no", "all", "secret")


class Commands:
    """`others`: by command and sub-command, the options known of it; those of the command alone hold for all below it."""

    def __init__(
        self, others: dict[str, tuple[str, ...]], schemas: Schemas, labels: frozenset[str], names: frozenset[str]
    ) -> None:
        self.others = others
        self.labels, self.names = labels, names
        self.schemas = schemas
        self.kinds = {name: one.kind for one in schemas.found.values() for name in one.names}
        self.resources = frozenset((*self.kinds, *built_in_names(schemas.kinds), *_SHORT))

    def fault(self, line: str) -> str:
        """What is wrong with a command line; empty if nothing is."""
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            return f"no shell would take it: {error}"
        if not words:
            return ""
        return _our_fault(words[1:]) if words[0] == OURS else self._other_fault(words)

    def _other_fault(self, words: list[str]) -> str:
        places, options = list(_places(words[1:])), list(_options(words[1:]))
        command = words[0]
        while places and self._begins(f"{command} {places[0]}"):
            command = f"{command} {places.pop(0)}"
        if places and (command not in self.others or command == words[0]):
            return f"{command} has no sub-command {places[0]!r} that is known"
        names = command.split(" ")
        known = {one for at in range(len(names)) for one in self.others.get(" ".join(names[: at + 1]), ())}
        for option in options:
            if option not in known:
                return f"{command} has no option {option} that is known"
        if names[0] != "kubectl":
            return ""
        return self._selector_fault(words) or self._object_fault(command, places, words)

    def _selector_fault(self, words: list[str]) -> str:
        """Labels that are selected by."""
        selectors = [after for word, after in pairwise(words) if word in ("-l", "--selector")]
        return next((wrong for one in selectors for name in one.split(",") if (wrong := self._label_fault(name))), "")

    def _begins(self, command: str) -> bool:
        return any(one == command or one.startswith(f"{command} ") for one in self.others)

    def _object_fault(self, command: str, places: list[str], words: list[str]) -> str:
        if command.split(" ")[-1] not in _TAKES_OBJECT or not places:
            return ""
        for name in places[0].partition("/")[0].split(","):
            if name.lower() not in self.resources | self.names and not re.fullmatch(r"<.+>|\$?\{?[A-Z_]+\}?|…", name):
                return f"no resource {name!r}"
        wrong = next((one for one in map(self._label_fault, places[1:]) if one), "")
        return wrong or self._path_fault(places[0], words) if "," not in places[0] else ""

    def _label_fault(self, place: str) -> str:
        """Annotations that are put on an object are labels, too."""
        name = place.partition("=")[0].rstrip("-")
        known = "/" not in name or not LABEL.fullmatch(name) or name in self.labels
        return "" if known else f"no annotation or label {name!r}"

    def _path_fault(self, resource: str, rest: list[str]) -> str:
        kind = self.kinds.get(resource.partition("/")[0].lower())
        told = " ".join(rest)
        if kind is None or "jsonpath=" not in told or "{range" in told:
            return ""
        for path in _PATH.findall(told.partition("jsonpath=")[2]):
            plain = re.sub(r"\[[^\[\]]*\]", "[]", path.replace("\\.", "_"))
            plain = plain.removeprefix(".items[]")
            wrong = self.schemas.fault(f"{kind}{plain}") if plain else ""
            if wrong:
                return wrong
        return ""


def _places(words: list[str]) -> Iterator[str]:
    """What is neither an option nor the value of one."""
    before = ""
    for word in words:
        if not word.startswith("-") and before not in _TAKE_VALUE:
            yield word
        before = word


def _options(words: list[str]) -> Iterator[str]:
    for word in words:
        match = _OPTION.match(word)
        if match is not None:
            yield match[0]


def _our_fault(words: list[str]) -> str:
    if not words:
        return ""
    name, rest = words[0], words[1:]
    if name.startswith("-"):
        return "" if name in ("--version", "--help") else f"{OURS} has no option {name}"
    commands: dict[str, Any] = getattr(typer.main.get_command(program), "commands", {})
    if name not in commands:
        near = get_close_matches(name, commands, n=1)
        return f"{OURS} has no sub-command {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
    known = _serve_options() if name == "serve" else {"--help"} | _our_options(commands[name])
    for option in _options(rest):
        if option not in known:
            return f"{OURS} {name} has no option {option}"
    return ""


def _our_options(command: Any) -> set[str]:
    return {option for one in command.params for option in (*one.opts, *one.secondary_opts)}


@cache
def _serve_options() -> frozenset[str]:
    """Its options are read by another parser, which tells them in its help."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit):
        serve(["--help"])
    return frozenset(_OPTION.findall(told.getvalue()))
