"""A call of each tool that has an answer about the bundled example."""

from typing import Any

FAULTY = "s-argo"
CALLS: dict[str, dict[str, Any]] = {
    "discover_env": {},
    "get_stage_state": {"stage": FAULTY},
    "analyze_stage": {"project": "demo", "stage": FAULTY},
    "run_verification": {"stage": FAULTY},
    "promote_freight": {"stage": FAULTY, "freight": "0dd3b35"},
    "operate": {"operation": "refresh_stage", "stage": FAULTY},
    "generate_stage_yaml": {"project": "demo", "name": FAULTY},
    "read_reference": {"name": "crd-not-installed"},
}
"""Tool -> arguments."""
