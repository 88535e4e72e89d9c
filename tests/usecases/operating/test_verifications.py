"""Verifying again, and aborting a verification: where Kargo would drop the request, and how it is seen that it took it."""

import re
from typing import Any

import pytest

from gitops_master.model.errors import Unreachable, UsageError
from gitops_master.model.operating import Outcome
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.ports.writing import AbortVerification, Reverify
from tests.usecases.operating.neighbours import JSON, Done, argo, cluster, freight, project, promotion, real, stage

OLD, NEW = "id-old", "id-new"
REVERIFY, ABORT = "kargo.akuity.io/reverify", "kargo.akuity.io/abort"
SMOKE = {"verification": {"analysisTemplates": [{"name": "smoke"}]}}
ABORTED = "Verification aborted by user"
F1 = freight("f1" * 20, "1.0.0")


def record(id_: str = OLD, phase: str = "Failed", **more: Any) -> JSON:
    return {"id": id_, "phase": phase, "startTime": "2026-11-23T03:00:00Z", **more}


def prod(
    *records: JSON, health: str = "Healthy", notes: JSON | None = None, collection: str = "c1", **more: Any
) -> JSON:
    """Holds Freight f1, verified as told, newest first."""
    held = {"Warehouse/main": {"name": "f1" * 20, "images": [{"repoURL": "registry.example.net/app", "tag": "1.0.0"}]}}
    told: JSON = {
        "freightHistory": [{"id": collection, "items": held, "verificationHistory": list(records)}],
        "health": {"status": health},
        "spec": SMOKE,
        **more,
    }
    return stage("prod", meta={"annotations": notes or {}}, **told)


def world(*told: JSON) -> Snapshot:
    return cluster(project(), F1, *told)


def reverify(*told: JSON) -> Done:
    return Done("reverify", world(*told), stage="prod")


def abort(*told: JSON) -> Done:
    return Done("abort_verification", world(*told), stage="prod")


async def test_a_real_stage_is_verified_again() -> None:
    """Between the two folders somebody asked Kargo to verify dev-vbad again, which failed again."""
    asked = Done("reverify", await real("11"), stage="dev-vbad")

    (write,) = asked.planned.writes
    assert isinstance(write, Reverify)
    assert write.verification_id.startswith("f9302755")
    assert (asked.verdict, asked.shut) == ("go", {})
    assert asked.planned.stages == (("demo", "dev-vbad"),)
    assert asked.planned.plan.command == "kargo verify stage --project=demo dev-vbad"
    now = await real("13")
    assert asked.trace(await real("11")).found is False
    assert asked.trace(now).found is True
    after = asked.after(now)
    assert after.outcome is Outcome.FAILED
    assert after.line.startswith("the verification is Failed: Metric")


@pytest.mark.parametrize(
    ("number", "name", "gate", "words"),
    [
        ("11", "s-long", "Freight", "holds no Freight"),
        ("13", "s-control", "verification", "is a control flow Stage"),
        ("11", "dev", "verification", r"has no spec\.verification"),
        ("28", "dev-vjob", "last one ended", r"has not ended \(Running\)"),
    ],
)
async def test_real_stages_where_kargo_would_drop_it(number: str, name: str, gate: str, words: str) -> None:
    asked = Done("reverify", await real(number), stage=name)

    assert asked.verdict == "blocked"
    assert re.search(words, asked.shut[gate])


@pytest.mark.parametrize(
    ("state", "gate", "words"),
    [
        (prod(record(), health="Progressing"), "healthy", "prod is Progressing, and Kargo verifies Healthy ones only"),
        (prod(record(), health=""), "healthy", "prod is without health"),
        (prod(record(), currentPromotion={"name": "prod.01"}), "no Promotion", "Promotion prod.01 to prod is running"),
        (prod(record(phase="")), "last one ended", "has not ended (no phase yet)"),
        (prod(), "verified before", "has not been verified yet"),
        (prod(record("")), "id", "has no id"),
        (prod(record(), freightHistory=[]), "Freight", "holds no Freight"),
        (prod(record(), spec={}), "verification", "has no spec.verification"),
    ],
)
def test_what_kargo_would_drop_is_a_closed_gate(state: JSON, gate: str, words: str) -> None:
    asked = reverify(state)

    assert asked.verdict == "blocked"
    assert list(asked.shut) == [gate]
    assert words in asked.shut[gate]


def test_the_question_names_what_is_verified() -> None:
    assert reverify(prod(record())).planned.plan.question == (
        "Ask Kargo to verify Stage prod of project demo again (1.0.0 (f1f1f1f))? It is Failed now; a new AnalysisRun is made, and "
        "nothing else changes."
    )


def test_the_plan_goes_stale_by_another_verification_or_other_freight() -> None:
    states = (prod(record()), prod(record(NEW), record()), prod(record(), collection="c2"))

    assert len({reverify(one).planned.inputs for one in states}) == 3


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ([prod(record())], False),
        ([prod(record(), notes={REVERIFY: '{"id":"id-old","actor":"kubernetes:jane"}'})], True),
        ([prod(record(NEW, "Running"), record())], True),
        ([stage("other")], None),
    ],
)
def test_whether_the_stage_shows_the_request(now: list[JSON], found: bool | None) -> None:
    assert reverify(prod(record())).trace(world(*now)).found is found


@pytest.mark.parametrize(
    ("now", "outcome", "line"),
    [
        (prod(record()), None, "waiting for Kargo to begin"),
        (prod(record(), health="Progressing"), None, "waiting for Kargo to begin: the Stage is Progressing"),
        (prod(record(), currentPromotion={"name": "p"}), None, "waiting for Kargo to begin: a Promotion has started"),
        (prod(record(NEW, ""), record()), None, "the verification is Pending"),
        (prod(record(NEW, "Running"), record()), None, "the verification is Running"),
        (prod(record(NEW, "Successful"), record()), Outcome.DONE, "the verification is Successful"),
        (prod(record(NEW, "Error", message="no run"), record()), Outcome.FAILED, "the verification is Error: no run"),
        (prod(record(NEW, "Aborted"), record()), Outcome.FAILED, "the verification is Aborted"),
        (prod(record(NEW, "Inconclusive"), record()), Outcome.NOT_KNOWN, "the verification is Inconclusive"),
        (
            prod(record(NEW), collection="c2"),
            Outcome.NOT_KNOWN,
            "other Freight was promoted in the meantime: what was to be verified is no longer there",
        ),
        (stage("other"), Outcome.NOT_KNOWN, "the Stage is no longer to be seen"),
    ],
)
def test_how_far_it_has_come(now: JSON, outcome: Outcome | None, line: str) -> None:
    after = reverify(prod(record())).after(world(now))

    assert (after.outcome, after.line) == (outcome, line)


def test_a_run_that_ended_unnoticed_is_said() -> None:
    run = argo("AnalysisRun", "run-2", meta={"namespace": "demo"}, status={"phase": "Successful"})
    now = prod(record(NEW, "Pending", analysisRun={"namespace": "demo", "name": "run-2"}), record())

    after = reverify(prod(record())).after(world(now, run))

    assert after.outcome is None
    assert after.line.endswith("its AnalysisRun has ended Successful, which the Stage has not noticed: refresh_stage")


async def test_a_real_verification_is_aborted() -> None:
    before = await real("28")
    asked = Done("abort_verification", before, stage="dev-vjob")

    (write,) = asked.planned.writes
    assert isinstance(write, AbortVerification)
    assert write.verification_id.startswith("b80777c3")
    assert asked.verdict == "go"
    assert asked.planned.plan.command == "kargo verify stage --project=demo dev-vjob --abort"
    assert asked.target.next[-1] == ("what waits is promoted at once: dev-vjob.01m83cjp81wagm695z1xjm9222.1be389c")
    assert asked.after(before).outcome is None


async def test_a_real_verification_that_was_aborted_has_ended() -> None:
    asked = Done("abort_verification", await real("13"), stage="dev-vjob")

    assert asked.shut == {"runs": "the newest verification of dev-vjob has ended already: Failed"}


def test_nothing_to_be_aborted() -> None:
    assert abort(prod()).shut == {"runs": "nothing in prod has been verified, nor is it being verified"}
    assert "has no id" in abort(prod(record("", "Running"))).shut["id"]


def test_what_waits_behind_it_is_told() -> None:
    asked = abort(prod(record(phase="Running")), promotion("prod.01", "f", "Pending"))

    assert "what waits is promoted at once: prod.01" in asked.target.next
    assert asked.planned.inputs != abort(prod(record(phase="Running"))).planned.inputs


@pytest.mark.parametrize(
    ("now", "found", "outcome"),
    [
        (prod(record(phase="Running")), False, None),
        (prod(record(phase="Running"), notes={ABORT: OLD}), True, None),
        (prod(record(message=ABORTED)), True, Outcome.DONE),
        (prod(record(phase="Successful")), False, Outcome.FAILED),
        (prod(record(NEW)), False, Outcome.NOT_KNOWN),
        (stage("other"), None, Outcome.NOT_KNOWN),
    ],
)
def test_what_is_seen_of_an_abort(now: JSON, found: bool | None, outcome: Outcome | None) -> None:
    asked = abort(prod(record(phase="Running")))

    assert asked.trace(world(now)).found is found
    assert asked.after(world(now)).outcome is outcome


def test_the_stage_has_to_be_there_and_to_be_seen() -> None:
    with pytest.raises(UsageError, match="no Stage 'tset'"):
        Done("reverify", world(prod(record())), stage="tset")
    gap = Gap("kargo.akuity.io/Stage", "timed out")
    with pytest.raises(Unreachable, match="cannot look for Stage 'prod': timed out"):
        Done("reverify", cluster(project(), gaps=(gap,)), stage="prod")
