"""Amounts as Kubernetes writes them: `500m`, `2Gi`, `1e3`, 4."""

import re
from decimal import Decimal, InvalidOperation

from gitops_master.model.kubernetes import Quantity

_WRITTEN = re.compile(r"^([+-]?[0-9.]+(?:[eE][+-]?[0-9]{1,3})?)(n|u|m|k|K|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "K": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_LONGEST = 40
"""Characters of a quantity; a longer text is none."""


def amount(quantity: Quantity) -> Decimal | None:
    """In base units (cores, bytes, pieces); None where the text is no quantity."""
    text = str(quantity).strip()
    match = _WRITTEN.match(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    try:
        number = Decimal(match[1])
    except InvalidOperation:
        return None
    unit = match[2] or ""
    return number * 1024 ** _BINARY[unit] if unit in _BINARY else number.scaleb(_DECIMAL[unit])
