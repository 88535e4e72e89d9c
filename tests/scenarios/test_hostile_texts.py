"""Whatever stands in the texts of a cluster: answers stay small, and hold nothing that a terminal obeys or that opens a door."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gitops_master.adapters.live.reader import LiveReader
from gitops_master.model.errors import GitOpsError
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from tests import worlds
from tests.adapters.fake_api import FakeApi
from tests.scenarios.hostile import ATTACKS, is_harmless, obeyed, spoiled

CASES = ("dev/a03", "dev/k22", "dev/k27", "dev/n06", "live/20")
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOSTILE = st.one_of(
    st.lists(st.sampled_from(ATTACKS), min_size=1, max_size=5).map(" ".join),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
)


@pytest.mark.parametrize("name", CASES)
@settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
@given(text=HOSTILE, times=st.sampled_from([1, 30, 1500]))
@example(text=" ".join(ATTACKS), times=1)
@example(text="".join(ATTACKS), times=60)
@example(text="password=hunter2hunter2", times=1500)
async def test_answers_are_harmless_whatever_is_said(name: str, text: str, times: int) -> None:
    folder = worlds.case_folder(name)
    objects, _, _ = worlds.load(folder)
    plain = json.loads(json.dumps(objects, default=str))
    assert spoiled(plain, text * times) > 10
    api = FakeApi(plain)
    reader = LiveReader(api, now=lambda: NOW, elsewhere=lambda _: api)
    asked = worlds.asked(folder)

    assert is_harmless(await analyze(reader, asked))
    assert is_harmless(await analyze(reader, AnalyzeRequest(project=asked.project)))
    assert is_harmless(await get_state(reader, StateRequest(project=asked.project)))
    if asked.stage:
        assert is_harmless(await get_state(reader, StateRequest(project=asked.project, stage=asked.stage)))


@settings(deadline=None, max_examples=50)
@given(message=HOSTILE, hint=HOSTILE)
def test_errors_are_harmless_whatever_they_quote(message: str, hint: str) -> None:
    error = GitOpsError(f"no context {message}" * 50, hint)

    assert not obeyed(str(error))
    assert len(str(error)) < 5000
