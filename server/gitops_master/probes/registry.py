"""How a probe is written down, and the registry of all of them.

A probe is a function under `@probe(...)` that yields what it has `Seen`, of one object each, or what it has to ask first.
Its docstring is its row in references/verification-taxonomy.md: labelled paragraphs (`Row`).
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Literal

import msgspec

from gitops_master import probes as package
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.told import Told
from gitops_master.model.asking import Ask
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Wanted
from gitops_master.model.verification import Verdict

Needs = Literal["K", "H", "P", "PH"]
"""K: the Kubernetes API alone. H: from where the program runs. P: through the API server's proxy. PH: either of the last two."""
LEVELS = ("Infrastructure", "Service health", "Ingress & auth", "Functional")
WORST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WARN, Verdict.PASS, Verdict.SKIPPED)
"""Of the verdicts of a probe, or on one object, the first that occurs counts."""
_LABELS = ("Reads", "PASS", "WARN", "FAIL", "UNKNOWN, SKIPPED", "Rights")
_LABELLED = re.compile(rf"^({'|'.join(_LABELS)}): ", re.MULTILINE)


MOST_TOLD = 5
"""Objects with one verdict of one probe that an answer tells one by one."""


class Seen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a probe says of one object (host, URL). `good` of `of` things, in the probe's `counts`, are as expected there.

    `words`: says it in full (`observed`, evidence and remedies), where that is slow and there may be thousands; asked only of
    the MOST_TOLD that an answer tells.
    """

    verdict: Verdict
    target: Ref | str
    observed: str
    expected: str = ""
    evidence: list[Evidence] = []
    remedies: list[Remedy] = []
    good: int = 1
    of: int = 1
    words: Callable[[], Told] | None = None


Check = Callable[[Deployed], Iterator[Seen | Ask | Wanted]]


class Row(msgspec.Struct, frozen=True):
    """What the reference says of a probe, column by column; `–` where a verdict does not occur."""

    checks: str
    reads: str
    pass_: str
    warn: str
    fail: str
    unknown: str
    rights: str


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One check. `kinds`: what must have been read for silence to mean anything, where the probe applies.

    It applies where `when` holds and, if it `manages` kinds, where a resource of the Applications is of one of them.
    `nothing`: why there is nothing to check where it yields nothing. `counts`: what `good` and `of` count, in the plural.
    `level`: 1 to 4. `order`: place within the level, as in the reference.
    """

    id: str
    level: int
    order: int
    needs: Needs
    check: Check
    row: Row
    nothing: str
    kinds: frozenset[str] = frozenset()
    counts: str = ""
    manages: frozenset[str] = frozenset()
    when: Callable[[Deployed], bool] = lambda _: True


_probes: dict[str, Probe] = {}


def probe(
    id_: str,
    *,
    level: int,
    order: int,
    nothing: str,
    needs: Needs = "K",
    kinds: Iterable[str] = (),
    counts: str = "",
    manages: Iterable[str] = (),
    when: Callable[[Deployed], bool] = lambda _: True,
) -> Callable[[Check], Check]:
    """Registers a probe. Raises ValueError on an id that is taken, and on a docstring that is no row."""

    def wrap(check: Check) -> Check:
        if id_ in _probes:
            raise ValueError(f"two probes with the id {id_!r}")
        _probes[id_] = Probe(
            id=id_,
            level=level,
            order=order,
            needs=needs,
            check=check,
            row=_row(id_, inspect.getdoc(check) or ""),
            nothing=nothing,
            kinds=frozenset(kinds),
            counts=counts,
            manages=frozenset(manages),
            when=when,
        )
        return check

    return wrap


def _row(id_: str, doc: str) -> Row:
    first, *rest = _LABELLED.split(doc)
    told = dict(zip(rest[::2], rest[1::2], strict=True))
    missing = [one for one in ("Reads", "PASS", "FAIL", "Rights") if one not in told]
    if missing or not first.strip():
        raise ValueError(f"the docstring of probe {id_!r} lacks {', '.join(missing) or 'its first paragraph'}")
    said = {label: " ".join(told.get(label, "–").split()).removesuffix(".") for label in _LABELS}
    return Row(" ".join(first.split()).removesuffix("."), *(said[label] for label in _LABELS))


@cache
def all_probes() -> tuple[Probe, ...]:
    """Every probe, found by importing every module of this package; by level and place."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    return tuple(sorted(_probes.values(), key=lambda one: (one.level, one.order, one.id)))
