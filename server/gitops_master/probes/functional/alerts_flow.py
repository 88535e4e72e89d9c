"""Level 4: would an alert arrive?"""

from collections.abc import Iterator
from typing import Any

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.monitoring import NoWay, Way, way_to
from gitops_master.facts.promql import samples
from gitops_master.facts.replies import Asked, Unanswered, json_answer
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Ask, Got
from gitops_master.model.meta import Ref
from gitops_master.model.networking import Service
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen, probe

_WATCHDOG = "Watchdog"
"""The alert of kube-prometheus that always fires, so that its absence is noticed."""
_SELECTED = f'alertname="{_WATCHDOG}"'


@probe("alerts-flow", level=4, order=8, needs="PH", counts="steps", nothing="no Alertmanager configured")
def check(deployed: Deployed) -> Iterator[Seen | Ask]:
    """the way from Prometheus to Alertmanager

    Reads: Prometheus /api/v1/alertmanagers and the query ALERTS, Alertmanager /api/v2/status and /api/v2/alerts

    PASS: an active Alertmanager, cluster ready, the always-firing alert (Watchdog) is there

    WARN: no Watchdog rule installed

    FAIL: no active Alertmanager, or a Watchdog rule whose alert does not arrive

    UNKNOWN, SKIPPED: UNKNOWN: the cluster is settling. SKIPPED: none configured, and none that the Applications deploy

    Rights: get services/proxy, or none (H)
    """
    prometheus = way_to("prometheus", deployed.expected.prometheus, deployed)
    alertmanager = way_to("alertmanager", deployed.expected.alertmanager, deployed)
    if isinstance(alertmanager, NoWay):
        # A Prometheus that was written down for its queries does not mean that alerts are wanted.
        yield Seen(verdict=alertmanager.verdict, target="", observed=alertmanager.reason, good=0, of=0)
        return
    if alertmanager.found and alertmanager.target not in {one.ref for one in deployed.live(Service)}:
        return
    if isinstance(prometheus, NoWay):
        yield from _Flow(deployed, None, alertmanager).run()
    else:
        yield from _Flow(deployed, prometheus, alertmanager).run()


class _Flow:
    """From Prometheus, where it can be asked, to Alertmanager."""

    def __init__(self, deployed: Deployed, prometheus: Way | None, alertmanager: Way) -> None:
        self._deployed = deployed
        self._prometheus, self._alertmanager = prometheus, alertmanager
        self._open: list[Asked] = []

    def run(self) -> Iterator[Seen | Ask]:
        sends = fires = None
        if self._prometheus:
            sends = self._answer(self._prometheus.ask("/api/v1/alertmanagers"))
            fires = self._answer(self._prometheus.ask("/api/v1/query", ("query", f"ALERTS{{{_SELECTED}}}")))
        status = self._answer(self._alertmanager.ask("/api/v2/status"))
        arrived = self._answer(self._alertmanager.ask("/api/v2/alerts", ("filter", _SELECTED)))
        if self._open:
            yield from self._open
            return
        if self._prometheus:
            yield _sends(self._prometheus.target, sends)
        yield _cluster(self._alertmanager.target, status)
        yield _watchdog(self._alertmanager.target, fires, arrived)

    def _answer(self, ask: Asked) -> Any | Unanswered:
        got = self._deployed.replies.get(ask)
        if got is None:
            self._open.append(ask)
            return None
        return json_answer(ask, got) if isinstance(got, Got) else Unanswered("no answer")


def _seen(verdict: Verdict, target: Ref | str, expected: str, observed: str, path: str) -> Seen:
    fine = verdict in (Verdict.PASS, Verdict.WARN)
    evidence = [] if verdict is Verdict.PASS else [fact(target, path, observed)]
    return Seen(verdict=verdict, target=target, expected=expected, observed=observed, evidence=evidence, good=int(fine))


def _sends(target: Ref | str, answer: Any) -> Seen:
    path, wanted = "GET /api/v1/alertmanagers", "Prometheus sends alerts to an Alertmanager"
    match answer:
        case Unanswered():
            return _seen(answer.verdict, target, wanted, f"Prometheus: {answer.text}", path)
        case {"status": "success", "data": {"activeAlertmanagers": [_, *_] as active}}:
            return _seen(Verdict.PASS, target, wanted, f"{len(active)} active Alertmanagers", path)
        case {"status": "success", "data": {"activeAlertmanagers": [] | None, **rest}}:
            dropped = rest.get("droppedAlertmanagers")
            more = (
                f", {len(dropped)} were found and dropped by its configuration"
                if isinstance(dropped, list) and dropped
                else ""
            )
            return _seen(Verdict.FAIL, target, wanted, f"Prometheus has no active Alertmanager{more}", path)
    return _seen(Verdict.FAIL, target, wanted, "Prometheus: what it answers is no list of Alertmanagers", path)


def _cluster(target: Ref | str, answer: Any) -> Seen:
    path, wanted = "GET /api/v2/status", "the cluster of Alertmanagers is ready"
    match answer:
        case Unanswered():
            return _seen(answer.verdict, target, wanted, f"Alertmanager: {answer.text}", path)
        case {"cluster": {"status": "ready" | "disabled" as status}}:  # disabled: one alone
            return _seen(Verdict.PASS, target, wanted, f"cluster {status}", path)
        case {"cluster": {"status": "settling"}}:
            return _seen(Verdict.UNKNOWN, target, wanted, "the cluster of Alertmanagers is still settling", path)
    return _seen(Verdict.FAIL, target, wanted, "Alertmanager: what it answers is no status of one", path)


def _watchdog(target: Ref | str, fires: Any, arrived: Any) -> Seen:
    path, wanted = "GET /api/v2/alerts", f"the alert {_WATCHDOG}, which always fires, has arrived"
    match arrived:
        case Unanswered():
            return _seen(arrived.verdict, target, wanted, f"Alertmanager: {arrived.text}", path)
        case [_, *_]:
            return _seen(Verdict.PASS, target, wanted, f"{_WATCHDOG} has arrived", path)
        case []:
            return _missing(target, fires, wanted, path)
    return _seen(Verdict.FAIL, target, wanted, "Alertmanager: what it answers is no list of alerts", path)


def _missing(target: Ref | str, fires: Any, wanted: str, path: str) -> Seen:
    try:
        firing = [] if fires is None or isinstance(fires, Unanswered) else samples(fires)
    except ValueError:
        firing, fires = [], None
    if any(one.labels.get("alertstate") == "firing" for one in firing):
        return _seen(Verdict.FAIL, target, wanted, f"{_WATCHDOG} fires in Prometheus and has not arrived", path)
    if fires is None or isinstance(fires, Unanswered):
        reason = f"no alert {_WATCHDOG} is there; whether a rule for it exists is not known"
        return _seen(Verdict.UNKNOWN, target, wanted, reason, path)
    return _seen(
        Verdict.WARN, target, wanted, f"no {_WATCHDOG} rule is installed: that alerts arrive is not proved", path
    )
