"""A plan's id: what agreeing to a plan means, kept by nobody.

It holds when the plan was made, a digest of what was asked for and one of what the gates judged, and is sealed with a key: whoever
holds the key can check it, so that servers which share one take each other's plans.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from gitops_master.model.operating import Refusal

LIFETIME = timedelta(minutes=10)
KEY_BYTES = 32
"""The least that a key has to have."""
_FORMAT, _TIME, _DIGEST, _SEAL = b"\x01", 5, 8, 16
_SIZE = len(_FORMAT) + _TIME + 2 * _DIGEST + _SEAL


class Checked(msgspec.Struct, frozen=True):
    """`issued_at`: when the plan was made, where the id is whole. `refusal`: None where it is for this very plan."""

    issued_at: datetime | None = None
    refusal: Refusal | None = None


class PlanIds:
    """Makes and checks ids with one key of at least 32 bytes. Raises ValueError on a shorter one."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"a key of plans has at least {KEY_BYTES} bytes")
        self._key = key

    def issue(self, intent: Sequence[str], inputs: Sequence[str], now: datetime) -> tuple[str, datetime]:
        """The id, and when it expires."""
        seconds = int(now.timestamp())
        held = _FORMAT + seconds.to_bytes(_TIME) + _digest(intent) + _digest(inputs)
        text = base64.urlsafe_b64encode(held + self._seal(held)).decode()
        return text.rstrip("="), datetime.fromtimestamp(seconds, UTC) + LIFETIME

    def check(self, plan_id: str, intent: Sequence[str], inputs: Sequence[str], now: datetime) -> Checked:
        """Told apart in this order: forged (or sealed by another server), expired, of another request, stale."""
        held = self._opened(plan_id)
        if held is None:
            return Checked(refusal=Refusal.FORGED)
        parts = held[len(_FORMAT) :]
        issued = datetime.fromtimestamp(int.from_bytes(parts[:_TIME]), UTC)
        asked, judged = parts[_TIME : _TIME + _DIGEST], parts[_TIME + _DIGEST :]
        if not timedelta(seconds=-1) <= now - issued < LIFETIME:
            return Checked(issued, Refusal.EXPIRED)
        if asked != _digest(intent):
            return Checked(issued, Refusal.OTHER)
        return Checked(issued, None if judged == _digest(inputs) else Refusal.STALE)

    def _opened(self, plan_id: str) -> bytes | None:
        try:
            whole = base64.b64decode(plan_id.strip() + "=" * (-len(plan_id.strip()) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        held, seal = whole[:-_SEAL], whole[-_SEAL:]
        is_ours = len(whole) == _SIZE and held[:1] == _FORMAT and hmac.compare_digest(seal, self._seal(held))
        return held if is_ours else None

    def _seal(self, held: bytes) -> bytes:
        return hmac.digest(self._key, held, hashlib.sha256)[:_SEAL]


def _digest(words: Sequence[str]) -> bytes:
    """Of the words as they are parted: `a`, `bc` is not `ab`, `c`."""
    return hashlib.sha256(msgspec.json.encode(list(words))).digest()[:_DIGEST]
