"""What probes say of objects: of one that is not there, and of one with several faults."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from gitops_master.facts.application import Managed
from gitops_master.facts.texts import fact
from gitops_master.facts.told import Told
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.meta import Object, Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen

_RANK = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WARN, Verdict.PASS, Verdict.SKIPPED)


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
    found = sorted(faults, key=lambda one: _RANK.index(one.verdict))
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


def absent(one: Managed, snapshot: Snapshot) -> Iterator[Seen]:
    """A resource of an Application without its live object: FAIL where it certainly does not exist.

    Nothing where its whole kind could not be read: the engine says that once for all of them.
    """
    if snapshot.lacks_ref(one.ref):
        shown = fact(one.ref, "", "does not exist")
        yield Seen(
            verdict=Verdict.FAIL,
            target=one.ref,
            expected="exists, since its Application manages it",
            observed="it does not exist",
            evidence=[shown],
            remedies=[sync_again(one.ref)],
            good=0,
        )
    elif snapshot.knows_all(one.ref.kind):
        yield Seen(verdict=Verdict.UNKNOWN, target=one.ref, observed="it was not read", good=0)


def sync_again(ref: Ref) -> Remedy:
    return Remedy(title=f"See why Argo CD has not applied {ref}, or who deleted it; the next sync makes it again")


def named(snapshot: Snapshot, ref: Ref, why: str, holder: Object, path: str) -> list[Fault]:
    """What is wrong with an object that a field of another names: nothing, absent, or not read. `why`: who needs it."""
    if snapshot.find(ref) is not None:
        return []
    if snapshot.lacks_ref(ref):
        shown = fact(holder, path, ref.name)
        return [Fault(Verdict.FAIL, f"{ref} does not exist, {why}", f"{ref} exists", [shown])]
    gap = snapshot.kind_gap(ref.kind)
    reason = f": {gap.reason}" if gap is not None else ""
    return [Fault(Verdict.UNKNOWN, f"whether {ref} exists is not known{reason}", f"{ref} exists")]
