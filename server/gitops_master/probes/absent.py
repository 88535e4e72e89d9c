"""What probes say of objects that should be there and were not found."""

from collections.abc import Sequence

from gitops_master.facts.advice import advise
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen


def absent(ref: Ref, snapshot: Snapshot, why: str, evidence: Sequence[Evidence] = ()) -> Seen:
    """FAIL where it certainly does not exist, else UNKNOWN. `why` it should: `Application shop-prod manages it`."""
    if not snapshot.lacks_ref(ref):
        gap = snapshot.stated_gap(ref.kind)
        return Seen(
            verdict=Verdict.UNKNOWN,
            target=ref,
            expected="exists",
            observed=f"it was not read{f': {gap.reason}' if gap is not None else ''}",
            good=0,
        )
    return Seen(
        verdict=Verdict.FAIL,
        target=ref,
        expected="exists",
        observed=f"{ref} does not exist; {why}",
        evidence=[*evidence, fact(ref, "", "not found")],
        remedies=[advise(f"Create {ref} where it comes from, or take it out of what refers to it")],
        good=0,
    )
