"""How the user says that kubectl is reached."""

from collections.abc import Callable

import pytest

from gitops_master.adapters.kubectl_command import Command, Identity, kubectl_command, ssh_command
from gitops_master.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("ssh bastion", Command(("ssh", "bastion"), far=True)),
        ("MISE_ENV=test mise run server:ssh", Command(("mise", "run", "server:ssh"), (("MISE_ENV", "test"),), far=True)),
        ("A=1 B='x y' bash -c", Command(("bash", "-c"), (("A", "1"), ("B", "x y")), far=True)),
        ("ssh -o 'ProxyCommand=nc %h %p' A=1", Command(("ssh", "-o", "ProxyCommand=nc %h %p", "A=1"), far=True)),
    ],
)  # fmt: skip
def test_leading_assignments_are_environment_and_the_rest_is_words(text: str, command: Command) -> None:
    assert ssh_command(text) == command


def test_a_local_command_is_taken_apart_alike() -> None:
    assert kubectl_command("KUBECONFIG=/k /opt/kubectl --context x") == Command(
        ("/opt/kubectl", "--context", "x"), (("KUBECONFIG", "/k"),)
    )


@pytest.mark.parametrize("parse", [ssh_command, kubectl_command])
@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "names no program"),
        ("A=1", "names no program"),
        ("'' x", "names no program"),
        ("run 'it", "no closing quotation"),
        ("run 'a\nb'", "line break"),
        ("run a\0b", "NUL"),
        ("A='x\ny' run", "line break"),
    ],
)  # fmt: skip
def test_what_is_no_command_is_refused(parse: Callable[[str], Command], text: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong):
        parse(text)


def test_one_kind_of_command_given_as_the_other_is_pointed_out() -> None:
    with pytest.raises(UsageError, match="ends in kubectl") as far:
        ssh_command("ssh bastion kubectl")
    with pytest.raises(UsageError, match="remote shell") as near:
        kubectl_command("TOKEN=hunter22 /usr/bin/ssh bastion kubectl")

    assert "leave kubectl out" in far.value.hint
    assert "ssh_command" in near.value.hint
    assert "hunter22" not in str(near.value)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("TOKEN=hunter22 MISE_ENV=test mise run x", "TOKEN=… MISE_ENV=… mise run x"),
        ("kubectl --token abcdef --context x", "kubectl --token *** --context x"),
        ("kubectl --token=ab --password=x", "kubectl --token=*** --password=***"),
        ("sshpass -p hunter22 run -p 22", "sshpass -p *** run -p ***"),
        ("sshpass -phunter22 run", "sshpass -p*** run"),
        ("run \x1b[31m", "run "),
    ],
)  # fmt: skip
def test_the_title_keeps_passwords_and_environment_to_itself(text: str, title: str) -> None:
    assert kubectl_command(text).title == title


def test_an_identity_is_flags_of_one_word_each() -> None:
    identity = Identity("--kubeconfig=/etc/passwd", "ns", "jane doe", ("a", "system:masters"))

    assert identity.flags() == (
        "--context=--kubeconfig=/etc/passwd", "--namespace=ns", "--as=jane doe", "--as-group=a", "--as-group=system:masters",
    )  # fmt: skip


@pytest.mark.parametrize("identity", [Identity(context="a\nb"), Identity(as_user="\0"), Identity(as_groups=("g",))])
def test_an_identity_that_cannot_be_is_refused(identity: Identity) -> None:
    with pytest.raises(UsageError):
        identity.flags()
