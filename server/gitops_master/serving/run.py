"""The process: listens, serves until it is told to stop, and stops without cutting anything off."""

import asyncio
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import uvicorn

from gitops_master.model.errors import UsageError
from gitops_master.serving.http import HttpApp
from gitops_master.serving.http_settings import HttpSettings, in_url
from gitops_master.serving.protocol import MOST_HEADERS, BoundedHttp
from gitops_master.serving.tls import Certificate

_LOG = logging.getLogger("gitops_master.http")
_KEEP_ALIVE_S = 75
"""Longer than proxies keep idle connections (60 s mostly): who closes first must not be us, or their next request is lost."""
_RENEW_S = 60
_FLUSH_S = 5
"""Seconds that finished answers have to get out, once every call has ended."""
_BACKLOG = 512


def listening(settings: HttpSettings) -> socket.socket:
    """The socket, bound. Raises UsageError where that address cannot be had."""
    where = (settings.host, settings.port)
    try:
        family, *_, found = socket.getaddrinfo(*where, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(found[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"--http {in_url(settings.host)}:{settings.port} cannot be listened on: {error.strerror}",
            "give another address; port 0 takes a free one",
        ) from None


class Server(uvicorn.Server):
    """Ends the work before it closes the sockets: until then probes are answered, with 503 where it is about new work."""

    def __init__(self, config: uvicorn.Config, app: HttpApp) -> None:
        super().__init__(config)
        self._app = app
        self._draining: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Not uvicorn's way: sse-starlette cuts every open answer as soon as uvicorn hears of a signal."""
        loop = asyncio.get_running_loop()
        signals: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGINT)
        try:
            for one in signals:
                loop.add_signal_handler(one, self.stop)
        except (NotImplementedError, RuntimeError, ValueError):  # not the main thread, or a system without: no signals
            signals = ()
        try:
            yield
        finally:
            for one in signals:
                loop.remove_signal_handler(one)

    def stop(self) -> None:
        """Once: when the work is done. Twice: now."""
        if not self.should_exit:
            _LOG.info("stopping")
            self.should_exit = True
        elif self._draining is not None:
            self._draining.cancel()
            self.force_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._draining = asyncio.create_task(self._app.drain())
        await asyncio.wait([self._draining])
        if self.force_exit:  # the lifespan still has to end, or connections to clusters stay open
            await self.lifespan.shutdown()
        await super().shutdown(sockets)
        _LOG.info("stopped")


def prepared(app: HttpApp, settings: HttpSettings) -> Server:
    """Raises UnreadableInput on a certificate that cannot be used."""
    certificate = Certificate(settings.tls_cert, settings.tls_key) if settings.tls_cert and settings.tls_key else None
    config = uvicorn.Config(
        app,
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # anybody on this machine could say who they are
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_FLUSH_S,
        h11_max_incomplete_event_size=MOST_HEADERS,
        ssl_context_factory=(lambda *_: certificate.context) if certificate is not None else None,
        callback_notify=certificate.renew if certificate is not None else None,
        timeout_notify=_RENEW_S,
    )
    return Server(config, app)


def run(app: HttpApp, settings: HttpSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises UsageError and UnreadableInput before anything is served."""
    server = prepared(app, settings)
    bound = listening(settings)
    port = bound.getsockname()[1]
    _LOG.info("listening", extra={"fields": {"url": msgspec.structs.replace(settings, port=port).url}})
    asyncio.run(server.serve(sockets=[bound]))
