"""Where a login is found, which of several counts, where it may be sent, and that it is never told."""

from pathlib import Path

import pytest

from gitops_master.adapters.kargo_api import has_login
from gitops_master.adapters.kargo_api.login import Login, read_login
from gitops_master.model.errors import Forbidden, UnreadableInput
from gitops_master.ports.writing import Premises
from tests.adapters.kargo_api import swagger
from tests.adapters.kargo_api.server import ADMIN, Kargo, jwt, serving
from tests.adapters.kargo_api.worlds import SEEN, WRITE, api, logged_in, of

SECRET = "s3cret-token-of-jane"
HERE, THERE = "https://kargo.example.com", "https://other.example.com"


def found(login: Login) -> tuple[str, str, str, bool]:
    return login.address, login.token, login.method, login.insecure


def test_what_kargo_login_left(tmp_path: Path) -> None:
    environ = logged_in(
        tmp_path, f"{HERE}/", bearerToken=SECRET, authMethod="sso", refreshToken="r" * 9, project="shop"
    )

    login = read_login(environ)

    assert found(login) == (HERE, SECRET, "sso", False)
    assert login.renewable
    assert SECRET not in repr(login)
    assert "r" * 9 not in repr(login)
    assert has_login(environ)


def test_it_is_below_the_home_folder_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / ".config").mkdir()
    logged_in(tmp_path / ".config", HERE, bearerToken=SECRET)

    assert read_login({"HOME": str(tmp_path)}).token == SECRET
    assert read_login({}, tmp_path).token == SECRET
    assert has_login({}, tmp_path)
    assert not has_login({"XDG_CONFIG_HOME": str(tmp_path / "none")}, tmp_path)


def test_address_and_token_of_the_environment_go_before_the_file(tmp_path: Path) -> None:
    environ = logged_in(tmp_path, HERE, bearerToken="of-the-file") | of(
        THERE, SECRET, KARGO_INSECURE_SKIP_TLS_VERIFY="true"
    )

    assert found(read_login(environ)) == (THERE, SECRET, "", True)


@pytest.mark.parametrize(
    ("environ", "token"), [({"KARGO_API_TOKEN": SECRET}, "of-the-file"), ({"KARGO_API_ADDRESS": HERE}, "of-the-file")]
)
def test_one_of_them_alone_does_not(tmp_path: Path, environ: dict[str, str], token: str) -> None:
    assert read_login(logged_in(tmp_path, HERE, bearerToken="of-the-file") | environ).token == token


def test_a_login_is_not_sent_to_another_address(tmp_path: Path) -> None:
    with pytest.raises(Forbidden) as raised:
        read_login(logged_in(tmp_path, HERE) | {"KARGO_API_ADDRESS": THERE})

    assert raised.value.message.startswith(f"KARGO_API_ADDRESS names {THERE}, while the login in ")
    assert f"is for {HERE}, and is not sent anywhere else" in raised.value.message


def test_nobody_is_logged_in(tmp_path: Path) -> None:
    (tmp_path / "kargo").mkdir()
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    for text in (None, "", "project: shop\n"):
        if text is not None:
            (tmp_path / "kargo" / "config").write_text(text)
        assert not has_login(environ)
        with pytest.raises(Forbidden, match="there is no login to Kargo") as raised:
            read_login(environ)
        assert "kargo login" in raised.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"bearerToken: {SECRET}\n  x: [", "is not valid YAML (line "),
        (f"bearerToken: !x {SECRET}", "is not valid YAML (line 1)"),
        (f"- bearerToken: {SECRET}", "is no login of kargo: not a mapping"),
        ("bearerToken: [a]\napiAddress: https://x", "`bearerToken` must be text"),
        (f'bearerToken: "{SECRET}\\n x"\napiAddress: https://x', "`bearerToken` holds what cannot be a token"),
        (f"bearerToken: {SECRET}\napiAddress: ftp://x", "`apiAddress` is no address of Kargo: 'ftp://x'"),
        (f"bearerToken: x\napiAddress: https://jane:{SECRET}@x", "`apiAddress` is no address of Kargo"),
        (f"bearerToken: {SECRET}\napiAddress: https://x:99999", "`apiAddress` is no address of Kargo"),
        (f"bearerToken: {SECRET}\napiAddress: kargo.example.com", "`apiAddress` is no address of Kargo"),
    ],
)
def test_broken_files_are_named_and_not_quoted(tmp_path: Path, text: str, words: str) -> None:
    environ = logged_in(tmp_path, HERE)
    file = tmp_path / "kargo" / "config"
    file.write_text(text)

    assert has_login(environ)
    with pytest.raises(UnreadableInput) as raised:
        read_login(environ)

    assert words in raised.value.message
    assert str(file) in raised.value.message
    assert SECRET not in str(raised.value)


def test_a_mounted_token_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    environ = logged_in(tmp_path, THERE) | {"GITOPS_MASTER_KARGO_TOKEN_FILE": str(file), "KARGO_API_ADDRESS": HERE}

    for token in ("first", "second\n"):
        file.write_text(token)
        assert found(read_login(environ)) == (HERE, token.strip(), "", False)
    for wrong in ("", "\n", "a b", "ü"):
        file.write_text(wrong)
        with pytest.raises(UnreadableInput, match="GITOPS_MASTER_KARGO_TOKEN_FILE"):
            read_login(environ)
    file.unlink()
    with pytest.raises(UnreadableInput, match="No such file"):
        read_login(environ)


@pytest.mark.parametrize("told", ["", "http://kargo.example.com"])
async def test_a_token_without_an_address_goes_nowhere_but_to_https_that_the_cluster_tells(told: str) -> None:
    opened = api({"KARGO_API_TOKEN": SECRET})
    with pytest.raises(Forbidden, match="came without the address of Kargo") as raised:
        await opened.way(WRITE, Premises(project_uid="x", kargo_url=told), deadline_s=10)

    assert "set KARGO_API_ADDRESS" in raised.value.hint
    assert SECRET not in str(raised.value)


@swagger.needed
async def test_a_login_does_not_go_where_the_cluster_says(tmp_path: Path) -> None:
    async with serving(Kargo()) as kargo, serving(Kargo()) as other:
        environ = logged_in(tmp_path, kargo.url, bearerToken=ADMIN)
        premises = Premises(project_uid=SEEN.project_uid, kargo_url=other.url)
        way = await api(environ).way(WRITE, premises, deadline_s=10)

    assert way.title == f"Kargo's API at {kargo.url}"
    assert other.seen == []


@swagger.needed
@pytest.mark.parametrize(
    ("token", "who"),
    [
        (jwt(email="jane@example.com", sub="abc"), "jane@example.com"),
        (jwt(sub="admin"), "admin"),
        (jwt(sub=7), ""),
        (jwt(sub="a\x1b[31m" + "b" * 900), "a" + "b" * 199),
        ("opaque", ""),
        ("a.b.c", ""),
        ("a.W10.c", ""),
    ],
)
async def test_as_whom_is_told_as_far_as_the_token_says(token: str, who: str) -> None:
    async with serving(Kargo()) as kargo:
        kargo.tokens.add(token)
        way = await api(of(kargo.url, token)).way(WRITE, SEEN, deadline_s=10)

    assert way.who == who
