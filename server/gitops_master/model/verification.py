"""What run_verification answers: levels of checks, each with what was expected, what was seen and what to do next."""

from datetime import datetime
from enum import StrEnum

from gitops_master.model.finding import Answer, Evidence, NotChecked, Remedy, Target


class Verdict(StrEnum):
    """Of a check, a level and the whole. SKIPPED: nothing of the kind, or a level below failed. UNKNOWN: not looked at, or too
    early to tell."""

    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"
    SKIPPED = "SKIPPED"
    UNKNOWN = "UNKNOWN"


class Check(Answer):
    """One probe on one object, host or URL; where all is well, on all of them together. `good` of `of` `what` are fine."""

    probe: str
    verdict: Verdict
    target: str = ""
    expected: str = ""
    observed: str = ""
    good: int | None = None
    of: int | None = None
    what: str = ""
    evidence: list[Evidence] = []
    remedies: list[Remedy] = []
    more: int | None = None
    """How many further objects have the same verdict from the same probe and are not listed."""


class Level(Answer):
    number: int
    title: str
    verdict: Verdict
    reason: str = ""
    counts: dict[str, int] = {}
    """Probes by verdict."""
    checks: list[Check] = []


class KargoVerification(Answer):
    """Kargo's own verification of what the Stage holds now."""

    phase: str
    analysis_run: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    belongs: str = ""
    """Whether it was run for the last Promotion, asked for again, or is an older result that was reused."""
    metrics: list[str] = []
    access: str = ""
    """What the ServiceAccount of its Jobs lacks, as far as its RBAC can be read."""
    message: str = ""


class Verification(Answer):
    """The answer of run_verification. `failed_level`: the first that failed."""

    project: str = ""
    target: Target
    verdict: Verdict
    failed_level: int | None = None
    levels: list[Level] = []
    kargo: KargoVerification | None = None
    action: str = ""
    """What to do next; "None" where nothing is."""
    next_call: dict[str, str] = {}
    """The tool call that finds out why: tool and its arguments."""
    waits_for: list[str] = []
    not_checked: list[NotChecked] = []
    context: str = ""
    observed_at: datetime
    clock: str = ""
    versions: dict[str, str] = {}
    left_out: str = ""
    report: str = ""
