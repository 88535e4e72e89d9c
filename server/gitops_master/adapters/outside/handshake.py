"""A TLS handshake with one address: what the server shows and says, nothing else is sent.

The bytes are passed on by hand, since what matters here cannot be seen otherwise: in TLS 1.3 a server says only after the
handshake that it wants a certificate of the client.
"""

import asyncio
import ssl

import msgspec

from gitops_master.adapters.outside import certificates
from gitops_master.model.asking import Shaken, ShownCertificate

_CHUNK = 16 * 1024
_MOST_BYTES = 256 * 1024
"""Of a server's part of the handshake; chains of certificates are a tenth of that."""
_LEAST_PATIENCE_S = 0.2
_MOST_PATIENCE_S = 2.0
_REQUIRED = "ALERT_CERTIFICATE_REQUIRED"
"""TLS 1.3: nothing but that (RFC 8446, 6.2)."""
_TURNED_DOWN = ("ALERT_BAD_CERTIFICATE", "ALERT_HANDSHAKE_FAILURE", "ALERT_ACCESS_DENIED", "ALERT_CERTIFICATE_UNKNOWN")
"""What servers of TLS 1.2 use. As an answer to the first thing we say they mean something else: no common cipher, no such host."""


class _Connection(msgspec.Struct):
    """One TCP connection and the TLS spoken over it. `flights`: how often we have spoken."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tls: ssl.SSLObject
    received: ssl.MemoryBIO
    to_send: ssl.MemoryBIO
    bytes_read: int = 0
    flights: int = 0

    async def shake(self) -> None:
        """Raises ssl.SSLError, OSError."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._send()
                await self._receive()
                continue
            await self._send()
            return

    async def first_words(self, patience_s: float) -> None:
        """What the server says right after the handshake. Raises ssl.SSLError where that is an alert, OSError."""
        try:
            async with asyncio.timeout(patience_s):
                await self._receive()
                self.tls.read(1)
        except (TimeoutError, ssl.SSLWantReadError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return

    async def _send(self) -> None:
        if held := self.to_send.read():
            self.flights += 1
            self.writer.write(held)
            await self.writer.drain()

    async def _receive(self) -> None:
        held = await self.reader.read(_CHUNK)
        self.bytes_read += len(held)
        if self.bytes_read > _MOST_BYTES:
            raise ConnectionAbortedError("more bytes than a handshake has")
        if held:
            self.received.write(held)
        else:
            self.received.write_eof()


async def shake(address: str, port: int, host: str, trusting: ssl.SSLContext, looking: ssl.SSLContext) -> Shaken:
    """Handshake with `address`, `host` as server name. A distrusted certificate is fetched by a second one, to show it.

    Raises OSError (ssl.SSLError among them) where no handshake came about.
    """
    try:
        return await _once(address, port, host, trusting)
    except ssl.SSLCertVerificationError as error:
        try:
            seen = await _once(address, port, host, looking)
        except OSError:
            seen = Shaken(address=address)
        return msgspec.structs.replace(
            seen, distrust=certificates.distrust(error), distrust_text=error.verify_message or str(error)
        )


async def _once(address: str, port: int, host: str, context: ssl.SSLContext) -> Shaken:
    loop = asyncio.get_running_loop()
    started = loop.time()
    reader, writer = await asyncio.open_connection(address, port, limit=_CHUNK)
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(received, to_send, server_hostname=host)
    connection = _Connection(reader, writer, tls, received, to_send)
    shown: ShownCertificate | None = None
    try:
        await connection.shake()
        shown = _certificate(tls)
        if tls.version() == "TLSv1.3":
            # Servers answer a client's part with tickets or with an alert, after one more way there and back.
            patience_s = min(max(3 * (loop.time() - started), _LEAST_PATIENCE_S), _MOST_PATIENCE_S)
            await connection.first_words(patience_s)
    except ssl.SSLCertVerificationError:
        raise
    except ssl.SSLError as error:
        if not _wants_certificate(error, connection.flights):
            raise
        return Shaken(certificate=shown, alert=error.reason or str(error), address=address)
    finally:
        writer.transport.abort()
    return Shaken(certificate=shown, address=address)


def _certificate(tls: ssl.SSLObject) -> ShownCertificate | None:
    try:
        der = tls.getpeercert(binary_form=True)
    except ValueError:  # the handshake did not end
        return None
    return certificates.read(der) if der else None


def _wants_certificate(error: ssl.SSLError, flights: int) -> bool:
    reason = error.reason or ""
    return reason.endswith(_REQUIRED) or (flights > 1 and reason.endswith(_TURNED_DOWN))
