"""Settings to sources of evidence: which adapter reads, one for each context, kept until closed.

What reads is loaded by the first question: a server is asked what it can long before that, and start-up counts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gitops_master.adapters.kube_api import Access, Context, KubeApi, KubeWriter, contexts, serving
from gitops_master.environments import LiveEnvironment, SavedEnvironment, check_default, check_trust, parsed, shown
from gitops_master.model.errors import Forbidden, GitOpsError, UsageError
from gitops_master.settings import Settings

if TYPE_CHECKING:
    from gitops_master.adapters.kubectl_command.api import Kubectl
    from gitops_master.adapters.manifests import ServerDryRuns
    from gitops_master.ports.api import Api
    from gitops_master.ports.cluster import ClusterReader
    from gitops_master.ports.environment import Environment, KnownContext, Probe
    from gitops_master.ports.manifests import DryRunner, ManifestReader
    from gitops_master.ports.outside import Expected, Means
    from gitops_master.ports.writing import ObjectWriter, Terms, Writer

K = TypeVar("K", bound="Kubectl")
_CONTROL_PLANES = ("kargo_controller_namespace", "argocd_namespace", "argocd_controller_namespace")


def sources(settings: Settings, environ: Mapping[str, str] = os.environ) -> SavedCluster | LiveClusters:
    """What the settings name. Does no I/O."""
    if settings.snapshot is not None:
        return SavedCluster(settings.snapshot, settings)
    return LiveClusters(settings, environ)


class SavedCluster:
    """One snapshot, read anew for each question, so that it is as it is then."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._settings = settings

    project = ""

    def contexts(self) -> tuple[str, ...]:
        return ()

    def reader(self, context: str = "") -> ClusterReader:
        _check_none(context)
        from gitops_master.adapters.snapshot import SnapshotReader

        return SnapshotReader(self._path, now=self._settings.now, title=self._settings.title)

    def manifests(self, context: str = "") -> ManifestReader:
        _check_none(context)
        from gitops_master.adapters.snapshot.manifests import SavedManifests

        return SavedManifests(self._path)

    def dry_runner(self, context: str = "") -> DryRunner | None:
        _check_none(context)
        return None

    def means(self, context: str = "") -> Means:
        from gitops_master.ports.outside import Means

        # A file of this folder says nothing about a cluster that was saved somewhere: only one that was named does.
        return Means(expected=_expected(self._settings, {})) if self._settings.expect is not None else Means()

    def writer(self, context: str = "") -> Writer:
        raise Forbidden("a saved cluster cannot be written to", "leave --snapshot out to act on the cluster itself")

    def terms(self) -> Terms:
        return _terms(self._settings)

    def environment(self, context: str = "") -> Environment:
        return SavedEnvironment(self, context or self._settings.title or str(self._path))

    async def close(self) -> None:
        """Nothing stays open."""


def _check_none(context: str) -> None:
    if context:
        raise UsageError(f"no context {context!r}: a snapshot is looked at", "leave the context out")


class LiveClusters:
    """The clusters of a kubeconfig, or the one that a command reaches. Connections stay open between questions."""

    def __init__(self, settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
        self._settings = settings
        self._environ = environ
        self._apis: dict[str, Api] = {}
        self._writers: dict[str, Writer] = {}
        self._dry_runs: dict[str, ServerDryRuns] = {}

    @property
    def project(self) -> str:
        return self._settings.project

    @property
    def _is_command(self) -> bool:
        return self._settings.command is not None

    @property
    def _default_context(self) -> str:
        given = self._settings.given.get("context")
        return self._settings.context or (given.value if given else "")

    def contexts(self) -> tuple[str, ...]:
        """Those of the kubeconfig. One that cannot be read is told by the question that needs it."""
        if self._is_command or self._settings.context:
            return ()
        try:
            found = contexts(self._access())
        except GitOpsError:
            return ()
        named = self._default_context
        first = [one.name for one in sorted(found, key=lambda one: (one.name != named, not one.current))]
        return tuple(first) if len(first) > 1 else ()

    def reader(self, context: str = "") -> ClusterReader:
        from gitops_master.adapters.live.reader import LiveReader, wall_clock

        now = self._settings.now
        known, own = self._chosen(context)
        home = self.project or (own.namespace if own is not None else "")
        return LiveReader(
            self._api_of(own, context),
            now=wall_clock if now is None else lambda: now,
            home=home,
            elsewhere=self._elsewhere(known, own),
            told=tuple(one.value for key, one in self._settings.given.items() if key in _CONTROL_PLANES),
        )

    def probe(self, context: str = "") -> Probe:
        """The server of a context. Raises as `reader` does."""
        from gitops_master.adapters.live.probe import ApiProbe

        return ApiProbe(self._api_of(self._chosen(context)[1], context))

    def _chosen(self, context: str) -> tuple[tuple[Context, ...], Context | None]:
        """All contexts, and the one that is meant; none of either where a command leads to the cluster."""
        self._check_file()
        known = () if self._is_command else contexts(self._access())
        name = context or self._default_context
        own = next((one for one in known if (one.name == name if name else one.current)), None)
        if own is None and known and not context:
            check_default(self._settings, [one.name for one in known])
        return known, own

    def _api_of(self, own: Context | None, context: str) -> Api:
        return self.api(own.name if own is not None else context)

    def api(self, context: str = "") -> Api:
        """The API server of a context. Raises UsageError where it does not exist."""
        name = context or self._default_context
        held = self._apis.get(name)
        if held is None:
            self._check_file()
            held = self._apis[name] = self._command(name) if self._is_command else KubeApi.open(self._access(name))
        return held

    def means(self, context: str = "") -> Means:
        from gitops_master.adapters.live.service_proxy import KubeServiceProxy
        from gitops_master.adapters.outside import FromHere, secrets_in
        from gitops_master.ports.outside import Means

        api, secrets = self._api_of(self._chosen(context)[1], context), secrets_in(self._environ)
        expected = _expected(self._settings, self._environ)
        return Means(FromHere(secrets=secrets), KubeServiceProxy(api, secrets), expected)

    def manifests(self, context: str = "") -> ManifestReader:
        from gitops_master.adapters.manifests import LiveManifests

        return LiveManifests(self._api_of(self._chosen(context)[1], context))

    def dry_runner(self, context: str = "") -> DryRunner | None:
        """Over a connection of its own. Raises as `reader` does."""
        name = self._name(context)
        held = self._dry_runs.get(name)
        if held is None:
            from gitops_master.adapters.manifests import ServerDryRuns

            held = self._dry_runs[name] = ServerDryRuns(self.api(name), self._objects(name))
        return held

    def _name(self, context: str) -> str:
        own = self._chosen(context)[1]
        return own.name if own is not None else context or self._default_context

    def _objects(self, name: str) -> ObjectWriter:
        """A connection that writes."""
        return self._command_writer(name) if self._is_command else KubeWriter.open(self._access(name))

    def writer(self, context: str = "") -> Writer:
        """What writes to the cluster of a context, over a connection of its own. Raises as `reader` does."""
        name = self._name(context)
        held = self._writers.get(name)
        if held is None:
            from gitops_master.adapters.kargo_api import KargoApi, has_login
            from gitops_master.adapters.kubernetes_ways import KubernetesWays
            from gitops_master.adapters.ways import Ways

            kargo = (lambda: KargoApi.open(self._environ)) if has_login(self._environ) else None
            held = self._writers[name] = Ways(kargo, KubernetesWays(self._objects(name)))
        return held

    def terms(self) -> Terms:
        return _terms(self._settings)

    def environment(self, context: str = "") -> Environment:
        return LiveEnvironment(self, self._settings, context)

    def known(self, context: str = "") -> tuple[KnownContext, ...]:
        """All contexts, the one marked that is meant. Raises what the kubeconfig's reading raises."""
        from gitops_master.ports.environment import KnownContext

        command, name = self._settings.command, context or self._default_context
        if command is not None:
            return (KnownContext(name or shown(self._settings), current=True),)
        return tuple(
            KnownContext(one.name, one.name == name if name else one.current, one.server, one.namespace)
            for one in contexts(self._access())
        )

    def _check_file(self) -> None:
        """Raises what is wrong with the configuration file: it may have said to look elsewhere."""
        if self._settings.file.problem is not None:
            raise self._settings.file.problem

    def _command(self, context: str) -> Api:
        from gitops_master.adapters.kubectl_command import KubectlApi

        return self._over(KubectlApi, context)

    def _command_writer(self, context: str) -> ObjectWriter:
        from gitops_master.adapters.kubectl_command import KubectlWriter

        return self._over(KubectlWriter, context)

    def _over(self, type_: type[K], context: str) -> K:
        from gitops_master.adapters.kubectl_command import Identity

        settings = self._settings
        check_trust(settings, self._environ)
        command = parsed(settings)
        identity = Identity(context=context, as_user=settings.as_user, as_groups=settings.as_groups)
        files = {"KUBECONFIG": str(settings.kubeconfig)} if settings.kubeconfig is not None else {}
        return type_(command, identity, environ={**self._environ, **files})

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
        for writer in self._writers.values():
            await writer.close()
        for dry_runs in self._dry_runs.values():
            await dry_runs.close()
        self._apis.clear()
        self._writers.clear()
        self._dry_runs.clear()


def _terms(settings: Settings) -> Terms:
    from gitops_master.adapters.plan_key import plan_key
    from gitops_master.ports.writing import Terms

    return Terms(
        allow_writes=settings.allow_writes,
        protect=settings.protect,
        who=settings.as_user,
        plan_key=plan_key(settings.plan_key_file),
    )


def _expected(settings: Settings, environ: Mapping[str, str]) -> Callable[[str, str], Expected]:
    from gitops_master.adapters.trusted_expectations import expectations_by

    monitoring = settings.given.get("monitoring_namespace")
    return expectations_by(environ, settings.expect, monitoring_namespace=monitoring.value if monitoring else "")
