"""`.gitops-config.yaml`: what it may say, where it is found, and that a bad one is told in words."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_master import config_file
from gitops_master.config_file import KEYS, NAME, differing_names
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.given import Given

SEED = """\
# Expected format:
ssh_command: "MISE_ENV=test mise run server:ssh"   # How to reach the cluster (omit if local kubectl works)
kargo_namespace: "kargo-my-project-test"
kargo_controller_namespace: "kargo"
argocd_namespace: "infra"
argocd_controller_namespace: "argocd"
monitoring_namespace: "monitoring"
app_namespace: "my-app-test"
domain: "example.com"
kargo_project: "my-project"
warehouse_name: "platform-apps"
"""


def test_all_keys_of_the_published_example_are_read() -> None:
    found = config_file.parse(SEED.encode())

    assert found["ssh_command"] == "MISE_ENV=test mise run server:ssh"
    assert found["warehouse_name"] == "platform-apps"
    assert len(found) == 10
    assert set(KEYS) - set(found) == {"context", "kubectl_command"}


@pytest.mark.parametrize(
    "text", ["", "\n# nothing yet\n", "---\n", "kargo_project:\n", "kargo_project: ''\n", "domain: ~"]
)
def test_what_is_left_empty_is_not_given(text: str) -> None:
    assert config_file.parse(text.encode()) == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"kargo_projekt: x", ["unknown key 'kargo_projekt'", "did you mean 'kargo_project'", "warehouse_name"]),
        (b"kargo-namespace: x", ["did you mean 'kargo_namespace'"]),
        (b"KARGO_NAMESPACE: x", ["did you mean 'kargo_namespace'"]),
        (b"colour: red", ["unknown key 'colour'", "it takes ssh_command"]),
        (b"domain: a.com\ndomain: b.com", ["'domain' twice"]),
        (b"domain:\ndomain: b.com", ["'domain' twice"]),
        (b"kargo_project: true", ["key 'kargo_project'", "type bool", "quotes"]),
        (b"kargo_project: 12", ["key 'kargo_project'", "type int"]),
        (b"kargo_project: 2026-01-01", ["type timestamp"]),
        (b"kargo_project: [a, b]", ["key 'kargo_project'", "a list"]),
        (b"kargo_project: {a: b}", ["key 'kargo_project'", "a mapping"]),
        (b"kargo_project: &a shop\nkargo_namespace: *a", ["an anchor (&'a')"]),
        (b"kargo_namespace: *a", ["an alias (*'a')"]),
        (b"&x {kargo_project: a}", ["an anchor"]),
        (b"kargo_project: !!python/object:os.system x", ["a tag"]),
        (b"<<: {kargo_project: a}", ["type merge"]),
        (b"? [a]\n: b", ["a key", "a list"]),
        (b"- kargo_project: x", ["not a mapping"]),
        (b"just words", ["not a mapping"]),
        (b"kargo_project: a\n---\nkargo_project: b", ["more than one document"]),
        (b"kargo_project: 'a", ["not YAML (line 1)"]),
        (b"kargo_project: a\n\tdomain: b", ["not YAML (line 2)"]),
        (b"kargo_project: \xff", ["not UTF-8 text (byte 15)"]),
        (b"kargo_project: Shop", ["'Shop' is not a namespace's name", "'shop'"]),
        (b"kargo_project: -x", ["is not a namespace's name"]),
        (b"kargo_project: " + b"a" * 64, ["longer than 63"]),
        (b"domain: https://example.com/x", ["without scheme"]),
        (b'context: "a\\nb"', ["without line breaks"]),
        (b'ssh_command: "ssh x\\nrm y"', ["is not one line"]),
        (b'context: "\\x1b]0;title\\x07"', ["without line breaks"]),
        (b"ssh_command: ssh x\nkubectl_command: oc", ["ssh_command and kubectl_command", "two ways"]),
        (b"# x" * 40_000, ["larger than"]),
        (b'kargo_project: "\\UFFFFFFFF"', ["not YAML"]),
    ],
)
def test_a_bad_file_is_refused_naming_the_key_and_what_to_do(content: bytes, words: list[str]) -> None:
    with pytest.raises(UnreadableInput) as caught:
        config_file.parse(content, "/w/.gitops-config.yaml")

    said = str(caught.value)
    assert said.startswith("/w/.gitops-config.yaml ")
    assert said.replace("\n", "").isprintable()
    for word in words:
        assert word in said


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@example(b'"\\ud800": x')
@example(b"\xef\xbb\xbfkargo_project: x")
def test_any_bytes_are_values_or_a_refusal(content: bytes) -> None:
    try:
        found = config_file.parse(content)
    except UnreadableInput:
        return
    assert set(found) <= set(KEYS)


_PIECES = st.sampled_from(
    [*KEYS, ":", " ", "\n", "&a", "*a", "!x", "{", "}", "[", "]", "- ", "'", '"', "#", "|", ">", "\t", "a", "1", "~"]
)


@given(st.lists(_PIECES, max_size=20).map("".join))
def test_any_arrangement_of_its_own_parts_is_values_or_a_refusal(text: str) -> None:
    try:
        found = config_file.parse(text.encode())
    except UnreadableInput:
        return
    assert all(found.values())


def test_it_is_found_from_below_and_the_nearest_one_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / NAME).write_text("kargo_project: outer")
    assert config_file.nearest(below).values == {"kargo_project": "outer"}

    (tmp_path / "a" / NAME).write_text("kargo_project: inner")

    assert config_file.nearest(below).values == {"kargo_project": "inner"}
    assert config_file.nearest(below).path == tmp_path / "a" / NAME


def test_one_that_cannot_be_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    assert "is not a file" in str(config_file.nearest(tmp_path).problem)

    (tmp_path / NAME).rmdir()
    (tmp_path / NAME).symlink_to(tmp_path / "nowhere")
    assert "cannot be read" in str(config_file.nearest(tmp_path).problem)

    (tmp_path / NAME).unlink()
    os.mkfifo(tmp_path / NAME)
    assert "is not a file" in str(config_file.nearest(tmp_path).problem)


def test_two_names_for_one_project_are_explained() -> None:
    same = {"kargo_project": Given("a", "x"), "kargo_namespace": Given("a", "y")}
    other = {"kargo_project": Given("a", "x"), "kargo_namespace": Given("b", "y")}

    assert differing_names(same) == ""
    assert "always have one name" in differing_names(other)
