"""Errors that people and agents read: what was wrong, what exists, what to do next.

One class for each thing that somebody does differently about. `exit_code` follows the one table in docs/architecture.md.
"""

from gitops_master.model.printable import printable


class GitOpsError(Exception):
    """Base. `message` names what was wrong; `hint` the reader's next step."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = _told(message)
        self.hint = _told(hint)

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


MOST_TOLD = 2000
"""Characters: an error quotes names, and what another program said."""


def _told(text: str) -> str:
    """Names in it come from kubeconfigs, clusters and models: nothing a terminal obeys, no credentials, bounded."""
    clean = printable(text)
    if len(clean) <= MOST_TOLD:
        return clean
    end = MOST_TOLD // 3  # what went wrong stands at the end
    return f"{clean[: MOST_TOLD - end - 1]}…{clean[-end:]}"


class UsageError(GitOpsError):
    """An argument that cannot be right, or names nothing that exists."""

    exit_code = 64


class UnreadableInput(GitOpsError):
    """A snapshot, file or archive that cannot be read, or that is refused."""

    exit_code = 65


class Unreachable(GitOpsError):
    """A cluster or API that does not answer."""

    exit_code = 69


class Forbidden(GitOpsError):
    """Not permitted, or refused for safety."""

    exit_code = 77
