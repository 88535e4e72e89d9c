"""Every pattern matches what products print, however it was passed on, and comes back from any text.

real_matches.yaml counts, for each pattern, the distinct texts of tests/real and tests/cases that it matches, so that one that was
loosened or broken shows in review. `GOLDEN_UPDATE=1 pytest tests/rules/test_patterns.py` writes it again.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.facts.access import parse_denial
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.hooks import awaited
from gitops_master.facts.patterns import Pattern, find, find_all, peel
from gitops_master.facts.texts import Text
from gitops_master.model.argocd import Application
from gitops_master.model.meta import Metadata
from gitops_master.model.snapshot import Snapshot
from gitops_master.rules.registry import all_patterns, all_rules

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden" / "real_matches.yaml"
VECTORS = [(one, vector) for one in all_patterns() for vector in one.vectors]
IDS = [f"{one.name}-{number}" for one in all_patterns() for number, _ in enumerate(one.vectors)]
ANCHORED = {"looks-like-semver"}
"""Matched against a value, not a message: nothing ever stands around it."""
MUCH = 20_000
TEXT_KEYS = {"message", "note", "issues", "reason", "error"}

vectors = pytest.mark.parametrize(("pattern", "vector"), VECTORS, ids=IDS)
patterns = pytest.mark.parametrize("pattern", all_patterns(), ids=lambda one: one.name)


@patterns
def test_a_pattern_says_where_its_text_comes_from_and_has_a_vector(pattern: Pattern) -> None:
    assert pattern.source
    assert pattern.vectors
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", pattern.name)


def test_no_two_patterns_are_the_same() -> None:
    regexes = [one.regex for one in all_patterns()]

    assert len(set(regexes)) == len(regexes)


def test_every_pattern_belongs_to_a_rule_or_is_a_detail() -> None:
    used = {one for rule in all_rules() for one in (*rule.patterns, *rule.unless)}

    assert [one.name for one in all_patterns() if one not in used and not one.is_detail] == []


def test_a_detail_or_a_neighbours_text_is_not_among_a_rules_patterns() -> None:
    for rule in all_rules():
        assert not [one.name for one in rule.patterns if one.is_detail or one in rule.unless]


@vectors
def test_a_vector_matches(pattern: Pattern, vector: str) -> None:
    assert find(pattern, vector)


@vectors
def test_a_vector_matches_with_its_quotes_escaped(pattern: Pattern, vector: str) -> None:
    assert find(pattern, vector.replace('"', '\\"').replace("'", "\\'"))
    assert find(pattern, vector.replace('"', '\\\\\\"'))


@vectors
def test_a_vector_matches_with_lines_wrapped(pattern: Pattern, vector: str) -> None:
    assert find(pattern, vector.replace(" ", "\n"))
    assert find(pattern, re.sub(r"(.{30,}?) ", r"\1\n      ", vector))


@vectors
def test_a_vector_matches_within_the_wrappers_of_kargo_and_argo_cd(pattern: Pattern, vector: str) -> None:
    if pattern.name in ANCHORED:
        return
    step = 'step "x" met error threshold of 1: error running step "x": '
    app = 'Argo CD Application "a" in namespace "n" failed with: '

    assert find(pattern, f"{step}{app}{vector}")
    assert find(pattern, f"ComparisonError: {vector} (retried 5 times).")
    assert find(pattern, f"{step}{app}{vector}. Retrying attempt #2 at 9:41AM.")


@vectors
def test_a_vector_matches_whatever_things_are_called(pattern: Pattern, vector: str) -> None:
    literal = pattern.regex.replace("\\", "")

    def renamed(match: re.Match[str]) -> str:
        return match[0] if match[2] in literal else f"{match[1]}zeta-7.other{match[1]}"

    assert find(pattern, re.sub(r"""(["'])([a-z0-9][a-z0-9.-]*)\1""", renamed, vector))


@patterns
def test_a_pattern_comes_back_from_any_text(pattern: Pattern) -> None:
    """No limit of time: one that backtracks without end would hang here."""
    fillers = ["a", " ", '"', "'", 'a"', "a.", "a ", "1", "\n", "a: ", "https://a", "[a] ", "x=1,"]
    fillers += [f"{vector[: -max(1, len(vector) // 10)]} " for vector in pattern.vectors]
    for filler in fillers:
        find(pattern, filler * (MUCH // len(filler)))


@pytest.mark.parametrize(
    "filler", ["\\", '\\"', "a: ", 'step "', "Failed sync attempt to ", " (retried 5 times).", "rpc error: code = "]
)
def test_peeling_comes_back_from_any_text(filler: str) -> None:
    peel(filler * (MUCH // len(filler)))


SERVER_DOWN = (
    "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unavailable desc = connection error: "
    'desc = "transport: Error while dialing: dial tcp 10.96.7.3:8081: connect: connection refused"'
)
CACHED = (
    "Failed to load target state: failed to generate manifest for source 2 of 3: rpc error: code = Unknown desc = Manifest generation "
    "error (cached): apps/web/overlays/uat: app path does not exist"
)
GAVE_UP = (
    'Failed last sync attempt to [4f0c9be]: one or more objects failed to apply, reason: Job.batch "migrate" is invalid: spec.template: '
    "Invalid value: {}: field is immutable (retried 5 times)."
)
DENIED = (
    'one or more objects failed to apply, reason: deployments.apps is forbidden: User "system:serviceaccount:argocd:'
    'argocd-application-controller" cannot create resource "deployments" in API group "apps" in the namespace "shop". '
    "Retrying attempt #2 at 9:41AM."
)
NO_KIND = (
    "The Kubernetes API could not find external-secrets.io/ClusterSecretStore for requested resource /aws. Make sure the "
    '"ClusterSecretStore" CRD is installed on the destination cluster.'
)
CACHE = (
    'ComparisonError: Failed to load live state: failed to get cluster info for "https://10.0.0.1": error synchronizing cache state : '
    "failed to sync cluster https://10.0.0.1: failed to load initial state of resource Bucket.s3.aws.upbound.io: conversion webhook for "
    's3.aws.upbound.io/v1beta1, Kind=Bucket failed: Post "https://provider.crossplane-system.svc:9443/convert": no endpoints available '
    'for service "provider"'
)


def matching(text: str) -> set[str]:
    """Ids of the rules whose patterns match, less those for which it speaks of a neighbour."""
    return {
        rule.id
        for rule in all_rules()
        if rule.patterns and find(rule.patterns, text) and not (rule.unless and find(rule.unless, text))
    }


@pytest.mark.parametrize(
    ("text", "named", "not_named"),
    [
        (SERVER_DOWN, {"repo-server-unavailable"}, {"manifest-render-error", "argocd-source-unreachable"}),
        (CACHED, {"manifest-render-error"}, {"repo-server-unavailable", "target-revision-unresolvable"}),
        (GAVE_UP, {"auto-sync-gave-up-on-revision", "immutable-job-template-changed"}, {"immutable-field-changed"}),
        (DENIED, {"argocd-forbidden-in-destination"}, {"manifest-rejected-as-invalid"}),
        (NO_KIND, {"crd-not-installed"}, {"manifest-rejected-as-invalid"}),
        (CACHE, {"cluster-cache-load-failure"}, {"destination-cluster-unreachable", "argocd-forbidden-in-destination"}),
        ("Sync operation blocked by sync window", {"argocd-sync-window-deny"}, set()),
        (
            'Metric "smoke" assessed Failed due to failed (1) > failureLimit (0)',
            {"verification-test-failed"},
            {"metric-provider-request-failed", "prometheus-query-returns-no-data"},
        ),
        (
            'Metric "smoke" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): "Error Message: received non 2xx '
            'response code: 503"',
            {"metric-provider-request-failed"},
            {"verification-test-failed"},
        ),
        (
            "Unable to resolve metric arguments: failed to resolve {{args.host}}",
            {"analysis-argument-not-declared-in-template", "verification-argument-invalid"},
            {"metric-provider-request-failed"},
        ),
    ],
    ids=["8081", "cached", "gave-up", "denied", "no-kind", "cache", "window", "metric-failed", "metric-503", "args"],
)
def test_a_text_of_argo_names_its_causes_and_not_their_neighbours(
    text: str, named: set[str], not_named: set[str]
) -> None:
    found = matching(text)

    assert named <= found
    assert not not_named & found


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        (CACHED, "apps/web/overlays/uat: app path does not exist"),
        (GAVE_UP, 'Job.batch "migrate" is invalid: spec.template: Invalid value: {}: field is immutable'),
        (
            'Argo CD Application "loki" in namespace "argocd" failed with: one or more synchronization tasks completed unsuccessfully',
            "one or more synchronization tasks completed unsuccessfully",
        ),
        (
            f'step "sync" met error threshold of 1: error running step "sync": Argo CD Application "web" in namespace "argocd" failed '
            f"with: ComparisonError: {SERVER_DOWN}",
            'connection error: desc = "transport: Error while dialing: dial tcp 10.96.7.3:8081: connect: connection refused"',
        ),
    ],
    ids=["cached", "gave-up", "tasks", "kargo"],
)
def test_wrappers_are_peeled_down_to_the_innermost_error(text: str, inner: str) -> None:
    assert peel(text) == inner


def test_a_denial_is_read_down_to_account_verb_resource_and_namespace() -> None:
    denial = parse_denial(DENIED)

    assert denial is not None
    assert denial.service_account == ("argocd", "argocd-application-controller")
    assert (denial.verb, denial.full_resource, denial.namespace) == ("create", "deployments.apps", "shop")


def test_the_object_of_an_immutable_field_is_read_from_the_text() -> None:
    pattern = next(one for one in all_patterns() if one.name == "job-immutable")

    assert [match["name"] for match in find_all(pattern, GAVE_UP)] == ["migrate"]


def test_the_hook_that_a_sync_waits_for_is_read_from_the_text() -> None:
    app = Application(metadata=Metadata(name="web", namespace="argocd"))
    text = Text(app.ref, "status.operationState.message", "waiting for completion of hook batch/Job/db-migrate")

    hook = awaited(
        ApplicationView(app, Snapshot([app], source="a test", observed_at=datetime(2026, 11, 23, tzinfo=UTC))), [text]
    )

    assert hook is not None
    assert (hook.kind, hook.name) == ("Job", "db-migrate")


def _texts(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, key)
    elif isinstance(value, str) and key in TEXT_KEYS:
        yield value


@cache
def real_texts() -> frozenset[str]:
    """Every message and log line that controllers wrote."""
    found: set[str] = set()
    for folder in (ROOT / "real", ROOT / "cases"):
        for path in folder.rglob("*.yaml"):
            for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
                found.update(_texts(document))
        for path in folder.rglob("*.log"):
            found.update(path.read_text().splitlines())
    return frozenset(found)


def test_what_real_products_wrote_is_matched_as_before() -> None:
    counted = {one.name: sum(find(one, text) is not None for text in real_texts()) for one in all_patterns()}

    if os.environ.get("GOLDEN_UPDATE"):
        GOLDEN.write_text(yaml.safe_dump(counted))
    assert counted == yaml.safe_load(GOLDEN.read_text())
