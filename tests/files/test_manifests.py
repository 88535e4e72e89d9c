"""Manifests in YAML: their lines, what is written, and edits that change nothing but what they are about."""

from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_master.files.manifests import changed, joined, read_manifests, written
from gitops_master.files.yaml_events import YamlProblem, yaml_documents
from gitops_master.model.manifest import Draft
from gitops_master.model.manifest import Path as ManifestPath

ROOT = Path(__file__).parents[1]
FILES = sorted([*ROOT.glob("real/*/*.yaml"), *ROOT.glob("cases/*/*/objects.yaml")])
STAGE = """\
# What delivers the shop.
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata:
  name: test   # of tests
  namespace: "shop"

spec:
  requestedFreight:
  - origin: {kind: Warehouse, name: main}
    sources:
      direct: true
  promotionTemplate:
    spec:
      steps:
      # first the sources
      - uses: git-clone
        config:
          repoURL: 'https://example.com/shop.git'

      # then the rest
      - uses: argocd-update  # the sync
        config:
          apps:
          - name: shop
"""


ODD = [
    "12345e6",
    "0x1f",
    "0o17",
    "1_000",
    "yes",
    "~",
    "%a",
    "@a",
    "a:",
    "*",
    "'",
    '"',
    "---",
    "y",
    ".5",
    "1.",
    "+1",
    ".inf",
    "=",
    "<<",
    "[a]",
    "!x",
    "&x",
    "2026-01-01",
    "1:30",
]
ODD += ["", " a", "a: b", "a #b", "- a", "${{ a ? b : c }}", "\u2028", "\x7f"]


def _changed(text: str, change: Any) -> list[str]:
    """The lines of the difference, without their context."""
    data = read_manifests(text)[0].data
    copied = yaml.safe_load(yaml.safe_dump(data))
    change(copied)
    made = changed(text, 0, copied, {})
    assert read_manifests(made)[0].data == copied
    every = list(unified_diff(text.splitlines(), made.splitlines(), lineterm="", n=0))
    return [line for line in every[2:] if not line.startswith("@@")]


def _steps(data: Any) -> Any:
    return data["spec"]["promotionTemplate"]["spec"]["steps"]


def test_every_field_knows_its_line() -> None:
    stage = read_manifests(STAGE, "stage.yaml")[0]

    assert stage.line() == 2
    assert stage.line(("metadata", "namespace")) == 6
    assert stage.line(("spec", "requestedFreight", 0, "sources", "direct")) == 12
    assert stage.line(("spec", "promotionTemplate", "spec", "steps", 1, "uses")) == 22
    assert stage.line(("spec", "promotionTemplate", "spec", "steps", 1, "config", "none")) == 23


def test_lists_are_opened_and_documents_counted() -> None:
    text = "---\n# nothing\n---\nkind: List\napiVersion: v1\nitems:\n- kind: A\n- kind: B\n---\nkind: C\n"

    assert [(one.data["kind"], one.document, one.line()) for one in read_manifests(text)] == [
        ("A", 1, 7),
        ("B", 1, 8),
        ("C", 2, 10),
    ]


@pytest.mark.parametrize(
    ("text", "line"), [("a: 1\n---\n- b\n", 3), ("a: &x 1\n", 1), ("a: 1\na: 2\n", 2), ("a: [", 2)]
)
def test_what_is_no_manifest_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(YamlProblem) as raised:
        read_manifests(text)

    assert raised.value.line == line


def test_comments_stand_before_their_lines_at_every_nesting() -> None:
    data = {
        "kind": "Stage",
        "spec": {"steps": [{"uses": "a", "config": {"x": ["1", {"deep": True}]}}, {"uses": "b"}], "none": {}},
        "text": "one\ntwo\n",
    }
    comments: dict[ManifestPath, str] = {
        (): "the head\nin two lines",
        ("spec",): "on spec",
        ("spec", "steps", 0): "on the first step",
        ("spec", "steps", 1, "uses"): "on uses",
        ("spec", "steps", 0, "config", "x", 1, "deep"): "deep",
        ("text",): "on text",
    }

    assert (
        written(Draft(data, "x.yaml", comments))
        == """\
# the head
# in two lines
kind: Stage
# on spec
spec:
  steps:
    # on the first step
    - uses: a
      config:
        x:
          - "1"
          # deep
          - deep: true
    # on uses
    - uses: b
  none: {}
# on text
text: |
  one
  two
""".replace('"1"', "'1'")
    )


@pytest.mark.parametrize("text", ODD)
def test_texts_that_a_reader_may_take_for_something_else_are_quoted(text: str) -> None:
    made = written(Draft({"a": text}, ""))

    assert made[3] in "'\""
    assert list(yaml_documents(made.encode())) == [{"a": text}]
    assert yaml.safe_load(made) == {"a": text}


def test_what_people_write_plain_stays_plain() -> None:
    texts = [
        "${{ commitFrom(vars.repo).ID }}",
        "https://example.com/a.git",
        "v1.2.3",
        "1.2.3",
        "a b",
        "--flag",
        ":8080",
        "5m",
    ]

    assert [written(Draft({"a": one}, "")) for one in texts] == [f"a: {one}\n" for one in texts]


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | _TEXTS
    | st.sampled_from(["a\nb\n", " a\n\n", "x\n y", "1e5"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=12,
)
_OBJECTS = st.dictionaries(_TEXTS, _DATA, min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(_OBJECTS)
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    made = written(Draft(data, ""))

    assert list(yaml_documents(made.encode())) == [data]


@settings(max_examples=300, deadline=None)
@given(_OBJECTS, _OBJECTS)
def test_any_change_says_what_was_meant_and_saying_the_same_changes_no_byte(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    text = written(Draft(old, ""))

    assert changed(text, 0, old) == text
    assert list(yaml_documents(changed(text, 0, new).encode())) == [new]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_real_files_are_written_back_byte_by_byte(path: Path) -> None:
    text = path.read_text()
    every = list(yaml_documents(text.encode()))

    for at, data in enumerate(every[:3]):
        if isinstance(data, dict):
            assert changed(text, at, data) == text
            touched = {**data, "metadata": {**data.get("metadata", {}), "labels": {"one": "two"}}}
            made = changed(text, at, touched)
            assert list(yaml_documents(made.encode()))[at] == touched


def test_a_changed_value_changes_its_line_alone_and_keeps_its_quotes_and_its_comment() -> None:
    def change(data: Any) -> None:
        data["metadata"].update(name="prod", namespace="store")
        _steps(data)[0]["config"]["repoURL"] = "https://example.com/other.git"

    assert _changed(STAGE, change) == [
        "-  name: test   # of tests",
        '-  namespace: "shop"',
        "+  name: prod   # of tests",
        '+  namespace: "store"',
        "-          repoURL: 'https://example.com/shop.git'",
        "+          repoURL: 'https://example.com/other.git'",
    ]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_entry_put_between_others_leaves_their_comments_with_them(at: int) -> None:
    assert _changed(STAGE, lambda data: _steps(data).insert(at, {"uses": "git-push", "config": {"path": ["a"]}})) == [
        "+      - uses: git-push",
        "+        config:",
        "+          path:",
        "+          - a",
    ]


def test_an_entry_taken_out_goes_with_its_comment() -> None:
    assert _changed(STAGE, lambda data: _steps(data).pop(1)) == [
        "-      # then the rest",
        "-      - uses: argocd-update  # the sync",
        "-        config:",
        "-          apps:",
        "-          - name: shop",
    ]


def test_keys_are_added_behind_the_one_before_them_and_taken_out_alone() -> None:
    def change(data: Any) -> None:
        data["metadata"]["annotations"] = {"a/b": "c"}
        del data["spec"]["requestedFreight"]
        step = _steps(data)[1]
        step["retry"] = {"timeout": "10m"}

    assert _changed(STAGE, change) == [
        "+  annotations:",
        "+    a/b: c",
        "-  requestedFreight:",
        "-  - origin: {kind: Warehouse, name: main}",
        "-    sources:",
        "-      direct: true",
        "+        retry:",
        "+          timeout: 10m",
    ]


def test_flow_stays_flow_and_an_empty_value_gets_its_own() -> None:
    text = "a: {b: [1, 2]}\nc:\nd: 1"

    assert changed(text, 0, {"a": {"b": [1]}, "c": {"x": 1}, "d": 1, "e": 2}) == "a: {b: [1]}\nc:\n  x: 1\nd: 1\ne: 2\n"


def test_other_documents_and_line_ends_stay() -> None:
    text = "# one\r\na: 1\r\n---\r\nb:\r\n    c: 1\r\n"

    assert changed(text, 1, {"b": {"c": 1, "d": {"e": 2}}}) == text + "    d:\r\n        e: 2\r\n"


def test_an_object_of_a_list_is_changed_in_its_place() -> None:
    text = "kind: List\nitems:\n- kind: A\n  metadata: {name: a}\n# b\n- kind: A\n  metadata: {name: b}\n"

    made = changed(text, 0, {"kind": "A", "metadata": {"name": "b"}, "spec": {"x": 1}})

    assert made == text + "  spec:\n    x: 1\n"


def test_comments_are_put_on_what_is_new_and_never_twice() -> None:
    comments: dict[ManifestPath, str] = {("spec", "a"): "since it is better", ("spec", "b"): "new"}
    once = changed("spec:\n  a: 1\n", 0, {"spec": {"a": 2, "b": 1}}, comments)

    assert once == "spec:\n  # since it is better\n  a: 2\n  # new\n  b: 1\n"
    assert changed(once, 0, {"spec": {"a": 3, "b": 1}}, comments) == once.replace("a: 2", "a: 3")


def test_documents_are_joined_into_a_file() -> None:
    assert joined(["a: 1\n", "b: 1"]) == "a: 1\n---\nb: 1\n"
