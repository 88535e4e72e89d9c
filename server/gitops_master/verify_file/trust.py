"""What a file may cause only where the user trusts it.

A file of a working tree is the word of whoever wrote that tree. Untrusted, it may say what is right; it may not make the program
call an address, use a credential, read a Secret, or run a pattern that can keep it busy.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gitops_master.verify_file.checking import PRODUCTS, key_path
from gitops_master.verify_file.reading import VerifyFile

Plain = dict[str, Any]
_SWITCHES = {
    "http": "hosts are asked from here",
    "proxy": "Services are asked through the API server",
    "secretKeys": "Secrets are read whole, for the names of their keys",
}
_BUSY = re.compile(r"[*+?{|]")
"""A pattern with one of these may take long; without them it takes no time."""


class Grant(NamedTuple):
    """One thing that needs trust. `where`: keys below the section; `text`: what it allows."""

    where: tuple[str, ...]
    text: str


def needs_trust(section: Plain) -> Iterator[Grant]:
    """What of plain expectations needs trust and is left out without it. That a host or Service is named at all: `Expected.within`."""
    for key, text in _SWITCHES.items():
        if section.get(key) is True:
            yield Grant((key,), text)
    yield from _of_hosts(section.get("hosts", {}))
    for group in ("hosts", "services"):
        for name, one in section.get(group, {}).items():
            if _BUSY.search(one.get("body", "")):
                yield Grant((group, name, "body"), "a pattern with repetition or alternatives is looked for")
    for product in PRODUCTS:
        one = section.get(product) or {}
        if one.get("url"):
            yield Grant((product, "url"), f"{one['url']} is asked")
        if one.get("header"):
            yield Grant((product, "header"), f"the credential {one['header']} of the environment is sent")


def _of_hosts(hosts: dict[str, Plain]) -> Iterator[Grant]:
    for host, one in hosts.items():
        if one.get("reachable") is True:
            yield Grant(("hosts", host, "reachable"), f"private addresses of {host} are asked")
        if one.get("port") is not None:
            yield Grant(("hosts", host, "port"), f"port {one['port']} of {host} is asked")
        if one.get("header"):
            yield Grant(
                ("hosts", host, "header"), f"the credential {one['header']} of the environment is sent to {host}"
            )


def without(section: Plain, left_out: Iterator[Grant] | list[Grant]) -> Plain:
    """A copy without what the grants name."""
    copy: Plain = _copied(section)
    for grant in left_out:
        holder = copy
        for key in grant.where[:-1]:
            holder = holder[key]
        del holder[grant.where[-1]]
    return copy


def grants(file: VerifyFile) -> list[tuple[str, str]]:
    """(key, what it allows) for everything in the file that needs trust, in its order; hosts that no route may show too."""
    found: list[tuple[str, str]] = []
    for at, section in sections(file):
        found += [(key_path((*at, *one.where)), one.text) for one in needs_trust(section)]
        found += [
            (key_path((*at, "hosts", host)), f"{host} is asked, also where no route of the Stage shows it")
            for host in section.get("hosts", {})
        ]
        found += [
            (key_path((*at, "services", name)), f"Service {name} is asked, also where the Stage does not deploy it")
            for name in section.get("services", {})
        ]
    return found


def sections(file: VerifyFile) -> Iterator[tuple[tuple[str, ...], Plain]]:
    """The expectations in the file, with the keys that lead there."""
    if "defaults" in file.said:
        yield ("defaults",), file.section("defaults")
    for group in ("presets", "stages"):
        for name in file.said.get(group, {}):
            yield (group, name), file.section(group, name)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
