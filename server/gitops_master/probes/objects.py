"""What probes say of objects: of one that is not there, and of one with several faults."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from gitops_master.facts.advice import advise
from gitops_master.facts.application import Managed
from gitops_master.facts.texts import fact
from gitops_master.facts.told import Told
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.meta import Object, Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import WORST, Seen


class Fault(msgspec.Struct, frozen=True):
    """One thing about an object that is not as expected, or could not be looked at. `words`: as of Seen."""

    verdict: Verdict
    observed: str
    expected: str = ""
    evidence: list[Evidence] = []
    remedies: list[Remedy] = []
    words: Callable[[], Told] | None = None


def judged(target: Ref, faults: Iterable[Fault], well: str, evidence: Iterable[Evidence] = ()) -> Iterator[Seen]:
    """PASS where there is no fault, `well` being what was seen; else each of them, the worst first. It counts as one object."""
    found = sorted(faults, key=lambda one: WORST.index(one.verdict))
    if not found:
        yield Seen(verdict=Verdict.PASS, target=target, observed=well, evidence=list(evidence))
    for index, one in enumerate(found):
        yield Seen(
            verdict=one.verdict,
            target=target,
            observed=one.observed,
            expected=one.expected,
            evidence=one.evidence,
            remedies=one.remedies,
            good=int(not index and one.verdict is Verdict.WARN),
            of=int(not index),
            words=one.words,
        )


def absent(
    ref: Ref, snapshot: Snapshot, why: str, evidence: Sequence[Evidence] = (), remedy: Remedy | None = None
) -> Seen:
    """FAIL where it certainly does not exist, else UNKNOWN. `why` it should: `Application shop-prod manages it`."""
    if not snapshot.lacks_ref(ref):
        said = f"it was not read{because(snapshot, ref.kind)}"
        return Seen(verdict=Verdict.UNKNOWN, target=ref, expected="exists", observed=said, good=0)
    return Seen(
        verdict=Verdict.FAIL,
        target=ref,
        expected="exists",
        observed=f"{ref} does not exist; {why}",
        evidence=[*evidence, fact(ref, "", "not found")],
        remedies=[remedy or advise(f"Create {ref} where it comes from, or take it out of what refers to it")],
        good=0,
    )


def not_live(one: Managed, snapshot: Snapshot) -> Iterator[Seen]:
    """A resource of an Application without its live object.

    Nothing where its whole kind could not be read: the engine says that once for all of them.
    """
    if snapshot.knows_all(one.ref.kind):
        yield absent(one.ref, snapshot, "its Application manages it", remedy=sync_again(one.ref))


def sync_again(ref: Ref) -> Remedy:
    return advise(f"See why Argo CD has not applied {ref}, or who deleted it; the next sync makes it again")


def because(snapshot: Snapshot, kind: str) -> str:
    """`: list secrets is forbidden`, behind words that say that something was not read; empty where nobody said why."""
    gap = snapshot.stated_gap(kind)
    return f": {gap.reason}" if gap is not None else ""


def named(snapshot: Snapshot, ref: Ref, why: str, holder: Object, path: str) -> list[Fault]:
    """What is wrong with an object that a field of another names: nothing, absent, or not read. `why`: who needs it."""
    if snapshot.find(ref) is not None:
        return []
    if snapshot.lacks_ref(ref):
        shown = fact(holder, path, ref.name)
        return [Fault(Verdict.FAIL, f"{ref} does not exist, {why}", f"{ref} exists", [shown])]
    said = f"whether {ref} exists is not known{because(snapshot, ref.kind)}"
    return [Fault(Verdict.UNKNOWN, said, f"{ref} exists")]
