"""The published list of root-cause ids (taxonomy.yaml beside this file) and the rules fit each other.

What goes beyond the list stands in docs/own-rules.md, with the reason for an id of its own.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.model.versions import Version, VersionRange
from gitops_master.rules.registry import Rule, all_rules

TAXONOMY: dict[str, dict[str, Any]] = {
    one["id"]: one for one in yaml.safe_load((Path(__file__).parent / "taxonomy.yaml").read_text())
}
RULES: dict[str, Rule] = {one.id: one for one in all_rules()}
OWN_RULES = (Path(__file__).parents[2] / "docs" / "own-rules.md").read_text()

VERSIONS_DIFFER = {
    "argocd-update-skipped-on-retry-hides-sync-error": "narrower: the fix was brought to 1.8.5 as well",
    "api-server-missing-field-index": "narrower: nothing asks the server for that index before 1.8",
    "ecr-credential-provider-claims-all-registries": "narrower: before 1.9 a provider without an answer is passed over",
    "nonconformant-promotion-name-blocks-replay": "the entry says when such a name could be made; it harms on any version",
    "nonconformant-promotion-name-never-recorded": "the entry says when such a name could be made; it stays on any version",
    "named-default-controller-takes-other-shards-promotions": "narrower: there is no default controller before 1.7",
    "pending-behind-unverified-current-freight": "narrower: 1.0 starts the verification whatever the last Promotion came to",
    "queued-promotions-skip-verification": "from 1.4.4 (akuity/kargo#3903) on; no release without it is known, so no upper bound",
    "bitbucket-webhook-ref-not-matched": "narrower: refs are compared from 1.7 on, 1.6 refreshes every Warehouse of the repository",
    "soak-time-on-control-flow-upstream": "narrower: there is no soak time before 1.2",
}
"""Ids whose rule has other version bounds than the list, and why."""

RELEASES = [Version(major, minor, patch) for major in (0, 1) for minor in range(16) for patch in range(12)]
"""More releases of Kargo than there are: two ranges are the same where they hold for the same of these."""


def _range(text: str) -> VersionRange:
    """From the list's own way to write versions: a bare `1.5.0` is that release, a bare `0.9` all of that minor."""
    bare = re.sub(r"\(.*?\)", "", text).strip().lower()
    product, _, rest = bare.partition(" ")
    if rest[:1] in "<>=":
        return VersionRange.parse(bare)
    numbers = rest.split(".")
    if len(numbers) > 2:
        return VersionRange.parse(f"{product} = {rest}")
    return VersionRange.parse(f"{product} >= {rest}, < {numbers[0]}.{int(numbers[1]) + 1}")


def _table(title: str) -> list[str]:
    """The ids in the first column of the table under a heading of docs/own-rules.md."""
    section = OWN_RULES.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([a-z0-9-]+)` \|", section, re.MULTILINE)


@pytest.mark.parametrize("id_", sorted(TAXONOMY))
def test_a_listed_cause_has_a_rule_of_its_class_and_area(id_: str) -> None:
    listed, rule = TAXONOMY[id_], RULES[id_]

    assert (rule.class_.value, rule.area) == (listed["class"], listed["area"])
    assert not rule.is_symptom
    assert not rule.is_hint


@pytest.mark.parametrize("id_", sorted(set(TAXONOMY) - set(VERSIONS_DIFFER)))
def test_a_rule_holds_for_the_versions_of_its_listed_cause(id_: str) -> None:
    listed = TAXONOMY[id_].get("versions")
    wanted = [_range(listed)] if listed else []

    assert _releases(RULES[id_].versions) == _releases(wanted)


@pytest.mark.parametrize("id_", sorted(VERSIONS_DIFFER))
def test_an_exception_is_still_one(id_: str) -> None:
    listed = TAXONOMY[id_].get("versions", "")

    assert [one.text for one in RULES[id_].versions] != [listed.lower()]


def _releases(ranges: tuple[VersionRange, ...] | list[VersionRange]) -> list[Version]:
    assert {one.product for one in ranges} <= {"kargo"}
    return [release for release in RELEASES if all(one.holds(release) for one in ranges)]


def test_what_goes_beyond_the_list_is_documented() -> None:
    beyond = [rule for id_, rule in RULES.items() if id_ not in TAXONOMY]

    assert _table("Causes") == sorted(one.id for one in beyond if not one.is_symptom and not one.is_hint)
    assert _table("Hints") == sorted(one.id for one in beyond if one.is_hint)
    assert _table("Symptoms") == sorted(one.id for one in beyond if one.is_symptom)
