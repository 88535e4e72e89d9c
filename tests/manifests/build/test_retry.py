"""Retry presets: where they apply, and what older Kargos take."""

from gitops_master.facts.durations import parse_duration
from gitops_master.manifests.build.retry import PROFILES, REMOTE, WAITING, retry_of
from gitops_master.manifests.request import RetryProfile
from gitops_master.model.versions import Version


def test_every_profile_is_a_preset_with_a_reason() -> None:
    assert set(PROFILES) == set(RetryProfile)
    assert all(one.reason for one in PROFILES.values())
    assert all(parse_duration(one.timeout) for one in PROFILES.values() if one.timeout)


def test_by_default_only_steps_of_argo_cd_are_tried_again() -> None:
    retries = {one: retry_of(one, RetryProfile.DEFAULT, None) for one in REMOTE}

    assert retries == {one: {"errorThreshold": 2} if one in WAITING else {} for one in REMOTE}


def test_steps_that_wait_for_argo_cd_get_a_timeout_and_the_others_only_a_threshold() -> None:
    assert retry_of("argocd-update", RetryProfile.HEAVY, None) == {"timeout": "10m", "errorThreshold": 3}
    assert retry_of("git-wait-for-pr", RetryProfile.HEAVY, None) == {"errorThreshold": 3}
    assert all("timeout" not in retry_of(one, RetryProfile.HEAVY, None) for one in REMOTE - WAITING)


def test_steps_that_ask_nobody_get_none() -> None:
    assert retry_of("kustomize-set-image", RetryProfile.HEAVY, None) == {}


def test_kargo_before_1_1_takes_none() -> None:
    assert retry_of("argocd-update", RetryProfile.HEAVY, Version(1, 0, 4)) == {}
    assert retry_of("argocd-update", RetryProfile.HEAVY, Version(1, 1, 0)) != {}
