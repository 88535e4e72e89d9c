"""Which contexts there are, from one file or many, and which one is meant."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.kube_api import Access, Context, KubeApi, Surroundings, contexts, serving
from gitops_master.adapters.kube_api.kubeconfig import load
from gitops_master.model.errors import Unreachable, UnreadableInput, UsageError
from gitops_master.ports.api import Request
from tests.adapters.kube_api.worlds import kubeconfig


def write(file: Path, names: str, current: str = "", server: str = "https://{}.example", **more: Any) -> Path:
    file.write_text(
        yaml.safe_dump(
            {
                "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in names.split()],
                "clusters": [{"name": name, "cluster": {"server": server.format(name)}} for name in names.split()],
                "users": [{"name": name, "user": {"token": f"{file.name}-{name}"}} for name in names.split()],
                **({"current-context": current} if current else {}),
                **more,
            }
        )
    )
    return file


def around(folder: Path, **environ: str) -> Surroundings:
    return Surroundings(environ=environ, home=folder)


def test_what_a_context_says(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "https://api.example:6443")

    assert contexts(Access(kubeconfig=(file,))) == (
        Context("demo", "https://api.example:6443", cluster="local", user="dev", namespace="shop", current=True),
    )


def test_the_first_file_that_defines_a_name_wins(tmp_path: Path) -> None:
    one = write(tmp_path / "one", "a b")
    two = write(tmp_path / "two", "b c", current="c", server="https://{}.second.example")
    three = write(tmp_path / "three", "d", current="d")
    environ = {"KUBECONFIG": f"{one}::{tmp_path / 'missing'}:{two}:{three}"}

    found = contexts(Access(), around(tmp_path, **environ))
    config = load(Access(), around(tmp_path, **environ))

    assert {context.name: context.server for context in found} == {
        "a": "https://a.example",
        "b": "https://b.example",
        "c": "https://c.second.example",
        "d": "https://d.example",
    }
    assert [context.name for context in found if context.current] == ["c"]
    assert config.choose("").context.name == "c"
    assert config.choose("b").user.text("token") == "one-b"


def test_without_a_variable_the_one_at_home(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    write(tmp_path / ".kube" / "config", "a")

    assert [context.name for context in contexts(Access(), around(tmp_path))] == ["a"]
    assert [context.name for context in contexts(Access(), around(tmp_path, KUBECONFIG="~/.kube/config"))] == ["a"]


def test_relative_paths_start_from_their_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    second = write(tmp_path / "sub" / "two", "b", users=[{"name": "b", "user": {"tokenFile": "token"}}])
    config = load(Access(kubeconfig=(write(tmp_path / "one", "a"), second)))

    assert config.choose("b").user.path("tokenFile") == tmp_path / "sub" / "token"


def test_the_only_context_needs_not_be_current(tmp_path: Path) -> None:
    assert load(Access(kubeconfig=(write(tmp_path / "one", "a"),))).choose("").context.name == "a"


@pytest.mark.parametrize(
    ("names", "asked", "message", "hint"),
    [
        (
            "prod-eu prod-us staging",
            "stagin",
            "no context 'stagin' in ",
            "contexts that exist: staging, prod-eu, prod-us",
        ),
        ("a b", "", "no context is chosen, and none is current in ", "contexts that exist: a, b"),
        ("", "x", "no context 'x' in ", "there are no contexts"),
        (" ".join(f"c{i:02}" for i in range(30)), "x", "no context 'x' in ", "c18, c19 and 10 more"),
    ],
)
def test_a_context_that_does_not_exist(tmp_path: Path, names: str, asked: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        load(Access(kubeconfig=(write(tmp_path / "one", names),))).choose(asked)

    assert raised.value.message.startswith(message)
    assert raised.value.hint.endswith(hint)


async def test_asking_without_any_kubeconfig_says_where_it_was_looked_for(tmp_path: Path) -> None:
    looked = around(tmp_path, KUBECONFIG=f"{tmp_path / 'x'}:{tmp_path / 'y'}")
    opened = KubeApi.open(Access(), looked)

    with pytest.raises(Unreachable) as raised:
        await opened.get([Request("/version")], deadline_s=1)
    with pytest.raises(Unreachable) as at_home:
        contexts(Access(), around(tmp_path))

    assert raised.value.message == f"no kubeconfig: looked for {tmp_path / 'x'}, {tmp_path / 'y'}"
    assert at_home.value.message == f"no kubeconfig: looked for {tmp_path / '.kube' / 'config'}"


def test_a_file_given_by_name_must_exist(tmp_path: Path) -> None:
    there = write(tmp_path / "one", "a")

    with pytest.raises(Unreachable) as raised:
        contexts(Access(kubeconfig=(there, tmp_path / "typo")))

    assert raised.value.message == f"no kubeconfig: looked for {tmp_path / 'typo'}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "is not valid YAML: "),
        ("a: 1\n b: 2\n", "(line 2)"),
        ("hello", "is no kubeconfig: not a mapping"),
        ("\x00", "is not valid YAML"),
        ("contexts: {}\nclusters: x", "`clusters` must be a list of entries"),
        ("users: [{user: {}}]", "`users` must be a list of entries with `name` and `user`"),
        ("contexts: [{name: a, context: x}]", "`contexts` must be a list"),
        ("[" * 5000, ""),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "broken"
    file.write_text(text)

    with pytest.raises(UnreadableInput) as raised:
        contexts(Access(kubeconfig=(write(tmp_path / "one", "a"), file)))

    assert raised.value.message.startswith(str(file))
    assert words in raised.value.message


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"clusters": []}, "context 'a' names the cluster 'a', which is not defined"),
        ({"users": [{"name": "aa", "user": {}}]}, "context 'a' names the user 'a', which is not defined"),
        ({"clusters": [{"name": "a", "cluster": {}}]}, "context 'a' names no cluster with a server"),
        ({"contexts": [{"name": "a", "context": {"user": "a"}}]}, "context 'a' names no cluster with a server"),
        ({"users": [{"name": "a", "user": {"token": []}}]}, ""),
    ],
)
def test_a_context_that_names_what_is_not_there(tmp_path: Path, more: dict[str, Any], words: str) -> None:
    file = write(tmp_path / "one", "a", **more)

    with pytest.raises(UnreadableInput) as raised:
        load(Access(kubeconfig=(file,))).choose("a").user.text("token")

    assert words in raised.value.message


def test_contexts_of_an_empty_file_are_none(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    assert contexts(Access(kubeconfig=(tmp_path / "empty",))) == ()


def test_in_a_pod_its_service_account_is_the_context(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x")
    (tmp_path / "namespace").write_text("kargo\n")
    environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443", "HOME": str(tmp_path)}

    assert contexts(Access(), Surroundings(environ=environ, service_account=tmp_path)) == (
        Context("in-cluster", "https://[fd00::1]:443", cluster="in-cluster", namespace="kargo", current=True),
    )


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"server": "https://A.example/"}, ["a-admin", "a"]),
        ({"server": "https://a.example:443"}, ["a-admin", "a"]),
        ({"server": "http://a.example"}, []),
        ({"server": "https://a.example/k8s"}, []),
        ({"name": "b-cluster"}, ["b"]),
        ({"name": "b"}, ["b"]),
        ({"name": ""}, []),
        ({"server": "https://a.example:port"}, []),
    ],
)
def test_the_contexts_for_a_destination(wanted: dict[str, str], names: list[str]) -> None:
    there = [
        Context("a", "https://a.example"),
        Context("a-admin", "https://a.example:443/", current=True),
        Context("b", "https://b.example", cluster="b-cluster"),
        Context("broken", ""),
    ]

    assert [context.name for context in serving(there, **wanted)] == names
