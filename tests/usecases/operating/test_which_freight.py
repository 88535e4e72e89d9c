"""Freight by whatever people call it: one piece, or a list; never a guess."""

import re

import pytest

from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.model.snapshot import Gap
from tests.usecases.operating.pipelines import F1, F2, F3, auto, freight, held, planned, stage, takes, world

_COMMIT = {"repoURL": "https://git.example/app", "id": "abcdef0123456789abcdef0123456789abcdef01"}


@pytest.mark.parametrize(
    "words",
    [F2, F2[:7], "brave-otter", "abcdef0", "v2", "sha256:2", "2.0.0", " v2 ", "candidate", "The  candidate", "newest"],
)
def test_every_name_of_it_finds_it(words: str) -> None:
    rich = freight(
        F2, alias="brave-otter", commits=[_COMMIT], charts=[{"repoURL": "oci://r", "name": "app", "version": "2.0.0"}]
    )

    assert planned(stage(), freight(F1), rich, words=words).plan.freight == F2


def test_no_name_is_asked_for_with_what_could_go() -> None:
    with pytest.raises(UsageError, match=re.escape("which Freight is to be promoted to prod?")) as error:
        planned(stage(history=(held(F1),)), freight(F1), freight(F2), freight(F3, origin="other"), words=" ")

    assert f"Available to prod: v2 (2222222), 8h old as {F2}" in error.value.hint


def test_several_are_listed_with_their_age() -> None:
    with pytest.raises(UsageError, match="means several") as error:
        planned(stage(), freight(F1, tag="v9"), freight(F2, tag="v9"), words="v9")

    assert f"v9 (1111111), 9h old as {F1}; v9 (2222222), 8h old as {F2}" in error.value.message


def test_an_alias_does_not_outdo_a_tag_of_the_same_name() -> None:
    with pytest.raises(UsageError, match="means several"):
        planned(stage(), freight(F1, alias="v2"), freight(F2, tag="v2"), words="v2")


def test_of_several_only_what_the_stage_requests_can_be_meant() -> None:
    assert planned(stage(), freight(F1, tag="v9", origin="other"), freight(F2, tag="v9"), words="v9").plan.freight == F2


def test_what_does_not_exist_is_an_error_that_lists_what_does() -> None:
    with pytest.raises(UsageError, match="no Freight in project 'p' is, carries or begins with 'v7'") as error:
        planned(stage(), freight(F1), words="v7")

    assert "v1 (1111111)" in error.value.hint


def test_what_could_not_be_read_is_not_said_to_be_missing() -> None:
    denied = Gap("kargo.akuity.io/Freight", "freights is forbidden", denied=True)

    for words in ("v7", "candidate", "last verified"):
        with pytest.raises(Forbidden, match="freights is forbidden"):
            planned(snapshot=world(stage(), gaps=(denied,)), words=words)
        with pytest.raises(Unreachable, match="cannot tell"):
            planned(snapshot=world(stage(), complete=("kargo.akuity.io/Stage",)), words=words)


def test_a_word_that_other_unread_freight_may_carry_is_a_warning() -> None:
    part = world(stage(), freight(), complete=("kargo.akuity.io/[!F]*",))

    (by_tag,) = planned(snapshot=part, words="v2").plan.targets
    (by_name,) = planned(snapshot=part, words=F2).plan.targets

    assert any("other Freight may carry v2" in one for one in by_tag.warnings)
    assert not any("other Freight" in one for one in by_name.warnings)


def test_the_candidate_of_several_origins_has_to_name_one() -> None:
    objects = (stage("prod", takes("w"), takes("x")), freight(F1, origin="w"), freight(F2, origin="x"))

    assert planned(*objects, words="candidate of x").plan.freight == F2
    assert planned(*objects, words="candidate Warehouse/w").plan.freight == F1
    with pytest.raises(UsageError, match="several pieces of Freight") as error:
        planned(*objects, words="candidate")
    assert "candidate of <warehouse>" in error.value.hint
    with pytest.raises(UsageError, match="does not request Freight of 'y'"):
        planned(*objects, words="candidate of y")


def test_there_may_be_no_candidate() -> None:
    with pytest.raises(UsageError, match=r"there is no candidate for prod \(Warehouse/w\)"):
        planned(stage("prod", takes(stages=("uat",))), freight(), words="candidate")


def test_an_alias_that_reads_like_a_rule_is_that_freight() -> None:
    assert planned(stage(), freight(F1, alias="newest"), freight(F2), words="newest", rollback=True).plan.freight == F1


@pytest.mark.parametrize("words", ["last verified", "the last verified here", "rollback"])
def test_the_last_verified_is_the_newest_before_the_present_one_that_passed(words: str) -> None:
    past = (held(F3), held(F3), held(F2, "Failed"), held(F1))

    assert (
        planned(stage(history=past), freight(F1), freight(F2), freight(F3), words=words, rollback=True).plan.freight
        == F1
    )


def test_without_a_verification_having_been_held_is_enough() -> None:
    assert (
        planned(stage(history=(held(F2, ""), held(F1, ""))), freight(F1), freight(F2), words="rollback").plan.freight
        == F1
    )
    checked = stage(history=(held(F2), held(F1, "")), spec={"verification": {"analysisTemplates": [{"name": "smoke"}]}})
    with pytest.raises(UsageError, match="there is no last verified Freight"):
        planned(checked, freight(F1), freight(F2), words="rollback")


def test_where_the_last_verified_is_gone_no_older_one_takes_its_place() -> None:
    with pytest.raises(UsageError, match=r"v2 \(2222222\), no longer exists") as error:
        planned(stage(history=(held(F3), held(F2), held(F1))), freight(F1), freight(F3), words="rollback")

    assert "v1 (1111111)" in error.value.hint


def test_a_candidate_is_named_whether_or_not_auto_promotion_is_on() -> None:
    assert planned(stage(), auto("prod"), freight(F1), freight(F2), words="candidate").plan.freight == F2
