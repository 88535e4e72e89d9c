"""Every probe has cases in tests/probes/<id>.yaml: at least one in which it passes and one in which it does not,
or it is named in ONLY_SAYS.

A case: `name` (a sentence), `change` (tests/worlds.py) of the base world (base.yaml, all of it in order), `verdict`, and perhaps
`says` (texts that what was seen must hold, evidence included), `omits`, `target` (of the first Seen with that verdict), `counts`
(`2/3`), `gaps` (`{kind: reason}`), `expected` (as in a Stage's part of .gitops-verify.yaml), `logs` (`namespace/pod/container`:
text), `http`, `proxy`, and `replies`: list of `{ask: {type: Get, url: …}, reply: {…}}` in the fields of model/asking.py.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.model.verification import Verdict
from gitops_master.probes.engine import Result, run
from gitops_master.probes.registry import all_probes
from tests.probes import world

ONLY_SAYS = {"in-cluster-checks"}
"""Probes that check nothing from here and only say who does."""
FILES = {path.stem: path for path in Path(__file__).parent.glob("*.yaml") if path.stem != "base"}
CASES = [(stem, case) for stem, path in sorted(FILES.items()) for case in yaml.safe_load(path.read_text())]


def _told(result: Result) -> str:
    return "\n".join(
        f"{one.verdict} {one.target} {one.expected} {one.observed} {[each.model_dump() for each in [*one.evidence, *one.remedies]]}"
        for one in result.seen
    ) + "".join(f"\nasks {one}" for one in (*result.asks, *result.wanted))


@pytest.mark.parametrize(("probe_id", "case"), CASES, ids=[f"{stem}: {case['name']}" for stem, case in CASES])
def test_a_probe_sees_what_its_cases_say(probe_id: str, case: dict[str, Any]) -> None:
    (probe,) = [one for one in all_probes() if one.id == probe_id]

    (result,) = run(world.deployed(case), [probe])

    assert result.error is None, repr(result.error)
    told = _told(result)
    assert result.verdict == Verdict(case["verdict"]), told
    for text in case.get("says", []):
        assert text in told
    for text in case.get("omits", []):
        assert text not in told
    first = next(one for one in result.seen if one.verdict is result.verdict)
    assert case.get("target", str(first.target)) == str(first.target)
    good, of = sum(one.good for one in result.seen), sum(one.of for one in result.seen)
    assert case.get("counts", f"{good}/{of}") == f"{good}/{of}"


@pytest.mark.parametrize("probe", all_probes(), ids=lambda one: one.id)
def test_nothing_is_wrong_where_all_is_in_order(probe: Any) -> None:
    (result,) = run(world.deployed({}), [probe])

    assert result.error is None, repr(result.error)
    assert result.verdict in {Verdict.PASS, Verdict.SKIPPED}, _told(result)


@pytest.mark.parametrize("probe", [one for one in all_probes() if one.needs == "K"], ids=lambda one: one.id)
def test_nothing_passes_where_nothing_was_read(probe: Any) -> None:
    (result,) = run(world.deployed({"complete": []}), [probe])

    assert result.error is None, repr(result.error)
    assert result.verdict in {Verdict.UNKNOWN, Verdict.SKIPPED} or not probe.kinds, _told(result)


def test_every_probe_has_a_case_that_passes_and_one_that_does_not() -> None:
    passes = {stem for stem, case in CASES if case["verdict"] == "PASS"}
    others = {stem for stem, case in CASES if case["verdict"] in {"FAIL", "WARN"}}
    ids = {one.id for one in all_probes()} - ONLY_SAYS

    assert ids - passes == set(), "probes without a case that passes"
    assert ids - others == set(), "probes without a case that does not"
    assert set(FILES) - ids - ONLY_SAYS == set(), "cases without a probe"
