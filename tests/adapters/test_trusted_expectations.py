"""The .gitops-verify.yaml of a place, and whether it may cause requests."""

from pathlib import Path

import pytest

from gitops_master.adapters.kubectl_command.trust import Trust, configuration_folder
from gitops_master.adapters.trusted_expectations import expectations_by, expectations_file
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.expectations import Expectations
from gitops_master.ports.outside import Known
from gitops_master.verify_file import NAME


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment with a home of its own; the working folder is `tree`."""
    (tmp_path / "tree").mkdir()
    monkeypatch.chdir(tmp_path / "tree")
    return {"HOME": str(tmp_path / "home")}


def test_a_file_of_the_tree_is_trusted_once_the_user_did_so_and_no_longer_after_a_change(
    environ: dict[str, str],
) -> None:
    path = Path.cwd() / NAME
    path.write_text("defaults: {http: true}")
    file, is_trusted = expectations_file(environ)
    assert (file.path, is_trusted) == (path, False)

    Trust(configuration_folder(environ)).trust(path, file.content)
    assert expectations_file(environ)[1]

    path.write_text("defaults: {http: true, proxy: true}")
    assert not expectations_file(environ)[1]


def test_a_file_that_the_user_names_is_trusted_and_the_one_of_the_tree_does_not_count(
    environ: dict[str, str], tmp_path: Path
) -> None:
    (Path.cwd() / NAME).write_text("stages: {tree: {}}")
    (tmp_path / "mine.yaml").write_text("stages: {mine: {}}")

    file, is_trusted = expectations_file(environ, tmp_path / "mine.yaml")

    assert (file.stages, is_trusted) == (("mine",), True)


def test_without_one_nothing_is_said_and_a_broken_one_is_not_passed_over(environ: dict[str, str]) -> None:
    file, is_trusted = expectations_file(environ)
    assert (file.stages, is_trusted) == ((), False)

    (Path.cwd() / NAME).write_text("stagse: {}")
    with pytest.raises(UnreadableInput, match="did you mean 'stages'"):
        expectations_file(environ)


def test_until_it_is_known_what_exists_nothing_that_an_untrusted_file_names_is_asked(environ: dict[str, str]) -> None:
    (Path.cwd() / NAME).write_text(
        "defaults: {hosts: {a.example.com: {path: /x}, b.example.com: {}}, services: {api: {path: /h}, y/db: {}}, crds: [a.b]}\n"
        "stages: {prdo: {}}"
    )

    early = expectations_by(environ)("shop", "prod")

    assert (early.of.hosts, early.of.services, early.of.crds, early.ignored) == ({}, {}, ("a.b",), ())
    assert early.settle is not None
    known = Known(
        hosts=frozenset({"a.example.com"}),
        own_services=frozenset({"x/api"}),
        services=frozenset({"x/api"}),
        stages=frozenset({"prod"}),
    )
    settled = early.settle(known)
    assert set(settled.of.hosts) == {"a.example.com"}
    assert set(settled.of.services) == {"api"}
    untrusted, mistyped, missing = settled.ignored
    assert "hosts['b.example.com'], services['y/db']" in untrusted.reason
    assert "no Stage 'prdo'" in mistyped.reason
    assert "no Service 'y/db'" in missing.reason


def test_a_trusted_file_is_taken_whole_from_the_start(environ: dict[str, str], tmp_path: Path) -> None:
    named = tmp_path / "mine.yaml"
    named.write_text("defaults: {http: true, hosts: {a.example.com: {reachable: true}}, loki: {service: 'loki:3100'}}")

    early = expectations_by(environ, named, monitoring_namespace="logs")("shop", "")

    assert early.of.http is True
    assert set(early.of.hosts) == early.hosts == {"a.example.com"}
    assert early.settle is not None
    settled = early.settle(Known(services=frozenset({"logs/loki", "x/loki"})))
    assert set(settled.of.hosts) == settled.hosts == {"a.example.com"}
    assert settled.ignored == ()
    assert settled.of.loki is not None
    assert settled.of.loki.service == "logs/loki:3100"


def test_without_a_file_nothing_is_expected(environ: dict[str, str]) -> None:
    found = expectations_by(environ)("shop", "prod")

    assert found.of == Expectations()
    assert found.settle is not None
    assert found.settle(Known(services=frozenset())).of == Expectations()
