from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import dns_pods
from gitops_master.facts.patterns import peel, search
from gitops_master.facts.subscriptions import host_of, named_in, watching
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import Subscription, WarehouseView
from gitops_master.facts.workloads import is_ready
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.kargo import Warehouse
from gitops_master.rules.credentials.patterns import CLOUD_ERRORS
from gitops_master.rules.credentials.refusals import hidden
from gitops_master.rules.environment.patterns import LOOKUP_FAILED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_warehouse
from gitops_master.rules.warehouse.effects import NO_FREIGHT, readiness
from gitops_master.rules.warehouse.patterns import (
    BY_ABSENCE,
    BY_NAME,
    BY_SILENCE,
    BY_TLS,
    RATE_LIMITED,
    REFUSED,
    REMOVED_FIELD,
    UNREACHABLE,
)

_UNNAMED = "a repository"
_OTHERS = (RATE_LIMITED, REFUSED, REMOVED_FIELD, CLOUD_ERRORS)
_LONGEST = 160
_KINDS = (
    (BY_TLS, "its certificate or TLS is not accepted"),
    (BY_NAME, "its host name cannot be resolved"),
    (BY_ABSENCE, "it does not exist there"),
    (BY_SILENCE, "its server does not answer"),
)


@rule(
    "subscription-repository-unreachable",
    area="warehouse",
    title="A subscription's repository cannot be read",
    on=WarehouseView,
    needs={Warehouse.KIND},
    explains=NO_FREIGHT,
    sources=("akuity/kargo v1.11.2 pkg/controller/warehouses/warehouses.go:299", "seen on a live v1.11.2"),
    unless=_OTHERS,
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """Discovery of one repository fails: not found, unknown host, server down or an untrusted certificate.

    Why: the repository was renamed, moved or mistyped, its server is down, or its certificate is not trusted. One failing
    subscription stops the whole Warehouse.

    How to tell: the DiscoveryFailure message names the repository and the error; other Warehouses of the same host tell
    whether it is the server or the repository.

    What to do: correct repoURL or bring the server back; discovery is retried with back-off.

    Not this when: access is refused (the credential ids), throttled (registry-rate-limit), or no host at all can be resolved
    (cluster-dns-down).
    """
    failure = warehouse.failure
    if failure is None or search(UNREACHABLE, failure) is None or search(_OTHERS, failure):
        return
    if hidden(warehouse) is not None or _dns_is_down(warehouse):
        return
    one = next(iter(named_in(warehouse, failure)), None)
    repo = one.repo_url if one is not None else _UNNAMED
    why = next((text for pattern, text in _KINDS if search(pattern, failure)), "it cannot be read")
    yield Hit(
        summary=f"Warehouse {warehouse.name} cannot read {repo}: {why} ({_short(peel(failure.value))}).",
        evidence=[
            failure.as_evidence(),
            *([fact(warehouse.warehouse, f"{one.path}.repoURL", repo)] if one is not None else []),
            *(_neighbours(warehouse, repo) if one is not None else []),
        ],
        remedies=[
            _look(repo, one),
            advise(_cure(why, repo, warehouse.name), confirm_with=readiness(warehouse)),
            refresh_warehouse(warehouse),
        ],
        confidence=Confidence.HIGH if one is not None else Confidence.MEDIUM,
    )


def _look(repo: str, one: Subscription | None) -> Remedy:
    look = [f"git ls-remote --heads {repo}"] if one is not None and one.kind == "git" else []
    return advise(f"See whether {repo} can be read from elsewhere under this name", *look, risk=Risk.NONE)


def _cure(why: str, repo: str, name: str) -> str:
    """By the kind of failure, as `_KINDS` words it."""
    host = host_of(repo) if repo != _UNNAMED else "the server"
    cures = {
        _KINDS[0][
            1
        ]: f"Give {host} a certificate that Kargo's controller trusts, or let the controller trust its authority",
        _KINDS[1][
            1
        ]: f"Correct the host name in repoURL in the source of Warehouse {name}, or mend the DNS entry of {host}",
        _KINDS[2][1]: f"Correct repoURL in the source of Warehouse {name}, or create the repository",
        _KINDS[3][1]: f"Bring {host} back, or open the way to it from Kargo's controller (NetworkPolicy, proxy, port)",
    }
    return cures.get(
        why, f"Mend what the message names at {host}, or correct repoURL in the source of Warehouse {name}"
    )


def _dns_is_down(warehouse: WarehouseView) -> bool:
    """Left to cluster-dns-down."""
    pods = dns_pods(warehouse.snapshot)
    lookup = warehouse.failure is not None and search(LOOKUP_FAILED, warehouse.failure) is not None
    return lookup and bool(pods) and not any(is_ready(pod) for pod in pods)


def _short(text: str) -> str:
    """The end of the last line, which says what went wrong; cut between words."""
    last = text.strip().splitlines()[-1] if text.strip() else ""
    if len(last) <= _LONGEST:
        return last
    return f"…{last[-_LONGEST:].partition(' ')[2]}"


def _neighbours(warehouse: WarehouseView, repo: str) -> list[Evidence]:
    """Other Warehouses of the same host: do they work?"""
    others = [one for one in watching(warehouse.snapshot, host_of(repo)) if one.name != warehouse.name][:1]
    return [
        fact(one, "status.conditions[Ready].status", ready.status)
        for one in others
        if (ready := WarehouseView(one, warehouse.snapshot).ready) is not None
    ]
