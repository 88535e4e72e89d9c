"""Errors that people and agents read: what was wrong, what exists, what to do next.

One class for each thing that somebody does differently about. `exit_code` follows the one table in docs/architecture.md.
"""


class GitOpsError(Exception):
    """Base. `message` names what was wrong; `hint` the reader's next step."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


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
