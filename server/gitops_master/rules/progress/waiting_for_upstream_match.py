from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.autopromotion import candidate, freight_of
from gitops_master.facts.freight import label
from gitops_master.facts.progress import is_idle, last_was_unsuccessful, newer_freight, request_path, upstream_ref
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Risk, Severity
from gitops_master.model.kargo import Freight
from gitops_master.model.meta import Ref
from gitops_master.model.stage import FreightRequest
from gitops_master.rules.registry import Hit, rule


@rule(
    "waiting-for-upstream-match",
    area="promotion",
    title="Auto-promotion follows the Stage upstream, which has no candidate now",
    on=StageView,
    class_=Class.WAITING,
    severity=Severity.LOW,
    risk=Risk.NONE,
    needs={Freight.KIND},
    explains={
        "freight-not-verified-upstream",
        "no-freight-promoted-yet",
        "auto-promotion-prefers-newest-freight",
    },
    versions=("kargo >= 1.8",),
    sources=("akuity/kargo#6241", "akuity/kargo#4287", "akuity/kargo v1.11.2 api/v1alpha1/stage_types.go:365"),
)
def check(view: StageView) -> Iterator[Hit]:
    """Newer Freight has been verified upstream, but auto-promotion makes no Promotion.

    Why: with selectionPolicy MatchUpstream only the Freight that the one upstream Stage holds at this moment counts, and only
    once it is verified there. It holds none, one that is not verified yet, or two for a moment.

    How to tell: which Freight has the upstream Stage in status.currentlyIn, and whether verifiedIn names it.

    What to do: wait until the upstream Stage has verified what it holds, or look at what holds that Stage back.

    Not this when: the Stage already holds what the upstream Stage holds; soak time is all that is missing.
    """
    if not view.auto_promotion or not is_idle(view) or last_was_unsuccessful(view):
        return
    for request in view.stage.spec.requested_freight:
        sources = request.sources
        if (
            sources.auto_promotion_options.selection_policy != "MatchUpstream"
            or len(sources.stages) != 1
            or sources.direct
        ):
            continue
        name = sources.stages[0]
        every = freight_of(request, view.project, view.snapshot)
        inside = [one for one in every if name in one.status.currently_in]
        state = _state(name, inside)
        held = view.held(request)
        if not state or candidate(view.stage, request, view.snapshot) or not newer_freight(view, request):
            continue
        if held is not None and [one.name for one in inside] == [held.name]:
            continue
        yield _hit(view, request, inside, state, upstream_ref(view, name))
        return


def _state(name: str, inside: list[Freight]) -> str:
    if not inside:
        return f"{name} holds no Freight at present"
    if len(inside) > 1:
        return f"{name} is just between {' and '.join(label(one) for one in inside[:2])}"
    return (
        ""
        if name in inside[0].status.verified_in
        else f"{name} holds {label(inside[0])}, which is not verified there yet"
    )


def _hit(view: StageView, request: FreightRequest, inside: list[Freight], state: str, ref: Ref) -> Hit:
    evidence = [
        fact(
            view.stage, f"{request_path(view, request)}.sources.autoPromotionOptions.selectionPolicy", "MatchUpstream"
        ),
        *(
            fact(
                one,
                f"status.currentlyIn.{ref.name}.since",
                one.status.currently_in[ref.name].since or "",
                one.status.currently_in[ref.name].since,
            )
            for one in inside[:2]
        ),
    ]
    if inside:
        evidence.append(fact(inside[0], "status.verifiedIn", ", ".join(sorted(inside[0].status.verified_in)) or "none"))
    else:
        evidence.append(fact(ref, "Freight with it in status.currentlyIn", "none"))
    return Hit(
        summary=f"Auto-promotion of {view.name} follows {ref.name} (MatchUpstream), and there is no candidate now: {state}.",
        evidence=evidence,
        remedies=[
            advise(
                f"Wait until {ref.name} holds verified Freight; see what holds it back if that takes long",
                risk=Risk.NONE,
            )
        ],
        ends=f"when {ref.name} has verified the Freight it holds",
        subject=ref,
    )
