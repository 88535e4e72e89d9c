"""Level 4: whether Argo CD does its work."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from gitops_master.facts.argocd import home
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import human, parse_duration, stamp
from gitops_master.facts.processing import SKIP_RECONCILE
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Remedy
from gitops_master.model.kubernetes import ConfigMap
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen, probe

_RESYNC = timedelta(minutes=3)
"""120 s and up to 60 s of jitter since Argo CD 3.0, 180 s before."""
_SETTINGS = "argocd-cm"


@probe(
    "applications-reconciled",
    level=4,
    order=2,
    kinds=[Application.KIND],
    counts="destinations",
    nothing="no Application that is polled for changes belongs to it",
    when=lambda deployed: bool(deployed.apps),
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Argo CD works, not only runs.

    Reads: `Application.status.reconciledAt` over all Applications that may be read, for each destination cluster, since controllers share them out by cluster; timeout.reconciliation and its jitter in ConfigMap argocd-cm, where that is read
    PASS: the newest is younger than twice the resync time (by default 2 minutes and up to 1 of jitter; before Argo CD 3.0 3 minutes)
    FAIL: older ([argocd-application-controller-not-processing](gitops://rules/argocd-application-controller-not-processing))
    UNKNOWN, SKIPPED: UNKNOWN: none was ever reconciled; older, and argocd-cm was not read. SKIPPED: no Applications, or the resync is switched off
    Rights: list applications
    """
    mine = {_destination(one.app) for one in deployed.apps}
    groups: dict[tuple[str, str], list[Application]] = {}
    for app in deployed.snapshot.all(Application):
        if _destination(app) in mine and app.annotations.get(SKIP_RECONCILE, "").lower() != "true":
            groups.setdefault(_destination(app), []).append(app)
    for (_, destination), apps in sorted(groups.items()):
        yield from _judged(destination, apps, deployed.snapshot)


def _destination(app: Application) -> tuple[str, str]:
    """(namespace of the Argo CD, cluster), as the Application names it."""
    return app.status.controller_namespace, app.spec.destination.server or app.spec.destination.name


def _judged(destination: str, apps: Sequence[Application], snapshot: Snapshot) -> Iterator[Seen]:
    newest = max(apps, key=lambda one: one.status.reconciled_at.timestamp() if one.status.reconciled_at else 0.0)
    resync = _resync(newest, snapshot)
    if not resync:
        return
    seen, wanted = newest.status.reconciled_at, f"reconciled in the last {human(2 * resync)}"
    if seen is None:
        said = f"none of {len(apps)} Applications for {destination} was ever reconciled"
        yield Seen(verdict=Verdict.UNKNOWN, target=newest.ref, observed=said, expected=wanted, good=0)
        return
    age = snapshot.observed_at - seen
    late = age > 2 * resync
    place = home(newest, snapshot)
    said = f"of {len(apps)} Applications for {destination} the newest was reconciled {human(age)} ago, at {stamp(seen)}"
    if late and not _is_set_known(place, snapshot):
        said += f"; whether ConfigMap {place}/{_SETTINGS} wants it more often was not read"
        yield Seen(verdict=Verdict.UNKNOWN, target=newest.ref, observed=said, expected=wanted, good=0)
        return
    pods = f"kubectl -n {place} get pods -l app.kubernetes.io/name=argocd-application-controller"
    remedy = Remedy(title="Bring the application controller up: see its pods, their events and logs", commands=[pods])
    yield Seen(
        verdict=Verdict.FAIL if late else Verdict.PASS,
        target=newest.ref,
        expected=wanted,
        observed=said,
        evidence=[fact(newest, "status.reconciledAt", seen, seen)],
        remedies=[remedy] if late else [],
        good=int(not late),
    )


def _is_set_known(namespace: str, snapshot: Snapshot) -> bool:
    """Whether the resync time is known to be what was read, or the default."""
    there = snapshot.get(ConfigMap, namespace, _SETTINGS) is not None
    return there or snapshot.lacks(ConfigMap, namespace, _SETTINGS)


def _resync(app: Application, snapshot: Snapshot) -> timedelta:
    """After how long an Application is looked at again at the latest; zero where that is switched off."""
    settings = snapshot.get(ConfigMap, home(app, snapshot), _SETTINGS)
    data = settings.data if settings is not None else {}
    told = parse_duration(data.get("timeout.reconciliation", ""))
    if told is None:
        return _RESYNC
    jitter = parse_duration(data.get("timeout.reconciliation.jitter", "60s"))
    return told + (jitter or timedelta()) if told else told
