"""Runs probes over what is deployed, and judges levels. Knows no probe by name."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import structs

from gitops_master.facts.deployed import Deployed
from gitops_master.model.argocd import Application
from gitops_master.model.asking import Ask
from gitops_master.model.snapshot import Wanted
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import MOST_TOLD, WORST, Probe, Seen, all_probes

NOT_ASKED_FOR = "not asked for"
"""How the reason begins that a probe was skipped for since nobody switched it on."""
NEEDS = {
    "H": f"{NOT_ASKED_FOR} (--http)",
    "P": f"{NOT_ASKED_FOR} (--proxy)",
    "PH": f"{NOT_ASKED_FOR} (--proxy or --http)",
}


class Result(msgspec.Struct, frozen=True):
    """One probe run. `error`: a fault of the probe, which must not cost the rest of the answer."""

    probe: Probe
    seen: tuple[Seen, ...]
    asks: tuple[Ask, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    error: Exception | None = None

    @property
    def verdict(self) -> Verdict:
        held = {one.verdict for one in self.seen}
        return next((one for one in WORST if one in held), Verdict.SKIPPED)


def run(deployed: Deployed, probes: Iterable[Probe]) -> list[Result]:
    """Every probe once. Pure: same snapshot and replies, same results."""
    return [_run(deployed, one) for one in probes]


def of_level(level: int) -> tuple[Probe, ...]:
    return tuple(one for one in all_probes() if one.level == level)


def is_switched_on(probe: Probe, deployed: Deployed) -> bool:
    if probe.needs == "K":
        return True
    return (deployed.http and "H" in probe.needs) or (deployed.proxy and "P" in probe.needs)


def _run(deployed: Deployed, probe: Probe) -> Result:
    if not is_switched_on(probe, deployed):
        return Result(probe, (_without_object(Verdict.SKIPPED, NEEDS[probe.needs]),))
    try:
        if not _applies(deployed, probe):
            return Result(probe, (_nothing(deployed, probe),))
        found = list(_worded(probe.check(deployed)))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other probes have their say
        unknown = _without_object(Verdict.UNKNOWN, f"this probe failed by itself: {type(error).__name__}")
        return Result(probe, (unknown,), error=error)
    seen = [one for one in found if isinstance(one, Seen)]
    asks = tuple(
        dict.fromkeys(one for one in found if not isinstance(one, Seen | Wanted) and one not in deployed.replies)
    )
    wanted = tuple(dict.fromkeys(one for one in found if isinstance(one, Wanted)))
    seen += [_without_object(Verdict.UNKNOWN, reason) for reason in _unread(deployed, probe)]
    if not seen and (asks or wanted):
        seen = [_without_object(Verdict.UNKNOWN, "what it asks has not been answered")]
    return Result(probe, tuple(seen) or (_without_object(Verdict.SKIPPED, probe.nothing),), asks, wanted)


def _applies(deployed: Deployed, probe: Probe) -> bool:
    return probe.when(deployed) and (not probe.manages or bool(deployed.managed_of(*probe.manages)))


def _nothing(deployed: Deployed, probe: Probe) -> Seen:
    """Why there is nothing to check. What Applications manage is not known where they were not all read."""
    gap = deployed.snapshot.kind_gap(Application.KIND) if probe.manages else None
    return (
        _without_object(Verdict.SKIPPED, probe.nothing) if gap is None else _without_object(Verdict.UNKNOWN, str(gap))
    )


def _worded(found: Iterable[Seen | Ask | Wanted]) -> Iterator[Seen | Ask | Wanted]:
    """The same; what an answer tells is said in full."""
    told: Counter[Verdict] = Counter()
    for one in found:
        if isinstance(one, Seen):
            told[one.verdict] += 1
            if one.words is not None and told[one.verdict] <= MOST_TOLD:
                said = one.words()
                yield structs.replace(
                    one, observed=said.summary, evidence=said.evidence, remedies=said.remedies, words=None
                )
                continue
        yield one


def _unread(deployed: Deployed, probe: Probe) -> list[str]:
    """Kinds that the probe rests on and that were not read in full: silence about them is no statement."""
    gaps = [deployed.snapshot.kind_gap(kind) for kind in sorted(probe.kinds)]
    return [str(gap) for gap in gaps if gap is not None]


def _without_object(verdict: Verdict, reason: str) -> Seen:
    return Seen(verdict=verdict, target="", observed=reason, good=0, of=0)


def level_verdict(results: Sequence[Result]) -> Verdict:
    """FAIL if a probe failed; else UNKNOWN if one is; else SKIPPED if nothing was checked; else PASS."""
    held = {one.verdict for one in results}
    for one in (Verdict.FAIL, Verdict.UNKNOWN):
        if one in held:
            return one
    return Verdict.PASS if held & {Verdict.PASS, Verdict.WARN} else Verdict.SKIPPED


def overall(levels: Sequence[Verdict]) -> Verdict:
    """The worst of the levels; UNKNOWN where nothing was checked at all: nothing to check is not PASS."""
    if Verdict.FAIL in levels:
        return Verdict.FAIL
    return Verdict.PASS if Verdict.PASS in levels and Verdict.UNKNOWN not in levels else Verdict.UNKNOWN
