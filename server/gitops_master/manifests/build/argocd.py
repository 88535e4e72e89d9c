"""Steps that bring a revision to Applications and wait for it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gitops_master.manifests.build.applications import App, Source, sources
from gitops_master.manifests.build.fit import Fit, missing
from gitops_master.manifests.build.names import listed
from gitops_master.manifests.build.recipe import Recipe, Step, expression
from gitops_master.manifests.build.repositories import Subscription, same_chart, same_git
from gitops_master.manifests.world import APPLICATION
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Path
from gitops_master.model.versions import Version

WAIT_SINCE = Version(1, 10, 0)
OWN_COMMIT = (
    "What has to be synced for the Stage to be healthy. Argo CD's newest is not enough: it may be another commit."
)
_PINNED = "Kargo syncs to targetRevision. Left on a branch it is the newest commit, and one that is not the Freight's never ends."
_EXACT = "As the Application has it: Kargo compares letter by letter, and ignores a source that it does not find."
_HEALTH = (
    "argocd-update ends with its sync. This waits for the Applications' health, so that what never gets well fails."
)


class Update(NamedTuple):
    """One entry of `sources`, and comments by key."""

    row: Mapping[str, Any]
    comments: Mapping[str, str]


def argocd_steps(fit: Fit, recipe: Recipe, updates: Callable[[App], list[Update]]) -> None:
    """argocd-update of every Application, and argocd-wait where the installed Kargo is known to have it."""
    if not fit.apps:
        return
    rows: list[dict[str, Any]] = []
    comments: dict[Path, str] = {}
    for index, app in enumerate(fit.apps):
        row = reference(app, recipe)
        found = updates(app)
        if found:
            row["sources"] = [dict(one.row) for one in found]
        for at, one in enumerate(found):
            place: Path = ("config", "apps", index, "sources", at)
            comments |= {(*place, key): text for key, text in one.comments.items() if text not in comments.values()}
        rows.append(row)
    recipe.add(Step("argocd-update", {"apps": rows}, comments=comments))
    if fit.world.kargo is None:
        fit.notes.append("argocd-wait is left out: it came with Kargo 1.10, and the installed version is not known.")
    elif fit.world.kargo >= WAIT_SINCE:
        waits = [{**reference(app, recipe), "waitFor": ["health"]} for app in fit.apps]
        recipe.add(Step("argocd-wait", {"apps": waits}, comments={(): _HEALTH}))


def reference(app: App, recipe: Recipe) -> dict[str, Any]:
    """Name, and namespace where it is not the one that Kargo looks in anyway."""
    named = {"name": recipe.text("app", app.name)}
    return named if app.is_default else {**named, "namespace": recipe.text("appNamespace", app.namespace)}


def written_revision(fit: Fit, recipe: Recipe, url: str, revision: str) -> Callable[[App], list[Update]]:
    """For what was pushed to a repository. `revision`: an expression. Raises UsageError for an Application that reads another."""

    def updates(app: App) -> list[Update]:
        reads = [one for one in sources(app) if not one.chart and same_git(one.repo_url, url)]
        if sources(app) and not reads:
            raise _unread(app, url)
        exact = expression(recipe.var("repoURL", reads[0].repo_url if reads else url))
        return [Update({"repoURL": exact, "desiredRevision": expression(revision)}, {"desiredRevision": OWN_COMMIT})]

    return updates


def _unread(app: App, url: str) -> UsageError:
    there = listed(f"{one.repo_url} {one.chart}".rstrip() for one in sources(app))
    return UsageError(
        f"Application {app.title} does not read {url}: its sources are {there}", "give the repository that it reads"
    )


def own_revisions(fit: Fit, recipe: Recipe) -> None:
    """The Freight's own commit or chart version, or its image as a parameter: nothing is written to git."""
    if not fit.apps:
        known = listed(one.name for one in fit.world.all(APPLICATION))
        raise UsageError("argocd-update needs Applications, and none was named", f"Applications there are: {known}")

    def updates(app: App) -> list[Update]:
        known = sources(app) or [_assumed(fit)]
        pairs = dict.fromkeys((one, found) for one in known if (found := _subscription(fit, one)) is not None)
        rows = {(one.repo_url, one.chart): _revision(fit, recipe, one, found) for one, found in pairs}
        return list(rows.values()) or [_image(fit, recipe, app, known)]

    argocd_steps(fit, recipe, updates)


def _assumed(fit: Fit) -> Source:
    """Where the Application is not known: that it reads what the Freight is of."""
    request = fit.request
    if request.repo_url and not request.chart:
        return Source(request.repo_url)
    chart = fit.chart() if request.chart or not fit.of("git") else None
    if chart is not None:
        repo_url, name = chart.repo_url, chart.name
        if not name:  # Argo CD parts an OCI address
            repo_url, _, name = chart.repo_url.removeprefix("oci://").rpartition("/")
        return Source(repo_url, name)
    urls = list(dict.fromkeys(one.repo_url for one in fit.of("git")))
    if len(urls) > 1:
        raise UsageError(f"the Freight has commits of several repositories: {listed(urls)}", "give repo_url")
    return Source(urls[0] if urls else "")


def _subscription(fit: Fit, source: Source) -> Subscription | None:
    if source.chart:
        found = next((one for one in fit.of("chart") if same_chart(one, source.repo_url, source.chart)), None)
        wanted = fit.chart() if found is None and fit.unknown and fit.request.chart else None
        return wanted if wanted and same_chart(wanted, source.repo_url, source.chart) else found
    found = fit.commit_of(source.repo_url)
    if found is None and fit.unknown and source.repo_url and not fit.request.image:
        return Subscription("git", source.repo_url, "")
    return found


def _revision(fit: Fit, recipe: Recipe, source: Source, found: Subscription) -> Update:
    origin = fit.origin_argument(found)
    comments = {"desiredRevision": OWN_COMMIT, "updateTargetRevision": _PINNED}
    if source.chart:
        name = f", {recipe.var('chart', found.name)}" if found.name else ""
        wanted = f"chartFrom({recipe.var('chartRepo', found.repo_url)}{name}{origin}).Version"
        row = {"repoURL": recipe.text("appRepoURL", source.repo_url), "chart": recipe.text("appChart", source.chart)}
        comments |= {"repoURL": _EXACT, "desiredRevision": "What has to be synced for the Stage to be healthy."}
    else:
        wanted = f"commitFrom({recipe.var('repoURL', found.repo_url)}{origin}).ID"
        row = {"repoURL": expression(recipe.var("repoURL", source.repo_url))}
        if source.repo_url != found.repo_url:
            comments["repoURL"] = _EXACT
    _reverted(fit, source)
    return Update({**row, "desiredRevision": expression(wanted), "updateTargetRevision": True}, comments)


def _reverted(fit: Fit, source: Source) -> None:
    told = (
        "Kargo sets targetRevision in the Application itself: where an ApplicationSet or another Application owns it, let that "
        "ignore the field (spec.ignoreApplicationDifferences, or ignoreDifferences), or it is set back."
    )
    if told not in fit.notes:
        fit.notes.append(told)


def _image(fit: Fit, recipe: Recipe, app: App, known: list[Source]) -> Update:
    image = fit.image()
    if image is None:
        if not sources(app):
            raise missing("a commit or chart", "argocd-update", fit)
        there = listed(f"{one.repo_url} {one.chart}".rstrip() for one in known)
        held = listed(f"{one.kind} {one.title}" for one in fit.subscribed)
        raise UsageError(
            f"Application {app.title} reads {there}, and the Freight is of something else: {held}",
            "subscribe the Warehouse to what the Application reads, or choose a delivery that writes to its repository",
        )
    source = next((one for one in known if one.tool or not one.chart), Source(""))
    if not source.repo_url:
        raise UsageError("repo_url: which repository the Application reads is not known", "give its URL")
    tag = expression(image_value(fit, recipe, image))
    row: dict[str, Any] = {"repoURL": expression(recipe.var("repoURL", source.repo_url))}
    if fit.request.key or source.tool == "helm":
        row["helm"] = {"images": [{"key": recipe.text("key", fit.request.key or "image.tag"), "value": tag}]}
    else:
        digest = "digest" if image.strategy == "Digest" else "tag"
        row["kustomize"] = {"images": [{"repoURL": expression(recipe.var("image", image.repo_url)), digest: tag}]}
    told = "In the Application alone: what is deployed stands in no repository."
    return Update(row, {"helm" if "helm" in row else "kustomize": told})


def image_value(fit: Fit, recipe: Recipe, image: Subscription) -> str:
    """The image's tag as an expression; its digest where the Warehouse follows one tag, which says nothing new."""
    found = f"imageFrom({recipe.var('image', image.repo_url)}{fit.origin_argument(image)})"
    return f"{found}.Digest" if image.strategy == "Digest" else f"quote({found}.Tag)"
