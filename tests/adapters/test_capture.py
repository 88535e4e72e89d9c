"""A capture gives the diagnosis that the cluster gave, claims no more than was known, and is written whole, once, for its owner."""

import gzip
import json
import os
import stat
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.capture import Archive
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.argocd import Application
from gitops_master.model.errors import Forbidden, GitOpsError, UsageError
from gitops_master.model.finding import Diagnosis, Verdict
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.cluster import ClusterReader, Focus, ReadPlan
from gitops_master.settings import parse_now
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.capture import Captured, capture
from tests import worlds
from tests.adapters.test_live_reader import EVERYTHING, NOW, RULES, _api, _case, _live, _written

CORE = "a1B2c3D4" * 5
PLANTED = f" (fetched with https://bot:{CORE}@git.example.com/app.git, Authorization: Bearer {CORE})"


def _same(answer: Diagnosis) -> dict[str, Any]:
    """All that is answered, but for where and by what clock it was seen."""
    told = answer.dump()
    return {name: held for name, held in told.items() if name not in ("context", "clock", "report")}


def _planted(one: dict[str, Any]) -> dict[str, Any]:
    """The object with a credential at the end of each message, one in each environment, and values in fields that nobody reads."""
    told: dict[str, Any] = _in_messages(one)
    told["x-unknown"] = CORE
    told["metadata"]["managedFields"] = [{"manager": CORE}]
    for part in ("spec", "status"):
        if isinstance(told.get(part), dict):
            told[part]["x-unknown"] = {"deep": CORE}
    return told


def _in_messages(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_messages(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {
        key: held + PLANTED if key == "message" and isinstance(held, str) else _in_messages(held)
        for key, held in value.items()
    }
    if "image" in value and "name" in value:
        told["env"] = [*(value.get("env") or []), {"name": "DB_PASSWORD", "value": CORE}]
    return told


def _told(answer: Diagnosis) -> tuple[str, str, list[tuple[str, str]]]:
    root = answer.root_cause
    return answer.verdict, root.id if root else "", [(one.object, one.path) for one in root.evidence] if root else []


async def _captured(reader: ClusterReader, request: AnalyzeRequest, path: Path) -> tuple[Captured, Diagnosis]:
    captured = await capture(reader, request, Archive(path))
    return captured, await analyze(SnapshotReader(path), request)


def _members(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


@pytest.mark.parametrize("folder", worlds.FOLDERS, ids=worlds.NAMES)
async def test_a_capture_of_a_live_cluster_gives_the_same_answer(folder: Path, tmp_path: Path) -> None:
    objects, index, logs = worlds.load(folder)
    request, now = _case(folder)
    reader = _live(_api(objects, logs), parse_now(str(now)), worlds.versions(index))

    captured, again = await _captured(reader, request, tmp_path / "x.tar.gz")

    assert _same(again) == _same(captured.diagnosis)


@pytest.mark.parametrize("folder", worlds.FOLDERS, ids=worlds.NAMES)
async def test_secrets_all_over_a_case_are_not_captured_and_change_no_diagnosis(folder: Path, tmp_path: Path) -> None:
    """Texts may differ: an answer that shortens one before it masks it shortens it elsewhere."""
    objects, index, logs = worlds.load(folder)
    request, now = _case(folder)
    logs = {name: f"{text}\nGET /x?token={CORE}\n" for name, text in logs.items()}
    reader = _live(_api([_planted(one) for one in objects], logs), parse_now(str(now)), worlds.versions(index))

    captured, again = await _captured(reader, request, tmp_path / "x.tar.gz")

    assert _told(again) == _told(captured.diagnosis)
    assert CORE.encode() not in _members(tmp_path / "x.tar.gz")


@pytest.mark.parametrize("folder", worlds.FOLDERS[::4], ids=worlds.NAMES[::4])
async def test_a_capture_of_a_snapshot_gives_the_same_answer(folder: Path, tmp_path: Path) -> None:
    request, _ = _case(folder)
    saved = worlds.write(tmp_path / "world", *worlds.load(folder))

    captured, again = await _captured(SnapshotReader(saved), request, tmp_path / "x.tar.gz")

    assert _same(again) == _same(captured.diagnosis)


@pytest.mark.parametrize("folder", worlds.FOLDERS[::4], ids=worlds.NAMES[::4])
async def test_what_was_captured_is_captured_as_it_is(folder: Path, tmp_path: Path) -> None:
    """Nothing is masked twice, nothing is lost and nothing is claimed that the first did not."""
    objects, index, logs = worlds.load(folder)
    request, now = _case(folder)
    reader = _live(_api([_planted(one) for one in objects], logs), parse_now(str(now)), worlds.versions(index))
    first, second = tmp_path / "first.tar.gz", tmp_path / "second.tar.gz"

    await capture(reader, request, Archive(first))
    again = await capture(SnapshotReader(first), request, Archive(second))

    assert _members(second) == _members(first)
    assert set(again.written.redacted) <= {"last-applied configurations"}


@pytest.mark.parametrize("path", RULES, ids=[path.stem for path in RULES])
async def test_a_rule_sees_in_a_capture_what_it_saw_live(path: Path, tmp_path: Path) -> None:
    if path.stem == "taxonomy":
        return
    for number, case in enumerate(_written(path)[:2]):  # one that fires and one that does not; all take minutes
        folder, request = worlds.rule_case({**case, "complete": ["*"], "gaps": []}, tmp_path / str(number))
        index = yaml.safe_load((folder / "snapshot.yaml").read_text())
        objects = json.loads((folder / "objects.json").read_text())["items"]
        logs = {one.name: one.read_text() for one in folder.glob("logs/*.log")}
        saved = await SnapshotReader(folder).read(ReadPlan(frozenset()), deadline_s=9)

        reader = _live(_api(objects, logs), saved.observed_at, worlds.versions(index))
        captured, again = await _captured(reader, request, tmp_path / f"{number}.tar.gz")

        assert _same(again) == _same(captured.diagnosis), case["name"]


async def _n01(path: Path) -> tuple[Captured, AnalyzeRequest]:
    objects, index, logs = worlds.load(worlds.case_folder("dev/n01"))
    case, now = _case(worlds.case_folder("dev/n01"))
    request = AnalyzeRequest(project=case.project, stage=case.stage)
    other = deepcopy(next(one for one in objects if one["kind"] == "Application"))
    other["metadata"]["name"] = "another"
    reader = _live(_api([*objects, other], logs), parse_now(str(now)), worlds.versions(index))
    return await capture(reader, request, Archive(path)), request


async def _read(path: Path, focus: Focus) -> Snapshot:
    return await SnapshotReader(path).read(ReadPlan(EVERYTHING, focus), deadline_s=9)


async def test_what_was_not_looked_for_is_not_called_missing(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    _, request = await _n01(path)

    snapshot = await _read(path, Focus(project=request.project, stage=request.stage))

    assert snapshot.lacks(Promotion, request.project, "no-such-promotion")
    assert not snapshot.lacks(Promotion, "another-project", "no-such-promotion")
    assert not snapshot.lacks(Application, "argocd", "another")


async def test_for_another_question_only_what_was_listed_for_the_project_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    _, request = await _n01(path)

    snapshot = await _read(path, Focus(project=request.project, stage="another"))

    assert snapshot.knows_all(Promotion.KIND)
    assert not snapshot.knows_all(Application.KIND)


async def test_a_part_that_could_not_be_read_stays_unknown(tmp_path: Path) -> None:
    objects, index, logs = worlds.load(worlds.case_folder("dev/n01"))
    request, now = _case(worlds.case_folder("dev/n01"))
    api = _api(objects, logs)
    api.refuse = lambda asked: 403 if "/freights" in asked.path else 0

    captured, again = await _captured(
        _live(api, parse_now(str(now)), worlds.versions(index)), request, tmp_path / "x.tar.gz"
    )

    assert captured.gaps
    assert again.verdict is not Verdict.HEALTHY
    assert _same(again) == _same(captured.diagnosis)


async def test_the_same_is_the_same_archive_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = tmp_path / "a.tar.gz", tmp_path / "b.tgz"

    captured, _ = await _n01(first)
    await _n01(second)

    assert first.read_bytes() == second.read_bytes()
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert captured.written.bytes == first.stat().st_size
    assert sorted(os.listdir(tmp_path)) == ["a.tar.gz", "b.tgz"]


async def test_an_existing_file_is_replaced_only_with_force(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_text("mine")
    empty = Snapshot([], source="test", observed_at=NOW)

    with pytest.raises(Forbidden, match=r"x.tar.gz exists\n.*--force"):
        Archive(path).write(empty, Focus())
    assert path.read_text() == "mine"

    Archive(path, force=True).write(empty, Focus())
    assert path.read_bytes().startswith(b"\x1f\x8b")


async def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "x.tar.gz"
    target.write_text("mine")
    link.symlink_to(target)
    empty = Snapshot([], source="test", observed_at=NOW)

    with pytest.raises(Forbidden, match="exists"):
        Archive(link).check()
    Archive(link, force=True).write(empty, Focus())

    assert target.read_text() == "mine"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("x.zip", UsageError, ".tar.gz or .tgz"),
        ("no/such/x.tar.gz", UsageError, "no such folder"),
        ("folder.tar.gz", UsageError, "is a folder"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_anything_is_read(
    name: str, error: type[GitOpsError], words: str, tmp_path: Path
) -> None:
    (tmp_path / "folder.tar.gz").mkdir()

    with pytest.raises(error, match=words):
        Archive(tmp_path / name).check()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(Forbidden, match="no permission to write"):
        Archive(tmp_path / "x.tar.gz").check()


async def test_nothing_is_written_where_nothing_could_be_analysed(tmp_path: Path) -> None:
    objects, _, logs = worlds.load(worlds.case_folder("dev/n01"))

    with pytest.raises(UsageError, match="no Stage 'dve'"):
        await capture(
            _live(_api(objects, logs)), AnalyzeRequest(project="meridian", stage="dve"), Archive(tmp_path / "x.tgz")
        )

    assert not os.listdir(tmp_path)
