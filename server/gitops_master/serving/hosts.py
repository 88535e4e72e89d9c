"""Host and Origin: a web page must not reach this server through a name that it made point here (DNS rebinding)."""

import ipaddress
import re

from starlette.types import Scope

from gitops_master.serving.http_settings import HttpSettings
from gitops_master.serving.refusals import Refusal

_HOST = re.compile(r"(\[[0-9a-f:.%a-z]+\]|[^\s:\[\]/@?#]+?)\.?(?::(\d{1,5}))?")
_ORIGIN = re.compile(r"https?://([^\s/?#@]+)")
_LOCAL = "localhost"


class Doors:
    """Which values of the two headers are let in.

    A Host that is the very address the connection came to is always right: to rebind takes a name. So probes of a kubelet and
    scrapes, which go to addresses, need no header of their own. `localhost` is the name of loopback addresses, and of no other.
    """

    def __init__(self, settings: HttpSettings) -> None:
        named = (*settings.allowed_hosts, settings.host.lower()) if settings.address is None else settings.allowed_hosts
        self._names = {_split(one) for one in named}
        self._origins = frozenset(settings.allowed_origins)
        self._loopback = settings.is_loopback

    def refusal(self, scope: Scope) -> Refusal | None:
        """Why this request is not let in."""
        hosts = _values(scope, b"host")
        local = _address(str((scope.get("server") or ("",))[0]))
        if len(hosts) != 1 or not self._host_is_right(hosts[0], local):
            words = "this server is not called by that name; name it with --allowed-host where it should be"
            return Refusal(status=421, reason="host", message=words, seen=", ".join(hosts))
        origins = _values(scope, b"origin")
        if len(origins) > 1 or (origins and not self._origin_is_right(origins[0])):
            words = "web pages of that origin may not call this server; name it with --allowed-origin where they should"
            return Refusal(status=403, reason="origin", message=words, seen=", ".join(origins))
        return None

    def _host_is_right(self, text: str, local: "_Address | None") -> bool:
        name, port = _split(text)
        if not name:
            return False
        if (name, None) in self._names or (name, port) in self._names:
            return True
        if name == _LOCAL:
            return local is not None and local.is_loopback
        address = _address(name)
        if address is None:
            return False
        return address == local or (self._loopback and address.is_loopback)

    def _origin_is_right(self, text: str) -> bool:
        if text in self._origins:
            return True
        found = _ORIGIN.fullmatch(text)
        name, port = _split(found[1]) if found else ("", None)
        if not name:
            return False
        if (name, None) in self._names or (name, port) in self._names:
            return True
        if not self._loopback:
            return False
        address = _address(name)
        return name == _LOCAL or (address is not None and address.is_loopback)


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip().lower() for key, value in scope["headers"] if key == name]


def _split(text: str) -> tuple[str, int | None]:
    """Name and port; no name where it is none."""
    found = _HOST.fullmatch(text)
    return (found[1], int(found[2]) if found[2] else None) if found else ("", None)


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
