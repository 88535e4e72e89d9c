"""What probes say of Secrets and ConfigMaps that pods name, or that are expected."""

from collections.abc import Iterator, Sequence

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.pod_references import Use, uses
from gitops_master.facts.texts import fact
from gitops_master.model.expectations import Keys
from gitops_master.model.finding import Evidence
from gitops_master.model.meta import Ref
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import absent
from gitops_master.probes.registry import Seen


def present(deployed: Deployed, kind: str) -> Iterator[Seen]:
    """Every object of the kind that pods name. Where the kind could not be read at all, that is said once."""
    named, snapshot = uses(deployed, kind), deployed.snapshot
    unread = [one for one in named if snapshot.find(one.ref) is None and not snapshot.lacks_ref(one.ref)]
    gap = snapshot.stated_gap(kind)
    if unread and gap is not None:
        what = f"{len(unread)} {kind.rpartition('/')[2]}{'s' if len(unread) > 1 else ''} that pods name"
        yield Seen(
            verdict=Verdict.UNKNOWN, target=unread[0].ref, observed=f"{what} were not read: {gap.reason}", good=0
        )
    for one in named:
        if one not in unread or gap is None:
            yield _seen(one, deployed)


def _seen(one: Use, deployed: Deployed) -> Seen:
    snapshot, who = (
        deployed.snapshot,
        ", ".join(one.by[:3]) + (f" and {len(one.by) - 3} more" if len(one.by) > 3 else ""),
    )
    if snapshot.find(one.ref) is not None:
        return Seen(verdict=Verdict.PASS, target=one.ref, expected="exists", observed=f"{one.ref} exists")
    if one.optional and snapshot.lacks_ref(one.ref):
        return Seen(
            verdict=Verdict.WARN,
            target=one.ref,
            expected="exists",
            observed=f"{one.ref} does not exist; pods of {who} start without it",
            evidence=[fact(one.ref, "", "not found")],
        )
    return absent(one.ref, snapshot, f"pods of {who} need it", _makers(one.ref, deployed))


def _makers(ref: Ref, deployed: Deployed) -> list[Evidence]:
    """Resources of its name that should have made it and are not well: an ExternalSecret, a Certificate."""
    makers = [one for one in deployed.managed if one.ref.name == ref.name and one.ref.namespace == ref.namespace]
    return [
        fact(one.ref, "health", f"{one.health.status}: {one.health.message}".rstrip(": "))
        for one in makers
        if one.health is not None and one.health.status != "Healthy"
    ][:2]


def found(keys: Keys, kind: str, deployed: Deployed) -> Ref | Seen:
    """An expected object, or what is said of its absence. Without a namespace it may be in any that the Stage deploys to."""
    places: Sequence[str] = [keys.namespace] if keys.namespace else deployed.namespaces
    refs = [Ref(kind, place, keys.name) for place in places]
    there = next((one for one in refs if deployed.snapshot.find(one) is not None), None)
    if there is not None:
        return there
    if not refs:
        return Seen(verdict=Verdict.UNKNOWN, target=keys.name, observed="it is not known in which namespace", good=0)
    open_ = next((one for one in refs if not deployed.snapshot.lacks_ref(one)), refs[0])
    return absent(open_, deployed.snapshot, "it is expected")
