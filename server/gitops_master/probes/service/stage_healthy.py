"""Level 2: Kargo's own verdict on what the Stage deployed."""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.progress import listed
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.kargo import HealthCheck
from gitops_master.model.stage import Stage
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen, probe


@probe(
    "stage-healthy",
    level=2,
    order=2,
    kinds=[Stage.KIND],
    counts="Stages",
    nothing="no Stage that holds Freight",
    when=lambda deployed: bool(deployed.stages),
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Kargo's verdict on these Applications.

    Reads: `Stage Healthy=True`, `Stage.status.health.issues[]`, `Stage.status.lastPromotion.status.healthChecks[].uses`
    PASS: True, from at least one health check
    FAIL: `Stage Healthy=False`
    UNKNOWN, SKIPPED: UNKNOWN: `Stage Healthy=Unknown`. SKIPPED: the Stage has no promotion steps, or was never promoted into; or the last Promotion registered no check, so that True was told without looking ([health-check-covers-no-application](gitops://rules/health-check-covers-no-application))
    Rights: get stages (kargo.akuity.io)
    """
    for stage in deployed.stages:
        healthy = stage.condition("Healthy")
        status = healthy.status if healthy is not None else _STATES.get(stage.health, "")
        if stage.is_control_flow or (stage.last is None and status != "False"):
            continue
        if status == "True":
            yield _fine(stage)
        elif status == "False":
            yield _seen(stage, Verdict.FAIL, _words(stage) or "Unhealthy", [_look(stage)])
        else:
            yield _seen(stage, Verdict.UNKNOWN, _words(stage) or "Kargo has not assessed its health yet")


_STATES = {"Healthy": "True", "Unhealthy": "False", "Progressing": "Unknown", "Unknown": "Unknown"}
"""What a Stage says of its health without conditions (Kargo < 1.1)."""


def _fine(stage: StageView) -> Seen:
    checks = stage.last.status.health_checks if stage.last is not None else ()
    if checks:
        return _seen(stage, Verdict.PASS, f"Healthy, by {len(checks)} health checks ({_kinds(checks)})")
    name = stage.last.name if stage.last is not None else ""
    said = f"Healthy without looking: its last Promotion {name} registered no health check"
    return _seen(stage, Verdict.SKIPPED, said)


def _kinds(checks: tuple[HealthCheck, ...]) -> str:
    return ", ".join(sorted({one.uses for one in checks}))


def _seen(stage: StageView, verdict: Verdict, observed: str, remedies: list[Remedy] | None = None) -> Seen:
    return Seen(
        verdict=verdict,
        target=stage.ref,
        expected="Healthy=True",
        observed=observed,
        evidence=list(_evidence(stage)),
        remedies=remedies or [],
        good=int(verdict is Verdict.PASS),
        of=int(verdict is not Verdict.SKIPPED),
    )


def _evidence(stage: StageView) -> Iterator[Evidence]:
    healthy = stage.condition("Healthy")
    if healthy is not None:
        value = f"{healthy.status} {healthy.reason}: {healthy.message}".rstrip(": ")
        yield fact(stage.stage, "status.conditions[Healthy]", value)
    elif stage.health:
        yield fact(stage.stage, "status.health.status", stage.health)
    for index, issue in enumerate(stage.health_issues[:3]):
        yield fact(stage.stage, f"status.health.issues[{index}]", issue)


def _words(stage: StageView) -> str:
    healthy = stage.condition("Healthy")
    first = stage.health_issues[0] if stage.health_issues else (healthy.message if healthy is not None else "")
    state = stage.health or (healthy.reason if healthy is not None else "")
    return ": ".join(one for one in (state, first) if one)


def _look(stage: StageView) -> Remedy:
    named = f": {listed(one.app.name for one in stage.apps)}" if stage.apps else ""
    return Remedy(title=f"Look at the Applications that the issues name{named}", risk=Risk.NONE)
