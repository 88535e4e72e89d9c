"""The text report of a diagnosis: what it tells of a remedy, and that a call in it stays whole where texts are cut."""

from datetime import UTC, datetime

from gitops_master.model.finding import Class, Confidence, Diagnosis, Finding, Remedy, Severity, Target, Verdict
from gitops_master.usecases.report import diagnosis_report
from gitops_master.usecases.size import shortened

LONG = "s" * 70
CALL: dict[str, str | bool] = {
    "tool": "promote_freight", "project": "demo", "stage": LONG, "freight": "a" * 40, "rollback": True,
}  # fmt: skip


def _answer(remedy: Remedy) -> Diagnosis:
    root = Finding(
        id="auto-promotion-hold", class_=Class.WAITING, subject="Stage demo/dev", title="A hold", summary="It is on hold.",
        severity=Severity.MEDIUM, confidence=Confidence.HIGH, remedies=[remedy],
    )  # fmt: skip
    target = Target(kind="Stage", name="dev", namespace="demo")
    at = datetime(2026, 11, 23, 4, tzinfo=UTC)
    return Diagnosis(project="demo", target=target, verdict=Verdict.WAITING, root_cause=root, observed_at=at)


def test_a_call_stands_in_one_line_below_the_commands() -> None:
    report = diagnosis_report(
        _answer(Remedy(title="Go back", commands=["kargo promote"], call=CALL, destroys="nothing"))
    )

    lines = report.splitlines()
    at = lines.index("     kargo promote")
    freight = "a" * 40
    assert lines[at + 1] == f"     call: promote_freight project=demo stage={LONG} freight={freight} rollback=true"
    assert lines[at + 2] == "     destroys: nothing"


def test_a_remedy_without_a_call_has_no_such_line() -> None:
    assert "call:" not in diagnosis_report(_answer(Remedy(title="Mend it", commands=["kubectl get pods"])))


def test_a_call_is_not_cut_where_texts_are() -> None:
    answer = shortened(_answer(Remedy(title="Go back " * 20, commands=["kargo promote"], call=CALL)), 60)

    assert answer.root_cause is not None
    assert answer.root_cause.remedies[0].call == CALL
    assert len(answer.root_cause.remedies[0].title) <= 60
