"""Argo CD's side: a comparison asked for, an operation ended, a sync begun; and where each would do harm."""

from datetime import timedelta

import pytest

from gitops_master.model.errors import UsageError
from gitops_master.model.operating import Outcome
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.ports.writing import RefreshApplication, SyncApplication, TerminateOperation
from tests.usecases.operating.neighbours import (
    JSON,
    NOW,
    Done,
    app,
    app_project,
    cluster,
    later,
    project,
    promotion,
    real,
    stage,
    state,
    window,
)

REFRESH = "argocd.argoproj.io/refresh"
SKIPS = {"argocd.argoproj.io/skip-reconcile": "true"}
AUTO: JSON = {"automated": {}}
SYNC_STEP = [{"uses": "argocd-update", "config": {"apps": [{"name": "web", "namespace": "argocd"}]}}]
PROD = stage("prod", steps=SYNC_STEP)
BUSY = app(operation_by="kargo-controller", operationState=state())
OUT: JSON = {"sync": {"status": "OutOfSync", "revision": "1a2b3c4d5e6f7a8b"}}


def world(*told: JSON) -> Snapshot:
    every = [*told, *([] if any(one["kind"] == "AppProject" for one in told) else [app_project()])]
    return cluster(project(), PROD, *every)


def asked_of(operation: str, *told: JSON) -> Done:
    return Done(operation, world(*told), app="argocd/web")


# refresh


@pytest.mark.parametrize(("operation", "hard"), [("refresh_app", False), ("hard_refresh_app", True)])
async def test_a_real_application_is_refreshed(operation: str, hard: bool) -> None:
    asked = Done(operation, await real("18"), app="ok-app")

    assert asked.planned.writes == (RefreshApplication(namespace="argocd", app="ok-app", hard=hard),)
    assert asked.verdict == "go"
    assert asked.planned.stages == (("demo", "s-argo"),)
    assert asked.planned.plan.command == f"argocd app get argocd/ok-app --{'hard-' if hard else ''}refresh"
    assert ("renders the manifests anew" in " ".join(asked.target.next)) is hard
    assert asked.target.now[0].startswith("Synced, Healthy at ")


async def test_a_real_comparison_later_on_counts() -> None:
    """Between the two folders Argo CD compared the Application."""
    now = await real("19")

    assert Done("refresh_app", await real("18"), app="ok-app").trace(now).found is True
    assert Done("hard_refresh_app", await real("18"), app="ok-app").trace(now).found is None


def test_an_application_that_argo_cd_leaves_alone() -> None:
    assert list(asked_of("refresh_app", app(annotations=SKIPS)).shut) == ["processed"]


def test_a_refresh_does_not_rest_on_kargo() -> None:
    snapshot = cluster(app(), complete=("argoproj.io/Application",))

    asked = Done("refresh_app", snapshot, app="web")

    assert asked.verdict == "go"
    assert asked.planned.stages == (("demo", "prod"),)


def test_every_stage_that_it_names_counts_for_protection() -> None:
    asked = asked_of("refresh_app", app(authorised="demo:late, other:x"))

    assert asked.planned.stages == (("demo", "late"), ("demo", "prod"), ("other", "x"))


def test_what_a_refresh_may_lead_to_is_told() -> None:
    asked = asked_of("refresh_app", app(spec={"syncPolicy": AUTO}, annotations={REFRESH: "normal"}))

    assert asked.target.next[-1] == "automatic sync is on: what is new then is deployed"
    assert asked.target.warnings == ["a refresh (normal) is asked for already and not taken up yet"]


@pytest.mark.parametrize(
    ("now", "normal", "hard", "outcome"),
    [
        (app(reconciledAt=later(-60)), False, False, None),
        (app(reconciledAt=later(-60), annotations={REFRESH: "normal"}), True, False, None),
        (app(reconciledAt=later(-60), annotations={REFRESH: "hard"}), False, True, None),
        (app(reconciledAt=later(1)), True, None, Outcome.DONE),
        (app(reconciledAt=later(-60), conditions=[{"type": "InvalidSpecError"}]), False, False, Outcome.DONE),
        (stage("other"), None, None, Outcome.NOT_KNOWN),
    ],
)
def test_what_is_seen_of_a_refresh(now: JSON, normal: bool | None, hard: bool | None, outcome: Outcome | None) -> None:
    before = app(reconciledAt=later(-60))
    since = NOW + timedelta(milliseconds=700)

    assert asked_of("refresh_app", before).trace(world(now), since).found is normal
    assert asked_of("hard_refresh_app", before).trace(world(now), since).found is hard
    assert asked_of("refresh_app", before).after(world(now), since).outcome is outcome


# terminate


def test_the_operation_that_runs_and_no_other_is_terminated() -> None:
    asked = asked_of("terminate_app_operation", BUSY)

    assert asked.planned.writes == (
        TerminateOperation(
            namespace="argocd", app="web", username="kargo-controller", started_at="2026-11-23T03:50:00Z"
        ),
    )
    assert (asked.verdict, asked.shut, asked.target.warnings) == ("go", {}, [])
    assert asked.planned.plan.question == (
        "Terminate the operation of Application argocd/web, begun 2026-11-23T03:50:00Z by kargo-controller? Its hook Jobs are "
        "deleted; what it has applied stays."
    )
    assert asked.planned.plan.command == "argocd app terminate-op argocd/web"


def test_promotions_that_wait_are_named_to_be_aborted_first() -> None:
    runs, waits = promotion("prod.01", "f", "Running"), promotion("prod.02", "f", "Pending")

    asked = asked_of("terminate_app_operation", BUSY, runs, waits)

    assert asked.verdict == "go"
    assert asked.target.warnings == [
        "the Promotion that waits for this operation ends Errored (prod.01 runs): abort_promotion first, so that it ends Aborted "
        "and nothing begins again",
        "what is queued begins a new sync at once, with the same hooks: prod.02; abort_promotion these first",
    ]
    assert asked.planned.plan.question.endswith("Promotions that use it: prod.01, prod.02; abort them first.")
    assert asked.planned.inputs != asked_of("terminate_app_operation", BUSY).planned.inputs


@pytest.mark.parametrize(
    ("one", "verdict", "words"),
    [
        (app(), "blocked", "nothing runs: there was no operation yet"),
        (app(operationState=state("Succeeded", syncResult={})), "blocked", "the last operation has ended Succeeded"),
        (app(operationState=state()), "blocked", "only its record says Running: nothing runs"),
        (app(operationState=state("Terminating")), "blocked", "only its record says Terminating"),
        (app(operation_by="jane", operationState=state("Terminating")), "blocked", "is being terminated already"),
        (app(operation_by="jane"), "waiting", "has not begun"),
    ],
)
def test_where_nothing_runs_nothing_is_terminated(one: JSON, verdict: str, words: str) -> None:
    asked = asked_of("terminate_app_operation", one)

    assert asked.verdict == verdict
    assert words in asked.shut["operation"]


async def test_a_real_operation_that_no_controller_has_begun() -> None:
    """Argo CD was not there when folder 10 was written."""
    asked = Done("terminate_app_operation", await real("10"), app="ok-app")

    assert asked.gate("operation").verdict.value == "waiting"
    assert "s-argo.01m83bq1sp95v55wahbcsjz545.1be389c runs" in asked.target.warnings[0]


def test_between_two_attempts_it_may_mend_itself() -> None:
    asked = asked_of("terminate_app_operation", app(operation_by="jane", operationState=state(finishedAt=later(-5))))

    assert asked.verdict == "go"
    assert "it is between two attempts" in asked.target.warnings[-1]


@pytest.mark.parametrize(
    ("windows", "by", "verdict"),
    [
        ([window()], "jane", "waiting"),
        ([window(manualSync=True)], "jane", "go"),
        ([window(manualSync=True)], "", "waiting"),
        ([window(manualSync=True), window(schedule="0 3 * * *", duration="2h")], "jane", "waiting"),
        ([window("allow", schedule="0 12 * * *")], "jane", "waiting"),
        ([window("allow")], "jane", "go"),
        ([window(schedule="whenever")], "jane", "blocked"),
    ],
)
def test_a_window_that_denies_would_make_a_termination_hang(windows: list[JSON], by: str, verdict: str) -> None:
    one = app(operation_by=by, operationState=state(by=by))

    asked = asked_of("terminate_app_operation", one, app_project(*windows))

    assert asked.verdict == verdict
    if verdict == "waiting":
        assert asked.gate("sync windows").opens_at is not None
        assert "the termination would hang" in asked.shut["sync windows"]


@pytest.mark.parametrize(
    ("told", "complete", "gate"),
    [
        ([BUSY, PROD], ("kargo.akuity.io/*", "argoproj.io/Application"), "sync windows"),
        ([BUSY, PROD, app_project()], ("argoproj.io/*", "kargo.akuity.io/Stage"), "Promotions"),
        ([BUSY, app_project()], ("argoproj.io/*", "kargo.akuity.io/Promotion"), "Promotions"),
    ],
)
def test_what_could_not_be_read_blocks(told: list[JSON], complete: tuple[str, ...], gate: str) -> None:
    asked = Done("terminate_app_operation", cluster(*told, complete=complete), app="web")

    assert asked.verdict == "blocked"
    assert asked.gate(gate).verdict.value == "unreadable"
    assert list(asked.shut) == [gate]


def test_an_application_without_a_project_is_of_the_default_one() -> None:
    asked = asked_of(
        "terminate_app_operation",
        app(operation_by="", operationState=state(by=""), spec={"project": ""}),
        app_project(window()),
    )

    assert asked.verdict == "waiting"


def test_an_application_of_nobodys_needs_no_kargo() -> None:
    one = app(operation_by="jane", authorised="", operationState=state(by="jane"))

    asked = Done("terminate_app_operation", cluster(one, app_project(), complete=("argoproj.io/*",)), app="web")

    assert (asked.verdict, asked.planned.stages) == ("go", ())


ENDED = state("Failed", message="Operation terminated", finishedAt=later(1))


@pytest.mark.parametrize(
    ("now", "found", "outcome"),
    [
        (BUSY, False, None),
        (app(operation_by="kargo-controller", operationState=state("Terminating")), True, None),
        (app(operationState=ENDED), True, Outcome.DONE),
        (app(operationState=state("Succeeded", finishedAt=later(0))), False, Outcome.FAILED),
        (app(operation_by="kargo-controller", operationState=state(at=later(2))), None, Outcome.DONE),
        (app(), None, Outcome.DONE),
        (stage("other"), None, Outcome.NOT_KNOWN),
    ],
)
def test_what_is_seen_of_a_termination(now: JSON, found: bool | None, outcome: Outcome | None) -> None:
    asked = asked_of("terminate_app_operation", BUSY)

    assert asked.trace(world(now)).found is found
    assert asked.after(world(now)).outcome is outcome


# sync


def test_what_operations_do_not_take_from_the_spec_is_copied() -> None:
    policy = {
        "automated": {"enabled": False, "prune": True},
        "syncOptions": ["CreateNamespace=true", "Replace=true"],
        "retry": {"limit": 3},
    }
    gone = {"version": "v1", "kind": "ConfigMap", "namespace": "web", "name": "old", "requiresPruning": True}
    kept = {"version": "v1", "kind": "Service", "namespace": "web", "name": "web", "status": "Synced"}

    asked = asked_of("sync_app", app(spec={"syncPolicy": policy}, resources=[gone, kept], **OUT))

    assert asked.planned.writes == (
        SyncApplication(
            namespace="argocd",
            app="web",
            options=("CreateNamespace=true", "Replace=true"),
            prune=True,
            retry_limit=3,
        ),
    )
    assert asked.verdict == "go"
    assert asked.planned.plan.question == (
        "Sync Application argocd/web to main of https://git.example.net/web.git? It deletes ConfigMap web/old."
    )
    assert asked.target.warnings[:2] == [
        "it deletes what is no longer in the source: ConfigMap web/old",
        "its spec has Replace=true: resources may be deleted and made anew",
    ]
    assert asked.planned.plan.command == "argocd app sync argocd/web --prune --retry-limit=3"


def test_several_sources_get_a_revision_each() -> None:
    sources = [
        {"repoURL": "https://charts.example.net", "chart": "web", "targetRevision": "1.2.3"},
        {"repoURL": "https://git.example.net/values.git", "ref": "values"},
    ]

    (write,) = asked_of("sync_app", app(spec={"sources": sources})).planned.writes

    assert isinstance(write, SyncApplication)
    assert write.revisions == ("1.2.3", "HEAD")


def test_without_pruning_what_stays_is_named() -> None:
    gone = {"version": "v1", "kind": "Namespace", "name": "old", "requiresPruning": True}

    asked = asked_of("sync_app", app(resources=[gone]))

    assert "what is no longer in the source stays, and it stays OutOfSync: Namespace old" in asked.target.warnings


def test_kargo_sets_revisions_itself() -> None:
    asked = asked_of("sync_app", app(), promotion("prod.01", "f", "Running"))
    nobodys = Done("sync_app", cluster(app(authorised=""), app_project()), app="web")

    assert "Kargo deploys it (Stage demo/prod) and sets revisions itself" in asked.target.warnings[0]
    assert asked.target.warnings[1] == "Promotions that use it: prod.01; they wait for this sync"
    assert nobodys.target.warnings == []


async def test_a_real_application_whose_sync_failed() -> None:
    asked = Done("sync_app", await real("19"), app="ok-app")

    assert list(asked.shut) == ["sync windows"]  # of the folder's AppProject nothing is known to exist
    assert asked.gate("free").verdict.value == "open"
    assert "demo/s-argo" in asked.target.warnings[0]


async def test_a_real_operation_is_not_overrun() -> None:
    asked = Done("sync_app", await real("10"), app="ok-app")

    assert "an operation is there, by " in asked.shut["free"]


@pytest.mark.parametrize(
    ("one", "gate", "words"),
    [
        (BUSY, "free", "an operation is there, by kargo-controller"),
        (app(operation_by=""), "free", "an operation is there, by automatic sync"),
        (app(operationState=state()), "free", "its record says Running"),
        (app(meta={"deletionTimestamp": later(-5)}), "free", "it is being deleted"),
        (app(annotations=SKIPS), "processed", "leave it alone"),
    ],
)
def test_what_closes_a_sync(one: JSON, gate: str, words: str) -> None:
    one["metadata"].setdefault("annotations", {})

    asked = asked_of("sync_app", one)

    assert asked.verdict == "blocked"
    assert words in asked.shut[gate]


def synced(revision: str = "1a2b3c4d5e6f7a8b") -> JSON:
    return state("Succeeded", syncResult={"revision": revision}, finishedAt=later(-300))


@pytest.mark.parametrize(
    ("policy", "status", "shut"),
    [
        (None, OUT, ""),
        ({"automated": {"enabled": False}}, OUT, ""),
        (AUTO, {}, ""),
        (AUTO, {"sync": {"status": "Unknown"}}, ""),
        (AUTO, OUT, "automatic sync is on"),
        (AUTO, {**OUT, "operationState": synced("0ld")}, "automatic sync is on"),
        (AUTO, {**OUT, "operationState": synced()}, ""),
        ({"automated": {"selfHeal": True}}, {**OUT, "operationState": synced()}, "self-heal is on"),
        ({"automated": {"selfHeal": True}}, {**OUT, "operationState": state("Failed", syncResult={})}, ""),
        (AUTO, {**OUT, "conditions": [{"type": "SyncError", "message": "Failed last sync attempt"}]}, ""),
        (AUTO, {**OUT, "resources": [{"kind": "Job", "status": "OutOfSync", "requiresPruning": True}]}, ""),
    ],
)
def test_automatic_sync_is_not_fought_with(policy: JSON | None, status: JSON, shut: str) -> None:
    asked = asked_of("sync_app", app(spec={"syncPolicy": policy} if policy else {}, **status))

    assert (asked.verdict == "blocked") is bool(shut)
    assert shut in asked.shut.get("automatic sync", "")


def test_where_a_window_keeps_automatic_sync_back_a_manual_one_may_pass() -> None:
    one = app(spec={"syncPolicy": AUTO}, **OUT)

    assert asked_of("sync_app", one, app_project(window(manualSync=True))).verdict == "go"
    held = asked_of("sync_app", one, app_project(window()))
    assert held.verdict == "waiting"
    assert held.gate("sync windows").opens_at == NOW.replace(minute=30)


def test_an_application_without_its_project_does_not_sync() -> None:
    asked = Done("sync_app", cluster(app()), app="web")

    assert asked.shut == {"sync windows": "AppProject argocd/default does not exist: Argo CD does nothing without it"}


def test_a_source_that_renders_nothing_would_wipe_it_out() -> None:
    gone = [{"kind": "Job", "name": name, "requiresPruning": True, "status": "OutOfSync"} for name in ("a", "b")]
    pruning = {"automated": {"enabled": False, "prune": True}}

    asked = asked_of("sync_app", app(spec={"syncPolicy": pruning}, resources=gone, **OUT))

    assert list(asked.shut) == ["not empty"]


def test_what_cannot_be_compared_is_a_warning() -> None:
    asked = asked_of("sync_app", app(conditions=[{"type": "ComparisonError", "message": "no such path"}]))

    assert "it has ComparisonError: unless that is mended, the sync ends with it" in asked.target.warnings


def test_a_plan_of_a_sync_goes_stale_by_what_it_would_do() -> None:
    gone = {"kind": "Job", "name": "a", "requiresPruning": True}
    pruning = {"automated": {"enabled": False, "prune": True}}
    states = (
        app(),
        app(spec={"syncPolicy": pruning}),
        app(spec={"syncPolicy": pruning}, resources=[gone, {"kind": "Job", "name": "b"}]),
        app(spec={"syncPolicy": {"syncOptions": ["Validate=false"]}}),
        app(spec={"source": {"repoURL": "https://git.example.net/web.git", "targetRevision": "next"}}),
    )

    assert len({asked_of("sync_app", one).planned.inputs for one in states}) == len(states)
    same = asked_of("sync_app", app(reconciledAt=later(-1), health={"status": "Degraded"}))
    assert same.planned.inputs == asked_of("sync_app", app()).planned.inputs


NOTED: JSON = {"operation": {"info": [{"name": "kargo.akuity.io/promotion", "value": "prod.01"}]}}
OLD = state("Failed", at=later(-3600))


@pytest.mark.parametrize(
    ("now", "found", "outcome"),
    [
        (app(operationState=OLD), False, None),
        (app(operation_by="gitops-master"), True, None),
        (app(operation_by=""), False, None),
        (app(operation_by="jane", operationState=state(by="jane", at=later(1))), True, None),
        (app(operationState=state("Succeeded", by="jane", at=later(1), finishedAt=later(2))), True, Outcome.DONE),
        (app(operationState=state("Failed", by="jane", at=later(1), finishedAt=later(2))), True, Outcome.FAILED),
        (app(operationState=state("Error", by="jane", at=later(1), finishedAt=later(2))), True, Outcome.FAILED),
        (app(operationState=state(by="", at=later(1))), False, None),
        (app(operationState=state("Running", at=later(1), **NOTED)), False, None),
        (stage("other"), None, Outcome.NOT_KNOWN),
    ],
)
def test_what_is_seen_of_a_sync(now: JSON, found: bool | None, outcome: Outcome | None) -> None:
    asked = asked_of("sync_app", app(operationState=OLD))

    assert asked.trace(world(now)).found is found
    assert asked.after(world(now)).outcome is outcome


async def test_a_real_sync_that_failed_tells_why() -> None:
    after = Done("sync_app", await real("18"), app="ok-app").after(await real("19"))

    assert after.outcome is Outcome.FAILED
    assert "one or more synchronization tasks are not valid" in after.line


def test_what_a_sync_left_alone_is_told() -> None:
    left = {"resources": [{"kind": "ConfigMap", "name": "old", "status": "PruneSkipped"}]}
    now = app(operationState=state("Succeeded", by="jane", at=later(1), syncResult=left))

    line = asked_of("sync_app", app()).after(world(now)).line

    assert line == "the sync has ended Succeeded; it is Synced, Healthy at 1a2b3c4d5e6f; ConfigMap old PruneSkipped"


def test_which_application_is_meant() -> None:
    other = app(meta={"namespace": "team"})
    with pytest.raises(UsageError, match="several Applications are called 'web'"):
        Done("sync_app", world(app(), other), app="web")
    with pytest.raises(UsageError, match="no Application 'wbe'"):
        Done("sync_app", world(app()), app="wbe")
    with pytest.raises(UsageError, match="takes no stage"):
        Done("sync_app", world(app()), app="web", stage="prod")
    gap = Gap("argoproj.io/Application", "403 Forbidden", denied=True)
    with pytest.raises(Exception, match="cannot look for Application"):
        Done("sync_app", cluster(gaps=(gap,)), app="web")
