"""The harness itself: where the real programs come from. `go` and `npm` here are scripts that say what they were asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import programs

GO = """#!/bin/sh
[ "$1" = env ] && echo go1.26.0 && exit
echo "$*" >>"{calls}"
[ -e "{broken}" ] && echo 'k8s.io/api@v0.36.3: connection refused' >&2 && exit 1
while [ $# -gt 1 ]; do [ "$1" = -o ] && made=$2; shift; done
echo '#!/bin/sh' >"$made"
chmod +x "$made"
"""
NPM = """#!/bin/sh
echo "$*" >>"{calls}"
mkdir -p "$3/node_modules/judge" && touch "$3/node_modules/judge/{file}"
"""
BOTH = {"etcd": "example.test/etcd", "kube-apiserver": "example.test/kube-apiserver"}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> programs.Module:
    """A module to build with that `go`, and an empty cache."""
    made = tmp_path / "envtest"
    made.mkdir()
    (made / "go.mod").write_text("module example.test\n\nrequire (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)\n")
    (made / "go.sum").write_text("")
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(GO.format(calls=tmp_path / "calls", broken=tmp_path / "broken"))
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    monkeypatch.setenv("GITOPS_MASTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return programs.Module(made, BOTH)


def _calls(tmp_path: Path) -> list[str]:
    path = tmp_path / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_kubebuilders_folder_comes_first(
    module: programs.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    for name in BOTH:
        (assets / name).write_text("")
        (assets / name).chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))

    assert programs.find(module) == {name: assets / name for name in BOTH}
    assert _calls(tmp_path) == []


def test_they_are_built_once_with_the_version_they_are_to_say(module: programs.Module, tmp_path: Path) -> None:
    first, second = programs.find(module), programs.find(module)

    assert first == second
    assert all(path.is_relative_to(tmp_path / "cache") and os.access(path, os.X_OK) for path in first.values())
    calls = _calls(tmp_path)
    assert len(calls) == len(BOTH)
    assert "-X k8s.io/component-base/version.gitVersion=v1.36.3" in calls[0]
    # Go's own cache is not left behind.
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} == {"", ".lock"}


def test_other_modules_are_another_build(module: programs.Module, tmp_path: Path) -> None:
    before = programs.find(module)
    (module.folder / "go.sum").write_text("changed")

    after = programs.find(module)

    assert before["etcd"].parent != after["etcd"].parent


def test_processes_that_start_together_build_once(module: programs.Module, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.live import programs\n"
        f"programs.find(programs.Module(Path(sys.argv[1]), {BOTH!r}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    started = [subprocess.Popen([sys.executable, "-c", code, str(module.folder)], env=environment) for _ in range(3)]

    assert [one.wait() for one in started] == [0, 0, 0]
    assert len(_calls(tmp_path)) == len(BOTH)


def test_a_build_that_fails_says_why_and_leaves_nothing(module: programs.Module, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()

    with pytest.raises(programs.NotToBeHad, match=r"etcd .*failed: .*connection refused"):
        programs.find(module)

    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


def test_without_go_the_reason_names_both_ways_out(
    module: programs.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(programs.NotToBeHad, match=r"install Go .*KUBEBUILDER_ASSETS"):
        programs.find(module)


def _npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str = "index.js") -> programs.Packages:
    """Packages to install with that `npm`, which brings one file, and an empty cache."""
    made = tmp_path / "suite"
    made.mkdir()
    for name in programs.LOCKED:
        (made / name).write_text("{}")
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir(exist_ok=True)
    npm.write_text(NPM.format(calls=tmp_path / "calls", file=file))
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    monkeypatch.setenv("GITOPS_MASTER_CACHE", str(tmp_path / "cache"))
    return programs.Packages(made, {"judge": "judge/index.js"})


def test_packages_are_installed_once_outside_the_repository_and_run_no_script_of_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = _npm(tmp_path, monkeypatch)

    first, second = programs.find(packages), programs.find(packages)

    assert first == second
    assert first["judge"].is_relative_to(tmp_path / "cache")
    (call,) = _calls(tmp_path)
    assert call.startswith("ci --prefix")
    assert "--ignore-scripts" in call


def test_without_npm_the_reason_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = _npm(tmp_path, monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(programs.NotToBeHad, match=r"no npm on PATH .*install Node 22\.19"):
        programs.find(packages)


def test_packages_that_do_not_bring_the_program_here_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = _npm(tmp_path, monkeypatch, file="for-another-machine")

    with pytest.raises(programs.NotToBeHad, match=r"npm has no judge for this machine"):
        programs.find(packages)

    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


@pytest.mark.parametrize(("said", "own"), [("v22.19.0", True), ("v24.1.0", True), ("v22.9.1", False), ("", False)])
def test_a_node_that_is_new_enough_is_the_one_on_path(
    said: str, own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _npm(tmp_path, monkeypatch)
    node = tmp_path / "bin" / "node"
    node.write_text(f"#!/bin/sh\necho {said}\n")
    node.chmod(0o755)

    if own:
        assert programs.node() == node
    else:
        with pytest.raises(programs.NotToBeHad, match=r"npm has no node"):
            programs.node()


@pytest.mark.parametrize("packages", [programs.JUDGES, programs.OWN_NODE], ids=["judges", "node"])
def test_what_npm_installs_is_pinned_by_hash_and_by_no_address(packages: programs.Packages) -> None:
    text = (packages.folder / "package-lock.json").read_text()
    held = {name: one for name, one in json.loads(text)["packages"].items() if name}

    assert "://" not in text, "write it anew: python -m tests.judges.pin"
    assert [name for name, one in held.items() if not one["integrity"].startswith("sha512-")] == []


@pytest.mark.parametrize(("said", "meant"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_a_missing_part_is_a_failure_in_ci_only(said: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", said)

    assert programs.in_ci() is meant
