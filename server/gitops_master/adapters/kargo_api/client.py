"""Kargo as one login: reads that may be asked again, writes that are sent once, and a login that is renewed where it has expired."""

import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import anyio

from gitops_master.adapters.kargo_api.claims import expired
from gitops_master.adapters.kargo_api.login import Login, read_login, save
from gitops_master.adapters.kargo_api.oidc import redeem
from gitops_master.adapters.kargo_api.progress import Progress
from gitops_master.adapters.kargo_api.transport import Answer, Call, NoAnswer, send
from gitops_master.adapters.kube_api.link import proxy_of
from gitops_master.adapters.kube_api.secrets import Redacted
from gitops_master.model.errors import Forbidden, UnreadableInput

CA_FILE = "GITOPS_MASTER_KARGO_CA"
TRIES = 3
_FIRST_WAIT_S = 0.2
_RETRIED = frozenset((429, 500, 502, 503, 504))
_log = logging.getLogger(__name__)


class Around(NamedTuple):
    """What is otherwise read from the process. `now`: Unix seconds. `home`: None for the user's."""

    environ: Mapping[str, str]
    home: Path | None
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


class Renewals:
    """Of all operations: one at a time, since many identity providers take a refresh token once. `unsaved`: by the token used."""

    def __init__(self) -> None:
        self.lock = anyio.Lock()
        self.unsaved: dict[str, Login] = {}

    def newest(self, login: Login) -> Login:
        """The login, or what it was renewed to where that could not be saved."""
        return self.unsaved.get(login.refresh_token, login)


class Client:
    """One login at one address, for one operation. `skew`: how far the server's clock is ahead of ours, as last told."""

    def __init__(self, login: Login, address: str, around: Around, renewals: Renewals, progress: Progress) -> None:
        self.login, self.address, self.progress = renewals.newest(login), address, progress
        self._renewals = renewals
        self.skew = timedelta()
        self._around = around
        self._tls = _tls(around.environ.get(CA_FILE, ""), verify=not login.insecure)

    @property
    def redacted(self) -> Redacted:
        return self.login.redacted

    def server_time(self) -> datetime:
        """Now, by the server's clock as far as it is known: whole seconds may be missing, never too many."""
        return datetime.fromtimestamp(self._around.now(), UTC) + self.skew

    async def get(self, path: str, query: tuple[tuple[str, str], ...] = ()) -> Answer:
        """The answer to the last of several tries. Raises NoAnswer."""
        for tried in range(1, TRIES + 1):
            try:
                answer = await self._authorized(Call("GET", f"{self.address}{path}", query))
            except NoAnswer as error:
                if not error.passing or tried == TRIES:
                    raise
            else:
                if answer.status not in _RETRIED or tried == TRIES:
                    break
            await self._around.sleep(_FIRST_WAIT_S * 2 ** (tried - 1))
        return answer

    async def post(self, path: str, query: tuple[tuple[str, str], ...], body: bytes | None) -> Answer:
        """Sent once; once more where it was refused as a whole because the login had expired. Raises NoAnswer."""
        return await self._authorized(Call("POST", f"{self.address}{path}", query, body), writing=True)

    async def _authorized(self, call: Call, *, writing: bool = False) -> Answer:
        if self.login.renewable and expired(self.login.token, self._around.now()):
            await self._renew()
        answer = await self._once(call._replace(token=self.login.token), writing=writing)
        if answer.status != 401:
            return answer
        # Kargo looks at the token before anything else: what it answers with 401 was not carried out.
        if not await self._renew():
            return answer
        return await self._once(call._replace(token=self.login.token), writing=writing)

    async def _renew(self) -> bool:
        """Whether there is another token now: the command line's, where that has renewed it meanwhile, or a new one."""
        async with self._renewals.lock:
            return await self._renewed()

    async def _renewed(self) -> bool:
        used = self.login
        self.progress.begin()
        if (there := self._newer(used)) is not None:
            self.login = there
            return True
        if not used.renewable:
            return False
        self.login = await redeem(used, self._once)
        if problem := save(used, self.login.token, self.login.refresh_token):
            self._renewals.unsaved[used.refresh_token] = self.login
            _log.warning("the renewed login could not be saved to %s: %s", used.source, problem)
        return True

    def _newer(self, used: Login) -> Login | None:
        try:
            found = self._renewals.newest(read_login(self._around.environ, self._around.home))
        except (Forbidden, UnreadableInput):
            return None
        is_same = (found.address, found.source) == (used.address, used.source)
        is_new = found.token != used.token and not expired(found.token, self._around.now())
        return found if is_same and is_new else None

    async def _once(self, call: Call, *, writing: bool = False) -> Answer:
        self.progress.begin(writing=writing)
        proxy = proxy_of(self._around.environ, call.url)
        answer = await send(call, self._tls, proxy, self.progress)
        self.progress.writing = self.progress.writing and answer.status != 401
        if answer.date is not None and call.url.startswith(self.address):
            self.skew = answer.date - datetime.fromtimestamp(self._around.now(), UTC)
        return answer


def _tls(authority: str, *, verify: bool) -> ssl.SSLContext:
    """The system's authorities, and the given ones beside them. Raises UnreadableInput."""
    context = ssl.create_default_context()
    # As Go verifies, and so the command line: company authorities often lack what Python demands from 3.13 on.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if authority:
        try:
            context.load_verify_locations(cadata=Path(authority).read_text("ascii"))
        except OSError as error:  # what the TLS library raises is one, too
            reason = "it holds no PEM certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise UnreadableInput(f"{authority} ({CA_FILE}) cannot be read: {reason}") from None
        except ValueError:
            raise UnreadableInput(f"{authority} ({CA_FILE}) cannot be read: it holds no PEM certificate") from None
    return context
