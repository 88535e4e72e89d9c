"""Which addresses may be asked. Pure: a host's addresses and what is allowed come in, no I/O.

What a host resolves to is written by whoever runs its DNS, and a host by whoever may write an Ingress: neither may make this
program call into the network it stands in. So everything is refused that is not known to be meant.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from gitops_master.adapters.outside.failed import Failed
from gitops_master.ports.outside import Allowed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reach(StrEnum):
    """Who may be asked. NEVER holds whoever names the address."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    NEVER = "never"


def _networks(*texts: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Google, Azure, OpenStack and most others
        "169.254.170.2",  # AWS: credentials of ECS tasks
        "169.254.170.23",  # AWS: credentials of EKS pods
        "169.254.42.42",  # Scaleway
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",  # AWS: credentials of EKS pods
        "fd20:ce::254",  # Google
        "fd00:c1::a9fe:a9fe",  # Oracle
        "fd00:42::42",  # Scaleway
        "100.100.100.200",  # Alibaba
        "100.96.0.96",  # Volcengine
        "192.0.0.192",  # Oracle, older
        "168.63.129.16",  # Azure: the host of the virtual machine; looks public
    )
)
_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
_NEVER = (
    ("link-local", _networks("169.254.0.0/16", "fe80::/10")),
    ("multicast", _networks("224.0.0.0/4", "ff00::/8")),
    ("unspecified", _networks("0.0.0.0/32", "::/128")),
    ("broadcast", _networks("255.255.255.255/32")),
    ("reserved", _networks("0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15")),
    ("reserved", _networks("198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4")),
    ("reserved", _networks("2001::/23", "2001:db8::/32", "3fff::/20", "fec0::/10")),
)
_GLOBAL = ipaddress.ip_network("2000::/3")
"""All that is assigned for IPv6 in public; what is neither here nor named above is reserved."""
_LAST_32_BITS = _networks("64:ff9b::/96", "::/96")
"""NAT64 (RFC 6052), and the oldest way to write an IPv4 address as one of IPv6."""
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_TEREDO = ipaddress.ip_network("2001::/32")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


class Judged(NamedTuple):
    """`what`: the sort of address in words, as in "a link-local address"."""

    reach: Reach
    what: str


def unwrapped(address: Address) -> list[Address]:
    """The address, and every IPv4 address that stands in it and that it may end up at."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    number = int(address)
    last = ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address in _TEREDO:
        # The server's address, and the client's with all bits turned (RFC 4380).
        return [ipaddress.IPv4Address(number >> 64 & 0xFFFFFFFF), ipaddress.IPv4Address(~number & 0xFFFFFFFF)]
    if number > 1 and any(address in network for network in _LAST_32_BITS):
        return [last]
    if address in _LOCAL_NAT64 or number >> 32 & 0xFFFFFFFF in _ISATAP:
        return [address, last]
    return [address]


def judge(address: Address) -> Judged:
    """The strictest of what holds for the address and for those that stand in it."""
    ranks = list(Reach)
    return max((_judge(one) for one in unwrapped(address)), key=lambda one: ranks.index(one.reach))


def _judge(address: Address) -> Judged:
    if address in METADATA:
        return Judged(Reach.NEVER, "address of a cloud's metadata")
    for what, networks in _NEVER:
        if any(address in network for network in networks):
            return Judged(Reach.NEVER, f"{what} address")
    if any(address in network for network in _LOOPBACK):
        return Judged(Reach.LOOPBACK, "loopback address")
    if any(address in network for network in _PRIVATE):
        return Judged(Reach.PRIVATE, "private address")
    if address.version == 6 and address not in _GLOBAL:
        return Judged(Reach.NEVER, "reserved address")
    return Judged(Reach.PUBLIC, "public address")


def parsed(text: str) -> Address | None:
    """An address as a resolver or a status writes it, canonical spelling only; a zone (`%eth0`) makes it none."""
    try:
        return ipaddress.ip_address(text) if "%" not in text else None
    except ValueError:
        return None


def shown(texts: Iterable[str]) -> frozenset[Address]:
    """The addresses among texts, unwrapped, to be compared with."""
    return frozenset(inner for text in texts if (one := parsed(text)) is not None for inner in unwrapped(one))


def usable(host: str, addresses: Sequence[str], allowed: Allowed, hosts: frozenset[str]) -> tuple[str, ...]:
    """Those of a host's addresses that may be asked, in their order, as they are to be connected to.

    `hosts`: of `allowed`, in canonical spelling. Raises Failed (not-allowed) where none may be, with what would allow it.
    """
    named, statuses = host in hosts, shown(allowed.addresses)
    fine: list[str] = []
    refused: list[tuple[str, Judged]] = []
    for text in addresses:
        address = parsed(text)
        judged = judge(address) if address is not None else Judged(Reach.NEVER, "link-local address")
        inner = unwrapped(address) if address is not None else []
        private = judged.reach is Reach.PRIVATE and (named or all(one in statuses for one in inner))
        if judged.reach is Reach.PUBLIC or private or (judged.reach is Reach.LOOPBACK and named):
            fine.append(str(inner[0]) if len(inner) == 1 and _is_mapped(address) else text)
        else:
            refused.append((text, judged))
    if fine:
        return tuple(dict.fromkeys(fine))
    raise Failed("not-allowed", _refusal(host, refused))


def _is_mapped(address: Address | None) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None


def _refusal(host: str, refused: Sequence[tuple[str, Judged]]) -> str:
    text, judged = min(refused, key=lambda one: list(Reach).index(one[1].reach))
    is_itself = text == host
    who = f"{host} is a {judged.what}" if is_itself else f"{host} leads to {text}, a {judged.what}"
    who = who.replace(" a address", " an address")
    others = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    match judged.reach:
        case Reach.PRIVATE:
            why = (
                "not asked: no Ingress, Gateway or Service shows it in its status; "
                f"a trusted .gitops-verify.yaml that names {host} under `hosts` allows it"
            )
        case Reach.LOOPBACK:
            why = f"not asked: only a trusted .gitops-verify.yaml that names {host} under `hosts` allows it"
        case _:
            why = "never asked, whoever names it"
    return f"{who}{others}: {why}"
