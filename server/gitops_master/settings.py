"""What flags and environment say, checked once and frozen."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from gitops_master.model.errors import UsageError

SSH_COMMAND, KUBECTL_COMMAND = "GITOPS_MASTER_SSH_COMMAND", "GITOPS_MASTER_KUBECTL_COMMAND"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look. Without `snapshot`, `ssh_command` and `kubectl_command`: what the kubeconfig says.

    `snapshot`: a saved cluster, called `title` in answers. `now`: the clock, where it is given. `context`: of the kubeconfig,
    its current one by default. `kubeconfig`: files instead of those of the environment. `as_user`, `as_groups`: who to be.
    `ssh_command`: a prefix that ends in a shell which has kubectl. `kubectl_command`: a program that is kubectl.
    """

    snapshot: Path | None = None
    title: str = ""
    now: datetime | None = None
    context: str = ""
    kubeconfig: Path | None = None
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    ssh_command: str = ""
    kubectl_command: str = ""

    def __post_init__(self) -> None:
        places = {
            "--snapshot": self.snapshot,
            "--ssh-command": self.ssh_command,
            "--kubectl-command": self.kubectl_command,
        }
        given = [flag for flag, value in places.items() if value]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} name two places to look at", "give one of them")
        if self.snapshot is not None and (self.context or self.kubeconfig or self.as_user or self.as_groups):
            raise UsageError("a snapshot has no contexts and no users", "leave --context, --kubeconfig and --as out")
        if self.ssh_command and self.kubeconfig is not None:
            raise UsageError("--kubeconfig is a file here, --ssh-command looks far away", "set KUBECONFIG there")
        if self.as_groups and not self.as_user:
            raise UsageError("--as-group needs --as", "name the user to act as, too")


def place_of(environ: Mapping[str, str], **flags: Any) -> Settings:
    """Settings from flags, `now` as text among them. The environment's command counts where no flag says where to look."""
    if not (flags.get("snapshot") or flags.get("ssh_command") or flags.get("kubectl_command")):
        flags["ssh_command"] = environ.get(SSH_COMMAND, "")
        flags["kubectl_command"] = "" if flags["ssh_command"] else environ.get(KUBECTL_COMMAND, "")
    now = flags.pop("now", "")
    return Settings(**flags, now=parse_now(now) if now else None)


def parse_now(text: str) -> datetime:
    """An RFC 3339 time with its zone."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--now {text!r} is not a time", "write it as 2026-11-23T04:00:00Z") from None
    if time.tzinfo is None:
        raise UsageError(f"--now {text!r} has no time zone", "write it as 2026-11-23T04:00:00Z")
    return time.astimezone(UTC)


def demo_settings() -> Settings:
    """The bundled example: a project that real controllers ran. Only `demo` and `serve --demo` show it."""
    return Settings(snapshot=Path(__file__).parent / "demo_snapshot", title="the bundled example")
