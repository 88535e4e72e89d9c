"""The two ways in which a user says how kubectl is reached, taken apart without any shell."""

import re
import shlex
from pathlib import PurePath

import msgspec

from gitops_master.adapters.kubectl_command.quoting import checked
from gitops_master.model.errors import UsageError
from gitops_master.model.printable import printable

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_REMOTE_SHELLS = {"ssh", "autossh", "slogin", "mosh", "plink"}
_KUBECTLS = {"kubectl", "oc"}
_SECRET_OPTIONS = {"--token", "--password", "--client-key-data"}


class Command(msgspec.Struct, frozen=True):
    """How kubectl is reached. `environ`: leading NAME=value words; `words`: program and arguments; `far`: ends in a shell.

    Where it ends in a shell, that shell gets one argument more: a script. Otherwise kubectl's arguments follow, word by word.
    """

    words: tuple[str, ...]
    environ: tuple[tuple[str, str], ...] = ()
    far: bool = False

    @property
    def title(self) -> str:
        """The command as messages show it: values of its environment and passwords left out."""
        names = [f"{name}=…" for name, _ in self.environ]
        return printable(" ".join([*names, *_without_secrets(self.words)]))

    def without_environ(self, text: str) -> str:
        """The text without values of the command's environment, long enough to be told from ordinary words."""
        for _, value in self.environ:
            if len(value) >= 8:
                text = text.replace(value, "***")
        return text


def ssh_command(text: str) -> Command:
    """A prefix that ends in a shell that has kubectl, e.g. `ssh bastion`. Raises UsageError."""
    command = _parsed("ssh_command", text, far=True)
    if PurePath(command.words[-1]).name in _KUBECTLS:
        raise UsageError(
            f"ssh_command `{command.title}` ends in kubectl, where a shell is expected",
            "leave kubectl out of it; a kubectl that is run here, without a shell, is a kubectl_command",
        )
    return command


def kubectl_command(text: str) -> Command:
    """A program that takes kubectl's arguments, e.g. `oc` or `docker exec -i kind kubectl`. Raises UsageError."""
    command = _parsed("kubectl_command", text, far=False)
    # Such a program joins its arguments into a line for a shell, which would read what is in them.
    if any(PurePath(word).name in _REMOTE_SHELLS for word in command.words):
        raise UsageError(
            f"kubectl_command `{command.title}` goes through a remote shell, for which its arguments would have to be quoted",
            "give it as ssh_command, without kubectl at its end",
        )
    return command


def _parsed(option: str, text: str, *, far: bool) -> Command:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(
            f"{option} cannot be taken apart into words: {str(error).lower()}", "check its quotes"
        ) from None
    environ = []
    while words and (assignment := _ASSIGNMENT.fullmatch(words[0])):
        environ.append((assignment[1], checked(assignment[2])))
        del words[0]
    if not words or not words[0]:
        raise UsageError(f"{option} names no program", f"for example {'ssh bastion' if far else 'kubectl'}")
    return Command(tuple(map(checked, words)), tuple(environ), far)


def _without_secrets(words: tuple[str, ...]) -> list[str]:
    shown: list[str] = []
    for before, word in zip(("", *words), words, strict=False):
        option, equals, _ = word.partition("=")
        if before in _SECRET_OPTIONS or (before == "-p" and "sshpass" in shown):
            shown.append("***")
        elif equals and option in _SECRET_OPTIONS:
            shown.append(f"{option}=***")
        else:
            shown.append("-p***" if word.startswith("-p") and shown[-1:] == ["sshpass"] and word != "-p" else word)
    return shown
