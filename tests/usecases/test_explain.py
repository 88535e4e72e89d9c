"""What explain answers: manuals are whole, and a text leads to the causes that print it, best first."""

import pytest

from gitops_master.model.errors import UsageError
from gitops_master.rules.registry import all_patterns, all_rules
from gitops_master.usecases.explain import MOST_CHARACTERS, explain_message, explain_rule, list_causes

JOB = (
    'step "sync" met error threshold of 1: error running step "sync": Argo CD Application "web" in namespace "argocd" failed with: one '
    'or more objects failed to apply, reason: Job.batch "migrate" is invalid: spec.template: Invalid value: {}: field is immutable '
    "(retried 5 times)."
)
GENERATE = (
    "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = "
)


@pytest.mark.parametrize("id_", [one.id for one in all_rules()])
def test_the_manual_of_every_rule_has_all_its_parts(id_: str) -> None:
    manual = explain_rule(id_).manual

    assert manual is not None
    assert manual.id == id_
    for part in (manual.title, manual.symptom, manual.why, manual.how_to_tell, manual.what_to_do, manual.not_this_when):
        assert part
        assert "\n" not in part
    assert not manual.symptom.startswith(("Why:", "How to tell:"))


def test_the_report_of_a_manual_names_texts_and_sources() -> None:
    report = explain_rule("crd-not-installed").report

    for words in (
        "[crd-not-installed]",
        "Why: ",
        "What to do: ",
        "Make sure the",
        "Sources:",
        "Explains, where it holds:",
    ):
        assert words in report


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("crd-not-instaled", "crd-not-installed"),
        ("CRD_not_installed", "crd-not-installed"),
        ("immutable", "immutable-job-template-changed"),
    ],
)
def test_an_unknown_id_is_answered_with_near_misses(given: str, meant: str) -> None:
    with pytest.raises(UsageError, match=meant):
        explain_rule(given)


def test_an_id_like_nothing_is_refused_without_a_guess() -> None:
    with pytest.raises(UsageError) as refused:
        explain_rule("zzzz")

    assert "did you mean" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "best"),
    [
        (JOB, "immutable-job-template-changed"),
        (f"{GENERATE}failed to list refs: authentication required: Repository not found.", "argocd-source-unreachable"),
        (f"{GENERATE}failed to list refs: unable to resolve 'env/preprod' to a commit SHA", "target-revision-unresolvable"),
        (f"{GENERATE}apps/web: app path does not exist", "manifest-render-error"),
        ('step "sync": Argo CD Application "web" in namespace "argocd" is not authorized', "authorized-stage-annotation-mismatch"),
        ("resource :Namespace is not permitted in project foxtrot", "appproject-forbids-namespace-creation"),
        (
            "remote: error: GH006: Protected branch update failed for refs/heads/main.\n ! [remote rejected] HEAD -> main (protected "
            "branch hook declined)",
            "push-to-protected-branch-denied",
        ),
        ('Get "https://registry.example.net/v2/": TOOMANYREQUESTS: You have reached your pull rate limit', "registry-rate-limit"),
        ("Sync operation blocked by sync window", "argocd-sync-window-deny"),
        ("The server could not find the requested resource", "crd-not-installed"),
    ],
)  # fmt: skip
def test_the_best_candidate_is_the_cause_whose_text_it_is(text: str, best: str) -> None:
    assert explain_message(text).candidates[0].id == best


@pytest.mark.parametrize(
    ("pattern", "vector"),
    [(one.name, vector) for one in all_patterns() for vector in one.vectors if any(one in rule.patterns for rule in all_rules())],
)  # fmt: skip
def test_every_text_of_a_rule_finds_a_cause(pattern: str, vector: str) -> None:
    answer = explain_message(vector)

    assert answer.candidates or all(
        rule.unless for rule in all_rules() if any(one.name == pattern for one in rule.patterns)
    )


def test_a_candidate_tells_matched_words_and_the_first_thing_to_do() -> None:
    found = explain_message(JOB).candidates[0]

    assert found.matched.startswith('Job.batch "migrate" is invalid')
    assert found.what_to_do
    assert found.reference == "gitops://rules/immutable-job-template-changed"


def test_symptoms_come_last() -> None:
    for text in (JOB, *(vector for one in all_patterns() for vector in one.vectors)):
        told = [one.is_symptom for one in explain_message(text).candidates]
        assert told == sorted(told)


def test_a_wrapper_never_comes_before_what_it_wraps() -> None:
    text = 'Failed last sync attempt to [4f0c9be]: namespaces "shop" not found (retried 5 times).'

    assert explain_message(text).candidates[-1].id == "auto-sync-gave-up-on-revision"


def test_nothing_known_is_said_so() -> None:
    answer = explain_message("all quiet here")

    assert answer.candidates == []
    assert "No known cause prints this" in answer.report


@pytest.mark.parametrize("text", ["", "   \n ", "x" * (MOST_CHARACTERS + 1)])
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        explain_message(text)


def test_the_message_comes_back_without_control_characters_and_cut() -> None:
    answer = explain_message("\x1b[31m" + "blocked by sync window " * 400)

    assert "\x1b" not in answer.model_dump_json()
    assert len(answer.message) < 1300
    assert len(answer.candidates[0].matched) <= 200


def test_the_list_has_every_rule_once() -> None:
    areas = list_causes().areas

    assert sorted(id_ for one in areas for id_ in one.ids) == [one.id for one in all_rules()]
