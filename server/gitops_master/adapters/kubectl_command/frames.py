"""The far side's answers, taken out of whatever else its output holds: greetings, line endings of a terminal, a broken end."""

import re
from typing import NamedTuple

from gitops_master.ports.api import MAX_BODY

OVER = -1
"""The code of a call whose answer was longer than allowed and stayed where it was."""

_MOST_HEAD = 120  # bytes; a header is shorter


class Frame(NamedTuple):
    """One call's exit code, what it printed, and the end of its stderr."""

    code: int
    out: bytes
    err: bytes


class Frames:
    """Fed with output as it comes. A header says how many bytes follow, so nothing in an answer can look like a header.

    `nonce index code bytes-of-stdout bytes-of-stderr`; only the nonce makes a line a header.
    """

    def __init__(self, nonce: str, count: int, most_body: int = MAX_BODY) -> None:
        self.found: dict[int, Frame] = {}
        self._count = count
        self._most = most_body
        self._head = re.compile(rb"%s (\d{1,6}) (\d{1,3}|over) (\d{1,12}) (\d{1,6})(\r*)\n" % nonce.encode())
        self._buffer = bytearray()
        self._carry = b""
        self._returns = b""  # what each terminal on the way puts before a line feed
        self._open: tuple[int, int, int, int] | None = None

    def feed(self, data: bytes) -> bool:
        """True once every frame is there, or nothing sensible can follow."""
        self._buffer += self._without_returns(data) if self._returns else data
        while self._advance():
            pass
        return len(self.found) == self._count

    def end(self) -> None:
        """No more will come: a carriage return that was held back, as one of a terminal's, is the answer's own."""
        self._buffer += self._carry
        self._carry = b""
        while self._advance():
            pass

    def _advance(self) -> bool:
        if self._open is None:
            return self._header()
        index, code, out, err = self._open
        if len(self._buffer) < out + err:
            return False
        frame = Frame(code, bytes(self._buffer[:out]), bytes(self._buffer[out : out + err]))
        del self._buffer[: out + err]
        self._open = None
        if index < self._count:
            self.found.setdefault(index, frame)
        return True

    def _header(self) -> bool:
        head = self._head.search(self._buffer)
        if head is None:
            del self._buffer[:-_MOST_HEAD]
            return False
        code = OVER if head[2] == b"over" else int(head[2])
        if int(head[3]) <= self._most:
            self._open = (int(head[1]), code, int(head[3]), int(head[4]))
        returns = bytes(head[5])
        del self._buffer[: head.end()]
        if returns and not self._returns:
            self._returns = returns
            self._buffer = bytearray(self._without_returns(bytes(self._buffer)))
        return True

    def _without_returns(self, data: bytes) -> bytes:
        """Exact, since they stand before every line feed: those that were there before stay."""
        data = self._carry + data
        ending = len(data) - len(data.rstrip(b"\r"))
        kept = len(data) - min(ending, len(self._returns))
        self._carry = data[kept:]
        return data[:kept].replace(self._returns + b"\n", b"\n")
