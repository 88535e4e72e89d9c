"""What happens once a promotion is asked for, in order: steps, Applications, verification, Stages downstream."""

from collections.abc import Iterator

from gitops_master.facts import autopromotion
from gitops_master.facts.stage import StageView
from gitops_master.facts.template_steps import UPDATE
from gitops_master.model.stage import FreightRequest, Stage
from gitops_master.model.state import one_line
from gitops_master.usecases.graph import auto_promotion_state
from gitops_master.usecases.operating.app_gates import touched
from gitops_master.usecases.operating.gates import Attempt

MOST_STEPS = 30
_PULL_REQUEST = frozenset({"git-wait-for-pr", "git-merge-pr"})


def next_steps(of: Attempt) -> list[str]:
    """One line each."""
    return [*_steps(of), *_applications(of), _verification(of), *_downstream(of)]


def _steps(of: Attempt) -> Iterator[str]:
    for number, one in enumerate(of.steps[:MOST_STEPS], start=1):
        condition = f", if {one_line(one.step.if_, 80)}" if one.step.if_ else ""
        waits = " (waits for a pull request)" if one.uses in _PULL_REQUEST else ""
        yield f"step {number}: {one_line(one.alias, 80)}: {one_line(one.uses, 80)}{condition}{waits}"
    if len(of.steps) > MOST_STEPS:
        yield f"and {len(of.steps) - MOST_STEPS} more steps"


def _applications(of: Attempt) -> Iterator[str]:
    names = [one.view.app.name for one in touched(of) if one.target.step.uses == UPDATE]
    unnamed = [one.text for one in of.targets if not one.name and not one.by_labels]
    if names:
        yield f"Argo CD syncs {', '.join(dict.fromkeys(names))}"
    if unnamed:
        yield f"Argo CD syncs {', '.join(one_line(one, 80) for one in unnamed)}, as evaluated then"


def _verification(of: Attempt) -> str:
    check = of.view.stage.spec.verification
    if check is None or not check.analysis_templates:
        return "no verification is defined: Kargo marks the Freight verified here as soon as the Stage is healthy"
    names = ", ".join(f"{one.kind} {one.name}" for one in check.analysis_templates)
    return f"once the Stage is healthy, Kargo verifies it with {one_line(names)}"


def _downstream(of: Attempt) -> Iterator[str]:
    """Who is auto-promoted then, and who waits: straight behind the Stage, and behind the control-flow Stages there."""
    if of.view.name in of.freight.status.verified_in:
        if of.view.takers:
            yield f"it was verified in {of.view.name} before: to Stages downstream nothing becomes available that was not"
        return
    seen = {of.view.name}
    places = [of.view]
    while places:
        place = places.pop(0)
        for stage in place.takers:
            request = _taken(of, stage, place.name)
            if request is None or stage.name in seen:
                continue
            seen.add(stage.name)
            view = StageView(stage, of.view.snapshot)
            if view.is_control_flow:
                yield f"{stage.name} (control flow) passes it on{_when(request)}"
                places.append(view)
            else:
                yield _taker(of, view, request)


def _taken(of: Attempt, stage: Stage, source: str) -> FreightRequest | None:
    """The request by which the Stage takes this Freight from `source`; none where it takes it from the Warehouse anyway."""
    mine = (one for one in stage.spec.requested_freight if one.origin.key == of.freight.origin.key)
    return next((one for one in mine if source in one.sources.stages and not one.sources.direct), None)


def _taker(of: Attempt, view: StageView, request: FreightRequest) -> str:
    origin, state = of.freight.origin.key, auto_promotion_state(view).enabled
    when = _when(request)
    if state == "unknown":
        return f"{view.name} may take it{when}; whether by auto-promotion is not known"
    if state == "off":
        return f"{view.name} may take it{when}, and waits for a person to promote it"
    if origin in autopromotion.holds(view.stage):
        return f"{view.name} may take it{when}; its auto-promotion is on hold"
    return f"{view.name} is auto-promoted{when}, if this is then its candidate"


def _when(request: FreightRequest) -> str:
    soak = request.sources.required_soak_time
    every = request.sources.availability_strategy == "All" and len(request.sources.stages) > 1
    others = f" (all of {', '.join(request.sources.stages)} have to verify it)" if every else ""
    return (f" once verified and soaked for {one_line(soak, 40)}" if soak else " once verified") + others
