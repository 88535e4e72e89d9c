import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import live, serving, shard_of
from gitops_master.facts.durations import human
from gitops_master.facts.log_times import as_text, last_written, logs_of, matching
from gitops_master.facts.patterns import search
from gitops_master.facts.reconciliation import belongs_to, unattended
from gitops_master.facts.stage import StageView
from gitops_master.facts.subscriptions import filter_facts
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.warehouse import Subscription, WarehouseView
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk, Severity
from gitops_master.model.kargo import Promotion, Warehouse
from gitops_master.model.snapshot import Log, Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import UNATTENDED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.warehouse.patterns import RATE_LIMITED, REFUSED, STARVED, TAG_CAP, TAG_COUNT

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_TAG_STRATEGIES = frozenset({"NewestTag", "SemVer", "Lexical"})
QUIET = timedelta(minutes=30)
"""A working controller logs several times in this time: every Stage is reconciled every 5 minutes."""


class Flood(msgspec.Struct, frozen=True):
    """A Git subscription by tag whose discovery does not end. `lines`: what the log says of its number of tags."""

    view: WarehouseView
    subscription: Subscription
    lines: list[Text]


@rule(
    "unbounded-tag-discovery-wedges-controller",
    area="warehouse",
    title="Discovery of far too many tags starves the controller",
    on=(StageView, WarehouseView),
    severity=Severity.CRITICAL,
    needs={Warehouse.KIND, Promotion.KIND, Pod.KIND},
    explains=UNATTENDED
    | {
        "warehouse-not-ready",
        "kargo-controller-down",
        "no-live-controller-for-shard",
        "subscription-repository-unreachable",
        "controller-cpu-throttling-slows-git-clone",
    },
    sources=("akuity/kargo#6790", "akuity/kargo v1.11.2 pkg/controller/git/commit/tag_based_selector.go:139"),
    unless=(RATE_LIMITED, REFUSED),
)
def check(view: StageView | WarehouseView) -> Iterator[Hit | Wanted]:
    """Nothing is reconciled any more, the controller's log is silent, and its pod is Ready without a restart.

    Why: a Git subscription by tag matches tens of thousands of tags. Beyond a cap (1000 since Kargo 1.11; before, always) each
    discovery clones the repository anew instead of comparing refs; the clones fail, are tried again and starve the controller.

    How to tell: a Warehouse whose subscription by tag fails in cloning; the log line `observed tag count exceeds cap` with
    its count; the age of the log's last line while the pod is Ready.

    What to do: narrow the tag filter of that subscription (or select by branch), then restart the controller once.

    Not this when: the controller's pod is not ready or its heartbeat is old (kargo-controller-down), or other things are
    reconciled as usual.
    """
    waits = unattended(view)
    shard = belongs_to(view)
    pods = live(serving(shard, view.snapshot))
    candidates = list(_candidates(view, shard))
    if not pods or not candidates or not (waits or any(one.view.ref == view.ref for one in candidates)):
        return
    logs: list[Log] = []
    for log in logs_of(pods, view.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            logs.append(log)
    flood = _worst(candidates, logs)
    if flood is None or not (waits or flood.lines):
        return
    if not (flood.lines or (waits and flood.view.failure is not None)):
        return
    quiet = _quiet(view, logs)
    told = f" ({_count(flood)})" if flood.lines else ""
    first = _failing_since(flood, logs)
    since = f" has failed for at least {human(view.snapshot.observed_at - first.at)} and" if first and first.at else ""
    silent = f"; its log has been silent for {human(quiet[0])}" if quiet else ""
    yield Hit(
        summary=f"Warehouse {flood.view.name} matches far too many tags of {flood.subscription.repo_url}{told}: its "
        f"discovery{since} starves the controller, and nothing of its shard is reconciled{silent}.",
        evidence=_evidence(flood, [*waits[:1], *([quiet[1]] if quiet else [])], first, pods[0]),
        remedies=_remedies(flood, pods[0]),
        confidence=Confidence.HIGH if flood.lines else Confidence.MEDIUM,
        subject=flood.view.ref,
    )


def _candidates(view: StageView | WarehouseView, shard: str) -> Iterator[Flood]:
    """Warehouses of the shard, in any project, that select by tag and fail, or have found nothing."""
    for one in view.snapshot.grouped(Warehouse, _shards_by_tag).get(shard, ()):
        warehouse = WarehouseView(one, view.snapshot)
        for sub in warehouse.subscriptions:
            if sub.kind == "git" and _is_by_tag(sub.config):
                yield Flood(warehouse, sub, [])


def _shards_by_tag(warehouse: Warehouse) -> list[str]:
    """Its shard, if it selects by tag at all."""
    configs = [sub.get("git") for sub in warehouse.spec.subscriptions]
    return [shard_of(warehouse)] if any(isinstance(one, dict) and _is_by_tag(one) for one in configs) else []


def _is_by_tag(git: Mapping[str, Any]) -> bool:
    return str(git.get("commitSelectionStrategy", "")) in _TAG_STRATEGIES


def _worst(candidates: list[Flood], logs: list[Log]) -> Flood | None:
    """The subscription whose count the log names; else the one whose clone is killed or never ends."""
    for one in candidates:
        lines = [
            line for log in logs for line in matching(log, TAG_CAP.regex) if one.subscription.repo_url in line.value
        ]
        if lines:
            return Flood(one.view, one.subscription, lines)
    for one in candidates:
        failure = one.view.failure
        if failure is None or search((RATE_LIMITED, REFUSED), failure):
            continue
        if search(STARVED, failure) and one.subscription.repo_url in failure.value:
            return one
    return None


def _count(flood: Flood) -> str:
    """`39512 tags, the cap is 1000` from the log line's fields."""
    found = search(TAG_COUNT, flood.lines[-1])
    return f"{found.groups['count']} tags, the cap is {found.groups['cap']}" if found is not None else "above the cap"


def _quiet(view: StageView | WarehouseView, logs: list[Log]) -> tuple[timedelta, Evidence] | None:
    """How long the log has said nothing, with its last line."""
    for log in logs:
        last = last_written(log)
        if last is not None and view.snapshot.observed_at - last > QUIET:
            return view.snapshot.observed_at - last, as_text(log, log.lines[-1]).as_evidence()
    return None


def _failing_since(flood: Flood, logs: list[Log]) -> Text | None:
    """The oldest line in which its discovery fails; a condition's lastTransitionTime would not tell."""
    name = re.escape(flood.view.name)
    lines = [line for log in logs for line in matching(log, rf"\b{name}\b", r"\berror\b")]
    return min((line for line in lines if line.at), key=lambda line: line.at or NEVER, default=None)


def _evidence(flood: Flood, trouble: list[Evidence], first: Text | None, pod: Pod) -> list[Evidence]:
    failure = flood.view.failure
    found = [line.as_evidence() for line in flood.lines[-1:]]
    if first is not None or failure is not None:
        found.append((first or failure or flood.lines[0]).as_evidence())
    found += [*trouble, *_filter(flood)]
    restarts = ", ".join(f"restartCount: {one.restart_count}" for one in pod.status.container_statuses[:1])
    return [*found[:4], fact(pod, "status", f"phase: {pod.status.phase}, Ready: True, {restarts}")]


def _filter(flood: Flood) -> list[Evidence]:
    """The tag filter that is too wide, or the strategy where there is none."""
    facts = filter_facts(flood.view, flood.subscription)
    narrow = [one for one in facts if one.path.endswith(("TagsRegexes", "semverConstraint", "Tags"))]
    return narrow[:1] or [one for one in facts if one.path.endswith("commitSelectionStrategy")][:1]


def _remedies(flood: Flood, pod: Pod) -> list[Remedy]:
    owner = pod.name.rsplit("-", 2)[0]
    since = flood.view.condition("Ready")
    filter_ = "".join(f" {one.path.rpartition('.')[2]} {one.value}" for one in _filter(flood))
    note = f" (failing: {since.reason})" if since is not None and since.status == "False" else ""
    return [
        advise(
            f"Narrow the tag filter{filter_} of Warehouse {flood.view.name}{note} in its source: stricter allowTagsRegexes, a semver "
            "constraint, or a branch instead of tags; or take that subscription out",
            confirm_with=f"kubectl -n {pod.namespace} logs {pod.name} --tail=20",
        ),
        advise(
            "Then restart the controller once; without the first step it starves again",
            f"kubectl -n {pod.namespace} rollout restart deployment {owner}",
            risk=Risk.MEDIUM,
            destroys="nothing; running Promotions begin again at their first step",
            confirm_with=f"kubectl -n {pod.namespace} rollout status deployment {owner}",
        ),
    ]
