"""What follows from an Application's trouble, and how rules of this area ask for it."""

import re
from collections.abc import Iterator

import msgspec

from gitops_master.facts.advice import by_hand
from gitops_master.facts.app_sources import source_in, sources
from gitops_master.facts.app_trouble import AppTrouble, app_troubles
from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.patterns import Found, Pattern, Patterns, first, search
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, ResourceResult, Source
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Snapshot
from gitops_master.rules.registry import View
from gitops_master.rules.remedies import abort_promotion, refresh_app, repromote, sync_app, terminate_operation

APP_EFFECTS = frozenset({
    "application-not-fine", "stage-unhealthy", "waiting-for-argocd-sync", "auto-sync-gave-up-on-revision",
})  # fmt: skip
"""Consequences of any lasting trouble of an Application."""
STEP_EFFECTS = frozenset({
    "promotion-failed", "auto-promotion-does-not-retry-failed-freight", "argocd-update-step-timeout-too-short",
})  # fmt: skip
"""Consequences of trouble that ended a Promotion's Argo CD step."""
_SHORT = 500
REPLAYED = Pattern(
    "render-error-replayed",
    r"Manifest generation error \(cached\)",
    "argoproj/argo-cd@v3.5.1 reposerver/repository/repository.go getManifestCacheEntry: after 3 failures of one commit the error is "
    "handed out for 60 minutes without a new render",
    vectors=(
        "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = Manifest "
        "generation error (cached): apps/web: app path does not exist",
    ),
    is_detail=True,
)


class AppFault(msgspec.Struct, frozen=True):
    """A text of an Application that matched."""

    trouble: AppTrouble
    found: Found

    @property
    def name(self) -> str:
        return self.trouble.ref.name

    @property
    def effects(self) -> frozenset[str]:
        return effects(self.trouble)

    @property
    def application(self) -> Application | None:
        return self.trouble.app.app if self.trouble.app else None

    @property
    def holds_now(self) -> bool:
        """Whether Argo CD says so at present. A SyncError only repeats what ended the last automatic sync."""
        text = self.found.text
        return text.path.startswith("status.conditions") and not text.value.startswith("SyncError")

    @property
    def is_past(self) -> bool:
        """Only a SyncError and the operation behind it tell of it: automatic sync has given up, the obstacle may be gone."""
        app = self.trouble.app
        return not self.holds_now and app is not None and bool(app.complaints("SyncError"))

    @property
    def result(self) -> ResourceResult | None:
        """The resource the text is about, where it stands in the operation's results."""
        match = re.search(r"syncResult\.resources\[(\d+)\]", self.found.text.path)
        state = self.application.status.operation_state if self.application else None
        if match is None or state is None or state.sync_result is None:
            return None
        return state.sync_result.resources[int(match[1])]

    @property
    def is_replayed(self) -> bool:
        """Whether the repo-server only repeats an older error, which a normal refresh would hand out again."""
        return search(REPLAYED, self.found.text) is not None

    def group(self, *names: str) -> str:
        """The first of the pattern's named groups that matched."""
        return next((self.found.groups[name] for name in names if name in self.found.groups), "")


def effects(trouble: AppTrouble) -> frozenset[str]:
    """What a fault of this Application explains beyond APP_EFFECTS: the Promotion that failed or hangs on it."""
    ended = STEP_EFFECTS if trouble.ended_promotion else frozenset[str]()
    return ended | {"promotion-running"} if trouble.holds_promotion else ended


def app_faults(view: View, pattern: Patterns, unless: Patterns = ()) -> Iterator[AppFault]:
    """For each Application of the view the first text that matches `pattern` (and not `unless`)."""
    for trouble in app_troubles(view):
        texts = [text for text in trouble.texts if search(unless, text) is None]
        found = first(pattern, texts)
        if found is not None:
            yield AppFault(trouble, found)


def excerpt(found: Found) -> Evidence:
    """The text where it matched. A very long one (an object printed into an error) is cut in the middle, not at its end."""
    value = printable(found.text.value)  # before it is cut: half a credential is not recognised as one
    if len(value) <= 2 * _SHORT:
        return found.text.as_evidence()
    return found.text.as_evidence(f"{value[:_SHORT]} … {value[-_SHORT // 2 :]}")


def state_facts(fault: AppFault) -> list[Evidence]:
    """What Argo CD shows for the Application: the comparison, and how its last operation ended."""
    app = fault.application
    if app is None:
        return []
    found = [fact(app, "status.sync.status", app.status.sync.status or "none")]
    state = app.status.operation_state
    if state is not None and state.phase:
        found.append(fact(app, "status.operationState.phase", state.phase, state.finished_at or state.started_at))
    return found


def rendered_from(fault: AppFault) -> list[Evidence]:
    """Which source the text is about, and at which revision; every one where it does not tell."""
    app = fault.application
    if app is None:
        return []
    found = source_in(app, fault.found.text.value)
    return [fact(app, place, _place_of(one)) for place, one in ([found] if found else sources(app)[:3])]


def _place_of(source: Source) -> str:
    what = f"chart {source.chart}" if source.chart else f"path {source.path or '.'}"
    return f"{what} of {source.repo_url} at {source.target_revision or 'HEAD'}"


def sharing(snapshot: Snapshot, pattern: Patterns) -> list[str]:
    """Names of all Applications that complain of the same now: many of them point at the platform, not at one of them."""
    views = (ApplicationView(app, snapshot) for app in snapshot.all(Application))
    return sorted(view.app.name for view in views if first(pattern, view.complaints()) is not None)


def shared_fact(snapshot: Snapshot, pattern: Patterns) -> list[Evidence]:
    """Evidence of how many Applications are affected, where it is more than one."""
    names = sharing(snapshot, pattern)
    if len(names) < 2:
        return []
    every = len(snapshot.all(Application))
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return [fact("Applications", "status.conditions[].message", f"the same in {len(names)} of {every}: {shown}")]


def afterwards(view: View, fault: AppFault, *, refresh: bool = False, hard: bool = False) -> list[Remedy]:
    """What follows the repair: compare again where the comparison failed, then the Promotion or the sync anew.

    `hard`: the cause lies outside git, so that there is no new commit that would end the replay of a render error.
    """
    again = refresh_app(fault.trouble.ref, hard=hard or fault.is_replayed)
    ended = not fault.holds_now and fault.trouble.app is not None and fault.trouble.app.op is Op.FAILED
    # Whatever was mended, comparing does not try a sync of the same revision again.
    found = [by_hand(again) if ended else again] if refresh or hard else []
    if isinstance(view, StageView):
        return [*found, repromote(view)] if fault.trouble.ended_promotion else found
    if isinstance(view, ApplicationView) and not refresh and not hard and view.op in {Op.FAILED, Op.RETRYING}:
        return [sync_app(view)]
    return found


def end_sync(view: View, trouble: AppTrouble) -> list[Remedy]:
    """Terminates the operation, after the Promotion that waits for it: one that goes on waiting would start the sync again."""
    if trouble.app is None:
        return []
    waiting = view.running if isinstance(view, StageView) and trouble.holds_promotion else None
    first_ = [abort_promotion(view, waiting.name)] if isinstance(view, StageView) and waiting is not None else []
    return [*first_, terminate_operation(trouble.app)]


def once_more(view: View, trouble: AppTrouble) -> list[Remedy]:
    """The Promotion that failed or waited, or the Application's sync, again."""
    if isinstance(view, StageView):
        waiting = view.running if trouble.holds_promotion else None
        freight = waiting.spec.freight if waiting is not None else ""
        again = repromote(view, freight)
        hangs = (
            trouble.app is not None and trouble.app.app.operation is not None
        )  # a new Promotion would wait behind it
        return [by_hand(again) if hangs else again] if freight or trouble.ended_promotion else []
    return [sync_app(view)] if isinstance(view, ApplicationView) else []


def apps_of(view: View) -> list[ApplicationView]:
    match view:
        case ApplicationView():
            return [view]
        case StageView():
            return view.apps
    return []


def stage_effects(view: View, app: ApplicationView) -> frozenset[str]:
    """The same as `effects`, for rules that do not start from a text."""
    return frozenset[str]().union(*(effects(one) for one in app_troubles(view) if one.ref == app.ref))
