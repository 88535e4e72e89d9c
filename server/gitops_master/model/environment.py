"""What discover_env answers: what there is, where, as whom, what that one may do, and what only a person can say."""

from datetime import datetime
from enum import StrEnum

from gitops_master.model.finding import Answer, NotChecked


class Reach(StrEnum):
    YES = "yes"
    NO = "no"
    NOT_ASKED = "not asked"


class ContextState(Answer):
    """One way to a cluster. `problem`: why it is not reached, or not fully."""

    name: str = ""
    current: bool = False
    reachable: Reach = Reach.NOT_ASKED
    problem: str = ""
    server: str = ""
    server_version: str = ""


class ProjectState(Answer):
    """A Kargo project: its name is its namespace's. `counts`: Stages and Warehouses, where they could be read in full."""

    name: str
    source: str
    counts: dict[str, int] = {}
    stages: list[str] = []
    warehouses: list[str] = []
    left_out: list[str] = []


class ControllerState(Answer):
    """A workload of a control plane, or a heartbeat without one. `ready`: yes, no or unknown."""

    product: str
    namespace: str
    name: str
    component: str = ""
    shard: str = ""
    ready: str = ""
    heartbeat: datetime | None = None
    heartbeat_age_s: int | None = None
    note: str = ""


class Certainty(StrEnum):
    """given: somebody said so. found: an object tells. default: nothing told, and this is usual. unknown: nothing tells."""

    GIVEN = "given"
    FOUND = "found"
    DEFAULT = "default"
    UNKNOWN = "unknown"


class ValueState(Answer):
    """One key of `.gitops-config.yaml`. `source`: who or what tells; `alternatives`: what else it could be."""

    key: str
    value: str = ""
    certainty: Certainty = Certainty.UNKNOWN
    source: str = ""
    alternatives: list[str] = []
    note: str = ""


class Verdict(StrEnum):
    """allowed: all it reads. partly: it answers, with gaps. denied: it cannot answer. unknown: nobody said."""

    ALLOWED = "allowed"
    PARTLY = "partly"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Lack(Answer):
    """What is not permitted (or not known to be) in one place, and what stays open without it."""

    verbs: list[str]
    resources: list[str]
    namespace: str = ""
    is_known: bool = True
    leaves_open: str = ""
    reason: str = ""

    @property
    def grant(self) -> str:
        """`verb list on pods, events in namespace shop`, as a Role would have it."""
        verbs = f"verb{'s' * (len(self.verbs) > 1)} {', '.join(self.verbs)}"
        where = f"in namespace {self.namespace}" if self.namespace else "cluster-wide (ClusterRole)"
        return f"{verbs} on {', '.join(self.resources)} {where}"


class RightState(Answer):
    """What one tool may do as this identity. `needs`: what it reads, in words."""

    tool: str
    verdict: Verdict
    needs: str = ""
    lacking: list[Lack] = []
    note: str = ""


class QuestionState(Answer):
    """One line of what only a person can say. `answer`: what was found; empty where nothing was."""

    key: str
    question: str
    answer: str = ""
    choices: list[str] = []


class State(StrEnum):
    """works: everything is reached and permitted. partly: something is not, or is not known. The others: why nothing works."""

    WORKS = "works"
    PARTLY = "partly"
    UNREACHABLE = "unreachable"
    FORBIDDEN = "forbidden"
    UNREADABLE = "unreadable"
    MISTAKEN = "mistaken"


class EnvironmentAnswer(Answer):
    """The answer of discover_env. `problem`: why the cluster could not be looked at. `questions` is empty where nothing has to be asked; else all of them, with what was found."""

    context: str = ""
    state: State
    contexts: list[ContextState] = []
    identity: str = ""
    identity_groups: list[str] = []
    versions: dict[str, str] = {}
    groups: dict[str, str] = {}
    kargo_address: str = ""
    projects: list[ProjectState] = []
    controllers: list[ControllerState] = []
    values: list[ValueState] = []
    rights: list[RightState] = []
    questions: list[QuestionState] = []
    notes: list[str] = []
    not_checked: list[NotChecked] = []
    config_file: str = ""
    problem: str = ""
    observed_at: datetime | None = None
    clock: str = ""
    left_out: list[str] = []
    report: str = ""

    def value(self, key: str) -> ValueState:
        """That of a key of the configuration file; one that says nothing where there is none."""
        return next((one for one in self.values if one.key == key), ValueState(key=key))

    @property
    def here(self) -> ContextState | None:
        """The context that was looked at."""
        return next((one for one in self.contexts if one.current), None)
