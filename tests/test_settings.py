"""Where the program looks: flag before environment before file, and a snapshot is of none of them."""

from pathlib import Path
from typing import Any

import pytest

from gitops_master.config_file import ConfigFile
from gitops_master.model.errors import Forbidden, UnreadableInput, UsageError
from gitops_master.ports.writing import Premises, Promote, Reverify
from gitops_master.settings import place_of
from gitops_master.sources import sources

PATH = Path("/w/.gitops-config.yaml")
KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: one
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: u, user: {}}]
contexts:
- {name: one, context: {cluster: c, user: u}}
- {name: two, context: {cluster: c, user: u}}
"""


def _file(**values: str) -> ConfigFile:
    return ConfigFile(PATH, b"x", values)


@pytest.mark.parametrize(
    ("flags", "environ", "values", "expected"),
    [
        ({}, {}, {"ssh_command": "ssh f"}, {"ssh_command": str(PATH)}),
        ({}, {"GITOPS_MASTER_KUBECTL_COMMAND": "oc"}, {"ssh_command": "ssh f"}, {"kubectl_command": "GITOPS_MASTER_KUBECTL_COMMAND"}),
        ({"ssh_command": "ssh x"}, {"GITOPS_MASTER_SSH_COMMAND": "ssh e"}, {}, {"ssh_command": "--ssh-command"}),
        ({"kubeconfig": Path("k")}, {"GITOPS_MASTER_SSH_COMMAND": "ssh e"}, {"context": "x", "ssh_command": "y"}, {}),
        ({"context": "a"}, {"GITOPS_MASTER_CONTEXT": "b"}, {"context": "c", "domain": "d.e"}, {"context": "--context", "domain": str(PATH)}),
        ({}, {"GITOPS_MASTER_CONTEXT": "b"}, {"context": "c"}, {"context": "GITOPS_MASTER_CONTEXT"}),
        ({"snapshot": Path("s")}, {"GITOPS_MASTER_SSH_COMMAND": "ssh e"}, {"kargo_project": "x"}, {}),
    ],
)  # fmt: skip
def test_the_nearest_word_counts(
    flags: dict[str, Any], environ: dict[str, str], values: dict[str, str], expected: dict[str, str]
) -> None:
    settings = place_of(environ, _file(**values), **flags)

    assert {key: one.source for key, one in settings.given.items()} == expected


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(UsageError, match=r"GITOPS_MASTER_KARGO_PROJECT: 'No Name' is not a namespace's name"):
        place_of({"GITOPS_MASTER_KARGO_PROJECT": "No Name"})


def test_the_namespace_is_the_project_where_both_are_given() -> None:
    assert place_of({}, _file(kargo_project="a", kargo_namespace="b")).project == "b"
    assert place_of({}, _file(kargo_project="a")).project == "a"


def test_a_command_of_a_file_is_run_only_once_that_file_is_trusted(tmp_path: Path) -> None:
    place = sources(place_of({}, _file(ssh_command="ssh there")), {"XDG_CONFIG_HOME": str(tmp_path)})

    with pytest.raises(Forbidden, match=r"`ssh there`.*\n.*gitops-master trust /w/.gitops-config.yaml"):
        place.reader()


async def test_a_command_of_a_flag_needs_no_trust(tmp_path: Path) -> None:
    place = sources(place_of({}, _file(ssh_command="x"), ssh_command="ssh there"), {"XDG_CONFIG_HOME": str(tmp_path)})

    place.reader()

    await place.close()


def test_a_broken_file_is_told_by_the_first_question() -> None:
    place = sources(place_of({}, ConfigFile(PATH, problem=UnreadableInput("broken"))), {})

    assert place.project == ""
    with pytest.raises(UnreadableInput, match="broken"):
        place.reader()


async def test_the_context_of_the_file_is_the_default_one_and_others_stay_to_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))

    assert sources(place_of({}), {}).contexts() == ("one", "two")
    place = sources(place_of({}, _file(context="two")), {})
    assert place.contexts() == ("two", "one")
    assert sources(place_of({}, _file(context="two"), context="one"), {}).contexts() == ()
    with pytest.raises(UsageError, match=r"yaml names the context 'three'.*\n.*one, two$"):
        sources(place_of({}, _file(context="three")), {}).reader()
    await place.close()


@pytest.mark.parametrize(
    ("flags", "environ", "allowed"),
    [
        ({}, {}, False),
        ({"allow_writes": True}, {}, True),
        ({}, {"GITOPS_MASTER_ALLOW_WRITES": "true"}, True),
        ({}, {"GITOPS_MASTER_ALLOW_WRITES": " 1 "}, True),
        ({}, {"GITOPS_MASTER_ALLOW_WRITES": "no"}, False),
        ({}, {"GITOPS_MASTER_ALLOW_WRITES": ""}, False),
        ({"allow_writes": True}, {"GITOPS_MASTER_ALLOW_WRITES": "false"}, True),
    ],
)
def test_writing_is_off_unless_somebody_switches_it_on(
    flags: dict[str, Any], environ: dict[str, str], allowed: bool
) -> None:
    assert place_of(environ, **flags).allow_writes is allowed


def test_a_wish_to_write_that_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(UsageError, match="GITOPS_MASTER_ALLOW_WRITES='maybe' is neither yes nor no"):
        place_of({"GITOPS_MASTER_ALLOW_WRITES": "maybe"})


def test_protected_stages_are_kept() -> None:
    assert place_of({}, protect=["prod-*"]).protect == ("prod-*",)


def test_a_saved_cluster_is_never_written_to(tmp_path: Path) -> None:
    with pytest.raises(Forbidden, match="a saved cluster cannot be written to"):
        sources(place_of({}, snapshot=tmp_path, allow_writes=True)).writer()


async def test_writes_have_a_connection_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(KUBECONFIG)
    clusters = sources(place_of({}, kubeconfig=tmp_path / "config"))

    assert clusters.writer("two") is clusters.writer("two")
    assert clusters.writer() is clusters.writer("one")
    write = Reverify(namespace="p", stage="s", verification_id="id")
    with pytest.raises(UsageError):
        await clusters.writer("three").send(write, Premises(), deadline_s=5)
    await clusters.close()


def test_kargo_is_asked_itself_where_somebody_is_logged_in_there(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(KUBECONFIG)
    home = {"HOME": str(tmp_path)}
    login = {**home, "KARGO_API_ADDRESS": "https://kargo.example.com", "KARGO_API_TOKEN": "a.b.c"}

    without = sources(place_of({}, kubeconfig=tmp_path / "config"), home).writer()
    with_it = sources(place_of({}, kubeconfig=tmp_path / "config"), login).writer()
    off = sources(place_of({}, kubeconfig=tmp_path / "config"), {**login, "GITOPS_MASTER_KARGO_LOGIN": "off"}).writer()

    promote = Promote(namespace="p", stage="s", freight="f")
    assert type(without._of(promote)).__name__ == "KubernetesWays"  # type: ignore[attr-defined]
    assert type(off._of(promote)).__name__ == "KubernetesWays"  # type: ignore[attr-defined]
    assert type(with_it._of(promote)).__name__ == "KargoApi"  # type: ignore[attr-defined]


def test_the_terms_of_writing_are_those_of_the_settings(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 40)
    place = place_of({"GITOPS_MASTER_PLAN_KEY_FILE": str(key)}, protect=["prod"], as_user="dana")

    terms = sources(place).terms()

    assert (terms.allow_writes, terms.protect, terms.who, terms.plan_key) == (False, ("prod",), "dana", b"k" * 40)
    assert "kkk" not in repr(terms)
