"""No object, however mangled, crashes the reader: it ends in a snapshot, with gaps, or is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_master.model.errors import UnreadableInput
from tests.adapters.test_snapshot_reader import JSON, read, stage

VALID = stage(
    metadata={"creationTimestamp": "2026-01-01T00:00:00Z", "labels": {"a": "b"}, "finalizers": ["f"]},
    spec={
        "requestedFreight": [{"origin": {"kind": "Warehouse", "name": "w"}, "sources": {"direct": True}}],
        "promotionTemplate": {"spec": {"steps": [{"uses": "git-clone", "config": {"x": [1]}}]}},
    },
    status={
        "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
        "freightHistory": [{"id": "i", "items": {"Warehouse/w": {"name": "f"}}, "verificationHistory": [{"id": "v"}]}],
        "lastPromotion": {"name": "p", "status": {"phase": "Succeeded"}},
    },
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, held in children for found in ((*path, key), *places(held, (*path, key)))]


PLACES = places(VALID)


def perturbed(changes: list[tuple[tuple[str | int, ...], Any]]) -> JSON:
    copy: JSON = json.loads(json.dumps(VALID))
    for path, value in changes:
        holder: Any = copy
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = value
        except (TypeError, IndexError, KeyError):
            continue  # an earlier change took the place away
    return copy


@pytest.mark.asyncio
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=6), as_yaml=st.booleans())
async def test_no_perturbation_of_a_stage_crashes_the_reader(
    changes: list[tuple[tuple[str | int, ...], Any]], as_yaml: bool, tmp_path: Path
) -> None:
    data = perturbed(changes)
    path = tmp_path / ("a.yaml" if as_yaml else "a.json")
    text = yaml.safe_dump(data, allow_unicode=False) if as_yaml else json.dumps(data, ensure_ascii=False)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")

    try:
        snapshot = await read(path)
    except UnreadableInput:
        return

    kept = [one for kind in snapshot.kinds for one in snapshot.of_kind(kind)]
    assert len(kept) == 1 or (not kept and snapshot.gaps)
