"""A login that has expired is renewed as the command line does it, and kept where the command line finds it."""

import asyncio
import stat
from pathlib import Path

import pytest
import yaml

from gitops_master.model.errors import Forbidden, Unreachable
from tests.adapters.kargo_api import swagger
from tests.adapters.kargo_api.server import PROMOTE, Kargo, Provider, answers, jwt, serving
from tests.adapters.kargo_api.worlds import NOW, SEEN, WRITE, api, logged_in, of

pytestmark = swagger.needed

OLD = jwt(sub="abc", exp=NOW.timestamp() + 3600)
EXPIRED = jwt(sub="abc", exp=NOW.timestamp() - 1)
REFRESH = "refresh-token-number-0"


def world(kargo: Kargo, folder: Path, token: str = OLD, **more: object) -> dict[str, str]:
    """Logged in by SSO, with a token that Kargo does not take any more."""
    kargo.provider = Provider(kargo, REFRESH)
    return logged_in(
        folder, kargo.url, bearerToken=token, refreshToken=REFRESH, authMethod="sso", project="shop", **more
    )


def saved(folder: Path) -> dict[str, str]:
    held: dict[str, str] = yaml.safe_load((folder / "kargo" / "config").read_text())
    return held


def provider(kargo: Kargo) -> Provider:
    assert kargo.provider is not None
    return kargo.provider


@pytest.mark.parametrize("token", [OLD, EXPIRED])
async def test_one_promotion_with_a_new_token_that_is_saved(tmp_path: Path, token: str) -> None:
    async with serving(Kargo()) as kargo:
        sent = await api(world(kargo, tmp_path, token)).send(WRITE, SEEN, deadline_s=10)

    assert (sent.done, len(kargo.made), provider(kargo).renewed) == (True, 1, 1)
    assert saved(tmp_path)["bearerToken"] in kargo.tokens
    assert saved(tmp_path)["refreshToken"] == "refresh-token-number-1"
    assert (saved(tmp_path)["project"], saved(tmp_path)["authMethod"]) == ("shop", "sso")
    assert stat.S_IMODE((tmp_path / "kargo" / "config").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "kargo").iterdir()] == ["config"]
    [form] = provider(kargo).forms
    assert form == {"grant_type": "refresh_token", "refresh_token": REFRESH, "client_id": "kargo-cli"}
    assert (token == EXPIRED) is all(seen.token != token for seen in kargo.seen)


async def test_a_write_that_is_refused_for_its_token_is_sent_once_more(tmp_path: Path) -> None:
    async with serving(Kargo()) as kargo:
        environ = world(kargo, tmp_path)
        kargo.tokens.add(OLD)
        kargo.fail(PROMOTE, answers(401, "token is expired"))
        sent = await api(environ).send(WRITE, SEEN, deadline_s=10)

    assert (sent.done, len(kargo.made), provider(kargo).renewed) == (True, 1, 1)
    assert sum(seen.method == "POST" for seen in kargo.seen) == 2


async def test_a_write_that_is_refused_again_is_not_done(tmp_path: Path) -> None:
    async with serving(Kargo()) as kargo:
        environ = world(kargo, tmp_path)
        kargo.tokens.add(OLD)
        kargo.fail(PROMOTE, *[answers(401, "token is expired")] * 5)
        sent = await api(environ).send(WRITE, SEEN, deadline_s=10)

    assert (sent.status, sent.ambiguous, kargo.made) == (401, False, [])
    assert sum(seen.method == "POST" for seen in kargo.seen) == 2


async def test_a_renewal_that_is_refused(tmp_path: Path) -> None:
    async with serving(Kargo()) as kargo:
        environ = world(kargo, tmp_path)
        kargo.tokens.add(OLD)
        kargo.fail(PROMOTE, answers(401, "token is expired"))
        provider(kargo).valid = "another"
        with pytest.raises(
            Forbidden, match=r"has expired and could not be renewed: .* 400 Bad Request: invalid_grant"
        ) as raised:
            await api(environ).send(WRITE, SEEN, deadline_s=10)

    assert raised.value.hint == f"log in anew: kargo login {kargo.url}"
    assert REFRESH not in str(raised.value)
    assert (kargo.made, saved(tmp_path)["refreshToken"]) == ([], REFRESH)


async def test_an_identity_provider_that_is_down(tmp_path: Path) -> None:
    async with serving(Kargo()) as kargo:
        environ = world(kargo, tmp_path)
        provider(kargo).down = True
        with pytest.raises(Unreachable, match=r"could not be renewed: the identity provider at .* answers 503"):
            await api(environ).send(WRITE, SEEN, deadline_s=10)

    assert (kargo.made, saved(tmp_path)["refreshToken"]) == ([], REFRESH)


@pytest.mark.parametrize("issuer", ["http://sso.example.com", "https://me:x@sso.example.com", "nonsense"])
async def test_a_refresh_token_crosses_no_network_in_plain_text(tmp_path: Path, issuer: str) -> None:
    class Other(Provider):
        @property
        def public(self) -> dict[str, object]:
            return {"oidcConfig": {"issuerUrl": issuer, "clientId": "kargo"}}

    async with serving(Kargo()) as kargo:
        environ = world(kargo, tmp_path)
        kargo.provider = Other(kargo, REFRESH)
        with pytest.raises(Forbidden, match="the address of the identity provider is not https"):
            await api(environ).send(WRITE, SEEN, deadline_s=10)


@pytest.mark.parametrize(
    "more",
    [{"authMethod": "admin"}, {"refreshToken": ""}, {"insecureSkipTLSVerify": True}, {"authMethod": "kubeconfig"}],
)
async def test_what_the_command_line_would_not_renew(tmp_path: Path, more: dict[str, object]) -> None:
    async with serving(Kargo()) as kargo:
        world(kargo, tmp_path)
        held = {"bearerToken": EXPIRED, "refreshToken": REFRESH, "authMethod": "sso", **more}
        with pytest.raises(Forbidden, match="does not accept the login"):
            await api(logged_in(tmp_path, kargo.url, **held)).send(WRITE, SEEN, deadline_s=10)

    assert provider(kargo).forms == []


async def test_what_the_command_line_renewed_meanwhile_is_used(tmp_path: Path) -> None:
    newer = jwt(sub="abc", exp=NOW.timestamp() + 7200)
    async with serving(Kargo()) as kargo:
        environ = world(kargo, tmp_path)
        kargo.tokens.add(OLD)
        opened = api(environ)
        await opened.way(WRITE, SEEN, deadline_s=10)
        held = saved(tmp_path) | {"bearerToken": newer, "refreshToken": "of-the-command-line"}

        async def renewed(_request: object, do: object) -> object:
            (tmp_path / "kargo" / "config").write_text(yaml.safe_dump(held))
            kargo.tokens = {newer}
            return await answers(401, "token is expired")(None, do)  # type: ignore[arg-type]

        kargo.fail(PROMOTE, renewed)  # type: ignore[arg-type]
        sent = await opened.send(WRITE, SEEN, deadline_s=10)

    assert (sent.done, len(kargo.made), provider(kargo).forms) == (True, 1, [])
    assert saved(tmp_path) == held


async def test_another_login_in_the_file_is_neither_used_nor_overwritten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(Kargo()) as kargo:
        environ = world(kargo, tmp_path)
        kargo.tokens.add(OLD)
        opened = api(environ)
        other = {"apiAddress": "https://other.example.com", "bearerToken": "theirs", "refreshToken": "theirs"}

        async def moved(_request: object, do: object) -> object:
            (tmp_path / "kargo" / "config").write_text(yaml.safe_dump(other))
            return await answers(401, "token is expired")(None, do)  # type: ignore[arg-type]

        kargo.fail(PROMOTE, moved)  # type: ignore[arg-type]
        sent = await opened.send(WRITE, SEEN, deadline_s=10)

    assert sent.done
    assert saved(tmp_path) == other
    assert "theirs" not in {seen.token for seen in kargo.seen}
    [record] = caplog.records
    assert "could not be saved" in record.getMessage()
    assert "the file holds another login by now" in record.getMessage()
    assert REFRESH not in caplog.text


async def test_a_login_that_cannot_be_saved_is_kept_in_mind(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "kargo" / "config"
    async with serving(Kargo()) as kargo:
        environ = world(kargo, tmp_path)
        written = file.read_text()
        provider(kargo).meanwhile = file.unlink
        opened = api(environ)
        await opened.way(WRITE, SEEN, deadline_s=10)
        file.write_text(written)
        sent = await opened.send(WRITE, SEEN, deadline_s=10)

    assert (sent.done, provider(kargo).renewed) == (True, 1)
    assert file.read_text() == written
    assert "cannot be read: No such file or directory" in caplog.text


async def test_several_at_a_time_renew_once(tmp_path: Path) -> None:
    async with serving(Kargo()) as kargo:
        opened = api(world(kargo, tmp_path))
        ways = await asyncio.gather(*(opened.way(WRITE, SEEN, deadline_s=10) for _ in range(4)))

    assert {way.who for way in ways} == {"jane@example.com"}
    assert provider(kargo).renewed == 1


async def test_the_file_stays_a_link_to_where_it_is(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    async with serving(Kargo()) as kargo:
        environ = world(kargo, tmp_path)
        (tmp_path / "kargo" / "config").rename(kept)
        (tmp_path / "kargo" / "config").symlink_to(kept)
        await api(environ).way(WRITE, SEEN, deadline_s=10)

    assert (tmp_path / "kargo" / "config").is_symlink()
    assert yaml.safe_load(kept.read_text())["refreshToken"] == "refresh-token-number-1"


async def test_a_rotated_mounted_token_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(OLD)
    async with serving(Kargo()) as kargo:
        kargo.tokens = {OLD}
        newer = jwt(sub="system:serviceaccount:demo:kargo-promoter")

        async def rotated(_request: object, do: object) -> object:
            file.write_text(newer)
            kargo.tokens = {newer}
            return await answers(401, "token is expired")(None, do)  # type: ignore[arg-type]

        kargo.fail(PROMOTE, rotated)  # type: ignore[arg-type]
        environ = of(kargo.url, "") | {"GITOPS_MASTER_KARGO_TOKEN_FILE": str(file)}
        sent = await api(environ).send(WRITE, SEEN, deadline_s=10)

    assert (sent.done, len(kargo.made)) == (True, 1)
