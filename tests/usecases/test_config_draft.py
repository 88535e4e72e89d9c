"""The drafted file reads back as what was found, whatever names a cluster holds."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gitops_master.config_file import KEYS, parse
from gitops_master.model.environment import Certainty, EnvironmentAnswer, State, ValueState
from gitops_master.model.given import Given
from gitops_master.usecases.config_draft import draft

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def _answer(*values: ValueState) -> EnvironmentAnswer:
    return EnvironmentAnswer(context="one", state=State.WORKS, values=list(values), observed_at=NOW)


def test_what_was_given_or_found_is_written_and_the_rest_is_left_to_fill_in() -> None:
    text = draft(
        _answer(
            ValueState(
                key="ssh_command", value="ssh bastion", certainty=Certainty.GIVEN, source="given by --ssh-command"
            ),
            ValueState(
                key="context", value="mine", certainty=Certainty.FOUND, source="the kubeconfig's current context"
            ),
            ValueState(key="kargo_project", value="shop", certainty=Certainty.FOUND, source="Project shop"),
            ValueState(key="kargo_namespace", value="shop", certainty=Certainty.FOUND, source="Project shop"),
            ValueState(key="argocd_namespace", value="argocd", certainty=Certainty.DEFAULT, source="the default"),
            ValueState(key="warehouse_name", alternatives=["a", "b"]),
            ValueState(key="domain", value="Example.COM", certainty=Certainty.FOUND, source="Ingress x/y"),
        )
    )

    assert parse(text.encode()) == {"ssh_command": "ssh bastion", "kargo_project": "shop"}
    assert '# found: Project shop\nkargo_project: "shop"\n' in text
    assert '# default: the default\n# argocd_namespace: "argocd"\n' in text
    assert '# one of: a, b\n# warehouse_name: "main"\n' in text
    assert '# context: "mine"' in text
    assert "gitops-master trust" in text


def test_of_two_names_for_the_project_the_one_that_exists_is_written() -> None:
    given_values = [
        ValueState(key="kargo_project", value="shop", certainty=Certainty.GIVEN, source="x"),
        ValueState(key="kargo_namespace", value="gone", certainty=Certainty.GIVEN, source="x", note="not seen"),
    ]

    assert parse(draft(_answer(*given_values)).encode()) == {"kargo_project": "shop"}


_TEXT = st.text(max_size=40) | st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9})?", fullmatch=True)


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), st.tuples(_TEXT, _TEXT, st.lists(_TEXT, max_size=3)), min_size=1))
def test_whatever_was_found_the_draft_can_be_read(found: dict[str, tuple[str, str, list[str]]]) -> None:
    values = [
        ValueState(key=key, value=value, certainty=Certainty.GIVEN, source=source, alternatives=others)
        for key, (value, source, others) in found.items()
        if key != "kubectl_command"
    ]

    text = draft(_answer(*values))

    read = parse(text.encode())
    told = {one.key: one.value for one in values}
    assert set(read.values()) <= set(told.values())


def test_a_command_is_written_as_it_was_given_unless_it_holds_a_password() -> None:
    shown = ValueState(key="ssh_command", value="MISE_ENV=… mise run ssh", certainty=Certainty.GIVEN, source="a flag")
    said = {"ssh_command": Given("MISE_ENV=test mise run ssh", "a flag")}
    assert parse(draft(_answer(shown), said).encode()) == {"ssh_command": "MISE_ENV=test mise run ssh"}

    secret = shown.model_copy(update={"value": "sshpass -p *** ssh x"})
    text = draft(_answer(secret), {"ssh_command": Given("sshpass -p hunter2 ssh x", "a flag")})

    assert parse(text.encode()) == {}
    assert "hunter2" not in text
