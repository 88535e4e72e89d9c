"""`.gitops-verify.yaml`: found, read, and refused in words that name line and key."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_master import verify_file
from gitops_master.model.errors import UnreadableInput
from gitops_master.verify_file import MOST_BYTES, NAME


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "---\n", "{}", "stages: {}\n", "version: 1", "\ufeffversion: 1"]
)
def test_a_file_that_says_nothing_is_one(text: str) -> None:
    said = verify_file.parse(text.encode())

    assert said.get("stages", {}) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "stage: {}",
            ["stage (line 1): there is no such key; did you mean 'stages'", "version, defaults, presets, stages"],
        ),
        ("stages:\n  prod:\n    host: {}", ["stages.prod.host (line 3)", "did you mean 'hosts'"]),
        (
            "stages:\n  shop/prod:\n    hosts:\n      a.example.com: {auth: spaa}",
            ["stages['shop/prod'].hosts['a.example.com'].auth (line 4)", "'spaa' is not one of public", "mean 'spa'"],
        ),
        ("stages:\n  prod:\n", ["stages.prod (line 2): has no value, where a mapping is expected"]),
        ("stages: [prod]", ["stages (line 1): a list stands where a mapping is expected"]),
        ("defaults: {http: yes}", ["defaults.http (line 1): 'yes' is not true or false"]),
        ("defaults: {http: 1}", ["defaults.http", "'1' is not true or false"]),
        ("defaults: {crds: a.b}", ["defaults.crds (line 1): text stands where a list is expected", "hyphen"]),
        ("defaults: {crds: [a.b, c]}", ["defaults.crds[1]", "'c' is not `plural.group`"]),
        ("defaults: {customResources: [v1/Secret]}", ["'v1/Secret' is not `group/Kind` of a custom resource"]),
        ("defaults: {customResources: [apps/Deployment]}", ["is not `group/Kind` of a custom resource"]),
        ("stages: {Prod: {}}", ["'Prod' is not `stage` or `project/stage`"]),
        ("stages: {a/b/c: {}}", ["'a/b/c' is not `stage` or `project/stage`"]),
        ("defaults: {hosts: {https://a.com: {}}}", ["'https://a.com' is not a host's name"]),
        ("defaults: {hosts: {a.com: {status: [99]}}}", ["status[0]", "'99' is not a status code, 100 to 599"]),
        ("defaults: {hosts: {a.com: {port: 0}}}", ["'0' is not a port, 1 to 65535"]),
        ("defaults: {hosts: {a.com: {path: login}}}", ["'login' is not a path that begins with a slash"]),
        ("defaults: {services: {a: {path: /x/../../secrets}}}", ["does not climb"]),
        ("defaults: {services: {a: {path: /x/%2e%2E/y}}}", ["does not climb"]),
        ("defaults: {services: {a: {port: 1.5}}}", ["'1.5' is not a port's number or name"]),
        ("defaults: {services: {a: {body: '('}}}", ["body (line 1): '(' is not a regular expression", "escape"]),
        ("defaults: {services: {a: {body: '[[a]'}}}", ["is not a regular expression"]),
        ("defaults: {services: {a: {body: '(a+)+b'}}}", ["(line 1): '(a+)+b' repeats what already repeats"]),
        ("defaults: {services: {a: {body: 12}}}", ["'12' is not a regular expression"]),
        ("defaults: {secrets: [{keys: [a]}]}", ["defaults.secrets[0] (line 1): lacks the key 'name'"]),
        ("defaults: {prometheus: {queries: [{query: up, expect: '=> 1'}]}}", ["is not a comparison such as `> 0`"]),
        ("defaults: {prometheus: {url: 'https://u:p@a.com'}}", ["without credentials"]),
        ("defaults: {prometheus: {url: 'file:///etc/passwd'}}", ["is not an http(s) URL"]),
        ("defaults: {prometheus: {header: 'X-Key: abc'}}", ["is not the name of a header, never its value"]),
        (
            "defaults: {presets: [kagro]}",
            ["defaults.presets[0]", "no preset 'kagro'; did you mean 'kargo'", "monitoring"],
        ),
        ("presets: {a: {presets: [b]}, b: {presets: [a]}}", ["preset 'a' names itself"]),
        ("presets: {argo-cd: {presets: [foundation]}}", ["preset 'argo-cd' names itself"]),
        (
            "defaults: {workloads: [{kind: Deployment}]}",
            ["workloads[0] (line 1): names no workload", "add namespace, labels"],
        ),
        ("version: 2", ["version (line 1): '2' is not 1"]),
        ("- a", ["the file: a list stands where a mapping is expected"]),
        ("a: [b", ["is not YAML (line"]),
        ("stages: &a {}", ["has a YAML anchor or alias (line 1)", "write the value out"]),
        ("stages: {a: {}, a: {}}", ["duplicate key `a` (line 1)"]),
        ("stages: !!python/object:os.system {}", ["the YAML tag"]),
        ("version: 1\n---\nversion: 1", ["more than one document"]),
        ("[" * 200, ["nested deeper"]),
    ],
)
def test_a_bad_file_is_refused_naming_line_key_and_what_to_do(text: str, words: list[str]) -> None:
    with pytest.raises(UnreadableInput) as caught:
        verify_file.parse(text.encode(), "/w/.gitops-verify.yaml")

    said = str(caught.value)
    assert said.startswith("/w/.gitops-verify.yaml ")
    assert "\n" in said
    assert said.replace("\n", "").isprintable()
    for word in words:
        assert word in said


@pytest.mark.parametrize(("content", "word"), [(b"\xff", "not UTF-8"), (b"#" * (MOST_BYTES + 1), "larger than")])
def test_what_is_no_text_or_too_long_is_refused(content: bytes, word: str) -> None:
    with pytest.raises(UnreadableInput, match=word):
        verify_file.parse(content)


_PIECES = st.sampled_from(
    [
        "stages",
        "defaults",
        "hosts",
        "a.b",
        ":",
        " ",
        "\n",
        "\n  ",
        "&a",
        "*a",
        "!x",
        "{",
        "}",
        "[",
        "]",
        "- ",
        "'",
        '"',
        "~",
        "1",
    ]
)


@given(st.binary(max_size=200) | st.lists(_PIECES, max_size=25).map(lambda parts: "".join(parts).encode()))
@example(b"\xef\xbb\xbfversion: 1")
@example(b'"\\ud800": x')
@example(b"? [a]\n: b")
def test_any_bytes_are_values_or_a_refusal(content: bytes) -> None:
    try:
        verify_file.parse(content)
    except UnreadableInput:
        return


def test_it_is_found_from_below_and_the_nearest_one_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    (tmp_path / NAME).write_text("stages: {outer: {}}")
    assert verify_file.nearest(below).stages == ("outer",)

    (tmp_path / "a" / NAME).write_text("stages: {inner: {}}")
    found = verify_file.nearest(below)
    assert (found.stages, found.path, found.named) == (("inner",), tmp_path / "a" / NAME, False)


def test_one_that_cannot_be_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / NAME)
    assert "is not a file" in str(verify_file.nearest(tmp_path).problem)

    (tmp_path / NAME).unlink()
    (tmp_path / NAME).write_text("stagse: {}")
    assert "did you mean 'stages'" in str(verify_file.nearest(tmp_path).problem)


def test_one_that_was_named_is_read_or_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("stages: {prod: {}}")

    assert verify_file.load(tmp_path / "other.yaml").named
    with pytest.raises(UnreadableInput, match="cannot be read"):
        verify_file.load(tmp_path / "missing.yaml")
