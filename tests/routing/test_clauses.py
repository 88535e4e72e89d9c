"""How a request is taken apart: clauses, negation, order, what was pasted."""

import pytest

from gitops_master.model.routing import Known
from gitops_master.routing import route
from gitops_master.routing.clauses import clauses
from gitops_master.routing.pasted import take_apart
from gitops_master.routing.tokens import tokenize

KNOWN = Known(project="shop", stages=("dev", "staging", "prod"))


def modes(text: str) -> str:
    return " ".join(route(text, KNOWN).modes)


def test_a_clause_begins_where_a_verb_does_and_not_between_names() -> None:
    parts = clauses(tokenize("check dev and staging, then promote it to prod and tell me why it failed"))

    assert [" ".join(one.word for one in part.tokens) for part in parts] == [
        "check dev and staging",
        "promote_it to prod",
        "tell me why it failed",
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("don't promote to prod, check staging", "VERIFY"),
        ("check staging without promoting it", "VERIFY"),
        ("no need to verify, promote v1 to prod", "PROMOTE"),
        ("instead of rolling back tell me why prod fails", "DIAGNOSE"),
        ("never mind the verification, just promote to prod", "PROMOTE"),
        ("can't promote to prod", "DIAGNOSE"),
        ("prod does not sync", "DIAGNOSE"),
        ("don't forget to verify staging", "VERIFY"),
        ("why not prod?", "DIAGNOSE"),
        ("staging isn't healthy", "DIAGNOSE"),
        ("isn't staging healthy?", "VERIFY"),
        ("there is nothing wrong with dev, promote it to staging", "PROMOTE"),
    ],
)
def test_what_is_negated_is_not_wanted_and_what_does_not_work_is_a_symptom(text: str, wanted: str) -> None:
    assert modes(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("check staging before you promote it to prod", "VERIFY PROMOTE"),
        ("after promoting to staging verify it", "PROMOTE VERIFY"),
        ("promote to prod if staging is green", "VERIFY PROMOTE"),
        ("check staging before I promote it to prod", "VERIFY"),
        ("we promoted to prod yesterday, is staging ok?", "VERIFY"),
        ("promote to staging and promote to prod", "PROMOTE"),
    ],
)
def test_wishes_come_in_the_order_of_doing_them_and_each_once(text: str, wanted: str) -> None:
    assert modes(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("rerun the verification of staging", "VERIFY"),
        ("change the verification of staging", "SETUP"),
        ("why did the verification of staging fail", "DIAGNOSE"),
        ("how do I promote to prod", "PROMOTE"),
        ("how do I configure promotions to prod", "SETUP"),
        ("which version is in prod", "VERIFY"),
        ("which version is where", "PROMOTE"),
        ("pause promotions to prod", "PROMOTE"),
        ("turn off auto-promotion for prod", "SETUP"),
    ],
)
def test_what_is_wanted_decides_and_not_the_word(text: str, wanted: str) -> None:
    assert modes(text) == wanted


def test_what_was_pasted_is_kept_apart_from_what_was_written() -> None:
    text = "promote please\n```\nerror: check verify promote\n```\n$ kubectl get pods\nNAME   READY   STATUS\nweb-0  0/1     Error\nthanks"

    found = take_apart(text)

    assert found.prose == "promote please\nthanks"
    assert found.commands == ("$ kubectl get pods",)
    assert len(found.lines) == 4


def test_yaml_is_known_as_such() -> None:
    found = take_apart("is this right?\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n")

    assert (found.is_yaml, found.prose) == (True, "is this right?")


def test_an_error_alone_asks_for_its_cause_and_a_wish_beside_it_counts_more() -> None:
    error = 'Error from server (Forbidden): stages.kargo.akuity.io "prod" is forbidden'

    assert modes(error) == "DIAGNOSE"
    assert modes(f"{error}\nhow do I set up the rbac for this?") == "SETUP"
    assert modes(f"{error}\nplease promote to prod again") == "PROMOTE"
