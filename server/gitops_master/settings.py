"""What flags, environment and `.gitops-config.yaml` say, checked once and frozen."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from gitops_master.config_file import COMMANDS, KEYS, ConfigFile, check
from gitops_master.model.errors import UsageError
from gitops_master.model.given import Given

VARIABLE = "GITOPS_MASTER_"
"""What the environment variable of each key of `.gitops-config.yaml` begins with."""
SSH_COMMAND, KUBECTL_COMMAND = f"{VARIABLE}SSH_COMMAND", f"{VARIABLE}KUBECTL_COMMAND"
ALLOW_WRITES = f"{VARIABLE}ALLOW_WRITES"
PLAN_KEY_FILE = f"{VARIABLE}PLAN_KEY_FILE"
_FLAGS = {"context": "--context", "ssh_command": "--ssh-command", "kubectl_command": "--kubectl-command"}
NO_FILE = ConfigFile()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look. Without `snapshot`, `ssh_command` and `kubectl_command`: what the kubeconfig says.

    `snapshot`: a saved cluster, called `title` in answers. `now`: the clock, where it is given. `context`: of the kubeconfig,
    its current one by default. `kubeconfig`: files instead of those of the environment. `as_user`, `as_groups`: who to be.
    `ssh_command`: a prefix that ends in a shell which has kubectl. `kubectl_command`: a program that is kubectl.
    `allow_writes`: whether anything may be written to a cluster at all; `protect`: globs of Stages (`prod-*`, `shop/prod`) that
    are left alone even then. Neither comes from the configuration file, which may be somebody else's.
    `plan_key_file`: what ids of plans are sealed with, where several servers are to take each other's.
    `expect`: the expectations file that was named; without it the nearest .gitops-verify.yaml.
    `given`: what is known beforehand, by key of the configuration file, from wherever it came; `file`: that file.
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
    allow_writes: bool = False
    protect: tuple[str, ...] = ()
    plan_key_file: Path | None = None
    expect: Path | None = None
    given: dict[str, Given] = {}
    file: ConfigFile = NO_FILE

    @property
    def project(self) -> str:
        """The Kargo project that is meant where none is named. The namespace counts first: it is where the objects are."""
        named = self.given.get("kargo_namespace") or self.given.get("kargo_project")
        return named.value if named else ""

    @property
    def command(self) -> Given | None:
        """The command that leads to the cluster, where one does."""
        if not (self.ssh_command or self.kubectl_command):
            return None
        key = "ssh_command" if self.ssh_command else "kubectl_command"
        return self.given.get(key) or Given(getattr(self, key), _FLAGS[key])

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


def place_of(environ: Mapping[str, str], file: ConfigFile = NO_FILE, **flags: Any) -> Settings:
    """Settings from flags, `now` as text among them, then the environment, then the file. Raises UsageError.

    A snapshot is no cluster of this environment and folder: what they say is not about it. What is wrong with the file is for
    those to tell who would look where it says.
    """
    now = flags.pop("now", "")
    flags["allow_writes"] = bool(flags.get("allow_writes")) or _switched_on(environ)
    flags["protect"] = tuple(flags.get("protect") or ())
    key = environ.get(PLAN_KEY_FILE, "").strip()
    flags["plan_key_file"] = Path(key) if key else None
    if not flags.get("snapshot"):
        given = _given(environ, file, flags)
        flags.update({key: given[key].value if key in given else "" for key in COMMANDS}, given=given, file=file)
    return Settings(**flags, now=parse_now(now) if now else None)


def _given(environ: Mapping[str, str], file: ConfigFile, flags: Mapping[str, Any]) -> dict[str, Given]:
    """By key, the first of flag, environment and file that has it. The first that names a way to the cluster names the way."""
    levels = [
        {key: Given(str(flags[key]), flag) for key, flag in _FLAGS.items() if flags.get(key)},
        {key: one for key in KEYS if (one := _variable(environ, key)) is not None},
        {key: Given(value, str(file.path), by_file=True) for key, value in file.values.items()},
    ]
    if flags.get("kubeconfig"):  # another kubeconfig has contexts of its own
        levels[1:] = [{key: one for key, one in level.items() if key not in _FLAGS} for level in levels[1:]]
    found: dict[str, Given] = {}
    for level in levels:
        led = any(key in found for key in COMMANDS)
        ways = [key for key in COMMANDS if key in level and not led]
        fresh = [key for key in level if key not in found and key not in COMMANDS]
        found.update({key: level[key] for key in (*fresh, *(ways if level is levels[0] else ways[:1]))})
    return found


def _switched_on(environ: Mapping[str, str]) -> bool:
    value = environ.get(ALLOW_WRITES, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise UsageError(f"{ALLOW_WRITES}={value!r} is neither yes nor no", "set it to true, or unset it")


def _variable(environ: Mapping[str, str], key: str) -> Given | None:
    name = f"{VARIABLE}{key.upper()}"
    value = environ.get(name, "").strip()

    def refuse(problem: str) -> NoReturn:
        raise UsageError(f"{name}: {problem}", "correct the environment variable, or unset it")

    return Given(check(KEYS[key], value, refuse), name) if value else None


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
