"""What a file says of one Stage: presets in their order, then the defaults, then the Stage; and what was left out for lack of trust."""

import shlex
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

import msgspec

from gitops_master.model.expectations import Endpoint, Expectations
from gitops_master.verify_file import presets
from gitops_master.verify_file.checking import PRODUCTS, key_path
from gitops_master.verify_file.reading import VerifyFile
from gitops_master.verify_file.trust import Plain, needs_trust, without

_REPLACED = frozenset({"status"})
"""Lists where the later one counts alone: nobody who asks for 401 wants 200, too."""
_NOTHING = VerifyFile()


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """Expectations of one Stage, and how they came about.

    `file`: the one that was read, empty where there is none. `trusted`: whether it may cause requests. `ignored`: keys of it that
    were left out because it is not trusted. `origins`: who named a Service or host, by its key: the file, or `preset kargo`.
    """

    expectations: Expectations = Expectations()
    file: str = ""
    trusted: bool = False
    ignored: tuple[str, ...] = ()
    origins: Mapping[str, str] = {}

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Whose addresses may be private (ports/outside.py): those that a trusted file calls reachable, and its monitoring URLs."""
        said = self.expectations
        reachable = {host for host, one in said.hosts.items() if one.reachable}
        urls = {one.url for product in PRODUCTS if isinstance(one := getattr(said, product), Endpoint) and one.url}
        return frozenset(reachable | {str(urlsplit(url).hostname) for url in urls})

    def words(self) -> list[str]:
        """What was ignored, as one line for not_checked; none where nothing was."""
        if not self.ignored:
            return []
        return [
            f"{self.file} was not trusted, so this in it was ignored: {', '.join(self.ignored)}; "
            f"if you want it: gitops-master trust {shlex.quote(self.file)}"
        ]

    def within(self, *, hosts: Collection[str], services: Collection[str]) -> "Expected":
        """Only what the Stage itself shows: `hosts` of its routes, `services` that it deploys, as `namespace/name`.

        A file that is trusted may name others. Services of shipped presets are guesses at a name: where the Stage has none of it,
        there is nothing to ask.
        """
        said = self.expectations
        known = {*services, *(one.partition("/")[2] for one in services)}
        guessed = [one for one in said.services if one not in known and self.origins.get(one) != self.file]
        beyond_hosts = [] if self.trusted else [one for one in said.hosts if one not in hosts]
        beyond_services = [] if self.trusted else [one for one in said.services if one not in {*known, *guessed}]
        narrowed = msgspec.structs.replace(
            said,
            hosts={key: one for key, one in said.hosts.items() if key not in beyond_hosts},
            services={key: one for key, one in said.services.items() if key not in {*beyond_services, *guessed}},
        )
        ignored = [key_path(("hosts", one)) for one in beyond_hosts]
        ignored += [key_path(("services", one)) for one in beyond_services]
        return msgspec.structs.replace(self, expectations=narrowed, ignored=(*self.ignored, *ignored))


def expected_of(file: VerifyFile = _NOTHING, *, project: str, stage: str = "", trusted: bool = False) -> Expected:
    """Expectations of a Stage; without one, of everything in the project. `trusted`: the user trusted this path and content."""
    trusted = trusted or file.named
    keys = [key for key in (stage, f"{project}/{stage}") if key in file.stages and stage]
    own = [("defaults",), *(("stages", key) for key in keys)]
    named = [name for at in own for name in file.section(*at).get("presets", ())]
    in_order = presets.resolved(named, file.presets)
    parts: list[tuple[tuple[str, ...], Plain]] = [
        (("presets", name), file.presets[name]) if name in file.presets else (("preset", name), presets.shipped()[name])
        for name in in_order
    ]
    parts += [(at, file.section(*at)) for at in own]
    whole: Plain = {}
    ignored: list[str] = []
    origins: dict[str, str] = {}
    for at, section in parts:
        is_shipped = at[0] == "preset"
        granted = [] if trusted or is_shipped else list(needs_trust(section))
        ignored += [key_path((*at, *one.where)) for one in granted]
        taken = without(section, granted)
        named_here = [*taken.get("hosts", {}), *taken.get("services", {})]
        origins.update(dict.fromkeys(named_here, f"preset {at[1]}" if is_shipped else str(file.path)))
        whole = merged(whole, taken)
    return Expected(
        expectations=msgspec.convert({**whole, "presets": in_order}, Expectations),
        file=str(file.path) if file.path is not None else "",
        trusted=trusted,
        ignored=tuple(ignored),
        origins=origins,
    )


def merged(under: Plain, over: Plain) -> Plain:
    """Mappings are merged key by key, lists are joined without repeating, anything else is as the later one says."""
    whole = dict(under)
    for key, value in over.items():
        held = whole.get(key)
        if isinstance(held, dict) and isinstance(value, dict):
            whole[key] = merged(held, value)
        elif isinstance(held, list) and isinstance(value, list) and key not in _REPLACED:
            whole[key] = [*held, *(one for one in value if one not in held)]
        else:
            whole[key] = value
    return whole
