"""What `discover_env` may ask of each source of evidence, and commands that lead to clusters as answers show them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import structs

from gitops_master.config_file import COMMANDS
from gitops_master.model.errors import Forbidden, GitOpsError, UsageError
from gitops_master.settings import Settings

if TYPE_CHECKING:
    from gitops_master.adapters.kubectl_command import Command
    from gitops_master.model.given import Given
    from gitops_master.ports.cluster import ClusterReader
    from gitops_master.ports.environment import KnownContext, Probe


def parsed(settings: Settings) -> Command:
    """The command that leads to the cluster. Raises UsageError where it cannot be run."""
    from gitops_master.adapters.kubectl_command import kubectl_command, ssh_command

    far = settings.ssh_command
    return ssh_command(far) if far else kubectl_command(settings.kubectl_command)


def shown(settings: Settings) -> str:
    """The command that leads to the cluster as answers may show it: without values of its environment and passwords."""
    try:
        return parsed(settings).title
    except UsageError:
        return "a command that cannot be run"


def check_trust(settings: Settings, environ: Mapping[str, str]) -> None:
    """Raises Forbidden where the command is that of a file which the user has not trusted."""
    command, path = settings.command, settings.file.path
    if command is None or not command.by_file or path is None:
        return
    from gitops_master.adapters.kubectl_command.trust import Trust, configuration_folder

    if not Trust(configuration_folder(environ)).is_trusted(path, settings.file.content):
        raise Forbidden(
            f"{path} names a command, `{shown(settings)}`, which is code of whoever wrote that file and was not trusted yet",
            f"if it is what you want to run: gitops-master trust {shlex.quote(str(path))}",
        )


def check_default(settings: Settings, known: Sequence[str]) -> None:
    """Raises UsageError where the environment or the file names a context that is none of the kubeconfig's."""
    given = settings.given.get("context")
    if given is not None and given.value not in known:
        raise UsageError(
            f"{given.source} names the context {given.value!r}, which the kubeconfig does not have",
            f"contexts there: {', '.join(sorted(known)[:12])}",
        )


class Saved(Protocol):
    """A saved cluster."""

    def reader(self, context: str = "") -> ClusterReader: ...


class Live(Protocol):
    """The clusters that settings lead to."""

    def reader(self, context: str = "") -> ClusterReader: ...

    def known(self, context: str = "") -> tuple[KnownContext, ...]: ...

    def probe(self, context: str = "") -> Probe: ...


class SavedEnvironment:
    """One snapshot: nothing is known beforehand, and there is no server to be asked."""

    given: Mapping[str, Given] = {}
    file: Path | None = None

    def __init__(self, saved: Saved, context: str) -> None:
        self._saved = saved
        self.context = context

    def contexts(self) -> tuple[KnownContext, ...]:
        return ()

    def reader(self) -> ClusterReader:
        return self._saved.reader()

    def probe(self, context: str = "") -> None:
        return None


class LiveEnvironment:
    """A context of the live clusters, or the command that leads to one, and what was said of it."""

    def __init__(self, clusters: Live, settings: Settings, context: str) -> None:
        self._clusters = clusters
        self._context = context
        self.given: Mapping[str, Given] = {
            key: structs.replace(one, value=shown(settings)) if key in COMMANDS else one
            for key, one in settings.given.items()
        }
        self.file = settings.file.path

    @property
    def context(self) -> str:
        try:
            return next((one.name for one in self.contexts() if one.current), self._context)
        except GitOpsError:
            return self._context

    def contexts(self) -> tuple[KnownContext, ...]:
        return self._clusters.known(self._context)

    def reader(self) -> ClusterReader:
        return self._clusters.reader(self._context)

    def probe(self, context: str = "") -> Probe:
        return self._clusters.probe(context or self._context)
