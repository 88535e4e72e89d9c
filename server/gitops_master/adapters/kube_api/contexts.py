"""Which contexts there are: for choosing one, and for finding the cluster that an Application's destination means."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from gitops_master.adapters.kube_api import kubeconfig
from gitops_master.adapters.kube_api.access import HERE, Access, Surroundings

IN_CLUSTER = "in-cluster"
"""The name of a pod's own service account among contexts, as Argo CD calls the cluster it runs in."""


class Context(msgspec.Struct, frozen=True):
    """`server`: its cluster's URL; "" where the context names no cluster that is defined. `namespace`: "" where none is set."""

    name: str
    server: str
    cluster: str = ""
    user: str = ""
    namespace: str = ""
    current: bool = False


def contexts(access: Access = Access(), around: Surroundings = HERE) -> tuple[Context, ...]:  # noqa: B008  frozen
    """In the order of the files; in a pod without a kubeconfig, its service account alone. No network.

    Raises Unreachable where there is neither, UnreadableInput naming a broken file.
    """
    if uses_service_account(access, around):
        return (_service_account(around),)
    config = kubeconfig.load(access, around)
    return tuple(
        Context(
            name=name,
            server=config.clusters[cluster].text("server")
            if (cluster := entry.text("cluster")) in config.clusters
            else "",
            cluster=cluster,
            user=entry.text("user"),
            namespace=entry.text("namespace"),
            current=name == config.current,
        )
        for name, entry in config.contexts.items()
    )


def serving(there: Iterable[Context], *, server: str = "", name: str = "") -> tuple[Context, ...]:
    """The contexts for a cluster known by its URL, or by the name of the context or its cluster; the current one first."""
    found = [
        context
        for context in there
        if (server and _same_server(context.server, server)) or (name and name in (context.name, context.cluster))
    ]
    return tuple(sorted(found, key=lambda context: not context.current))


def uses_service_account(access: Access, around: Surroundings) -> bool:
    """Without a kubeconfig, in a pod, and no other context asked for."""
    return (
        access.kubeconfig is None
        and access.context in ("", IN_CLUSTER)
        and around.in_pod
        and not kubeconfig.exists(access, around)
    )


def _service_account(around: Surroundings) -> Context:
    host, port = around.environ["KUBERNETES_SERVICE_HOST"], around.environ.get("KUBERNETES_SERVICE_PORT", "443")
    file = around.service_account / "namespace"
    return Context(
        name=IN_CLUSTER,
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        cluster=IN_CLUSTER,
        namespace=file.read_text().strip() if file.is_file() else "",
        current=True,
    )


def _same_server(one: str, other: str) -> bool:
    return _parts(one) == _parts(other)


def _parts(url: str) -> tuple[str, str, int | None, str]:
    try:
        split = urlsplit(url.strip())
        return (
            split.scheme,
            split.hostname or "",
            split.port or {"https": 443, "http": 80}.get(split.scheme),
            split.path.rstrip("/"),
        )
    except ValueError:  # a port that is none
        return url, "", None, ""
