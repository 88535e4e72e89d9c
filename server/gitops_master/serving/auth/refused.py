"""Why tokens are refused, for whoever runs the server: each reason once in a while, never a word of the token."""

import logging
import time
from collections.abc import Callable

_QUIET_S = 10.0
"""Seconds in which one reason is logged once: anybody can send wrong tokens."""
_LOG = logging.getLogger("gitops_master.http")


class RefusedTokens:
    """`clock`: seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}

    def __call__(self, reason: str) -> None:
        """`reason`: one of a few sentences of ours."""
        now = self._clock()
        if now - self._told.get(reason, -_QUIET_S) >= _QUIET_S:
            self._told[reason] = now
            _LOG.warning("a token was refused: %s", reason)
