"""Health of each kind against every outcome that Argo CD's checks have for it, and how an Application's adds up from them."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.decode import decoded
from gitops_master.facts.app_health import AppHealth, Piece, aggregated, pieces
from gitops_master.facts.application import ApplicationView, Managed, ref_of
from gitops_master.facts.health import RANK, health_of
from gitops_master.model.argocd import Application, ApplicationStatus, ManagedResource
from gitops_master.model.meta import Metadata, Object
from gitops_master.model.registry import kind_of
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.versions import Version, parse_version

TABLE: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "health.yaml").read_text())
_CONDITION = re.compile(r"(\w+)=(\w+)(?: (\w+)(?:: (.*))?)?")


def made(row: dict[str, Any]) -> Object:
    version, kind = row["of"].split()
    data: dict[str, Any] = {"apiVersion": version, "kind": kind, "metadata": {"name": "it", **row.get("metadata", {})}}
    data |= {key: row[key] for key in ("spec", "status") if key in row}
    if "c" in data.get("status", {}):
        status = dict(data["status"])
        parts = [_CONDITION.fullmatch(text) for text in status.pop("c")]
        keys = ("type", "status", "reason", "message")
        status["conditions"] = [dict(zip(keys, part.groups(""), strict=True)) for part in parts if part is not None]
        data["status"] = status
    live, gaps = decoded(data, kind_of(version, kind), "table")
    assert live is not None
    assert not gaps
    return live


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['of'].split()[1]}-{row['is']}")
def test_health_is_what_argo_cd_says(row: dict[str, Any]) -> None:
    found = health_of(made(row))

    assert (found.status if found else "none") == row["is"]
    if found is not None:
        assert row.get("says", "") in found.message
        assert found.inferred is row.get("inferred", False)
        assert found.status in RANK


APP = Application(metadata=Metadata(name="shop", namespace="argocd"))
BEFORE, SINCE = parse_version("3.3.12"), parse_version("3.4.0")


def piece(of: str, *, missing: bool = False, unread: bool = False, hook: bool = False, **parts: Any) -> Piece:
    version, kind = of.split()
    group, _, number = version.rpartition("/")
    name = parts.get("metadata", {}).get("name", "it")
    namespace = parts.get("metadata", {}).get("namespace", "")
    resource = ManagedResource(group=group, version=number, kind=kind, name=name, namespace=namespace, hook=hook)
    live = None if missing or unread else made({"of": of, **parts})
    return Piece(Managed(resource, live, health_of(live) if live else None, ref_of(resource)), missing)


def added(*pieces: Piece, argo_cd: Version | None = SINCE) -> AppHealth:
    return aggregated(APP, pieces, argo_cd)


GOOD = piece("v1 Service")
BAD: dict[str, Any] = {"status": {"c": ["Failed=True x: y"]}}


def test_nothing_is_healthy() -> None:
    assert added() == AppHealth("Healthy")


@pytest.mark.parametrize(
    ("status", "pieces"),
    [
        ("Healthy", [GOOD, piece("v1 ConfigMap")]),
        ("Suspended", [GOOD, piece("apps/v1 Deployment", spec={"paused": True})]),
        ("Progressing", [piece("batch/v1 Job"), piece("apps/v1 Deployment", spec={"paused": True})]),
        ("Degraded", [piece("batch/v1 Job"), piece("batch/v1 Job", **BAD), GOOD]),
        ("Unknown", [piece("batch/v1 Job", **BAD), piece("v1 Pod")]),
    ],
)
def test_the_worst_resource_decides(status: str, pieces: list[Piece]) -> None:
    assert added(*pieces).status == status
    assert added(*reversed(pieces)).status == status


def test_the_resource_that_decides_is_named() -> None:
    worst = added(GOOD, piece("batch/v1 Job", **BAD)).worst

    assert str(worst) == "Job it"


@pytest.mark.parametrize(
    "left_out",
    [
        piece("batch/v1 Job", metadata={"annotations": {"argocd.argoproj.io/ignore-healthcheck": "true"}}, **BAD),
        piece("batch/v1 Job", metadata={"annotations": {"argocd.argoproj.io/hook": "PostSync"}}, **BAD),
        piece("batch/v1 Job", metadata={"annotations": {"argocd.argoproj.io/hook": "Skip"}}, **BAD),
        piece("batch/v1 Job", metadata={"annotations": {"helm.sh/hook": "pre-install"}}, **BAD),
        piece("batch/v1 Job", hook=True, **BAD),
        piece("example.org/v1 Thing", status={"c": ["Ready=False x: y"]}),
        piece("argoproj.io/v1alpha1 Application", metadata={"name": "shop", "namespace": "argocd"}),
    ],
    ids=["ignore-healthcheck", "hook", "skip", "helm hook", "hook of the operation", "kind without check", "itself"],
)
def test_what_has_no_say_is_left_out(left_out: Piece) -> None:
    assert added(GOOD, left_out) == AppHealth("Healthy")


@pytest.mark.parametrize("value", ["false", "yes"])
def test_only_true_leaves_a_resource_out(value: str) -> None:
    annotations = {"argocd.argoproj.io/ignore-healthcheck": value, "helm.sh/hook": "crd-install"}

    assert added(piece("batch/v1 Job", metadata={"annotations": annotations}, **BAD)).status == "Degraded"


def test_an_inferred_health_counts_where_argo_cd_has_checks_for_the_group() -> None:
    assert added(piece("kafka.strimzi.io/v1 Kafka", status={"c": ["Ready=False x: y"]})).status == "Degraded"


GONE, GONE_TOO = piece("apps/v1 Deployment", missing=True), piece("v1 ConfigMap", missing=True)


@pytest.mark.parametrize(
    ("pieces", "before", "since"),
    [
        ([GONE, GOOD], "Missing", "Healthy"),
        ([GONE, GONE_TOO], "Missing", "Missing"),
        ([GONE_TOO, GOOD], "Healthy", "Healthy"),
        ([GONE_TOO], "Healthy", "Missing"),
        ([GONE, piece("batch/v1 Job", **BAD)], "Degraded", "Degraded"),
        ([piece("cert-manager.io/v1 Certificate", missing=True), GOOD], "Healthy", "Healthy"),
    ],
)
def test_missing_counts_alone_since_3_4_and_for_built_in_checks_before(
    pieces: list[Piece], before: str, since: str
) -> None:
    assert added(*pieces, argo_cd=BEFORE).status == before
    assert added(*pieces, argo_cd=SINCE).status == since
    assert added(*pieces, argo_cd=None).status == since


def test_what_was_not_read_is_counted_and_not_missing() -> None:
    found = added(piece("apps/v1 Deployment", unread=True), piece("v1 ConfigMap", unread=True))

    assert found == AppHealth("Healthy", unread=1)


def test_resources_of_an_application_are_missing_only_where_they_certainly_are() -> None:
    resources = tuple(ManagedResource(group="apps", version="v1", kind="Deployment", name=name) for name in "ab")
    app = Application(metadata=APP.metadata, status=ApplicationStatus(resources=resources))
    live = made({"of": "apps/v1 Deployment", "metadata": {"name": "a"}})
    looked: dict[str, Any] = {"source": "test", "observed_at": datetime(2026, 11, 23, tzinfo=UTC)}
    full = Snapshot([app, live], complete=["*"], **looked)
    part = Snapshot([app, live], **looked)

    assert [one.missing for one in pieces(ApplicationView(app, full))] == [False, True]
    assert not any(one.missing for one in pieces(ApplicationView(app, part)))
