from collections.abc import Iterator

from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application, Source
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, failure_evidence, said
from gitops_master.rules.promotion.patterns import SOURCE_UNMATCHED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "argocd-update-source-not-matched",
    area="promotion",
    title="The step's source entry matches no source of the Application",
    on=StageView,
    needs={Promotion.KIND, Application.KIND},
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go buildDesiredSources",),
)
def check(stage: StageView) -> Iterator[Hit]:
    """argocd-update ends with `no source of Argo CD Application … matched update for source with repoURL …`.

    Why: an entry of `sources` must name the Application's source by the same repoURL, and for a chart repository by the same
    chart; an entry without chart does not match a chart source. For Git case, `.git` and a slash at the end do not matter,
    but https and ssh do; for charts the URL is compared letter by letter.

    How to tell: compare the entry with spec.source or spec.sources of the Application.

    What to do: write the entry as the Application has it (or leave `sources` out if only a sync is wanted), promote again.

    Not this when: the Application itself is missing or not authorised.
    """
    found, step = said(stage, SOURCE_UNMATCHED), stage.failed_step
    if found is None:
        return
    name, namespace, asked = found.groups["app"], found.groups["namespace"], found.groups["repo"]
    chart = found.groups.get("chart", "")
    evidence, app = failure_evidence(stage, found), stage.snapshot.get(Application, namespace, name)
    for index, source in enumerate(app.all_sources[:3] if app is not None else ()):
        field = f"spec.sources[{index}]" if app is not None and app.spec.sources else "spec.source"
        evidence.append(fact(app or stage.ref, field, _told(source)))
    wanted = f"{asked} with chart {chart}" if chart else asked
    told, mend = _difference(app, asked, chart)
    yield Hit(
        summary=(
            f"The argocd-update step of Stage {stage.name} names source {wanted}, which Application {name} does not have{told}."
        ),
        evidence=evidence,
        remedies=[
            change_step(
                stage, step, f"{mend} exactly as Application {name} has it, in the source the Stage is managed from"
            ),
            repromote(stage),
        ],
    )


def _difference(app: Application | None, asked: str, chart: str) -> tuple[str, str]:
    """What of the entry differs from the Application's source, and what is to be written: the repository may be right."""
    same = [one for one in app.all_sources if _bare(one.repo_url) == _bare(asked)] if app is not None else []
    if not same:
        has = ", ".join(dict.fromkeys(_told(one) for one in app.all_sources)) if app is not None else ""
        only = app.all_sources[0] if app is not None and len(app.all_sources) == 1 else None
        write = f"`{_told(only)}`" if only is not None else f"repoURL{' and chart' if chart else ''}"
        return f" (it has {has})" if has else "", f"Write {write} in the step's `sources`,"
    charts = ", ".join(one.chart for one in same if one.chart)
    if charts and not chart:
        return (
            f": there the repository has chart {charts}, which the step leaves out",
            f"Add chart: {charts} to the step's entry,",
        )
    if charts and charts != chart:
        return (
            f": the repository is right, but the chart is {charts} there",
            f"Write chart: {charts} in the step's `sources`,",
        )
    if chart and not charts:
        return (
            f": the repository is right, but {chart} is no chart of it there",
            "Leave chart out of the step's `sources`,",
        )
    return "", f"Write `{_told(same[0])}` in the step's `sources`,"


def _bare(url: str) -> str:
    return url.strip().rstrip("/").lower()


def _told(source: Source) -> str:
    return f"repoURL: {source.repo_url}" + (f", chart: {source.chart}" if source.chart else "")
