"""Level 2: Argo CD's own verdict on the Applications."""

from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen, probe

_VERDICTS = {"Healthy": Verdict.PASS, "Suspended": Verdict.WARN, "Degraded": Verdict.FAIL, "Missing": Verdict.FAIL}


@probe(
    "applications-healthy",
    level=2,
    order=1,
    kinds=[Application.KIND],
    counts="Applications",
    nothing="no Application belongs to it",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Argo CD's own verdict.

    Reads: `Application.status.health.status`, `Application.status.reconciledAt`
    PASS: `Healthy`, reconciled since the last operation
    WARN: `Suspended`
    FAIL: `Degraded`, `Missing`
    UNKNOWN, SKIPPED: UNKNOWN: `Progressing`, `Unknown`, or older than the last operation. SKIPPED: `Application.status.resources[]` is empty (Argo CD calls that Healthy)
    Rights: get applications
    """
    for app in deployed.apps:
        verdict, observed = _verdict(app)
        health = fact(
            app.app, "status.health.status", app.health or "empty", app.app.status.health.last_transition_time
        )
        yield Seen(
            verdict=verdict,
            target=app.ref,
            expected="Healthy",
            observed=observed,
            evidence=[health],
            good=int(verdict in {Verdict.PASS, Verdict.WARN}),
        )


def _verdict(app: ApplicationView) -> tuple[Verdict, str]:
    if not app.app.status.resources:
        return Verdict.SKIPPED, "it manages no resources, which Argo CD calls Healthy"
    if app.health_is_stale:
        return Verdict.UNKNOWN, f"{app.health}, as of before the last operation: Argo CD has not looked again yet"
    worst = next((one for one in app.troubled if one.health is not None and one.health.status == app.health), None)
    why = f": {worst.title} {worst.health.message}".rstrip() if worst is not None and worst.health is not None else ""
    return _VERDICTS.get(app.health, Verdict.UNKNOWN), f"{app.health or 'no health yet'}{why}"
