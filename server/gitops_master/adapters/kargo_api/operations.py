"""`ports.writing.Writer` over Kargo's API."""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from gitops_master.adapters.kargo_api.claims import who
from gitops_master.adapters.kargo_api.login import Login, checked_address, read_login
from gitops_master.adapters.kargo_api.progress import Progress
from gitops_master.adapters.kargo_api.requests import SINCE, Post, by_hand, post_of
from gitops_master.model.errors import Forbidden, Unreachable
from gitops_master.model.versions import Version
from gitops_master.ports.writing import Premises, Promote, Refresh, Sent, Way, Write

if TYPE_CHECKING:
    from gitops_master.adapters.kargo_api.client import Client, Renewals


class KargoApi:
    """As one login, which is read anew for each operation. Keeps no connection; for one event loop."""

    def __init__(
        self,
        environ: Mapping[str, str],
        home: Path | None,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._environ, self._home, self._now, self._sleep = environ, home, now, sleep
        self._told = ""
        self._proved: set[tuple[str, str, Premises]] = set()
        self._made: dict[Write, tuple[str, ...]] = {}
        self._promoting: anyio.Lock | None = None
        self._renewals: Renewals | None = None

    @classmethod
    def open(
        cls,
        environ: Mapping[str, str],
        *,
        home: Path | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> "KargoApi":
        """Does nothing yet: files and the network wait for the first use. `now`: Unix seconds."""
        return cls(environ, home, now, sleep)

    async def way(self, write: Write, premises: Premises, *, deadline_s: float) -> Way:
        """The login is only used for the Kargo of the cluster that was looked at: its Project must have the same uid there, or,
        where the login may not see Projects, a Stage of it (`Premises.stage_uid`). Refused where neither can be compared.
        """
        post_of(write)
        _check_version(write, premises.kargo)
        progress = Progress()
        with anyio.move_on_after(deadline_s):
            client = self._client(write, premises, progress)
            from gitops_master.adapters.kargo_api.proof import prove

            version = await prove(client, write, premises)
            self._told = client.address
            self._proved.add((client.address, write.namespace, premises))
            return _way(write, client, version)
        raise Unreachable(f"Kargo was not asked for anything: {progress.unfinished(deadline_s)}", by_hand(write))

    async def send(self, write: Write, premises: Premises, *, deadline_s: float) -> Sent:
        """A Promotion is not asked for while one of the same Freight to the same Stage has not ended: Forbidden names it. So is
        another verification than the newest one, since Kargo's API takes no id.
        """
        post = post_of(write)
        _check_version(write, premises.kargo)
        progress = Progress()
        began = datetime.fromtimestamp(self._now(), UTC)
        with anyio.move_on_after(deadline_s):
            if not isinstance(write, Promote):
                return await self._send(write, post, premises, progress)
            # Two at the same moment would not see each other's Promotion.
            self._promoting = self._promoting or anyio.Lock()
            async with self._promoting:
                return await self._send(write, post, premises, progress)
        if progress.may_be_done:
            return Sent(0, progress.unfinished(deadline_s), at=began)
        raise Unreachable(f"nothing was sent: {progress.unfinished(deadline_s)}", by_hand(write))

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _send(self, write: Write, post: Post, premises: Premises, progress: Progress) -> Sent:
        client = self._client(write, premises, progress)
        from gitops_master.adapters.kargo_api.proof import check_again, prove
        from gitops_master.adapters.kargo_api.sending import sent

        if self._told not in {"", client.address}:
            raise Forbidden(
                f"nothing was sent: the login was for {self._told} when the plan was made, and is for {client.address} now",
                "plan it again",
            )
        if (client.address, write.namespace, premises) not in self._proved:
            await prove(client, write, premises)
        await check_again(client, write, self._made.get(write, ()))
        done = await sent(client, write, post)
        if done.names:
            self._made[write] = done.names
        return done

    def _client(self, write: Write, premises: Premises, progress: Progress) -> "Client":
        login = read_login(self._environ, self._home)
        address = login.address or _discovered(login, write, premises)
        if not login.address:
            login.insecure = False
        # Not before: it loads the HTTP library, which takes a quarter of a second.
        from gitops_master.adapters.kargo_api.client import Around, Client, Renewals

        self._renewals = self._renewals or Renewals()
        around = Around(self._environ, self._home, self._now, self._sleep)
        return Client(login, address, around, self._renewals, progress)


def _discovered(login: Login, write: Write, premises: Premises) -> str:
    """A token goes to an address that the cluster tells only over TLS, with certificates verified."""
    if premises.kargo_url.startswith("https://"):
        return checked_address(premises.kargo_url, "what the cluster tells of Kargo")
    found = f"it tells {premises.kargo_url}, which is not https" if premises.kargo_url else "it does not tell one"
    raise Forbidden(
        f"the token from {login.source} came without the address of Kargo, and from the cluster there is none: {found}",
        f"set KARGO_API_ADDRESS; {by_hand(write)}",
    )


def _check_version(write: Write, version: Version | None) -> None:
    """Before a token is sent anywhere."""
    if version is not None and version < SINCE:
        raise Forbidden(f"Kargo {version} has no API that this program speaks: it came with {SINCE}", by_hand(write))


def _way(write: Write, client: "Client", version: str) -> Way:
    notes = []
    if client.login.insecure:
        notes.append("the certificate of Kargo is not verified, as the login says")
    if client.address.startswith("http:"):
        notes.append("the connection to Kargo is not encrypted")
    if not client.login.address:
        notes.append("the address of Kargo is the one that the cluster tells")
    if version:
        notes.append(f"Kargo calls its version {version}, which is no release")
    if isinstance(write, Refresh) and write.of.kind.endswith("/Stage"):
        notes.append("Kargo looks anew at the Promotion that runs there, too")
    return Way(title=f"Kargo's API at {client.address}", who=who(client.login.token), notes=tuple(notes))
