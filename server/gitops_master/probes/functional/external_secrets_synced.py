"""Level 4: whether the External Secrets Operator delivers."""

from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.conditions import as_evidence, in_words, mend
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import human, parse_duration
from gitops_master.facts.texts import fact
from gitops_master.model.meta import condition
from gitops_master.model.operators import ExternalSecret
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import Fault, judged, not_live
from gitops_master.probes.registry import Seen, probe

_INTERVAL = timedelta(hours=1)
"""What the operator's CRD sets where none is given."""
_SLACK = timedelta(minutes=5)
"""What a refresh may be late: the operator waits that long at most after a failed one."""


@probe(
    "external-secrets-synced",
    level=4,
    order=4,
    kinds=[ExternalSecret.KIND],
    counts="ExternalSecrets",
    nothing="no ExternalSecret belongs to it",
    manages=[ExternalSecret.KIND],
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """External Secrets Operator delivers.

    Reads: condition Ready and status.refreshTime of ExternalSecrets
    PASS: Ready, refreshed within twice the interval (whenever, where it is to be fetched once, or on change)
    WARN: refreshed longer ago
    FAIL: Ready False
    UNKNOWN, SKIPPED: UNKNOWN: no condition yet. SKIPPED: none
    Rights: list externalsecrets (external-secrets.io)
    """
    for one in deployed.managed_of(ExternalSecret.KIND):
        if not isinstance(one.live, ExternalSecret):
            yield from not_live(one, deployed.snapshot)
            continue
        fresh = one.live.status.refresh_time
        ago = f", refreshed {human(deployed.snapshot.observed_at - fresh)} ago" if fresh is not None else ""
        yield from judged(one.ref, _faults(one.live, deployed.snapshot), f"Ready{ago}")


def _faults(one: ExternalSecret, snapshot: Snapshot) -> list[Fault]:
    ready = condition(one.status.conditions, "Ready")
    if ready is None or ready.status not in {"True", "False"}:
        said = "it has no condition Ready yet: its operator has not looked at it, or does not run"
        return [Fault(Verdict.UNKNOWN, said, "Ready=True")]
    if ready.status == "False":
        return [Fault(Verdict.FAIL, in_words(ready), "Ready=True", [as_evidence(one, ready)], [mend(one.ref)])]
    interval, fresh = _interval(one), one.status.refresh_time
    if not interval or fresh is None or snapshot.observed_at - fresh <= 2 * interval + _SLACK:
        return []
    said = f"it is Ready, but was refreshed {human(snapshot.observed_at - fresh)} ago, where every {human(interval)} is wanted"
    shown = [
        fact(one, "status.refreshTime", fresh, fresh),
        fact(one, "spec.refreshInterval", one.spec.refresh_interval or "1h (default)"),
    ]
    remedy = mend(one.ref, "See whether its operator runs")
    return [Fault(Verdict.WARN, said, f"refreshed in the last {human(2 * interval)}", shown, [remedy])]


def _interval(one: ExternalSecret) -> timedelta | None:
    """None where it is not refreshed again and again, or where the text is no duration."""
    if one.spec.refresh_policy not in {"", "Periodic"}:
        return None
    return parse_duration(one.spec.refresh_interval) if one.spec.refresh_interval else _INTERVAL
