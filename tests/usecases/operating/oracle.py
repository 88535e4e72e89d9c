"""Kargo's rule of availability over plain objects (v1.11.2: stage_types.go IsFreightAvailable, freight_types.go HasSoakedIn).

Written from Kargo's code, for tests alone: it shares nothing with the program.
"""

import re
from datetime import datetime
from typing import Any

JSON = dict[str, Any]
_PARTS = re.compile(r"([\d.]+)(h|ms|m|s)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def available(stage: JSON, freight: JSON, now: datetime) -> bool:
    """Whether Kargo would let the Freight into the Stage at that time."""
    status = freight.get("status") or {}
    for request in stage["spec"]["requestedFreight"]:
        if request["origin"]["name"] != freight["origin"]["name"]:
            continue
        sources = request["sources"]
        if stage["metadata"]["name"] in status.get("approvedFor", {}) or sources.get("direct"):
            return True
        required = sources.get("requiredSoakTime")
        passed = [_passed(status, upstream, required, now) for upstream in sources.get("stages", ())]
        return all(passed) if sources.get("availabilityStrategy") == "All" else any(passed)
    return False


def _passed(status: JSON, upstream: str, required: str | None, now: datetime) -> bool:
    verified = status.get("verifiedIn", {})
    if upstream not in verified:
        return False
    if required is None:
        return True
    stay = 0.0
    if upstream in status.get("currentlyIn", {}):
        stay = (now - datetime.fromisoformat(str(status["currentlyIn"][upstream]["since"]))).total_seconds()
    return max(_seconds((verified[upstream] or {}).get("longestSoak", "0s")), stay) >= _seconds(required)


def _seconds(duration: str) -> float:
    return sum(float(number) * _UNITS[unit] for number, unit in _PARTS.findall(duration))
