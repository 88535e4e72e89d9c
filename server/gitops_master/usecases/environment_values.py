"""What is known of each key of `.gitops-config.yaml`: given, found, usual or unknown; and what to ask a person for."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gitops_master.config_file import COMMANDS, KEYS, differing_names
from gitops_master.facts import environment as facts
from gitops_master.facts.environment import Found
from gitops_master.model.argocd import Application
from gitops_master.model.environment import Certainty, QuestionState, ValueState
from gitops_master.model.finding import quoted
from gitops_master.model.gateways import HTTPRoute
from gitops_master.model.given import Given
from gitops_master.model.kargo import Project, Warehouse
from gitops_master.model.networking import Ingress
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.workloads import Deployment, StatefulSet

MOST_ALTERNATIVES = 8
_USUAL = {"kargo_controller_namespace": "kargo", "argocd_namespace": "argocd", "argocd_controller_namespace": "argocd"}
"""Where Kargo's chart and Argo CD's manifests are installed, by their own instructions."""
_ONE_OF_SEVERAL = frozenset({"kargo_project", "kargo_namespace", "warehouse_name", "app_namespace"})
"""Keys of which there may well be several values: none of them is better than the others."""
_TOLD_BY = {
    "kargo_namespace": (Project.KIND,),
    "argocd_namespace": (Application.KIND,),
    "app_namespace": (Application.KIND,),
    "monitoring_namespace": (Deployment.KIND, StatefulSet.KIND),
    "domain": (Ingress.KIND, HTTPRoute.KIND),
}
_QUESTIONS = {
    "ssh_command": "How do I reach kubectl? (direct / SSH command / proxy)",
    "kargo_namespace": "Kargo project namespace?",
    "argocd_namespace": "ArgoCD apps namespace?",
    "monitoring_namespace": "Monitoring namespace? (if applicable)",
    "app_namespace": "Application namespace?",
    "domain": "Cluster domain?",
}


class Seen(msgspec.Struct, frozen=True):
    """What was found out before. No snapshot: nothing could be read. `way`: how the cluster is reached, empty where it is not.
    `is_live`: whether it is a running cluster.
    """

    given: Mapping[str, Given]
    snapshot: Snapshot | None
    context: str = ""
    way: str = ""
    is_live: bool = True

    @property
    def projects(self) -> list[Found]:
        return facts.projects(self.snapshot) if self.snapshot else []

    @property
    def project(self) -> str:
        """The one that is meant: of the given names the one that exists, else the only one there is."""
        there = {one.value for one in self.projects}
        named = [self.given[key].value for key in ("kargo_namespace", "kargo_project") if key in self.given]
        return next((one for one in named if one in there), named[0] if named else "") or (
            there.pop() if len(there) == 1 else ""
        )


def values(seen: Seen) -> list[ValueState]:
    """One for each key, in the order of the file."""
    return [_value(key, seen) for key in KEYS]


def _value(key: str, seen: Seen) -> ValueState:
    found = list(_candidates(key, seen))
    names = [one.value for one in found]
    given = seen.given.get(key)
    if given is not None:
        others = [one for one in names if one != given.value][:MOST_ALTERNATIVES]
        missing = bool(names) and given.value not in names
        note = "not seen in the cluster" if missing else ""
        return _state(key, given.value, Certainty.GIVEN, f"given by {given.source}", others, note)
    if found and (len(found) == 1 or key not in _ONE_OF_SEVERAL):
        first = found[0]
        return _state(key, first.value, Certainty.FOUND, first.source, names[1 : MOST_ALTERNATIVES + 1])
    if found:
        return _state(key, "", Certainty.UNKNOWN, "", names[:MOST_ALTERNATIVES], f"{len(found)} to choose from")
    if key in _USUAL:
        return _state(key, _USUAL[key], Certainty.DEFAULT, "the default: nothing in the cluster told")
    return _state(key, "", Certainty.UNKNOWN, "", note=_why_none(key, seen))


def _state(
    key: str, value: str, certainty: Certainty, source: str, others: Sequence[str] = (), note: str = ""
) -> ValueState:
    return ValueState(
        key=key, value=value, certainty=certainty, source=source, alternatives=list(others), note=quoted(note, 300)
    )


def _candidates(key: str, seen: Seen) -> Iterator[Found]:
    snapshot = seen.snapshot
    if key == "context" and seen.is_live and seen.way and not any(one in seen.given for one in COMMANDS):
        yield Found(seen.context, "the kubeconfig's current context")
    if snapshot is None:
        return
    match key:
        case "kargo_project" | "kargo_namespace":
            only = [one for one in seen.projects if one.value == seen.project]
            yield from only or seen.projects
        case "kargo_controller_namespace":
            yield from facts.kargo_places(snapshot)
        case "argocd_namespace":
            yield from facts.applied_in(snapshot, seen.project)
        case "argocd_controller_namespace":
            yield from facts.argocd_places(snapshot)
        case "monitoring_namespace":
            yield from facts.monitoring_places(snapshot)
        case "app_namespace":
            yield from facts.deployed_to(facts.applications(snapshot, seen.project))
        case "domain":
            yield from facts.domains(snapshot)
        case "warehouse_name" if seen.project:
            yield from (Found(one.name, str(one.ref)) for one in snapshot.all(Warehouse, seen.project))


def _why_none(key: str, seen: Seen) -> str:
    if key in ("ssh_command", "kubectl_command"):
        return "not needed: the cluster is reached without" if seen.way and seen.is_live else ""
    if seen.snapshot is None:
        return "nothing could be read"
    gaps = (seen.snapshot.stated_gap(kind) for kind in _TOLD_BY.get(key, ()))
    told = next((gap.reason.partition(":")[0] for gap in gaps if gap is not None), "")
    return (f"not seen: could not {told}" if told.startswith(("list ", "get ")) else told) or (
        "none seen" if key in _TOLD_BY else ""
    )


def notes(seen: Seen) -> Iterator[str]:
    """What does not fit together."""
    told = differing_names(dict(seen.given))
    if told and seen.snapshot is not None:
        there = {one.value for one in seen.projects}
        named = [seen.given[key].value for key in ("kargo_project", "kargo_namespace")]
        existing = [repr(one) for one in named if one in there]
        what = (
            f"of the two {' and '.join(existing)} exist{'s' * (len(existing) == 1)}" if existing else "neither exists"
        )
        told += f"; {what} in the cluster" if existing or seen.snapshot.knows_all(Stage.KIND, "") else ""
    if told:
        yield f"{told}. {seen.project!r} is used."
    elif seen.given and seen.project and seen.snapshot is not None:
        there = {one.value for one in seen.projects}
        if seen.project not in there and not seen.snapshot.stated_gap(Project.KIND):
            yield f"there is no project {seen.project!r} in the cluster, which is given as the default"


def questions(seen: Seen, known: Sequence[ValueState]) -> list[QuestionState]:
    """The whole template, with what was found filled in; nothing where no answer is missing."""
    by_key = {one.key: one for one in known}
    asked = [_question(key, seen, by_key[key]) for key in _QUESTIONS]
    return asked if any(_is_open(one, seen) for one in asked) else []


def _question(key: str, seen: Seen, known: ValueState) -> QuestionState:
    answer = seen.way if key == "ssh_command" else known.value
    if key == "monitoring_namespace" and not answer and not _is_gap(key, seen):
        answer = "none seen"
    if known.certainty is Certainty.DEFAULT and answer:
        answer = f"{answer}? (the default, not seen)"
    return QuestionState(
        key=key, question=_QUESTIONS[key], answer=answer, choices=known.alternatives if not answer else []
    )


def _is_open(one: QuestionState, seen: Seen) -> bool:
    """Whether a person has to be asked: how to get there, which project, and what could not be looked for."""
    if one.answer:
        return False
    return one.key in ("ssh_command", "kargo_namespace") or (not one.choices and _is_gap(one.key, seen))


def _is_gap(key: str, seen: Seen) -> bool:
    snapshot = seen.snapshot
    return snapshot is None or any(snapshot.stated_gap(kind) for kind in _TOLD_BY[key])
