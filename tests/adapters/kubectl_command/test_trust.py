"""A command found in a working tree runs only after the user has trusted that very file."""

import json
import os
import stat
from pathlib import Path

import pytest

from gitops_master.adapters.kubectl_command import Trust, configuration_folder
from gitops_master.model.errors import Forbidden, GitOpsError, UnreadableInput


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "tree" / ".gitops-config.yaml"
    path.parent.mkdir()
    path.write_text("ssh_command: ssh bastion\n")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "gitops-master"


def test_nothing_is_trusted_before_the_user_says_so(config: Path, folder: Path) -> None:
    assert not Trust(folder).is_trusted(config)
    assert not folder.exists()


def test_a_trusted_file_stays_trusted_and_so_do_others(config: Path, folder: Path) -> None:
    other = config.with_name("other.yaml")
    other.write_text("x")

    Trust(folder).trust(config)
    Trust(folder).trust(other)

    assert Trust(folder).is_trusted(config)
    assert Trust(folder).is_trusted(other)
    assert set(json.loads((folder / "trusted.json").read_text())["files"]) == {str(config), str(other)}


def test_changed_content_is_not_trusted(config: Path, folder: Path) -> None:
    Trust(folder).trust(config)

    config.write_text("ssh_command: sh -c\n")

    assert not Trust(folder).is_trusted(config)


def test_the_content_that_will_be_used_is_what_counts(config: Path, folder: Path) -> None:
    Trust(folder).trust(config)

    assert not Trust(folder).is_trusted(config, b"ssh_command: evil\n")
    assert Trust(folder).is_trusted(config, config.read_bytes())


def test_a_copy_or_a_moved_file_is_not_trusted(config: Path, folder: Path) -> None:
    Trust(folder).trust(config)
    moved = config.rename(config.with_name("moved.yaml"))

    assert not Trust(folder).is_trusted(moved)


def test_a_link_is_the_file_that_it_leads_to(config: Path, folder: Path) -> None:
    link = config.with_name("link.yaml")
    link.symlink_to(config)

    Trust(folder).trust(link)

    assert Trust(folder).is_trusted(config)


def test_only_the_user_can_read_and_write_the_record(config: Path, folder: Path) -> None:
    Trust(folder).trust(config)

    assert stat.S_IMODE((folder / "trusted.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.listdir(folder) == ["trusted.json"]


def test_a_record_that_others_can_write_is_not_believed(config: Path, folder: Path) -> None:
    Trust(folder).trust(config)
    (folder / "trusted.json").chmod(0o620)

    with pytest.raises(Forbidden, match="written by others"):
        Trust(folder).is_trusted(config)


@pytest.mark.parametrize("broken", ["", "[]", '{"files": {"a": 1}}', "\xff", '{"version": 9}'])
def test_a_broken_record_is_said_and_not_overwritten(config: Path, folder: Path, broken: str) -> None:
    folder.mkdir(parents=True)
    store = folder / "trusted.json"
    store.write_text(broken, encoding="latin-1")

    with pytest.raises(UnreadableInput, match="broken"):
        Trust(folder).trust(config)

    assert store.read_text(encoding="latin-1") == broken


@pytest.mark.parametrize("make", ["missing", "folder", "fifo", "huge"])
def test_what_is_no_configuration_file_cannot_be_trusted(tmp_path: Path, folder: Path, make: str) -> None:
    path = tmp_path / "it"
    match make:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "huge":
            path.write_bytes(b"x" * (1024 * 1024 + 1))

    with pytest.raises(GitOpsError):
        Trust(folder).trust(path)

    assert not folder.exists()


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"XDG_CONFIG_HOME": "/c", "HOME": "/h"}, "/c/gitops-master"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "/h/.config/gitops-master"),
        ({"XDG_CONFIG_HOME": "", "HOME": "/h"}, "/h/.config/gitops-master"),
    ],
)  # fmt: skip
def test_the_record_is_in_the_users_own_configuration_folder(environ: dict[str, str], folder: str) -> None:
    assert configuration_folder(environ) == Path(folder)
