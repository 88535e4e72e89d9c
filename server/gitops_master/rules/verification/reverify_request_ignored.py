import json
from collections.abc import Iterator

import msgspec

from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import ended_badly
from gitops_master.model.finding import Confidence, Evidence, Remedy, Severity
from gitops_master.model.kargo import REVERIFY, VERIFICATION_TERMINAL
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import reverify
from gitops_master.rules.verification.effects import EFFECTS, NEEDS


class Request(msgspec.Struct, frozen=True):
    id: str
    actor: str = ""
    control_plane: bool = False


@rule(
    "reverify-request-ignored",
    area="verification",
    title="A request to verify again has no effect",
    on=StageView,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    explains=EFFECTS | {"verification-test-failed"},
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go",
        "akuity/kargo#1611",
        "seen on a live v1.11.2",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """A re-verification was requested (the annotation is there, the API said 200), but nothing starts.

    Why: Kargo takes the request only if it names the newest verification of the current Freight, that has ended, the Stage is
    Healthy and no Promotion runs. Anything else is dropped without a word.

    How to tell: the annotation kargo.akuity.io/reverify names another id than verificationHistory[0].id (or no id at all), or
    names it while the Stage is not Healthy or is promoting.

    What to do: bring the Stage to rest and Healthy, then request it anew with the current id (the CLI takes care of the id).

    Not this when: the newest verification is the one that the request started (its actor is the request's, or it followed the
    named one directly); Kargo leaves the annotation in place after it has acted on it.
    """
    request = _request(stage.stage.annotations.get(REVERIFY, ""))
    if request is None or request.control_plane or stage.current is None:
        return
    history = stage.verifications
    newest = history[0] if history else None
    if newest is not None and ended_badly(stage) is None and newest.phase in VERIFICATION_TERMINAL:
        return
    why = _why(stage, request)
    if not why:
        return
    yield Hit(
        summary=f"The request to verify the Freight of {stage.name} again has no effect: {why}.",
        evidence=_evidence(stage, request),
        remedies=_remedies(stage),
        confidence=Confidence.HIGH if newest is not None and request.id == newest.id else Confidence.MEDIUM,
    )


def _remedies(stage: StageView) -> list[Remedy]:
    """A request is taken from a Stage that is at rest only; the command line looks the current id up."""
    again = reverify(stage)
    obstacles = []
    if stage.running is not None or stage.stage.status.current_promotion is not None:
        obstacles.append("let the running Promotion end")
    if stage.health != "Healthy":
        obstacles.append(f"make the Stage Healthy (it is {stage.health or 'without health'})")
    history = stage.verifications
    if history and history[0].phase not in VERIFICATION_TERMINAL:
        obstacles.append("let the newest verification end")
    if obstacles:
        return [advise(f"First {', and '.join(obstacles)}"), again]
    title = f"Request it anew: the Stage is at rest, and the command names the newest verification of {stage.name} by itself"
    return [again.model_copy(update={"title": title})]


def _request(value: str) -> Request | None:
    """An id, or JSON with one (kargo pkg/api/annotations.go)."""
    if not value:
        return None
    try:
        given = json.loads(value)
    except ValueError:
        return Request(value)
    if not isinstance(given, dict):
        return Request(value)
    return Request(str(given.get("id", "")), str(given.get("actor", "")), bool(given.get("controlPlane")))


def _why(stage: StageView, request: Request) -> str:
    """Why it is dropped; empty where it was acted on, or may still be."""
    history = stage.verifications
    if not history:
        return "the current Freight has no verification yet"
    if request.id == history[0].id:
        if stage.running is not None or stage.stage.status.current_promotion is not None:
            return "a Promotion is running"
        if history[0].phase not in VERIFICATION_TERMINAL:
            return "the verification it names has not ended"
        return f"the Stage is {stage.health or 'without health'}, not Healthy" if stage.health != "Healthy" else ""
    if _was_followed(stage, request):
        return ""
    return f"it names {request.id or 'no id'}, but the newest verification is {history[0].id}"


def _was_followed(stage: StageView, request: Request) -> bool:
    """Whether a verification came after the one it names that the same user started: the request was acted on then."""
    for entry in stage.stage.status.freight_history:
        ids = [one.id for one in entry.verification_history]
        if request.id in ids:
            at = ids.index(request.id)
            after = entry.verification_history[at - 1] if at else None
            return after is not None and bool(after.actor) and (not request.actor or after.actor == request.actor)
    return False


def _evidence(stage: StageView, request: Request) -> list[Evidence]:
    history = stage.verifications
    newest = history[0] if history else None
    found = [fact(stage.stage, f"metadata.annotations[{REVERIFY}]", stage.stage.annotations.get(REVERIFY, ""))]
    if newest is not None:
        path = "status.freightHistory[0].verificationHistory[0]"
        found.append(fact(stage.stage, f"{path}.id", newest.id))
        found.append(
            fact(stage.stage, f"{path}.phase", f"{newest.phase}: {newest.message}".rstrip(": "), newest.finish_time)
        )
    found.append(fact(stage.stage, "status.health.status", stage.health or "none"))
    if stage.running is not None:
        found.append(fact(stage.running, "status.phase", stage.running.status.phase))
    return found
