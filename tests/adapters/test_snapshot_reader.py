"""Saved evidence read back: the same snapshot in whatever form it was saved, and nothing dropped without a word."""

import gc
import io
import json
import shutil
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.files.yaml_events import yaml_documents
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.kargo import Freight
from gitops_master.model.kubernetes import ConfigMap, CustomResource, Event, Secret
from gitops_master.model.meta import Object, Ref
from gitops_master.model.snapshot import Gap, LogKey, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Version, Versions
from gitops_master.model.workloads import Pod
from gitops_master.ports.cluster import ReadPlan

ALL = ReadPlan(frozenset({"*"}))
NOW = datetime(2026, 1, 2, tzinfo=UTC)
JSON = dict[str, Any]


def an(kind: str, name: str, api: str = "v1", /, **fields: Any) -> JSON:
    metadata = {"name": name, "namespace": "demo", **fields.pop("metadata", {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **fields}


def stage(name: str = "dev", **fields: Any) -> JSON:
    return an("Stage", name, "kargo.akuity.io/v1alpha1", **fields)


def save(root: Path, **files: Any) -> Path:
    """A folder of YAML or JSON files; keyword names with `__` for a dot, a list is several documents."""
    root.mkdir(exist_ok=True)
    for name, content in files.items():
        path = root / name.replace("__", ".")
        if path.suffix == ".json":
            path.write_text(json.dumps(content))
        else:
            path.write_text(yaml.safe_dump_all(content if isinstance(content, list) else [content]))
    return root


async def read(path: Path, *kinds: str, now: datetime | None = NOW) -> Snapshot:
    return await SnapshotReader(path, now=now).read(ReadPlan(frozenset(kinds)) if kinds else ALL, deadline_s=10)


def names(snapshot: Snapshot, kind: type[Object]) -> list[str]:
    return [one.name for one in snapshot.all(kind)]


OBJECTS = [stage("dev"), stage("prod"), an("Pod", "p"), an("Widget", "w", "example.com/v1")]
LIST = {"apiVersion": "v1", "kind": "List", "items": OBJECTS}


def forms(root: Path) -> dict[str, Path]:
    """The same objects, saved in every way that is understood."""
    plain = save(root / "plain", objects__yaml=OBJECTS)
    deep = save(root / "deep", stages__yaml=OBJECTS[:2])
    save(deep / "more", pod__json=OBJECTS[2], widget__yml=OBJECTS[3])
    listed = save(root / "listed", list__yaml=LIST)
    (root / "lines.json").write_text("\n".join(json.dumps(one) for one in OBJECTS))
    (root / "pretty.json").write_text("".join(json.dumps(one, indent=2) for one in OBJECTS))
    (root / "list.json").write_text(json.dumps(LIST))
    for name, mode in (("a.tar", "w"), ("b.tar.gz", "w:gz"), ("c.tgz", "w:gz")):
        with tarfile.open(root / name, mode) as tar:  # type: ignore[call-overload]
            tar.add(deep, ".")
    with tarfile.open(root / "topped.tar.gz", "w:gz") as tar:
        tar.add(deep, "some-folder")
    with zipfile.ZipFile(root / "d.zip", "w") as packed:
        packed.write(listed / "list.yaml", "list.yaml")
    archives = ("a.tar", "b.tar.gz", "c.tgz", "topped.tar.gz", "d.zip")
    singles = ("lines.json", "pretty.json", "list.json")
    return {"plain": plain, "deep": deep, "listed": listed} | {name: root / name for name in (*archives, *singles)}


@pytest.mark.asyncio
async def test_every_form_of_input_gives_the_same_snapshot(tmp_path: Path) -> None:
    expected = {Ref("kargo.akuity.io/Stage", "demo", "dev"), Ref("kargo.akuity.io/Stage", "demo", "prod")}
    expected |= {Ref("v1/Pod", "demo", "p"), Ref("example.com/Widget", "demo", "w")}

    for form, path in forms(tmp_path).items():
        snapshot = await read(path)

        assert {one.ref for kind in snapshot.kinds for one in snapshot.of_kind(kind)} == expected, form
        assert (snapshot.gaps, snapshot.source) == ((), str(path)), form


@pytest.mark.asyncio
async def test_items_of_a_typed_list_may_leave_out_what_its_kind_says(tmp_path: Path) -> None:
    pods = {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]}
    stages = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "StageList", "items": [{"metadata": {"name": "s"}}]}
    none = {"apiVersion": "v1", "kind": "SecretList", "items": None}

    snapshot = await read(save(tmp_path / "s", pods__json=pods, stages__json=stages, none__json=none))

    assert names(snapshot, Pod) == ["a", "b"]
    assert names(snapshot, Stage) == ["s"]


@pytest.mark.asyncio
async def test_an_unknown_kind_is_read_as_far_as_it_follows_customs(tmp_path: Path) -> None:
    widget = an(
        "Widget", "w", "example.com/v1", status={"phase": "Odd", "conditions": [{"type": "Ready", "status": "True"}]}
    )

    snapshot = await read(save(tmp_path / "s", w__yaml=widget))

    (found,) = snapshot.of_kind("example.com/Widget")
    assert isinstance(found, CustomResource)
    assert (found.status.phase, found.status.conditions[0].type) == ("Odd", "Ready")


@pytest.mark.asyncio
async def test_only_what_the_plan_names_is_kept(tmp_path: Path) -> None:
    path = save(tmp_path / "s", objects__yaml=OBJECTS)

    snapshot = await read(path, "kargo.akuity.io/*", "v1/Event")

    assert snapshot.kinds == {"kargo.akuity.io/Stage"}


@pytest.mark.asyncio
async def test_the_index_says_what_is_complete_and_what_could_not_be_read(tmp_path: Path) -> None:
    index = {
        "observed_at": "2026-01-01T10:00:00Z",
        "versions": {"kargo": "v1.11.2", "argo-cd": None, "argo-rollouts": "unknown"},
        "complete": ["kargo.akuity.io/*", "v1/Pod", "events.k8s.io/Event"],
        "gaps": [{"kind": "v1/Pod", "reason": "forbidden"}, "v1/Service: timed out", "the disk was full"],
    }

    snapshot = await read(save(tmp_path / "s", snapshot__yaml=index, dev__yaml=stage()), now=None)

    assert (snapshot.observed_at, snapshot.clock) == (datetime(2026, 1, 1, 10, tzinfo=UTC), "snapshot.yaml observed_at")
    assert snapshot.versions == Versions(kargo=Version(1, 11, 2))
    assert snapshot.lacks(Freight, "demo", "x")
    assert snapshot.knows_all("v1/Event")
    assert not snapshot.knows_all("v1/Pod")
    assert snapshot.gaps == (
        Gap("v1/Pod", "forbidden"),
        Gap("v1/Service", "timed out"),
        Gap("snapshot", "the disk was full"),
    )


@pytest.mark.asyncio
async def test_without_an_index_nothing_is_complete(tmp_path: Path) -> None:
    snapshot = await read(save(tmp_path / "s", dev__yaml=stage()))

    assert not snapshot.knows_all(Stage.KIND)
    assert not snapshot.lacks(Stage, "demo", "other")


@pytest.mark.asyncio
async def test_the_index_is_found_below_an_archives_one_top_folder(tmp_path: Path) -> None:
    saved = save(tmp_path / "s", snapshot__json={"complete": ["*/*"]}, dev__yaml=stage())
    with tarfile.open(tmp_path / "s.tgz", "w:gz") as tar:
        tar.add(saved, "top")

    snapshot = await read(tmp_path / "s.tgz")

    assert snapshot.knows_all(Freight.KIND)


@pytest.mark.asyncio
async def test_a_snapshot_yaml_deeper_inside_is_an_ordinary_file(tmp_path: Path) -> None:
    saved = save(tmp_path / "s", dev__yaml=stage())
    save(saved / "sub", snapshot__yaml={"complete": ["*/*"]})
    with tarfile.open(tmp_path / "s.tgz", "w:gz") as tar:
        tar.add(saved, ".")

    for path in (saved, tmp_path / "s.tgz"):
        with pytest.raises(UnreadableInput, match=r"sub/snapshot\.yaml document 1: not a Kubernetes object"):
            await read(path)


@pytest.mark.asyncio
async def test_fields_that_do_not_fit_are_gaps_that_name_object_and_field(tmp_path: Path) -> None:
    broken = stage(
        metadata={"labels": {"a.b/c": 1, "good": "yes", "also": 2}, "creationTimestamp": "2026-01-01T00:00:00"},
        spec={
            "shard": "blue",
            "promotionTemplate": {
                "spec": {"steps": ["no step", None, {"uses": 5, "as": "clone"}, {"uses": "git-push"}]}
            },
        },
        status={"freightHistory": [{"items": {"Warehouse/a": {"name": "f"}, "Warehouse/b": {"name": 7}}}]},
    )

    snapshot = await read(save(tmp_path / "s", dev__yaml=broken))

    (dev,) = snapshot.all(Stage)
    assert {(gap.field, gap.reason) for gap in snapshot.gaps} == {
        ('metadata.labels["a.b/c"]', "Expected `str`, got `int`"),
        ('metadata.labels["also"]', "Expected `str`, got `int`"),
        ("metadata.creationTimestamp", "Expected `datetime` with a timezone component"),
        ("spec.promotionTemplate.spec.steps[0]", "Expected `object`, got `str`"),
        ("spec.promotionTemplate.spec.steps[2].uses", "Expected `str`, got `int`"),
        ('status.freightHistory[0].items["Warehouse/b"].name', "Expected `str`, got `int`"),
    }
    assert {gap.object for gap in snapshot.gaps} == {"Stage demo/dev"}
    assert dev.labels == {"good": "yes"}
    assert [step.uses for step in dev.spec.promotion_template.spec.steps] == ["", "git-push"]
    assert dev.status.freight_history[0].items["Warehouse/a"].name == "f"


@pytest.mark.asyncio
async def test_nulls_are_absence_and_no_gap(tmp_path: Path) -> None:
    nulls = stage(metadata={"labels": None, "finalizers": [None, "f"]}, spec={"shard": None}, status=None)

    snapshot = await read(save(tmp_path / "s", dev__json=nulls))

    (dev,) = snapshot.all(Stage)
    assert snapshot.gaps == ()
    assert (dev.labels, dev.metadata.finalizers, dev.spec.shard) == ({}, ("f",), "")


@pytest.mark.asyncio
async def test_an_object_with_too_many_wrong_fields_keeps_its_name_only(tmp_path: Path) -> None:
    wrong = stage(metadata={"labels": {f"l{number}": number for number in range(30)}}, spec={"shard": "blue"})

    snapshot = await read(save(tmp_path / "s", dev__json=wrong))

    (dev,) = snapshot.all(Stage)
    (gap,) = snapshot.gaps
    assert (dev.name, dev.spec.shard, dev.labels) == ("dev", "", {})
    assert (gap.object, gap.field) == ("Stage demo/dev", "")
    assert "only its name was kept" in gap.reason


@pytest.mark.asyncio
async def test_an_object_without_a_name_makes_its_kind_incomplete(tmp_path: Path) -> None:
    nameless = {"apiVersion": "v1", "kind": "Pod"}
    path = save(tmp_path / "s", snapshot__yaml={"complete": ["*/*"]}, a__yaml=[stage(), nameless])

    snapshot = await read(path)

    assert snapshot.gaps == (Gap("v1/Pod", "a.yaml document 2: an object without metadata.name"),)
    assert not snapshot.knows_all("v1/Pod")


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["s.yaml", "s.json"])
async def test_no_value_of_a_secret_stays_anywhere(name: str, tmp_path: Path) -> None:
    applied = {"kubectl.kubernetes.io/last-applied-configuration": '{"data": {"password": "hunter2"}}', "note": "kept"}
    secret = an(
        "Secret",
        "s",
        metadata={"annotations": applied, "labels": {"wrong": 5}},
        data={"password": "hunter2"},
        stringData={"token": "hunter2"},
    )
    listed = {"apiVersion": "v1", "kind": "SecretList", "items": [{**secret, "kind": "Secret"}]}

    snapshot = await read(save(tmp_path / "s", **{name.replace(".", "__"): listed}))

    (found,) = snapshot.all(Secret)
    assert found.annotations == {"note": "kept"}
    assert "hunter2" not in repr(vars(snapshot))


@pytest.mark.asyncio
@pytest.mark.parametrize("core_first", [True, False])
async def test_one_event_served_under_two_groups_is_one_object(core_first: bool, tmp_path: Path) -> None:
    core = an("Event", "e", message="core", involvedObject={"name": "dev"})
    new = an("Event", "e", "events.k8s.io/v1", note="new", regarding={"name": "dev"})

    snapshot = await read(save(tmp_path / "s", e__yaml=[core, new] if core_first else [new, core]))

    (event,) = snapshot.all(Event)
    assert (event.text, event.about.name) == ("core", "dev")
    assert snapshot.gaps == ()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("first", "second", "kept", "gaps"),
    [
        ({"resourceVersion": "10"}, {"resourceVersion": "9"}, "first", 1),
        ({"resourceVersion": "9"}, {"resourceVersion": "10"}, "second", 1),
        ({"resourceVersion": "x"}, {"resourceVersion": "10"}, "second", 1),
        ({}, {}, "second", 1),
        ({"resourceVersion": "9" * 5000}, {"resourceVersion": "1" * 5000}, "first", 1),
    ],
)
async def test_of_an_object_found_twice_the_newer_is_kept(
    first: JSON, second: JSON, kept: str, gaps: int, tmp_path: Path
) -> None:
    one, two = (
        an("ConfigMap", "c", metadata=meta, data={"from": name})
        for meta, name in ((first, "first"), (second, "second"))
    )

    snapshot = await read(save(tmp_path / "s", a__json=one, b__json=two))

    (found,) = snapshot.all(ConfigMap)
    assert found.data == {"from": kept}
    assert len(snapshot.gaps) == gaps
    assert "found twice, in a.json document 1 and b.json document 1" in snapshot.gaps[0].reason


@pytest.mark.asyncio
async def test_the_same_object_twice_is_no_gap(tmp_path: Path) -> None:
    snapshot = await read(save(tmp_path / "s", a__json=stage(), b__yaml=stage()))

    assert names(snapshot, Stage) == ["dev"]
    assert snapshot.gaps == ()


CLOCKS: list[tuple[str, JSON, datetime]] = [
    ("creation", stage(metadata={"creationTimestamp": "2026-01-01T01:00:00Z"}), datetime(2026, 1, 1, 1, tzinfo=UTC)),
    ("status", stage(status={"a": [{"b": "2026-01-01T02:00:00.5+01:00"}]}), datetime(2026, 1, 1, 1, 0, 0, 500000, UTC)),
    ("event", an("Event", "e", lastTimestamp="2026-01-01T03:00:00Z"), datetime(2026, 1, 1, 3, tzinfo=UTC)),
    (
        "series",
        an("Event", "e", series={"lastObservedTime": "2026-01-01T04:00:00.000001Z"}),
        datetime(2026, 1, 1, 4, 0, 0, 1, UTC),
    ),
    (
        "lease",
        an("Lease", "l", "coordination.k8s.io/v1", spec={"renewTime": "2026-01-01T05:00:00.000000Z"}),
        datetime(2026, 1, 1, 5, tzinfo=UTC),
    ),
    (
        "no time",
        stage(metadata={"creationTimestamp": "2026-01-01T00:00:00Z"}, status={"a": "2026-99-99T99:99:99Z"}),
        datetime(2026, 1, 1, tzinfo=UTC),
    ),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in CLOCKS], ids=[row[0] for row in CLOCKS])
async def test_without_an_index_the_newest_time_inside_is_the_clock(
    data: JSON, expected: datetime, tmp_path: Path
) -> None:
    older = stage("older", metadata={"creationTimestamp": "2025-01-01T00:00:00Z"})

    snapshot = await read(save(tmp_path / "s", a__json=older, b__json=data), "v1/Nothing", now=None)

    assert (snapshot.observed_at, snapshot.clock) == (expected, "newest time in the snapshot")


@pytest.mark.asyncio
async def test_a_given_time_wins_over_the_index(tmp_path: Path) -> None:
    path = save(tmp_path / "s", snapshot__yaml={"observed_at": "2025-01-01T00:00:00Z"}, a__yaml=stage())

    snapshot = await read(path, now=NOW)

    assert (snapshot.observed_at, snapshot.clock) == (NOW, "given with --now")


def pod(name: str, image: str, /, **labels: str) -> JSON:
    labels = {f"app.kubernetes.io/{key}": value for key, value in labels.items()}
    return an("Pod", name, metadata={"labels": labels}, spec={"containers": [{"image": image}]})


VERSIONS: list[tuple[str, list[JSON], Versions]] = [
    (
        "the controller's image wins",
        [
            pod("api", "ghcr.io/akuity/kargo:v1.11.0", name="kargo", component="api"),
            pod("c", "ghcr.io/akuity/kargo:v1.10.2@sha256:ab", name="kargo", component="controller"),
        ],
        Versions(kargo=Version(1, 10, 2)),
    ),
    (
        "the version label",
        [pod("c", "x/kargo@sha256:ab", name="kargo", version="1.9.1")],
        Versions(kargo=Version(1, 9, 1)),
    ),
    ("an image without labels", [pod("c", "localhost:5000/akuity/kargo:v1.8.0")], Versions(kargo=Version(1, 8, 0))),
    (
        "Argo CD beside its Redis",
        [
            pod("r", "redis:7.2.1", name="argocd-redis", version="7.2.1"),
            pod("s", "quay.io/argoproj/argocd:v3.5.1", name="argocd-server"),
        ],
        Versions(argo_cd=Version(3, 5, 1)),
    ),
    (
        "Rollouts from its Deployment",
        [
            an(
                "Deployment",
                "argo-rollouts",
                "apps/v1",
                metadata={"labels": {"app.kubernetes.io/name": "argo-rollouts"}},
                spec={"template": {"spec": {"containers": [{"image": "quay.io/argoproj/argo-rollouts:v1.10.1"}]}}},
            )
        ],
        Versions(argo_rollouts=Version(1, 10, 1)),
    ),
    ("nothing to tell from", [pod("c", "nginx:1.27", name="web")], Versions()),
    ("a tag that is no version", [pod("c", "akuity/kargo:latest", name="kargo")], Versions()),
    ("containers that are none", [an("Pod", "p", spec={"containers": "x"}), an("Pod", "q", spec=5)], Versions()),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("pods", "expected"), [row[1:] for row in VERSIONS], ids=[row[0] for row in VERSIONS])
async def test_versions_are_told_from_the_control_planes_workloads(
    pods: list[JSON], expected: Versions, tmp_path: Path
) -> None:
    snapshot = await read(
        save(tmp_path / "s", pods__json={"apiVersion": "v1", "kind": "List", "items": pods}), "v1/Nothing"
    )

    assert snapshot.versions == expected


@pytest.mark.asyncio
async def test_what_the_index_says_of_versions_wins(tmp_path: Path) -> None:
    path = save(
        tmp_path / "s",
        snapshot__yaml={"versions": {"kargo": "v1.11.2"}},
        pods__yaml=[pod("k", "akuity/kargo:v1.0.0"), pod("a", "argoproj/argocd:v3.0.0")],
    )

    snapshot = await read(path)

    assert snapshot.versions == Versions(kargo=Version(1, 11, 2), argo_cd=Version(3, 0, 0))


def with_logs(root: Path, **logs: bytes) -> Path:
    save(root, dev__yaml=stage())
    (root / "logs").mkdir()
    for name, content in logs.items():
        (root / "logs" / f"{name}.log").write_bytes(content)
    return root


KEY = LogKey("kargo", "p", "controller")


@pytest.mark.asyncio
async def test_logs_are_indexed_first_and_read_when_asked_for(tmp_path: Path) -> None:
    path = with_logs(tmp_path / "s", kargo_p_controller=b"one\r\ntwo \xff\x1b[31mred\x1b[0m\tx\n", odd=b"")
    with tarfile.open(tmp_path / "s.tgz", "w:gz") as tar:
        tar.add(path, "top")
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as packed:
        for file in path.rglob("*.*"):
            packed.write(file, file.relative_to(path))

    for source in (path, tmp_path / "s.tgz", tmp_path / "s.zip"):
        reader = SnapshotReader(source, now=NOW)
        snapshot = await reader.read(ALL, deadline_s=10)
        answer = await reader.read_logs([KEY, LogKey("kargo", "p", "other")], deadline_s=10)

        assert snapshot.log_index == {KEY}
        assert not snapshot.logs
        assert snapshot.may_read(KEY)
        (gap,) = snapshot.gaps
        assert "logs/odd.log: the name is not <namespace>_<pod>_<container>.log" in gap.reason
        assert answer.logs[KEY].lines == ("one", "two \ufffdred\tx")
        assert not answer.logs[KEY].truncated
        assert answer.gaps == (Gap("logs", "not in the snapshot", "log of kargo/p container other"),)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("content", "lines", "first", "truncated"),
    [
        (b"", 0, None, False),
        (b"".join(b"%d\n" % number for number in range(2_000)), 2_000, "0", False),
        (b"".join(b"%d\n" % number for number in range(2_001)), 2_000, "1", True),
        (b"x" * 100 + b"\n" + (b"y" * 1023 + b"\n") * 1024, 1024, "y" * 1023, True),
        (b"x" * 3 * 1024 * 1024, 1, "x" * 1024 * 1024, True),
    ],
    ids=["empty", "all of it", "one line too many", "too long", "one endless line"],
)
async def test_of_a_long_log_the_tail_is_read(
    content: bytes, lines: int, first: str | None, truncated: bool, tmp_path: Path
) -> None:
    path = with_logs(tmp_path / "s", kargo_p_controller=content)

    log = (await SnapshotReader(path).read_logs([KEY], deadline_s=10)).logs[KEY]

    assert (len(log.lines), log.truncated) == (lines, truncated)
    assert next(iter(log.lines), None) == first


@pytest.mark.asyncio
async def test_logs_of_input_that_went_away_are_gaps(tmp_path: Path) -> None:
    answer = await SnapshotReader(tmp_path / "gone").read_logs([KEY], deadline_s=10)

    assert answer.logs == {}
    assert "no such file or folder" in answer.gaps[0].reason


@pytest.mark.asyncio
async def test_other_files_are_only_remembered(tmp_path: Path) -> None:
    path = save(tmp_path / "s", dev__yaml=stage())
    (path / "get-wide.txt").write_text("NAME")
    reader = SnapshotReader(path, now=NOW)

    snapshot = await reader.read(ALL, deadline_s=10)

    assert reader.ignored == ("get-wide.txt",)
    assert snapshot.gaps == ()


@pytest.mark.asyncio
async def test_the_garbage_collector_runs_again_afterwards(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput):
        await read(tmp_path / "gone")

    assert gc.isenabled()


def test_yaml_scalars_are_what_the_core_schema_says_and_times_stay_text() -> None:
    text = b"[1, -2, 1.5, 1e3, true, False, null, ~, '1', on, yes, 2026-01-01, 0x1f, 0o7, .inf, 1:20, 1_000, -, '']"

    (values,) = yaml_documents(text)

    numbers = [1, -2, 1.5, 1000.0, True, False, None, None]
    texts = ["1", "on", "yes", "2026-01-01", "0x1f", "0o7", ".inf", "1:20", "1_000", "-", ""]
    assert values == [*numbers, *texts]
    assert [type(value) for value in values[:4]] == [int, int, float, float]


def test_yaml_keys_are_always_text() -> None:
    (value,) = yaml_documents(b"{1: a, true: b, ~: c}")

    assert value == {"1": "a", "true": "b", "~": "c"}


@pytest.mark.asyncio
async def test_members_of_an_archive_are_read_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "many.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for number in range(300):
            content = json.dumps(stage(f"s{number}")).encode()
            info = tarfile.TarInfo(f"s{number}.json")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))

    snapshot = await read(path)

    assert names(snapshot, Stage) == [f"s{number}" for number in range(300)]


RECORDED = Path(__file__).parents[1]


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["real", "cases/dev", "cases/live"])
async def test_what_real_controllers_wrote_fits_the_model(kind: str, tmp_path: Path) -> None:
    folders = sorted(path for path in (RECORDED / kind).glob("*") if path.is_dir() and path.name != "rest")

    for folder in folders:
        copy = tmp_path / folder.name
        # a case's description lies beside its evidence and is no evidence
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("case.yaml"))
        snapshot = await read(copy)

        assert snapshot.kinds, folder.name
        assert [str(gap) for gap in snapshot.gaps if gap.object] == [], folder.name
    assert folders
