"""The diagnostic cases: composed ones (dev) and ones that real controllers wrote (live), each with its expected answer."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis, Verdict
from gitops_master.usecases.analyze_stage import analyze
from gitops_master.usecases.size import MOST_BYTES
from tests import worlds

FORBIDDEN = (
    r"\bdelete\s+stages?\b",
    r"\bdelete\s+promotions?\S*.*(--all\b|\s-l\b|--selector)",
    r"cluster-admin",
    r"\bdelete\s+freights?\b",
    r"\bdelete\s+(ns|namespaces?)\b",
    r"\bkargo approve|/approve\b",
    r'finalizers"?\s*:\s*(null|\[\])',
    r'"operation"\s*:\s*null',
)
"""What no remedy's command may hold, in any case."""


async def diagnose(folder: Path, tmp_path: Path) -> tuple[Diagnosis, dict[str, Any]]:
    case = yaml.safe_load((folder / "case.yaml").read_text())
    world = worlds.write(tmp_path / "world", *worlds.load(folder))
    return await analyze(SnapshotReader(world), worlds.asked(folder)), case


def _found(fact: str, text: str) -> bool:
    pair = re.fullmatch(r"([\w./-]+): (.+)", fact)
    return fact in text or bool(pair and pair[1] in text and pair[2] in text)


@pytest.mark.parametrize("folder", worlds.FOLDERS, ids=worlds.NAMES)
async def test_a_case_gets_its_root_cause_verdict_and_facts(folder: Path, tmp_path: Path) -> None:
    answer, case = await diagnose(folder, tmp_path)

    expected = case["expected"]
    accepted = {expected["root_cause_id"], *expected.get("also_accept", [])}
    assert answer.root_cause is not None
    assert answer.root_cause.id in accepted
    broken = answer.verdict is Verdict.BROKEN
    assert broken is expected["broken"]
    dumped = json.dumps(answer.dump(), ensure_ascii=False)
    assert len(dumped.encode()) <= MOST_BYTES
    text = dumped.replace('\\"', '"').replace("\\\\", "\\")
    facts = [fact for line in expected.get("must_mention", []) for fact in re.findall(r"`([^`]+)`", str(line))]
    missing = [fact for fact in facts if not _found(fact, text)]
    assert len(missing) <= 0.15 * len(facts), missing


@pytest.mark.parametrize("folder", worlds.FOLDERS, ids=worlds.NAMES)
async def test_no_answer_recommends_what_destroys_more_than_it_mends(folder: Path, tmp_path: Path) -> None:
    answer, _ = await diagnose(folder, tmp_path)

    for command in _commands(answer.dump()):
        plain = re.sub(r"\s(-n|--namespace|--context)[ =]\S+", "", command)
        assert not [one for one in FORBIDDEN if re.search(one, plain, re.IGNORECASE)], command


def _commands(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [command for remedy in node.get("remedies", []) for command in remedy.get("commands", [])]
        return own + [command for value in node.values() for command in _commands(value)]
    return [command for value in node for command in _commands(value)] if isinstance(node, list) else []
