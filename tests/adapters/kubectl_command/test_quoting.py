"""Text that becomes a word of a shell comes out of every shell as it went in."""

import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitops_master.adapters.kubectl_command.quoting import shell_quoted
from gitops_master.model.errors import UsageError

SHELLS = [name for name in ("sh", "bash", "dash", "zsh", "ksh", "busybox", "fish", "csh", "tcsh") if shutil.which(name)]
SHELL_LETTERS = "'\"\\!$`;|&<>(){}[]*?~#=%^-: \t@aé😀\u202e"
WORDS = st.text(st.one_of(st.sampled_from(SHELL_LETTERS), st.characters(exclude_characters="\0\n\r", codec="utf-8")))


def read_back(shell: str, line: str) -> list[str]:
    """The words that printf was handed; NUL cannot be in one."""
    words = [shell, "sh"] if shell == "busybox" else [shell]
    done = subprocess.run([*words, "-c", line], capture_output=True, check=True, timeout=30)
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("shell", SHELLS)
@settings(deadline=None, max_examples=60)
@given(words=st.lists(WORDS, min_size=1, max_size=8))
@example(
    words=[
        "",
        "'",
        "''",
        "\\",
        "\\'",
        "'\\''",
        "!",
        "!!",
        "a!b",
        "$(touch x)",
        "`id`",
        "; rm -rf /",
        "-n",
        "~",
        "*",
        "=ls",
        "%1",
    ]
)
def test_every_shell_reads_the_words_that_were_meant(shell: str, words: list[str]) -> None:
    # printf takes its format first, so that no word can be an option of printf itself.
    line = " ".join(["/usr/bin/printf", shell_quoted("%s\\0"), *map(shell_quoted, words)])

    assert read_back(shell, line) == words


@settings(deadline=None, max_examples=60)
@given(word=WORDS)
def test_a_script_may_hold_quoted_words_and_be_quoted_itself(word: str) -> None:
    inner = f"printf {shell_quoted('%s')} {shell_quoted(word)}x"
    line = f"sh -c {shell_quoted(f'sh -c {shell_quoted(inner)}')}"

    assert subprocess.run(["sh", "-c", line], capture_output=True, check=True, timeout=30).stdout.decode() == f"{word}x"


@pytest.mark.parametrize("word", ["a\nb", "a\rb", "a\0b", "\ud800"])
def test_what_cannot_be_in_a_word_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        shell_quoted(word)
