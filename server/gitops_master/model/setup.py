"""What generate_stage_yaml and lint answer: files, what is wrong with manifests, and the architecture as it was found."""

from datetime import datetime
from enum import StrEnum

from gitops_master.model.finding import Answer, NotChecked
from gitops_master.model.manifest import Level


class Action(StrEnum):
    """What writing the file would do to the folder, or applying it to the cluster."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class SetupFile(Answer):
    """`path`: relative to the folder it belongs in. `diff`: unified, of what is there; empty for a new file."""

    path: str
    action: Action
    text: str
    diff: str = ""


class LintProblem(Answer):
    """`line`: from 1, of `file`; 0 where there is none. `path`: of the field."""

    check: str
    level: Level
    object: str
    message: str
    path: str = ""
    file: str = ""
    line: int = 0
    fix: str = ""


class Trial(Answer):
    """What a server-side dry run with strict field validation said of one object; nothing was stored.

    `allowed`: whether the caller may create or patch such an object at all; None where that could not be asked.
    """

    object: str
    accepted: bool
    words: str = ""
    allowed: bool | None = None


class ScannedStage(Answer):
    """A Stage as it is set up. `tier`: 0 takes Freight from a Warehouse, 1 from such a Stage, and so on."""

    name: str
    tier: int
    control_flow: bool = False
    warehouses: list[str] = []
    upstream: list[str] = []
    soak: str = ""
    availability: str = ""
    steps: list[str] = []
    apps: list[str] = []
    verification: list[str] = []
    auto_promotion: bool | None = None


class Architecture(Answer):
    """The pipeline as found: names only. `policies`: in their order, since the first that fits wins."""

    project: str
    stages: list[ScannedStage] = []
    warehouses: list[str] = []
    applications: list[str] = []
    application_sets: list[str] = []
    tasks: list[str] = []
    templates: list[str] = []
    policies: list[str] = []
    service_accounts: list[str] = []
    roles: list[str] = []
    left_out: str = ""


class SetupAnswer(Answer):
    """Of a request: files, and what they rest on. Of a check: problems alone. `next`: commands, in their order."""

    not_checked: list[NotChecked] = []
    context: str = ""
    observed_at: datetime | None = None
    versions: dict[str, str] = {}
    project: str = ""
    stage: str = ""
    checked: int = 0
    files: list[SetupFile] = []
    problems: list[LintProblem] = []
    trials: list[Trial] = []
    architecture: Architecture | None = None
    notes: list[str] = []
    next: list[str] = []
    report: str = ""
