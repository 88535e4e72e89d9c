"""How much is let in: how often one caller may ask, and how many calls run at a time."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

import anyio

MOST_CALLERS = 10_000
"""Buckets that are remembered. The one used longest ago goes first, which is as full as a new one in all likelihood."""
_BURST_S = 10.0
"""Seconds' worth of requests that may come at once."""


class Buckets:
    """A token bucket for each caller. `rate`: requests a minute, 0: any number."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = rate / 60
        self._most = max(1.0, self._per_s * _BURST_S)
        self._clock = clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, caller: Hashable) -> int | None:
        """None: let in. Otherwise whole seconds until the next request would be."""
        if not self._per_s:
            return None
        now = self._clock()
        left, at = self._left.pop(caller, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_s)
        short = 1.0 - left
        self._left[caller] = (left if short > 0 else left - 1.0, now)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)
        return None if short <= 0 else max(1, math.ceil(short / self._per_s))


class Slot:
    """The place of one call, held by all who work on it: the request that brought it, and what answers it.

    The two do not end together: a client of the older protocol may hang up while its call goes on.
    """

    def __init__(self, gate: "Gate") -> None:
        self._gate = gate
        self._holders = 1

    def hold(self) -> bool:
        """False: it has been given back already."""
        if not self._holders:
            return False
        self._holders += 1
        return True

    def release(self) -> None:
        self._holders -= 1
        if not self._holders:
            self._gate.left()


class Gate:
    """At most `most` calls at a time; as many more wait, each at most `queue_s` seconds, in the order in which they came."""

    def __init__(self, most: int, queue_s: float) -> None:
        self._most, self._queue_s = most, queue_s
        self._free = anyio.Semaphore(most, max_value=most)
        self.waiting = 0
        self.inside = 0

    @property
    def retry_s(self) -> int:
        """Seconds after which another try is worth it."""
        return max(1, math.ceil(self._queue_s / 2))

    async def enter(self) -> Slot | None:
        """None: there is no room, and waiting did not help."""
        try:
            self._free.acquire_nowait()
        except anyio.WouldBlock:
            if not await self._waited():
                return None
        self.inside += 1
        return Slot(self)

    async def _waited(self) -> bool:
        if self.waiting >= self._most:
            return False
        self.waiting += 1
        try:
            with anyio.fail_after(self._queue_s):
                await self._free.acquire()
        except TimeoutError:
            return False
        finally:
            self.waiting -= 1
        return True

    def left(self) -> None:
        """By a slot, once."""
        self.inside -= 1
        self._free.release()
