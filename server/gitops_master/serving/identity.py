"""As whom the cluster is asked for a caller: as the server, as the caller by impersonation, or with the caller's own token."""

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from gitops_master.adapters.kube_api import Access, Bearer, Context
from gitops_master.model.errors import Forbidden, UsageError
from gitops_master.ports.api import Api
from gitops_master.ports.environment import KnownContext
from gitops_master.serving.callers import Caller, is_name
from gitops_master.settings import Settings
from gitops_master.sources import LiveClusters

MOST_GROUPS = 200
"""Headers of one request; identity providers themselves leave groups out of a token beyond about as many."""
RESERVED = "system:"
"""Kubernetes keeps names that begin so to itself; among them are the masters, who may do anything."""


class Identity(StrEnum):
    """Whose rights hold on the cluster."""

    SERVER = "server"
    IMPERSONATE = "impersonate"
    TOKEN = "token"


class Impersonation(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before names of callers on the cluster, so that they are not taken for others of the same name."""

    user_prefix: str = ""
    group_prefix: str = ""

    def __post_init__(self) -> None:
        for flag, prefix in (("user", self.user_prefix), ("group", self.group_prefix)):
            if prefix and (not is_name(prefix) or prefix.startswith(RESERVED)):
                raise UsageError(f"--{flag}-prefix {prefix!r} cannot stand before names", "write one like oidc:")

    def of(self, caller: Caller) -> tuple[str, tuple[str, ...]]:
        """User and groups. Raises Forbidden where somebody would become a part of Kubernetes itself."""
        user = _fit("user", self.user_prefix + (caller.user or caller.subject))
        if len(caller.groups) > MOST_GROUPS:
            raise Forbidden(
                f"the caller is in {len(caller.groups)} groups; at most {MOST_GROUPS} can be told to the cluster",
                "let the identity provider put only the groups into the token that the cluster knows",
            )
        return user, tuple(dict.fromkeys(_fit("group", self.group_prefix + one) for one in caller.groups))


def _fit(what: str, name: str) -> str:
    if not is_name(name):
        raise Forbidden(f"the caller's {what} {name[:100]!r} is no name that a cluster can be told")
    if name.casefold().startswith(RESERVED):
        raise Forbidden(
            f"the caller's {what} {name!r} begins with {RESERVED}, which Kubernetes keeps to itself",
            f"nobody is impersonated as such; a prefix sets it apart: --{what}-prefix oidc:",
        )
    return name


def clusters_of(
    caller: Caller, identity: Identity, prefixes: Impersonation, settings: Settings, environ: dict[str, str]
) -> LiveClusters:
    """What leads to the clusters for this caller alone. `environ`: with the program's own Kargo login switched off, unless the
    server's identity is used. Raises Forbidden where the caller cannot be handed on.
    """
    if identity is Identity.SERVER:
        return LiveClusters(settings, environ)
    if identity is Identity.IMPERSONATE:
        user, groups = prefixes.of(caller)
        return LiveClusters(msgspec.structs.replace(settings, as_user=user, as_groups=groups), environ)
    if caller.token is None:
        raise Forbidden("the caller's own token is not known here", "sign in with a token that the API server takes")
    return TokenClusters(settings, environ, caller.token)


class TokenClusters(LiveClusters):
    """The one cluster that callers' tokens are meant for: no other context's server is shown one."""

    def __init__(self, settings: Settings, environ: dict[str, str], bearer: Bearer) -> None:
        super().__init__(settings, environ)
        self._bearer = bearer

    def contexts(self) -> tuple[str, ...]:
        return ()

    def _chosen(self, context: str) -> tuple[tuple[Context, ...], Context | None]:
        known, own = super()._chosen("")
        if context and (own is None or context != own.name):
            one = f"that of context {own.name!r}" if own is not None else "that of the kubeconfig's current context"
            raise Forbidden(
                f"your token is handed to one cluster alone, {one}, not to {context!r}", "leave the context out"
            )
        return known, own

    def known(self, context: str = "") -> tuple[KnownContext, ...]:
        return tuple(one for one in super().known("") if one.current)

    def _access(self, context: str = "") -> Access:
        return msgspec.structs.replace(super()._access(context), bearer=self._bearer)

    def _elsewhere(self, known: Sequence[Context], own: Context | None) -> Callable[[str], Api | None]:
        return super()._elsewhere([own] if own is not None else [], own)
