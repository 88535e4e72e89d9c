"""How to reach one API server as one identity: what a kubeconfig's context, or a pod's service account, comes down to."""

import asyncio
import importlib
import ipaddress
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from gitops_master.adapters.kube_api import kubeconfig
from gitops_master.adapters.kube_api.access import Access, Surroundings
from gitops_master.adapters.kube_api.contexts import IN_CLUSTER, uses_service_account
from gitops_master.adapters.kube_api.credentials import TOKEN_FILE_FRESH_S, credentials, impersonation
from gitops_master.adapters.kube_api.kubeconfig import Chosen
from gitops_master.adapters.kube_api.pem import pem, tls
from gitops_master.adapters.kube_api.progress import Progress
from gitops_master.adapters.kube_api.secrets import Bearer, Credentials, Redacted
from gitops_master.model.errors import Unreachable, UnreadableInput
from gitops_master.model.printable import printable

_LOADER = "kubernetes.aio.config.kube_config"
"""Imported by name, when it is needed: a type checker that follows the package reads a thousand models."""
_PROXIES = ("http", "https")
_CALLERS = "the caller's token"


class Link:
    """`host`: scheme, address and path in front of the API's own. `headers`: who is asking; never shown.

    `wire`: what the connections depend on; with equal wires they can be used further after new credentials.
    """

    def __init__(
        self,
        title: str,
        configuration: Any,
        held: Credentials,
        acting_as: tuple[tuple[str, str], ...],
        authority: bytes,
    ) -> None:
        self.title = title
        self.host: str = configuration.host
        self.server_name: str | None = configuration.tls_server_name or None
        self.proxy: str | None = configuration.proxy or None
        self.expires_at, self.source = held.expires_at, held.source
        self.anonymous = not configuration.api_key and not held.certificate
        said = configuration.api_key.get("BearerToken", "")
        self.headers = ((("Authorization", said),) if said else ()) + acting_as
        proxy_password = (urlsplit(self.proxy).password or "") if self.proxy else ""
        self.redacted = Redacted((*held.secrets, said.partition(" ")[2], proxy_password))
        self.wire = (
            self.host,
            authority,
            held.certificate,
            held.key,
            configuration.verify_ssl,
            self.server_name,
            self.proxy,
        )
        self.tls = self._tls(authority, held, configuration.verify_ssl)
        self.compressed = True

    def _tls(self, authority: bytes, held: Credentials, verify: bool) -> ssl.SSLContext | None:
        if not self.host.startswith("https:"):
            return None
        try:
            return tls(authority=authority, certificate=held.certificate, key=held.key, verify=verify)
        except ValueError as error:
            raise Unreachable(f"context {self.title!r}: {error}", f"they come from {self.source}") from None

    def __repr__(self) -> str:
        return f"Link({self.title!r} at {printable(self.host)})"


async def link(access: Access, around: Surroundings, progress: Progress) -> Link:
    """Reads files and asks plugins; no network but an identity provider's.

    Raises UsageError for a context that does not exist, UnreadableInput for a broken file, Unreachable without credentials.
    """
    progress.doing = "reading the kubeconfig"
    if uses_service_account(access, around):
        return await asyncio.to_thread(_of_service_account, access, around)
    chosen = kubeconfig.load(access, around).choose(access.context)
    acting_as = impersonation(chosen.user, access) if access.bearer is None else ()
    authority = pem(chosen.cluster, "certificate-authority")
    # Half a second the first time: while a plugin runs, and without holding up whatever else this process answers.
    loading = asyncio.get_running_loop().run_in_executor(None, importlib.import_module, _LOADER)
    if access.bearer is not None:
        held = _passed_on(access.bearer, chosen)
    elif _open_to_read(chosen.cluster.text("server")):
        held = Credentials(source=f"user {chosen.user.name!r}, whose credentials are not sent unencrypted,")
    else:
        held = await credentials(chosen, around, progress)
    progress.doing = "loading the Kubernetes package"
    configuration = await _configuration(await loading, chosen, held, with_tls=bool(authority or held.certificate))
    configuration.proxy = configuration.proxy or proxy_of(around.environ, configuration.host)
    _check(chosen, configuration)
    found = Link(chosen.context.name, configuration, held, acting_as, authority)
    found.compressed = not _true(chosen.cluster.data.get("disable-compression"))
    return found


def _passed_on(bearer: Bearer, chosen: Chosen) -> Credentials:
    """Nothing else of the context's user: whoever asks gets in as themselves, or not at all."""
    server = chosen.cluster.text("server")
    if _open_to_read(server):
        raise Unreachable(
            f"the caller's token is not sent unencrypted to {printable(server)}",
            "give an https address of the API server",
        )
    return Credentials(token=bearer.token, source=_CALLERS)


async def _configuration(kube_config: Any, chosen: Chosen, held: Credentials, *, with_tls: bool) -> Any:
    """The official loader's own, from a kubeconfig of one context with the credentials that were had."""
    server, insecure = chosen.cluster.text("server"), _true(chosen.cluster.data.get("insecure-skip-tls-verify"))
    if "://" not in server:
        server = f"{'https' if with_tls or insecure else 'http'}://{server}"
    cluster = {"server": server, "insecure-skip-tls-verify": insecure}
    cluster |= {key: text for key in ("tls-server-name", "proxy-url") if (text := chosen.cluster.text(key))}
    user = {"token": held.token, "username": held.username, "password": held.password}
    user = {key: text for key, text in user.items() if text} if held.token or held.password else {}
    alone = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "c", "user": user}],
    }
    configuration = type.__call__(kube_config.Configuration)
    await kube_config.KubeConfigLoader(alone, config_base_path="").load_and_set(configuration)
    return configuration


def _check(chosen: Chosen, configuration: Any) -> None:
    """Raises UnreadableInput on addresses that cannot be one."""
    for key, url, schemes in (("server", configuration.host, _PROXIES), ("proxy-url", configuration.proxy, _PROXIES)):
        try:
            bad = url and (
                urlsplit(url).scheme not in schemes or not urlsplit(url).hostname or (urlsplit(url).port or 1) < 1
            )
        except ValueError:
            bad = True
        if bad:
            shown = url.rpartition("@")[2]
            hint = "SOCKS is not supported: give an HTTP proxy" if url.startswith("socks") else ""
            raise UnreadableInput(
                f"{chosen.cluster.file}: `{key}` of cluster {chosen.cluster.name!r} is no http(s) address: {shown}",
                hint,
            )


def _of_service_account(access: Access, around: Surroundings) -> Link:
    """A pod's own. Kubernetes rotates its token, so that it is read again from time to time."""
    incluster = importlib.import_module("kubernetes.aio.config.incluster_config")
    kube_config = importlib.import_module(_LOADER)
    folder, configuration = around.service_account, type.__call__(kube_config.Configuration)
    loader = incluster.InClusterConfigLoader(
        str(folder / "token"), str(folder / "ca.crt"), try_refresh_token=False, environ=around.environ
    )
    try:
        loader.load_and_set(configuration)
        authority = (folder / "ca.crt").read_bytes()
    except (kube_config.ConfigException, OSError, ValueError) as error:
        raise Unreachable(f"the pod's service account cannot be used: {error}", f"its files are in {folder}") from None
    token = configuration.api_key.pop("BearerToken", "").partition(" ")[2].strip()
    held = Credentials(token=token, expires_at=around.now() + TOKEN_FILE_FRESH_S, source="the pod's service account")
    if access.bearer is not None:
        held = Credentials(token=access.bearer.token, source=_CALLERS)
    configuration.api_key["BearerToken"] = f"Bearer {held.token}"
    nobody = kubeconfig.Entry("", {}, folder)
    return Link(IN_CLUSTER, configuration, held, impersonation(nobody, access), authority)


def proxy_of(environ: Mapping[str, str], url: str) -> str | None:
    """The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY mean for a URL, read as Go and so kubectl reads them."""
    split = urlsplit(url)
    host = (split.hostname or "").lower()
    name = f"{split.scheme}_proxy"
    proxy = environ.get(name.upper()) or environ.get(name)
    if not proxy or _bypassed(host, environ.get("NO_PROXY") or environ.get("no_proxy") or ""):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _bypassed(host: str, no_proxy: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    for item in (part.strip().lower() for part in no_proxy.split(",")):
        if item == "*" or (item and _covers(item, host, address)):
            return True
    return False


def _covers(item: str, host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    if address is None:
        name = item.removeprefix("*").partition(":")[0]
        return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")
    try:
        return address in ipaddress.ip_network(item, strict=False)
    except ValueError:
        return False


def _open_to_read(server: str) -> bool:
    """Whether credentials would cross a network in plain text; kubectl sends none then, nor do we."""
    split = urlsplit(server)
    return split.scheme == "http" and not _bypassed((split.hostname or "").lower(), "")


def _true(value: object) -> bool:
    return value is True or str(value).lower() == "true"
