"""A command that a file in a working tree names: shown, trusted, and run only then."""

from pathlib import Path

from gitops_master.config_file import NAME
from tests.cli.test_command_line import run


def test_a_command_runs_only_after_its_file_was_trusted_and_no_longer_after_a_change(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_text("kubectl_command: ./no-such-program\nkargo_project: shop\n")
    home = str(tmp_path / "home")

    refused = run("state", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="")
    assert refused.returncode == 77
    assert f"gitops-master trust {file}" in refused.stderr

    unasked = run("trust", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="")
    assert unasked.returncode == 77
    assert "kubectl_command: ./no-such-program" in unasked.stdout
    assert "--yes" in unasked.stderr

    trusted = run("trust", "--yes", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="")
    assert (trusted.returncode, trusted.stderr) == (0, "")
    assert "Trusted: " in trusted.stdout
    assert "is trusted already" in run("trust", NAME, cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="").stdout

    tried = run("state", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="")
    assert tried.returncode == 69
    assert "no-such-program" in tried.stderr

    file.write_text("kubectl_command: ./another\n")
    assert run("state", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="").returncode == 77


def test_without_a_file_or_a_command_there_is_nothing_to_trust(tmp_path: Path) -> None:
    assert run("trust", str(tmp_path / "missing.yaml")).returncode == 65
    (tmp_path / NAME).write_text("kargo_project: shop\n")

    done = run("trust", cwd=tmp_path)

    assert done.returncode == 0
    assert "nothing to trust" in done.stdout


def test_a_broken_file_is_told_by_every_command_that_looks_at_a_cluster_and_by_no_other(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("kargo_projct: shop\n")

    done = run("state", cwd=tmp_path)

    assert done.returncode == 65
    assert "did you mean 'kargo_project'" in done.stderr
    assert run("demo", cwd=tmp_path).returncode == 0
    assert run("serve", cwd=tmp_path).returncode == 0


def test_what_expectations_may_cause_is_shown_and_trusted_until_they_change(tmp_path: Path) -> None:
    file = tmp_path / ".gitops-verify.yaml"
    file.write_text("defaults: {secretKeys: true, hosts: {a.example.com: {reachable: true}}}\n")
    home = str(tmp_path / "home")

    unasked = run("trust", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="")
    assert unasked.returncode == 77
    assert "defaults.secretKeys: Secrets are read whole, for the names of their keys" in unasked.stdout
    assert "private addresses of a.example.com are asked" in unasked.stdout

    trusted = run("trust", "--yes", ".gitops-verify.yaml", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="")
    assert (trusted.returncode, trusted.stderr) == (0, "")
    assert "is trusted already" in run("trust", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="").stdout

    file.write_text("defaults: {http: true}\n")
    assert run("trust", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="").returncode == 77

    file.write_text("defaults: {http: false}\n")
    assert "nothing to trust" in run("trust", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="").stdout


def test_both_files_of_a_place_are_trusted_together_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("kubectl_command: kubectl\n")
    (tmp_path / ".gitops-verify.yaml").write_text("defaults: {proxy: true}\n")
    home = str(tmp_path / "home")

    both = run("trust", "--yes", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="").stdout
    assert both.count("Trusted: ") == 2

    (tmp_path / ".gitops-verify.yaml").write_text("default: {}\n")
    broken = run("trust", "--yes", cwd=tmp_path, HOME=home, XDG_CONFIG_HOME="")
    assert broken.returncode == 65
    assert "did you mean 'defaults'" in broken.stderr
