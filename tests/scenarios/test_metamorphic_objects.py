"""Changes to the objects that must not change the answer, and changes that must: other names, another day, older history,
kinds that nobody asks about; missing evidence; a healed fault."""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.finding import Diagnosis, Finding, Verdict
from gitops_master.rules.registry import all_rules
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from tests import worlds
from tests.scenarios.test_real import PER_FOLDER, STATES

Json = dict[str, Any]

CASES = [f"{path.parent.parent.name}/{path.parent.name}" for path in sorted(worlds.CASES.glob("*/*/case.yaml"))]
REAL = [f"real/{number} {stage}" for number, stage, _, _ in STATES]
KARGO = "kargo.akuity.io/v1alpha1"


class World(NamedTuple):
    """A case: what is there and what is asked."""

    objects: list[Json]
    shot: Json
    """When and of what it was taken: the index."""
    logs: dict[str, str]
    asked: dict[str, Any]


@cache
def original(name: str) -> World:
    return _real(name.removeprefix("real/")) if name.startswith("real/") else _case(name)


def _case(name: str) -> World:
    folder = worlds.CASES / name
    objects, index, logs = worlds.load(folder)
    case = yaml.safe_load((folder / "case.yaml").read_text())
    target = case["scope"]["target"]
    first = next(key for key in ("stage", "app", "warehouse") if key in target)
    asked = {"project": case["scope"]["kargo_namespace"], first: target[first]}
    return World(objects, index, logs, {**asked, "symptom": " ".join(case["symptom"].split())})


def _real(name: str) -> World:
    number, _, stage = name.partition(" ")
    folder = next(worlds.REAL.glob(f"{number}-*"))
    held = [one for path in sorted(folder.rglob("*.yaml")) for one in yaml.load_all(path.read_text(), yaml.CSafeLoader)]
    objects = [one for outer in held if outer for one in outer.get("items", [outer]) if "kind" in one]
    times = (text for text in _texts(objects) if _TIME.fullmatch(text))
    versions = {"kargo": "v1.11.2", "argo-cd": "v3.5.1", "argo-rollouts": "v1.10.1"}
    index = {"observed_at": max(times), "versions": versions, "complete": PER_FOLDER}
    return World(objects, index, {}, {"project": "demo", "stage": stage})


async def answer(world: World, place: Path) -> Diagnosis:
    folder = worlds.write(place, world.objects, world.shot, world.logs)
    return await analyze(SnapshotReader(folder), AnalyzeRequest(**world.asked))


def told(diagnosis: Diagnosis) -> tuple[Verdict, str]:
    return diagnosis.verdict, diagnosis.root_cause.id if diagnosis.root_cause else ""


def mapped(value: Any, change: Callable[[str], str], key: str = "") -> Any:
    """The value with every text changed, but not the words of the API itself; keys, too, where they are names."""
    if isinstance(value, dict):
        named = key in NAMED
        return {change(k) if named or "/" in k else k: mapped(one, change, k) for k, one in value.items()}
    if isinstance(value, list):
        return [mapped(one, change, key) for one in value]
    return change(value) if isinstance(value, str) and key not in VOCABULARY else value


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


# Other names

NAMED = frozenset(
    {"verifiedIn", "approvedFor", "currentlyIn", "items", "autoPromotionHolds", "effectiveAutoPromotionHolds"}
)
"""Mappings whose keys are names."""
VOCABULARY = frozenset({"kind", "apiVersion", "group", "type", "reason", "phase", "status", "uses", "provider"})
"""Fields that hold words of the API."""
RENAMED = frozenset({"Project", "Stage", "Warehouse", "Application", "Freight"})
SYSTEM = frozenset({"kargo", "argocd", "argo-rollouts", "kube-system", "default"})
WORDS = frozenset(
    {"stage", "test", "dev", "prod", "main", "canary", "digest", "labels", "live", "node", "lookup", "conf", "relay"}
    | {"preview", "internal", "cloud", "img", "ci", "nginx", "track", "scan", "charts", "pages", "imports", "us", "int"}
)  # fmt: skip
"""Names that are words of messages, fields and addresses as well: a change of text cannot tell which is meant."""
_LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba")
_HEX = str.maketrans("abcdef", "fedcba")


def new_names(objects: list[Json]) -> dict[str, str]:
    """Of the same length and as much alike as the old ones. Freight stays a hash."""
    found: dict[str, str] = {}
    for one in objects:
        if one["kind"] not in RENAMED:
            continue
        name = one["metadata"]["name"]
        if one["kind"] == "Freight":
            found |= {text: text.translate(_HEX) for text in (name, name[:7])}
            if "alias" in one:
                found[one["alias"]] = one["alias"].translate(_LETTERS)
        elif name not in SYSTEM | WORDS:
            found[name] = name.translate(_LETTERS)
    return found


def renamed(world: World) -> World:
    names = new_names(world.objects)
    words = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![A-Za-z0-9])({words})(?![A-Za-z0-9])")

    def change(text: str) -> str:
        return pattern.sub(lambda found: names[found[1]], text)

    logs = {change(name): change(text) for name, text in world.logs.items()}
    asked = {key: change(value) for key, value in world.asked.items()}
    return World(mapped(world.objects, change), mapped(world.shot, change), logs, asked)


# Another day

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_DAYS = timedelta(days=14)
"""Whole weeks: what happens on certain weekdays still does."""


def later(world: World) -> World:
    def change(text: str) -> str:
        return _TIME.sub(lambda found: _moved(found[0]), text)

    def times(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: times(one) for key, one in value.items()}
        if isinstance(value, list):
            return [times(one) for one in value]
        return value + _DAYS if isinstance(value, datetime) else change(value) if isinstance(value, str) else value

    logs = {name: change(text) for name, text in world.logs.items()}
    return World(times(world.objects), times(world.shot), logs, {key: change(one) for key, one in world.asked.items()})


def _moved(text: str) -> str:
    moved = datetime.fromisoformat(text[:19]) + _DAYS
    return f"{moved:%Y-%m-%dT%H:%M:%S}{text[19:]}"


# Older history

_LONG_AGO = "2025-01-01T00:00:00Z"
"""Where neither the Stage nor the Freight tells when it was made."""


def with_history(world: World) -> World:
    """A Promotion that succeeded long ago, for each Stage that has Freight: of the oldest that it still remembers.

    As soon as both are there: one from before its Stage would prove that the Stage was made anew.
    """
    found = list(world.objects)
    made = {(one["kind"], one["metadata"]["name"]): str(one["metadata"].get("creationTimestamp", "")) for one in found}
    for one in world.objects:
        history = one.get("status", {}).get("freightHistory", []) if one["kind"] == "Stage" else []
        if not history:
            continue
        freight = next(iter(history[-1]["items"].values()))
        stage = one["metadata"]["name"]
        time = max(made["Stage", stage], made.get(("Freight", freight["name"]), "")) or _LONG_AGO
        about = {"namespace": one["metadata"]["namespace"], "creationTimestamp": time}
        about |= {"name": f"{stage}.01jgfjjz00aaaaaaaaaaaaaaaa.{freight['name'][:7]}"}
        times = {"startedAt": time, "finishedAt": time}
        spec = {"stage": stage, "freight": freight["name"], "steps": [{"uses": "git-clear", "as": "clear"}]}
        status = {"phase": "Succeeded", **times, "freight": freight, "currentStep": 0}
        found.append({"apiVersion": KARGO, "kind": "Promotion", "metadata": about, "spec": spec, "status": status})
    return world._replace(objects=found)


# Kinds that nobody asks about


def full_kind(one: Json) -> str:
    group, slash, _ = one["apiVersion"].partition("/")
    return f"{group if slash else 'v1'}/{one['kind']}"


def without_unasked(world: World, plain: Diagnosis) -> World:
    needed = {kind for rule in all_rules() for kind in rule.needs}
    quoted = {one.object.partition(" ")[0] for finding in every(plain) for one in finding.evidence}
    kept = [one for one in world.objects if full_kind(one) in needed or one["kind"] in quoted]
    return world._replace(objects=kept)


def every(diagnosis: Diagnosis) -> list[Finding]:
    roots = [diagnosis.root_cause] if diagnosis.root_cause else []
    return [inner for one in [*roots, *diagnosis.findings] for inner in _nested(one)]


def _nested(finding: Finding) -> list[Finding]:
    return [finding, *(inner for one in finding.effects for inner in _nested(one))]


SAME: dict[str, Callable[[World], World]] = {"renamed": renamed, "later": later, "with_history": with_history}


@pytest.mark.parametrize("change", SAME)
@pytest.mark.parametrize("name", [*CASES, *REAL])
async def test_names_days_and_old_history_change_nothing(name: str, change: str, tmp_path: Path) -> None:
    world = original(name)
    plain = await answer(world, tmp_path / "plain")

    other = await answer(SAME[change](deepcopy(world)), tmp_path / "changed")

    assert told(other) == told(plain)


@pytest.mark.parametrize("change", [renamed, later])
@pytest.mark.parametrize("name", [*CASES, *REAL])
def test_the_changes_change_something(name: str, change: Callable[[World], World]) -> None:
    assert change(original(name)).objects != original(name).objects


@pytest.mark.parametrize("name", [*CASES, *REAL])
async def test_kinds_that_no_rule_asks_about_change_nothing(name: str, tmp_path: Path) -> None:
    world = original(name)
    plain = await answer(world, tmp_path / "plain")

    other = await answer(without_unasked(world, plain), tmp_path / "changed")

    assert told(other) == told(plain)


# Missing evidence


@pytest.mark.parametrize("name", CASES)
async def test_without_the_evidence_of_its_cause_nothing_is_called_healthy(name: str, tmp_path: Path) -> None:
    world = original(name)
    plain = await answer(world, tmp_path / "plain")
    assert plain.root_cause is not None
    kinds = {one["kind"]: full_kind(one) for one in world.objects}
    asked = plain.target.kind
    told_by = [one.object.partition(" ")[0] for one in plain.root_cause.evidence]
    kind = next((one for one in told_by if one in kinds and one != asked), None)
    if kind is None:
        pytest.skip("the target itself is all the evidence; without it there is nothing to ask about")

    objects = [one for one in world.objects if one["kind"] != kind]
    index = {**world.shot, "gaps": [*world.shot.get("gaps", []), {"kind": kinds[kind], "reason": "forbidden"}]}
    other = await answer(world._replace(objects=objects, shot=index), tmp_path / "changed")

    assert other.verdict is not Verdict.HEALTHY
    assert kinds[kind] in {one.what for one in other.not_checked}


# Healed


def promoted(world: World) -> World:
    """The last Promotion succeeded, its Freight is current, the Stage healthy and verified."""
    found = deepcopy(world.objects)
    stage = worlds.named(found, f"Stage {world.asked['project']}/{world.asked['stage']}")
    status = stage["status"]
    status.pop("currentPromotion", None)
    promotion = worlds.named(found, f"Promotion {world.asked['project']}/{status['lastPromotion']['name']}")
    for held in (promotion["status"], status["lastPromotion"].setdefault("status", {})):
        held["phase"] = "Succeeded"
        held.pop("message", None)
        for step in held.get("stepExecutionMetadata", []):
            step["status"] = "Succeeded"
            step.pop("message", None)
    origin = status["lastPromotion"]["freight"]["origin"]
    verified = {"id": "healed", "phase": "Successful", "startTime": world.shot["observed_at"]}
    items = {f"{origin['kind']}/{origin['name']}": status["lastPromotion"]["freight"]}
    status["freightHistory"] = [{"id": "healed", "items": items, "verificationHistory": [verified]}]
    status["health"] = {"status": "Healthy"}
    status["conditions"] = [
        {"type": kind, "status": "True", "reason": reason}
        for kind, reason in (("Ready", "Verified"), ("Healthy", "Healthy"), ("Verified", "Verified"))
    ]
    for one in found:
        if one["kind"] == "Application":
            _calm(one)
        if one["kind"] == "Freight" and one["metadata"]["name"] == status["lastPromotion"]["freight"]["name"]:
            marks = one.setdefault("status", {}).setdefault("verifiedIn", {})
            marks[world.asked["stage"]] = {"verifiedAt": world.shot["observed_at"]}
    return world._replace(objects=found)


def _calm(app: Json) -> None:
    """Synced and healthy, with a sync that succeeded."""
    status = app["status"]
    status.pop("conditions", None)
    status["health"] = {"status": "Healthy"}
    status.setdefault("sync", {})["status"] = "Synced"
    operation = status.get("operationState", {})
    operation |= {"phase": "Succeeded", "message": "successfully synced (all tasks run)"} if operation else {}
    for one in [*status.get("resources", []), *operation.get("syncResult", {}).get("resources", [])]:
        one.pop("health", None)
        one |= {"status": "Synced", "message": ""}


def discovered(world: World) -> World:
    """Every Warehouse has found what it looks for."""
    found = deepcopy(world.objects)
    said = {"Ready": "ArtifactsDiscovered", "Healthy": "ReconciliationSucceeded"}
    for one in found:
        if one["kind"] == "Warehouse":
            conditions = [{"type": kind, "status": "True", "reason": reason} for kind, reason in said.items()]
            one["status"]["conditions"] = conditions
    return world._replace(objects=found)


def released(world: World) -> World:
    """The holds have been lifted."""
    found = deepcopy(world.objects)
    for one in found:
        if one["kind"] == "Stage":
            for key in ("autoPromotionHolds", "effectiveAutoPromotionHolds"):
                one["status"].pop(key, None)
    return world._replace(objects=found)


def tomorrow(world: World) -> World:
    """A day has passed for everything that waits for its time, and the controllers are still alive."""
    now = datetime.fromisoformat(str(world.shot["observed_at"])[:19]) + timedelta(days=1)
    time, found = f"{now:%Y-%m-%dT%H:%M:%SZ}", deepcopy(world.objects)
    for one in found:
        if one["kind"] == "Lease":
            one["spec"]["renewTime"] = time
    return world._replace(objects=found, shot={**world.shot, "observed_at": time})


HEALED: list[tuple[str, Callable[[World], World]]] = [
    ("dev/k03", promoted),
    ("dev/k36", promoted),
    ("dev/k41", promoted),
    ("dev/k50", promoted),
    ("dev/a03", promoted),
    ("live/01", promoted),
    ("live/09", promoted),
    ("live/14", promoted),
    ("live/50", promoted),
    ("dev/k27", discovered),
    ("dev/k30", discovered),
    ("dev/k52", discovered),
    ("dev/n06", released),
    ("live/36", released),
    ("dev/n02", tomorrow),
    ("live/38", tomorrow),
]


@pytest.mark.parametrize(("name", "heal"), HEALED, ids=[name for name, _ in HEALED])
async def test_what_is_healed_is_no_longer_found(name: str, heal: Callable[[World], World], tmp_path: Path) -> None:
    world = original(f"{name[: name.index('/')]}/{worlds.case_folder(name).name}")
    plain = await answer(world, tmp_path / "plain")
    assert plain.root_cause is not None

    healed = await answer(heal(world), tmp_path / "healed")

    assert plain.root_cause.id not in {one.id for one in every(healed)}
    assert healed.verdict is not Verdict.BROKEN
