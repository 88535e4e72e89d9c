from collections.abc import Iterator
from difflib import get_close_matches

from gitops_master.facts.advice import advise
from gitops_master.facts.freight import label
from gitops_master.facts.progress import listed, request_path, upcoming
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.kargo import Freight
from gitops_master.model.stage import FreightRequest, Stage
from gitops_master.rules.registry import Hit, rule


@rule(
    "upstream-stage-reference-missing",
    area="freight",
    title="The Stage takes Freight from a Stage that does not exist",
    on=StageView,
    needs={Stage.KIND, Freight.KIND},
    explains={
        "no-freight-promoted-yet",
        "freight-not-verified-upstream",
        "waiting-for-all-upstreams",
        "manual-promotion-required",
        "waiting-for-upstream-match",
        "nothing-wrong-stale-errors",
        "upstream-verification-record-lost",
        "promotion-failed",
    },
    sources=("akuity/kargo v1.11.2 api/v1alpha1/stage_types.go Sources.Stages (names are not checked)",),
)
def check(view: StageView) -> Iterator[Hit]:
    """No Freight becomes available to the Stage, and nothing says why.

    Why: spec.requestedFreight[].sources.stages names a Stage that was renamed or deleted, or is mistyped. Nothing can ever
    be verified in it, and Kargo accepts the name.

    How to tell: no Stage of that name exists in the project.

    What to do: correct the name in the Stage's source.

    Not this when: the Stage upstream exists; or another upstream Stage that exists is enough (OneOf) and has verified it.
    """
    waiting = {id(one.request): one for one in upcoming(view)}
    for request in view.stage.spec.requested_freight:
        missing = [name for name in request.sources.stages if view.snapshot.lacks(Stage, view.project, name)]
        wants_all = request.sources.availability_strategy == "All"
        if not missing or request.sources.direct or not (wants_all or len(missing) == len(request.sources.stages)):
            continue
        one = waiting.get(id(request))
        if one is None or one.availability.available or _existed(view, missing):
            continue
        yield _hit(view, request, missing, f" such as {label(one.freight)}")
        return


def _existed(view: StageView, names: list[str]) -> bool:
    """Freight verified there proves that the Stage exists, or that it is going just now: a deletion clears these records."""
    return any(name in one.status.verified_in for one in view.snapshot.all(Freight, view.project) for name in names)


def _hit(view: StageView, request: FreightRequest, missing: list[str], example: str) -> Hit:
    there = sorted(one.name for one in view.snapshot.all(Stage, view.project))
    near = get_close_matches(missing[0], [name for name in there if name != view.name], n=1, cutoff=0.5)
    meant = f" (did you mean {near[0]}?)" if near else ""
    path = f"{request_path(view, request)}.sources.stages"
    return Hit(
        summary=(
            f"Stage {view.name} takes Freight of {request.origin.key} from Stage {listed(missing)}, which does not exist{meant}, so "
            f"no Freight{example} can become available to it."
        ),
        evidence=[
            fact(view.stage, path, listed(request.sources.stages)),
            fact(f"Stages in {view.project}", "metadata.name", listed(there)),
        ],
        remedies=[
            advise(
                f"Correct {path} in the source of Stage {view.name}" + (f" to {near[0]}" if near else ""),
                confirm_with=f"kubectl -n {view.project} get stages.kargo.akuity.io",
            )
        ],
    )
