"""What writes over the Kubernetes API make of its answers; tests/live/test_writing.py has them on a real server."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gitops_master.adapters.kubernetes_ways import KubernetesWays
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable, UsageError
from gitops_master.model.meta import Ref
from gitops_master.model.versions import Version
from gitops_master.ports.writing import (
    AbortPromotion,
    ApproveFreight,
    Changed,
    ObjectChange,
    Premises,
    Promote,
    Refresh,
    Reverify,
    SyncApplication,
    TerminateOperation,
    Write,
)

JSON = dict[str, Any]
FREIGHT = "0123456789012345678901234567890123456789"
PROMOTE = Promote(namespace="shop", stage="test", freight=FREIGHT)
REVERIFY = Reverify(namespace="shop", stage="test", verification_id="id-1")
HERE = Premises(kargo=Version(1, 11, 0))
START = datetime(2026, 11, 23, 10, tzinfo=UTC)
SHAPED: JSON = {
    "metadata": {
        "name": f"test.01m83gyvmwtvswf358mkx3wbm5.{FREIGHT[:7]}",
        "annotations": {"kargo.akuity.io/create-actor": "kubernetes:jane", "kargo.akuity.io/stage": "test"},
        "ownerReferences": [{"kind": "Stage", "name": "test", "controller": True}],
        "creationTimestamp": "2026-11-23T10:00:07Z",
    },
    "spec": {"stage": "test", "freight": FREIGHT, "steps": [{"uses": "git-clone", "as": "clone"}]},
}
DENIED = 'admission webhook "promotion.kargo.akuity.io" denied the request: Freight is not available to this Stage'
CALLING = 'Internal error occurred: failed calling webhook "promotion.kargo.akuity.io": connection refused'
TESTED = "the server rejected our request due to an error in our request"


class Objects:
    """An API server that answers as told, the last answer for ever."""

    title = "prod"

    def __init__(self, *answers: Changed | JSON) -> None:
        self._answers = [one if isinstance(one, Changed) else ok(one) for one in answers]
        self.asked: list[ObjectChange] = []
        self.closed = False

    async def change(self, change: ObjectChange, *, deadline_s: float) -> Changed:
        assert 0 < deadline_s <= 30
        self.asked.append(change)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    async def close(self) -> None:
        self.closed = True

    def sent(self) -> list[ObjectChange]:
        return [one for one in self.asked if not one.dry_run]


def ok(body: JSON, at: datetime | None = None) -> Changed:
    return Changed(200, body=json.dumps(body).encode(), at=at)


def over(objects: Objects) -> KubernetesWays:
    return KubernetesWays(objects, clock=lambda: START, mark=lambda: "7f3a")


# ways


async def test_a_way_tells_where_it_leads_and_as_whom() -> None:
    hold = deepcopy(SHAPED)
    hold["metadata"]["annotations"]["kargo.akuity.io/auto-promotion-hold"] = "Warehouse/main"
    objects = Objects(hold)

    way = await over(objects).way(PROMOTE, HERE, deadline_s=30)

    assert (way.title, way.who, way.holds, way.is_tried) == (
        "the Kubernetes API (prod)",
        "jane",
        "Warehouse/main",
        True,
    )
    assert objects.sent() == []


async def test_an_approval_says_that_it_leaves_no_event() -> None:
    taken = {"status": {"approvedFor": {"test": {"approvedAt": "2026-11-23T10:00:00Z"}}}}
    write = ApproveFreight(namespace="shop", freight="f1", stage="test", at=START)

    way = await over(Objects(taken)).way(write, HERE, deadline_s=30)

    assert "leaves no event" in way.notes[0]


@pytest.mark.parametrize("body", [{}, {"metadata": {}}, {"metadata": {"annotations": {"other": "x"}}}])
async def test_a_server_that_drops_what_was_written_is_no_way(body: JSON) -> None:
    with pytest.raises(Forbidden, match="drops what it says"):
        await over(Objects(body)).way(REVERIFY, HERE, deadline_s=30)


async def test_a_webhook_that_takes_no_dry_run_leaves_a_way_untried_but_for_promotions() -> None:
    words = 'admission webhook "x.example.com" does not support dry run'
    objects = Objects(Changed(400, words))

    way = await over(objects).way(REVERIFY, HERE, deadline_s=30)
    with pytest.raises(Forbidden, match="does not support dry run"):
        await over(objects).way(PROMOTE, HERE, deadline_s=30)

    assert (way.is_tried, "no dry run" in way.notes[-1]) == (False, True)


async def test_what_kargo_does_not_refresh_is_not_sent() -> None:
    objects = Objects({})
    write = Refresh(namespace="shop", of=Ref("kargo.akuity.io/Freight", "shop", "f1"), token="x")

    with pytest.raises(UsageError, match="Freight shop/f1 is nothing that Kargo refreshes"):
        await over(objects).way(write, HERE, deadline_s=30)

    assert objects.asked == []


async def test_a_time_that_is_over_sends_nothing() -> None:
    objects = Objects(SHAPED)

    with pytest.raises(Unreachable, match="nothing was written"):
        await over(objects).send(PROMOTE, HERE, deadline_s=0)

    assert objects.asked == []


# the proof


def _renamed(made: JSON) -> None:
    made["metadata"]["name"] = "gitops-master-probe-7f3a"


def _generated(made: JSON) -> None:
    made["metadata"]["name"] = "test-h7ccq"


def _of_another_stage(made: JSON) -> None:
    made["metadata"]["name"] = f"prod.01m83gyvmwtvswf358mkx3wbm5.{FREIGHT[:7]}"


def _of_other_freight(made: JSON) -> None:
    made["metadata"]["name"] = "test.01m83gyvmwtvswf358mkx3wbm5.abcdef0"


def _unowned(made: JSON) -> None:
    del made["metadata"]["ownerReferences"]


def _owned_by_another(made: JSON) -> None:
    made["metadata"]["ownerReferences"][0]["kind"] = "ConfigMap"


def _anonymous(made: JSON) -> None:
    del made["metadata"]["annotations"]["kargo.akuity.io/create-actor"]


def _with_our_step(made: JSON) -> None:
    made["spec"]["steps"].append({"uses": "compose-output", "as": "gitops-master-probe"})


def _without_steps(made: JSON) -> None:
    made["spec"]["steps"] = []


def _for_something_else(made: JSON) -> None:
    made["spec"]["freight"] = "abc"


def _numbered(made: JSON) -> None:
    made["spec"]["freight"] = 123


BROKEN = [
    _renamed,
    _generated,
    _of_another_stage,
    _of_other_freight,
    _unowned,
    _owned_by_another,
    _anonymous,
    _with_our_step,
    _without_steps,
    _for_something_else,
    _numbered,
]


@pytest.mark.parametrize("broken", BROKEN)
async def test_one_sign_that_is_missing_is_enough_to_refuse(broken: Callable[[JSON], None]) -> None:
    made = deepcopy(SHAPED)
    broken(made)
    objects = Objects(made)

    with pytest.raises(Forbidden, match="does not shape Promotions") as told:
        await over(objects).way(PROMOTE, HERE, deadline_s=30)
    with pytest.raises(Forbidden, match="does not shape Promotions"):
        await over(objects).send(PROMOTE, HERE, deadline_s=30)

    assert f"kargo promote --project=shop --freight={FREIGHT} --stage=test" in told.value.hint
    assert objects.sent() == []


async def test_the_proof_is_had_anew_right_before_the_promotion_is_made() -> None:
    objects = Objects(SHAPED)

    sent = await over(objects).send(PROMOTE, HERE, deadline_s=30)

    [marked, made] = objects.asked
    assert (marked.dry_run, made.dry_run) == (True, False)
    assert json.loads(marked.body)["spec"]["steps"] == [{"uses": "compose-output", "as": "gitops-master-probe"}]
    assert json.loads(made.body) == {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Promotion",
        "metadata": {
            "generateName": "test-",
            "labels": {"gitops-master/request": "7f3a"},
            "namespace": "shop",
        },
        "spec": {"stage": "test", "freight": FREIGHT},
    }
    assert (sent.names, sent.at) == ((SHAPED["metadata"]["name"],), START + timedelta(seconds=7))


@pytest.mark.parametrize("lost", [Changed(0, "broke off"), Changed(504, "timeout"), Changed(502, "bad gateway")])
async def test_an_answer_that_is_lost_leaves_its_mark_and_the_server_s_time(lost: Changed) -> None:
    before = START - timedelta(hours=1)

    sent = await over(Objects(ok(SHAPED, at=before), lost)).send(PROMOTE, HERE, deadline_s=30)

    assert (sent.ambiguous, sent.at, sent.names) == (True, before, ())
    assert "gitops-master/request=7f3a" in sent.problem


async def test_an_answer_that_is_no_promotion_is_as_good_as_none() -> None:
    sent = await over(Objects(SHAPED, Changed(201, body=b"<html>"))).send(PROMOTE, HERE, deadline_s=30)

    assert (sent.ambiguous, sent.names) == (True, ())


# refusals


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Changed(422, f"422 Unprocessable Entity: {DENIED}"), Forbidden, "Kargo's admission webhook refuses it: Freight is not available"),
        (Changed(500, DENIED), Forbidden, "Kargo's admission webhook refuses it: Freight"),
        (Changed(403, 'admission webhook "x.example.com" denied the request: no'), Forbidden, r"the admission webhook x\.example\.com refuses it: no"),
        (Changed(500, CALLING), Unreachable, "Kargo's admission webhook does not answer"),
        (Changed(401, "401 Unauthorized"), Forbidden, "does not accept these credentials"),
        (Changed(403, 'freights "f" is forbidden: User "j" cannot get resource "freights/status" in API group "kargo.akuity.io"'), Forbidden, r"the right to get freights/status\.kargo\.akuity\.io in namespace shop"),
        (Changed(403, "exceeded quota"), Forbidden, "refuses it: exceeded quota"),
        (Changed(404, 'stages "test" not found'), UsageError, "shop/test does not exist"),
        (Changed(404, "the server could not find the requested resource"), UsageError, r"serves no stages\.kargo"),
        (Changed(409, "modified"), Forbidden, "was changed in the same moment"),
        (Changed(422, "spec.x: Invalid value"), Forbidden, "refuses it: spec.x"),
        (Changed(429, "slow down"), Unreachable, "slow down"),
        (Changed(503, "unavailable"), Unreachable, "unavailable"),
        (Changed(0, "no answer within 5 s"), Unreachable, "no answer within"),
    ],
)  # fmt: skip
async def test_what_a_dry_run_meets_is_told_apart(answer: Changed, error: type[GitOpsError], words: str) -> None:
    with pytest.raises(error, match=words):
        await over(Objects(answer)).way(REVERIFY, HERE, deadline_s=30)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Changed(500, DENIED), 403),
        (Changed(422, DENIED), 422),
        (Changed(409, "modified"), 409),
        (Changed(404, "not found"), 404),
        (Changed(503, "unavailable"), 503),
        (Changed(524, "524: a timeout occurred"), 0),
        (Changed(0, "broke off"), 0),
    ],
)
async def test_what_was_refused_is_certain_and_what_was_lost_is_not(answer: Changed, status: int) -> None:
    objects = Objects(answer)

    sent = await over(objects).send(REVERIFY, HERE, deadline_s=30)

    assert (sent.status, sent.done, len(objects.asked)) == (status, False, 1)
    assert sent.ambiguous is (status in {0, 503})
    assert sent.at == START


async def test_an_internal_error_of_the_server_is_passed_on_as_it_is() -> None:
    sent = await over(Objects(Changed(500, "etcdserver: request timed out"))).send(REVERIFY, HERE, deadline_s=30)

    assert (sent.status, sent.done, sent.problem) == (500, False, "etcdserver: request timed out")


@pytest.mark.parametrize("answer", [Changed(500, CALLING), Changed(429, "slow down")])
async def test_what_the_server_could_not_take_is_an_error_since_nothing_was_written(answer: Changed) -> None:
    with pytest.raises(Unreachable, match="nothing was written"):
        await over(Objects(answer)).send(REVERIFY, HERE, deadline_s=30)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (TerminateOperation(namespace="a", app="x", username="jane", started_at="T"), r"phase Running, begun by jane at T\)"),
        (AbortPromotion(namespace="a", promotion="x"), "is not as it was seen"),
    ],
)  # fmt: skip
async def test_a_test_that_fails_says_what_was_expected(write: Write, words: str) -> None:
    with pytest.raises(Forbidden, match=words):
        await over(Objects(Changed(422, TESTED))).way(write, HERE, deadline_s=30)


# syncs


@pytest.mark.parametrize(
    ("spec", "revisions", "expected"),
    [
        ({"source": {}}, ("abc",), {"prune": False, "revision": "abc"}),
        ({"sources": [{}]}, ("abc",), {"prune": False, "revisions": ["abc"]}),
        ({"sources": [{}, {}]}, ("abc", "def"), {"prune": False, "revisions": ["abc", "def"]}),
        ({"sources": [{}, {}]}, (), {"prune": False}),
    ],
)
async def test_revisions_are_given_as_the_application_has_its_sources(
    spec: JSON, revisions: tuple[str, ...], expected: JSON
) -> None:
    objects = Objects({"spec": spec, "status": {}})

    await over(objects).send(SyncApplication(namespace="argocd", app="x", revisions=revisions), HERE, deadline_s=30)

    [look, sent] = objects.asked
    assert (look.dry_run, sent.dry_run) == (True, False)
    operation = json.loads(sent.body)[-1]["value"]
    assert operation == {"initiatedBy": {"username": "gitops-master"}, "sync": expected}


async def test_a_state_that_is_final_is_tested_and_taken_away() -> None:
    objects = Objects({"status": {"operationState": {"phase": "Error", "startedAt": "T"}}})

    await over(objects).send(SyncApplication(namespace="argocd", app="x"), HERE, deadline_s=30)

    steps = json.loads(objects.asked[-1].body)
    assert [(one["op"], one["path"]) for one in steps] == [
        ("test", "/operation"),
        ("test", "/status/operationState/phase"),
        ("test", "/status/operationState/startedAt"),
        ("remove", "/status/operationState"),
        ("add", "/operation"),
    ]


async def test_closing_closes_the_connection() -> None:
    objects = Objects({})

    await over(objects).close()

    assert objects.closed
