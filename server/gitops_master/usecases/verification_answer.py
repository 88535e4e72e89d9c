"""Results of probes to the answer of run_verification: bounded, the failing first, each list counted where it is cut."""

from collections.abc import Sequence

import msgspec

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.stage import StageView
from gitops_master.model.finding import NotChecked, Target, quoted
from gitops_master.model.verification import Check, KargoVerification, Level, Verdict, Verification
from gitops_master.probes.engine import NOT_ASKED_FOR, Result, overall
from gitops_master.probes.registry import MOST_TOLD, WORST, Seen
from gitops_master.usecases.verification_gaps import unread
from gitops_master.usecases.verification_report import verification_report
from gitops_master.usecases.verification_size import fitting_verification

MOST_EVIDENCE = 3
MOST_REMEDIES = 2
MOST_WAITS = 10
SURROUNDINGS = frozenset({"namespaces-active", "kargo-controllers-alive"})
"""Probes of what is there for a Stage that deploys nothing, too: that they pass says nothing of it."""


class LevelRun(msgspec.Struct, frozen=True):
    """One level with its results; none where it was not run, and `reason` says why."""

    number: int
    title: str
    verdict: Verdict
    reason: str = ""
    results: tuple[Result, ...] = ()


def answer(
    deployed: Deployed,
    project: str,
    stage: StageView | None,
    runs: Sequence[LevelRun],
    kargo: KargoVerification | None = None,
    ignored: Sequence[NotChecked] = (),
) -> Verification:
    """Everything that was seen, as one answer with its report. No stage: of the whole project."""
    snapshot = deployed.snapshot
    verdict = _overall(runs)
    failed = next((one.number for one in runs if one.verdict is Verdict.FAIL), None)
    levels = [_level(one) for one in runs]
    missing = unread(deployed, levels, is_sweep=stage is None, has_kargo=kargo is not None)
    made = Verification(
        project=project,
        target=Target.of(stage.ref) if stage is not None else Target(kind="Project", name=project),
        verdict=verdict,
        failed_level=failed,
        levels=levels,
        kargo=kargo,
        action=_action(levels, verdict, missing),
        next_call=_next_call(stage, project, verdict),
        waits_for=_waits_for(runs),
        not_checked=[*missing, *ignored, *_not_asked(runs)],
        context=snapshot.source,
        observed_at=snapshot.observed_at,
        clock=snapshot.clock,
        versions=snapshot.versions.as_text(),
    )
    return fitting_verification(made, _with_report)


def _overall(runs: Sequence[LevelRun]) -> Verdict:
    """PASS only where something that is deployed was seen to be fine."""
    verdict = overall([one.verdict for one in runs])
    fine = {each.probe.id for one in runs for each in one.results if each.verdict in {Verdict.PASS, Verdict.WARN}}
    return Verdict.UNKNOWN if verdict is Verdict.PASS and fine <= SURROUNDINGS else verdict


def _with_report(made: Verification) -> Verification:
    return made.model_copy(update={"report": verification_report(made)})


def _level(one: LevelRun) -> Level:
    counts: dict[str, int] = {}
    for result in one.results:
        counts[result.verdict.value] = counts.get(result.verdict.value, 0) + 1
    checks = [check for result in one.results for check in _checks(result)]
    return Level(
        number=one.number,
        title=one.title,
        verdict=one.verdict,
        reason=one.reason,
        counts=counts,
        checks=sorted(checks, key=lambda each: WORST.index(each.verdict)),
    )


def _checks(result: Result) -> list[Check]:
    """Of each verdict that matters its first objects; what passes, and what was not looked at, in one line each."""
    good, of = sum(one.good for one in result.seen), sum(one.of for one in result.seen)
    found: list[Check] = []
    for verdict in WORST:
        mine = [one for one in result.seen if one.verdict is verdict]
        if not mine or (verdict in {Verdict.PASS, Verdict.SKIPPED} and found):
            continue  # what is fine, or does not apply, is in the counts where something else has to be told
        if verdict is Verdict.PASS:
            found.append(_check(result, _all_of(mine)))
        else:
            told = [_check(result, one) for one in mine[: MOST_TOLD if verdict is not Verdict.SKIPPED else 1]]
            if len(mine) > len(told):
                told[-1] = told[-1].model_copy(update={"more": len(mine) - len(told)})
            found += told
    if of and result.probe.counts:
        found[0] = found[0].model_copy(update={"good": good, "of": of, "what": result.probe.counts})
    return found


def _all_of(passed: Sequence[Seen]) -> Seen:
    return passed[0] if len(passed) == 1 else Seen(verdict=Verdict.PASS, target="", observed="", expected="")


def _check(result: Result, one: Seen) -> Check:
    return Check(
        probe=result.probe.id,
        verdict=one.verdict,
        target=str(one.target),
        expected=one.expected if one.verdict is not Verdict.PASS else "",
        observed=quoted(one.observed, 600),
        evidence=one.evidence[:MOST_EVIDENCE] if one.verdict is not Verdict.PASS else [],
        remedies=one.remedies[:MOST_REMEDIES],
    )


def _action(levels: Sequence[Level], verdict: Verdict, missing: Sequence[NotChecked]) -> str:
    """The first thing to do about the first thing that failed."""
    worst = [check for level in levels for check in level.checks if check.verdict is verdict]
    if verdict is Verdict.PASS:
        return "None"
    if not worst:
        reason = next((f"{one.what}: {one.reason}" for one in missing), "")
        nothing = (
            "nothing was found to check: see whether it has Applications, and whether this is the Stage that was meant"
        )
        return quoted(f"check again, or see to what was not read: {reason}", 300) if reason else nothing
    first = worst[0]
    if first.remedies:
        return f"{first.target}: {first.remedies[0].title}" if first.target else first.remedies[0].title
    what = f"{first.target}: {first.observed}" if first.target else first.observed
    return quoted(f"{'look at' if verdict is Verdict.FAIL else 'check again, or see to'} {first.probe}: {what}", 300)


def _next_call(stage: StageView | None, project: str, verdict: Verdict) -> dict[str, str]:
    if verdict is not Verdict.FAIL:
        return {}
    asked = {"stage": stage.ref.name} if stage is not None else {}
    return {"tool": "analyze_stage", "project": project, **asked}


def _waits_for(runs: Sequence[LevelRun]) -> list[str]:
    """What keeps it from passing: those that a wait goes on for."""
    seen = [
        f"{result.probe.id} {one.target}".rstrip()
        for level in runs
        for result in level.results
        for one in result.seen
        if one.verdict in {Verdict.FAIL, Verdict.UNKNOWN}
    ]
    more = len(seen) - MOST_WAITS
    return seen[:MOST_WAITS] + ([f"and {more} more"] if more > 0 else [])


def _not_asked(runs: Sequence[LevelRun]) -> list[NotChecked]:
    """Probes that nobody asked for, and those that could not see: what "all is well" leaves open."""
    off: dict[str, list[str]] = {}
    for level in runs:
        for result in level.results:
            for one in result.seen:
                if one.verdict is Verdict.SKIPPED and one.observed.startswith(NOT_ASKED_FOR):
                    off.setdefault(one.observed, []).append(result.probe.id)
    return [NotChecked(what=", ".join(ids), reason=reason) for reason, ids in off.items()]
