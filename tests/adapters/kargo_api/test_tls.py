"""Whose certificate is taken for Kargo's: the system's authorities, a given one beside them, or anybody's where the login says so."""

from pathlib import Path

import pytest

from gitops_master.model.errors import GitOpsError, Unreachable, UnreadableInput
from gitops_master.ports.writing import Premises
from tests.adapters.kargo_api import swagger
from tests.adapters.kargo_api.server import ADMIN, Kargo, serving
from tests.adapters.kargo_api.worlds import SEEN, WRITE, api, logged_in, of
from tests.adapters.kube_api.certificates import Authority

pytestmark = swagger.needed

OURS, OTHERS = Authority(), Authority("another-ca")


def authority(folder: Path, one: Authority) -> str:
    file = folder / "ca.pem"
    file.write_bytes(one.pem)
    return str(file)


async def test_a_given_authority(tmp_path: Path) -> None:
    async with serving(Kargo(), OURS.pair("127.0.0.1").server(tmp_path)) as kargo:
        environ = of(kargo.url, GITOPS_MASTER_KARGO_CA=authority(tmp_path, OURS))
        way = await api(environ).way(WRITE, SEEN, deadline_s=10)
        sent = await api(environ).send(WRITE, SEEN, deadline_s=10)

    assert not [note for note in way.notes if "certificate" in note or "encrypted" in note]
    assert sent.done


@pytest.mark.parametrize("given", [None, OTHERS])
async def test_another_authority(tmp_path: Path, given: Authority | None) -> None:
    async with serving(Kargo(), OURS.pair("127.0.0.1").server(tmp_path)) as kargo:
        environ = of(kargo.url) | ({"GITOPS_MASTER_KARGO_CA": authority(tmp_path, given)} if given else {})
        with pytest.raises(Unreachable, match=r"the certificate of .* is not trusted"):
            await api(environ).send(WRITE, SEEN, deadline_s=10)

    assert (kargo.seen, kargo.made) == ([], [])


async def test_a_certificate_for_another_host(tmp_path: Path) -> None:
    async with serving(Kargo(), OURS.pair("kargo.example.com").server(tmp_path)) as kargo:
        environ = of(kargo.url, GITOPS_MASTER_KARGO_CA=authority(tmp_path, OURS))
        with pytest.raises(Unreachable, match=r"the certificate of .* is not trusted"):
            await api(environ).send(WRITE, SEEN, deadline_s=10)

    assert kargo.seen == []


async def test_unverified_as_the_login_says(tmp_path: Path) -> None:
    async with serving(Kargo(), OURS.pair("127.0.0.1").server(tmp_path)) as kargo:
        of_file = logged_in(tmp_path, kargo.url, insecureSkipTLSVerify=True)
        of_environment = of(kargo.url, KARGO_INSECURE_SKIP_TLS_VERIFY="true")
        ways = [await api(environ).way(WRITE, SEEN, deadline_s=10) for environ in (of_file, of_environment)]

    assert [way.notes[0] for way in ways] == ["the certificate of Kargo is not verified, as the login says"] * 2


async def test_an_address_that_the_cluster_tells_is_verified_whatever_was_said(tmp_path: Path) -> None:
    async with serving(Kargo(), OURS.pair("127.0.0.1").server(tmp_path)) as kargo:
        told = Premises(project_uid=SEEN.project_uid, kargo_url=kargo.url)
        environ = {"KARGO_API_TOKEN": ADMIN, "KARGO_INSECURE_SKIP_TLS_VERIFY": "true"}
        with pytest.raises(Unreachable, match="is not trusted"):
            await api(environ).way(WRITE, told, deadline_s=10)
        environ |= {"GITOPS_MASTER_KARGO_CA": authority(tmp_path, OURS)}
        way = await api(environ).way(WRITE, told, deadline_s=10)

    assert way.title == f"Kargo's API at {kargo.url}"
    assert "the address of Kargo is the one that the cluster tells" in way.notes


async def test_no_tls_where_tls_is_expected() -> None:
    async with serving(Kargo()) as kargo:
        with pytest.raises(Unreachable, match="it does not speak TLS there"):
            await api(of(kargo.url.replace("http:", "https:"))).send(WRITE, SEEN, deadline_s=10)

    assert kargo.made == []


@pytest.mark.parametrize(
    ("content", "words"),
    [("nothing", "it holds no PEM certificate"), ("ü", "it holds no PEM certificate"), ("", "it holds no PEM certificate"), (None, "No such file")],
)  # fmt: skip
async def test_an_authority_that_is_none(tmp_path: Path, content: str | None, words: str) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(GitOpsError) as raised:
        await api(of("https://127.0.0.1:1", GITOPS_MASTER_KARGO_CA=str(file))).send(WRITE, SEEN, deadline_s=10)

    assert isinstance(raised.value, UnreadableInput)
    assert words in raised.value.message
    assert str(file) in raised.value.message
