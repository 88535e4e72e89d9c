"""Settings to sources of evidence: which adapter reads, one for each context, kept until closed.

What reads is loaded by the first question: a server is asked what it can long before that, and start-up counts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_master.adapters.kube_api import Access, Context, KubeApi, contexts, serving
from gitops_master.model.errors import GitOpsError, UsageError
from gitops_master.settings import Settings

if TYPE_CHECKING:
    from gitops_master.ports.api import Api
    from gitops_master.ports.cluster import ClusterReader
    from gitops_master.ports.sources import Sources


def sources(settings: Settings) -> Sources:
    """What the settings name. Does no I/O."""
    if settings.snapshot is not None:
        return SavedCluster(settings.snapshot, settings)
    return LiveClusters(settings)


class SavedCluster:
    """One snapshot, read anew for each question, so that it is as it is then."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._settings = settings

    def contexts(self) -> tuple[str, ...]:
        return ()

    def reader(self, context: str = "") -> ClusterReader:
        if context:
            raise UsageError(f"no context {context!r}: a snapshot is looked at", "leave the context out")
        from gitops_master.adapters.snapshot import SnapshotReader

        return SnapshotReader(self._path, now=self._settings.now, title=self._settings.title)

    async def close(self) -> None:
        """Nothing stays open."""


class LiveClusters:
    """The clusters of a kubeconfig, or the one that a command reaches. Connections stay open between questions."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._apis: dict[str, Api] = {}

    @property
    def _is_command(self) -> bool:
        return bool(self._settings.ssh_command or self._settings.kubectl_command)

    def contexts(self) -> tuple[str, ...]:
        """Those of the kubeconfig. One that cannot be read is told by the question that needs it."""
        if self._is_command or self._settings.context:
            return ()
        try:
            found = contexts(self._access())
        except GitOpsError:
            return ()
        names = [one.name for one in sorted(found, key=lambda one: not one.current)]
        return tuple(names) if len(names) > 1 else ()

    def reader(self, context: str = "") -> ClusterReader:
        from gitops_master.adapters.live.reader import LiveReader, wall_clock

        known = () if self._is_command else contexts(self._access())
        name = context or self._settings.context
        own = next((one for one in known if (one.name == name if name else one.current)), None)
        home = own.namespace if own is not None else ""
        api = self.api(own.name if own is not None else context)
        now = self._settings.now
        clock = wall_clock if now is None else lambda: now
        return LiveReader(api, now=clock, home=home, elsewhere=self._elsewhere(known, own))

    def api(self, context: str = "") -> Api:
        """The API server of a context. Raises UsageError where it does not exist."""
        name = context or self._settings.context
        held = self._apis.get(name)
        if held is None:
            held = self._apis[name] = self._command(name) if self._is_command else KubeApi.open(self._access(name))
        return held

    def _command(self, context: str) -> Api:
        from gitops_master.adapters.kubectl_command import Identity, KubectlApi, kubectl_command, ssh_command

        settings = self._settings
        far = settings.ssh_command
        command = ssh_command(far) if far else kubectl_command(settings.kubectl_command)
        identity = Identity(context=context, as_user=settings.as_user, as_groups=settings.as_groups)
        files = {"KUBECONFIG": str(settings.kubeconfig)} if settings.kubeconfig is not None else {}
        return KubectlApi(command, identity, environ={**os.environ, **files})

    def _access(self, context: str = "") -> Access:
        settings = self._settings
        files = (settings.kubeconfig,) if settings.kubeconfig is not None else None
        return Access(kubeconfig=files, context=context, as_user=settings.as_user, as_groups=settings.as_groups)

    def _elsewhere(self, known: Sequence[Context], own: Context | None) -> Callable[[str], Api | None]:
        """Destinations by address or name, as the contexts know them: the first one that leads there."""

        def find(cluster: str) -> Api | None:
            found = serving(known, server=cluster, name=cluster)
            if not found:
                return None
            mine = own is not None and own.name in {one.name for one in found}
            return self.api(own.name if mine and own is not None else found[0].name)

        return find

    async def close(self) -> None:
        for api in self._apis.values():
            await api.close()
        self._apis.clear()
