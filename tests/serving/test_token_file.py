"""The file of tokens: whom it lets in, what is refused in it, and that it holds as it is now."""

import hashlib
import logging
import os
from pathlib import Path

import pytest

from gitops_master.model.errors import Forbidden, GitOpsError, UnreadableInput, UsageError
from gitops_master.serving.auth.token_file import TokenFile
from gitops_master.serving.callers import Caller

ALICE, BOB = "a" * 20 + "-alice-token", "b" * 20 + "-bob-token"
HASHED = f"sha256:{hashlib.sha256(BOB.encode()).hexdigest()}"


def _file(folder: Path, *lines: str, mode: int = 0o600) -> Path:
    path = folder / "tokens.csv"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    path.chmod(mode)
    return path


async def _caller(tokens: TokenFile, token: str) -> Caller | None:
    found = await tokens.verify_token(token)
    return found.caller if found is not None else None


async def test_callers_are_known_by_token_or_hash(tmp_path: Path) -> None:
    lines = ("# who may call", f"{ALICE}, alice, dev ops, write", "", f"{HASHED},bob,,read,2027-01-01T00:00:00Z")
    tokens = TokenFile(_file(tmp_path, *lines), now=lambda: 0)

    assert await _caller(tokens, ALICE) == Caller(subject="alice", groups=("dev", "ops"), may_write=True)
    assert await _caller(tokens, BOB) == Caller(subject="bob")
    assert not [one for one in (ALICE, BOB) if one in f"{tokens!r} {vars(tokens)}"]


@pytest.mark.parametrize("token", ["", "x", HASHED, ALICE[:-1], ALICE + " ", ALICE + "é", ALICE.upper(), "x" * 9000])
async def test_anything_else_is_nobody(token: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tokens = TokenFile(_file(tmp_path, f"{ALICE},alice,,read", f"{HASHED},bob,,read"))

    assert await tokens.verify_token(token) is None
    assert not token or len(token) < 8 or token not in caplog.text


async def test_a_token_ends_when_it_expires(tmp_path: Path) -> None:
    now = 1_000.0
    path = _file(tmp_path, f"{ALICE},alice,,read,1970-01-01T00:20:00Z")
    tokens = TokenFile(path, now=lambda: now)

    found = await tokens.verify_token(ALICE)
    assert found is not None
    assert found.expires_at == 1200
    now = 1_200.0
    assert await tokens.verify_token(ALICE) is None


async def test_a_changed_file_holds_at_once(tmp_path: Path) -> None:
    tokens = TokenFile(_file(tmp_path, f"{ALICE},alice,,write"))
    assert await _caller(tokens, ALICE) is not None

    _file(tmp_path, f"{BOB},alice,,read")

    assert await _caller(tokens, ALICE) is None
    assert await _caller(tokens, BOB) == Caller(subject="alice")


async def test_a_link_that_is_moved_is_a_changed_file(tmp_path: Path) -> None:
    """As Kubernetes renews mounted Secrets."""
    for name, token in (("old", ALICE), ("new", BOB)):
        (tmp_path / name).mkdir()
        _file(tmp_path / name, f"{token},alice,,read")
    (tmp_path / "tokens").symlink_to("old/tokens.csv")
    tokens = TokenFile(tmp_path / "tokens")
    assert await _caller(tokens, ALICE) is not None

    (tmp_path / "next").symlink_to("new/tokens.csv")
    (tmp_path / "next").replace(tmp_path / "tokens")

    assert await _caller(tokens, ALICE) is None
    assert await _caller(tokens, BOB) is not None


@pytest.mark.parametrize("broken", ["broken", "gone", "open to others"])
async def test_a_file_that_is_broken_later_lets_nobody_in_until_it_is_mended(
    broken: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = _file(tmp_path, f"{ALICE},alice,,write")
    tokens = TokenFile(path)
    if broken == "gone":
        path.unlink()
    else:
        _file(tmp_path, f"{ALICE},alice,,write", *(["x"] if broken == "broken" else []))
        path.chmod(0o600 if broken == "broken" else 0o644)

    assert await tokens.verify_token(ALICE) is None
    assert "nobody is let in until the file is mended" in caplog.text
    assert ALICE not in caplog.text

    _file(tmp_path, f"{ALICE},alice,,read", "# mended")
    assert await _caller(tokens, ALICE) == Caller(subject="alice")


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o660, 0o602, 0o641])
def test_a_file_that_others_can_read_or_change_is_refused(mode: int, tmp_path: Path) -> None:
    with pytest.raises(Forbidden, match="chmod 600"):
        TokenFile(_file(tmp_path, f"{ALICE},alice,,read", mode=mode))


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_a_group_may_read_it(mode: int, tmp_path: Path) -> None:
    TokenFile(_file(tmp_path, f"{ALICE},alice,,read", mode=mode))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("short,alice,,read", "24 to 8192 characters"),
        ("secret blank in a long token,alice,,read", "without blanks"),
        ("sha256:abcd,alice,,read", "64 hexadecimal digits"),
        (f"{ALICE},alice,,maybe", "neither read nor write"),
        (f"{ALICE},alice,read", "3 columns"),
        (f"{ALICE},alice,,read,,x", "6 columns"),
        (f"{ALICE},,,read", "the subject is no name"),
        (f"{ALICE},al ice,,read", "the subject is no name"),
        (f"{ALICE},alice,de\x01v,read", "a group is no name"),
        (f"{ALICE},alice,,read,tomorrow", "no time"),
        (f"{ALICE},alice,,read,2027-01-01T00:00:00", "no zone"),
        (f'"{ALICE},alice,,read', "not CSV"),
        (f"{BOB},alice,,read\n{HASHED},bob,,read", "one token twice"),
    ],
)
def test_what_is_wrong_in_it_is_named_without_a_token(line: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        TokenFile(_file(tmp_path, line))

    assert not [one for one in (ALICE, BOB, "secret blank", "short") if one in str(caught.value)]


@pytest.mark.parametrize("what", ["missing", "folder", "binary", "long"])
def test_what_is_no_such_file_is_told(what: str, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    if what == "folder":
        path.mkdir()
    elif what != "missing":
        path.touch(mode=0o600)
        path.write_bytes(b"\xff" * (10 if what == "binary" else 2 * 1024 * 1024))

    with pytest.raises(GitOpsError) as caught:
        TokenFile(path)

    assert isinstance(caught.value, UnreadableInput)
    assert os.fspath(path) in str(caught.value)


async def test_the_token_is_kept_only_where_it_is_handed_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = _file(tmp_path, f"{ALICE},alice,dev,read")
    with caplog.at_level(logging.DEBUG):
        found = await TokenFile(path, hands_on=True).verify_token(ALICE)

    assert found is not None
    assert found.caller.token is not None
    assert found.caller.token.token == ALICE
    assert ALICE not in f"{found!r} {found.model_dump()!r} {caplog.text}"
