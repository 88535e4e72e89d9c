"""A login is used for the Kargo of the cluster that was looked at, and for no other."""

import pytest

from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.model.versions import Version
from gitops_master.ports.writing import Premises
from tests.adapters.kargo_api import swagger
from tests.adapters.kargo_api.server import ADMIN, PROJECT, Kargo, jwt, serving
from tests.adapters.kargo_api.worlds import BY_HAND, SEEN, WRITE, api, of

pytestmark = swagger.needed

STAGE_UID = "b3d49309-2c20-4e4b-8d09-125d30e23382"
ELSEWHERE = "https://kargo.prod.example"


async def refused(kargo: Kargo, premises: Premises) -> Forbidden:
    opened = api(of(kargo.url))
    for ask in (opened.way, opened.send):
        with pytest.raises(Forbidden) as raised:
            await ask(WRITE, premises, deadline_s=10)
    assert all(seen.method == "GET" for seen in kargo.seen)
    assert BY_HAND in raised.value.hint
    return raised.value


async def test_a_project_of_the_same_name_in_another_kargo() -> None:
    async with serving(Kargo()) as kargo:
        error = await refused(kargo, Premises(project_uid="another", kargo_url=ELSEWHERE))

    assert error.message == (
        f"nothing was sent: what answers at {kargo.url} is another Kargo: Project demo has another uid there; the Project that was "
        f"looked at is of {ELSEWHERE}"
    )


async def test_a_kargo_without_the_project() -> None:
    async with serving(Kargo()) as kargo:
        write = type(WRITE)(namespace="shop", stage="dev", freight="f1")
        with pytest.raises(Forbidden, match="is another Kargo, or the Project is gone") as raised:
            await api(of(kargo.url)).way(write, Premises(project_uid="x", kargo_url=ELSEWHERE), deadline_s=10)

    assert ELSEWHERE in raised.value.message


async def test_nothing_to_compare_with() -> None:
    async with serving(Kargo()) as kargo:
        error = await refused(kargo, Premises())

    assert "may be another Kargo" in error.message


async def test_a_token_of_a_project_may_see_a_stage_instead() -> None:
    token = jwt(sub="system:serviceaccount:demo:kargo-promoter")
    async with serving(Kargo()) as kargo:
        kargo.tokens.add(token)
        kargo.denied.append(PROJECT)
        premises = Premises(project_uid=SEEN.project_uid, stage="dev", stage_uid=STAGE_UID)
        opened = api(of(kargo.url, token))
        way = await opened.way(WRITE, premises, deadline_s=10)
        sent = await opened.send(WRITE, premises, deadline_s=10)

    assert way.who == "system:serviceaccount:demo:kargo-promoter"
    assert "Kargo records an unknown actor: it does not look into tokens of ServiceAccounts" in way.notes
    assert sent.done


async def test_a_stage_of_another_kargo() -> None:
    async with serving(Kargo()) as kargo:
        kargo.denied.append(PROJECT)
        error = await refused(kargo, Premises(project_uid="x", stage="dev", stage_uid="another"))

    assert "is another Kargo: Stage dev has another uid there" in error.message
    assert "does not tell the address" in error.message


async def test_a_login_that_may_see_neither() -> None:
    async with serving(Kargo()) as kargo:
        kargo.denied += [PROJECT, f"{PROJECT}/stages/dev"]
        error = await refused(kargo, Premises(project_uid="x", stage="dev", stage_uid=STAGE_UID))

    assert "does not let this login see whether it is the Kargo of" in error.message
    assert "403 Forbidden: stages.kargo.akuity.io" in error.message
    assert error.hint.startswith("grant it get on projects.kargo.akuity.io")


async def test_kargo_before_this_api_is_not_even_asked() -> None:
    async with serving(Kargo()) as kargo:
        error = await refused(kargo, Premises(project_uid=SEEN.project_uid, kargo=Version(1, 8, 4)))

    assert "Kargo v1.8.4 has no API that this program speaks: it came with v1.9.0" in error.message
    assert kargo.seen == []


async def test_a_server_that_says_it_is_older() -> None:
    async with serving(Kargo()) as kargo:
        kargo.version |= {"version": "v1.8.4"}
        error = await refused(kargo, SEEN)

    assert "is v1.8.4, which has no API" in error.message


@pytest.mark.parametrize(("version", "notes"), [("v1.11.2", 0), ("v1.12.0-rc.1", 0), ("devel+unknown.dirty", 1)])
async def test_releases_and_what_is_none(version: str, notes: int) -> None:
    async with serving(Kargo()) as kargo:
        kargo.version |= {"version": version}
        way = await api(of(kargo.url)).way(WRITE, SEEN, deadline_s=10)

    assert [note for note in way.notes if "which is no release" in note] == [
        f"Kargo calls its version {version}, which is no release"
    ] * notes
    assert "the connection to Kargo is not encrypted" in way.notes


async def test_nobody_is_there() -> None:
    async with serving(Kargo()) as kargo:
        url = kargo.url
    with pytest.raises(Unreachable, match="refuses connections"):
        await api(of(url)).way(WRITE, SEEN, deadline_s=10)


async def test_a_login_that_is_not_accepted() -> None:
    async with serving(Kargo()) as kargo:
        kargo.tokens.clear()
        error = await refused(kargo, SEEN)

    assert "does not accept the login from KARGO_API_TOKEN: 401 Unauthorized: invalid token" in error.message
    assert f"kargo login {kargo.url}" in error.hint
    assert ADMIN not in str(error)


async def test_another_kargo_at_the_same_address_after_the_plan() -> None:
    async with serving(Kargo()) as kargo:
        opened = api(of(kargo.url))
        await opened.way(WRITE, SEEN, deadline_s=10)
        kargo.project["metadata"]["uid"] = "another"
        with pytest.raises(Forbidden, match="is another Kargo"):
            await opened.send(WRITE, SEEN, deadline_s=10)

    assert kargo.made == []


async def test_the_login_changed_after_the_plan() -> None:
    async with serving(Kargo()) as kargo, serving(Kargo()) as other:
        environ = of(kargo.url)
        opened = api(environ)
        await opened.way(WRITE, SEEN, deadline_s=10)
        environ["KARGO_API_ADDRESS"] = other.url
        with pytest.raises(
            Forbidden, match=f"the login was for {kargo.url} when the plan was made, and is for {other.url}"
        ):
            await opened.send(WRITE, SEEN, deadline_s=10)

    assert other.seen == []


async def test_names_that_lead_elsewhere() -> None:
    for name in ("../../system", "dev/promotions", "dev?x", "", "a" * 300, "..", "Dev"):
        write = type(WRITE)(namespace="demo", stage=name, freight="f1")
        with pytest.raises(UsageError, match="is no name"):
            await api(of("http://127.0.0.1:1")).send(write, SEEN, deadline_s=10)
