"""A wish: what one clause comes to."""

from typing import Literal

import msgspec

from gitops_master.model.routing import Mode
from gitops_master.routing.clauses import Clause

Kind = Literal["wish", "look", "symptom", "state", "denied", "foreign", "again", "hint", "unclear", "nothing"]
"""Wishes count; a look (`check it`) is VERIFY unless something is said to be wrong; symptoms and hints count where nothing is wished;
`again` is what the rest of the text speaks of; states, what is denied and what is foreign never count."""
OURS = ("DOMAIN", "STAGE", "APP", "VERSION", "PROJECT", "PROMOTION", "FREIGHT", "VERIFICATION", "PRODUCT", "SETTING")
"""Senses of words that speak of delivery."""


class Wish(msgspec.Struct, frozen=True):
    """What a clause comes to. `is_view`: only looks at the pipeline, and needs no Stage; `is_forward`: moves Freight on."""

    kind: Kind
    mode: Mode | None = None
    is_view: bool = False
    is_forward: bool = False
    is_back: bool = False
    clause: Clause | None = None
