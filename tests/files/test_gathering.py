"""Which objects of files and folders are judged, and what is said of the rest."""

import os
from pathlib import Path

import pytest

from gitops_master.files.gathering import MOST_BYTES, PATCH, TEMPLATE, Broken, Gathered, gathered, gathered_text
from gitops_master.files.walking import MOST_FOLDERS_DEEP, Skipped, Walk
from gitops_master.model.errors import UsageError

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n"


def write(folder: Path, **files: str) -> None:
    """`a__b_yaml="…"` is `a/b.yaml`."""
    for name, text in files.items():
        stem, _, suffix = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(found: Gathered) -> list[str]:
    return [one.name for one in found.manifests]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_is_read_with_all_beneath_it_in_order(here: Path) -> None:
    write(here, b_yaml=MAP.format("b"), a__z_yml=MAP.format("z"), a__c_json='{"apiVersion": "v1",\n\t"kind": "X"}')
    write(here, c_txt=MAP.format("no"))

    found = gathered([Path()])

    assert [one.file for one in found.manifests] == ["a/c.json", "a/z.yml", "b.yaml"]
    assert (found.broken, found.skipped, found.others) == ((), (), 0)


def test_a_file_that_is_named_is_read_whatever_it_is_called(here: Path) -> None:
    write(here, stage_tmpl=MAP.format("x"))

    assert names(gathered([Path("stage.tmpl")])) == ["x"]


def test_standard_input_is_read_first(here: Path) -> None:
    write(here, a_yaml=MAP.format("a"))

    found = gathered([Path("a.yaml")], MAP.format("piped").encode())

    assert [(one.name, one.file) for one in found.manifests] == [("piped", "<stdin>"), ("a", "a.yaml")]


def test_a_file_is_read_once_however_many_ways_lead_to_it(here: Path) -> None:
    write(here, a__x_yaml=MAP.format("x"))
    (here / "a" / "again.yaml").symlink_to("x.yaml")
    (here / "a" / "loop").symlink_to(here / "a")

    assert names(gathered([Path("a"), Path(), Path("a/x.yaml")])) == ["x"]


def test_a_path_that_does_not_exist_is_named(here: Path) -> None:
    with pytest.raises(UsageError, match="there is no file or folder deploi"):
        gathered([Path("deploi")])


def test_hidden_folders_and_files_without_objects_are_passed_over(here: Path) -> None:
    write(here, values_yaml="a: &x 1\n", lock_json="{broken", x_yaml=MAP.format("x"))
    (here / ".git").mkdir()
    (here / ".git" / "a.yaml").write_text(MAP.format("git"))

    found = gathered([Path()])

    assert (names(found), found.others, found.broken, found.skipped) == (["x"], 2, (), ())


def test_a_named_file_without_objects_is_told(here: Path) -> None:
    write(here, values_yaml="a: 1\n")

    assert gathered([Path("values.yaml")]).skipped == (Skipped("values.yaml", "no Kubernetes object is in it"),)


def test_a_link_out_of_the_folder_is_not_followed(here: Path) -> None:
    write(here, secret__a_yaml=MAP.format("outside"), in__b_yaml=MAP.format("b"))
    (here / "in" / "file.yaml").symlink_to(here / "secret" / "a.yaml")
    (here / "in" / "folder").symlink_to(here / "secret")
    (here / "in" / "up.yaml").symlink_to("../secret/a.yaml")

    found = gathered([Path("in")])

    assert names(found) == ["b"]
    assert [one.file for one in found.skipped] == ["in/file.yaml", "in/folder", "in/up.yaml"]


def test_the_other_documents_of_a_broken_file_are_judged_at_their_lines() -> None:
    text = MAP.format("a") + "---\n# first\n" + "apiVersion: v1\nkind: [\n" + "---\n" + MAP.format("b")

    found = gathered_text(text, "x.yaml")

    assert [(one.name, one.document, one.line(("metadata", "name"))) for one in found.manifests] == [
        ("a", 0, 4),
        ("b", 2, 13),
    ]
    assert [(one.file, one.line) for one in found.broken] == [("x.yaml", 9)]


def test_a_key_that_stands_twice_is_broken() -> None:
    found = gathered_text(MAP.format("a") + "kind: Secret\n", "x.yaml")

    assert found.broken == (Broken("x.yaml", 5, "duplicate key `kind`"),)


def test_an_object_without_a_kind_is_broken() -> None:
    found = gathered_text("apiVersion: v1\nmetadata: {name: a}\n", "x.yaml")

    assert found.broken == (Broken("x.yaml", 1, "an object without kind"),)


def test_anchors_are_told_as_not_read() -> None:
    found = gathered_text(MAP.format("a") + "data: &x {}\n---\n" + MAP.format("b"), "x.yaml")

    assert names(found) == ["b"]
    assert [one.file for one in found.skipped] == ["x.yaml:5"]
    assert "a YAML anchor or alias" in found.skipped[0].reason


def test_templates_are_told_and_expressions_of_kargo_are_none(here: Path) -> None:
    write(here, chart__Chart_yaml="name: x\n", chart__templates__a_yaml=MAP.format('"{{ .Values.name }}"'))
    write(here, b_yaml="apiVersion: v1\n{{- if .x }}\nkind: X\n{{- end }}\n", c_yaml=MAP.format("${{ vars.name }}"))

    found = gathered([Path()])

    assert names(found) == ["${{ vars.name }}"]
    assert set(found.skipped) == {Skipped("b.yaml", TEMPLATE), Skipped("chart/templates/a.yaml", TEMPLATE)}


def test_patches_of_a_kustomization_are_told(here: Path) -> None:
    patches = (
        "resources: [x.yaml]\npatches:\n- path: p.yaml\n- patch: |-\n    a: 1\npatchesStrategicMerge: [s.yaml, 3]\n"
    )
    write(here, o__kustomization_yaml=patches, o__p_yaml=MAP.format("p"), o__s_yaml=MAP.format("s"))
    write(here, o__x_yaml=MAP.format("x"))

    found = gathered([Path()])

    assert names(found) == ["x"]
    assert found.skipped == (Skipped("o/p.yaml", PATCH), Skipped("o/s.yaml", PATCH))
    assert names(gathered([Path("o/p.yaml")])) == ["p"]  # named by itself, it is meant


def test_a_file_that_cannot_be_read_costs_only_itself(here: Path) -> None:
    write(here, b_yaml=MAP.format("b"))
    os.mkfifo(here / "a.yaml")
    (here / "c.yaml").symlink_to("gone.yaml")
    (here / "d.yaml").write_bytes(b"apiVersion: v1\nkind: \xff\n")

    found = gathered([Path()])

    assert names(found) == ["b"]
    assert [one.file for one in found.broken] == ["a.yaml", "c.yaml", "d.yaml"]
    assert all(one.line == 0 for one in found.broken)


def test_huge_folders_are_bounded(here: Path) -> None:
    write(here, **{f"f{number:02}_yaml": MAP.format(number) for number in range(20)})

    files = gathered([Path()], walk=Walk(most_files=3))
    entries = gathered([Path()], walk=Walk(most_entries=5))

    assert (len(files.manifests), len(entries.manifests)) == (3, 5)
    assert files.skipped == (Skipped("f03.yaml", "this and what follows: too many files; name fewer folders"),)


def test_huge_files_and_deep_folders_are_told(here: Path) -> None:
    deep = here.joinpath(*["d"] * (MOST_FOLDERS_DEEP + 2))
    deep.mkdir(parents=True)
    (here / "big.yaml").write_text(MAP.format("x") + "#" * MOST_BYTES)

    found = gathered([Path()])

    assert found.manifests == ()
    assert {one.reason for one in found.skipped} == {"more than 4 MiB", f"deeper than {MOST_FOLDERS_DEEP} folders"}


def test_a_broken_file_of_very_many_documents_takes_no_longer_than_it_is_long() -> None:
    found = gathered_text("---\n" * 50_000 + "apiVersion: [\n", "x.yaml")

    assert [one.line for one in found.broken] == [50_002]
