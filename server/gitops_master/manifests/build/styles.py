"""The steps of each delivery style."""

from collections.abc import Callable, Mapping
from typing import Any

from gitops_master.manifests.build.argocd import argocd_steps, image_value, own_revisions, written_revision
from gitops_master.manifests.build.fit import Fit, missing
from gitops_master.manifests.build.git import RENDERED, SOURCE, clone, clone_rendered, deliver, note_target
from gitops_master.manifests.build.recipe import Recipe, Step, expression
from gitops_master.manifests.build.repositories import Subscription
from gitops_master.manifests.request import Delivery
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Path
from gitops_master.model.versions import Version

SET_VALUES_SINCE = Version(1, 5, 0)
_FILES = (".yaml", ".yml")
_QUOTE = "quote: a tag such as 1.10 would be taken for a number."


def recipe_of(fit: Fit, *, shared: bool) -> Recipe:
    """The steps that the request asks for. Raises UsageError where the Freight or the request lacks what they need."""
    recipe = Recipe(shared=shared)
    _STYLES[fit.request.delivery](fit, recipe)
    return recipe


def _argocd(fit: Fit, recipe: Recipe) -> None:
    if fit.request.pull_request:
        raise UsageError(
            "argocd-update writes nothing to git, so there is nothing for a pull request", "another delivery"
        )
    own_revisions(fit, recipe)


def _kustomize(fit: Fit, recipe: Recipe) -> None:
    image = fit.image()
    if image is None:
        raise missing("an image", "kustomize-image", fit)
    url, branch = _checkout(fit, recipe)
    folder = fit.path(url, f"stages/{fit.request.name}", "the kustomization")
    _set_image(fit, recipe, image, f"{SOURCE}/{expression(recipe.var('path', folder))}")
    _push(fit, recipe, url, branch, _message(recipe))


def _set_image(fit: Fit, recipe: Recipe, image: Subscription, folder: str) -> None:
    field = "digest" if image.strategy == "Digest" else "tag"
    value = expression(image_value(fit, recipe, image))
    row = {"image": expression(recipe.var("image", image.repo_url)), field: value}
    told: dict[Path, str] = {("config", "images", 0, "tag"): _QUOTE} if field == "tag" else {}
    recipe.add(Step("kustomize-set-image", {"path": folder, "images": [row]}, alias="update", comments=told))


def _values(fit: Fit, recipe: Recipe) -> None:
    image = fit.image()
    if image is None:
        raise missing("an image", "helm-values", fit)
    url, branch = _checkout(fit, recipe)
    path = fit.path(url, f"stages/{fit.request.name}", "the values file")
    file = path if path.endswith(_FILES) else f"{path}/values.yaml"
    if not fit.request.key and not fit.kept.get("key"):
        fit.notes.append("key: nothing says which value is the image's tag, so image.tag is taken.")
    key = fit.request.key or fit.kept.get("key", "image.tag")
    _update(recipe, file, key, image_value(fit, recipe, image))
    _push(fit, recipe, url, branch, _message(recipe))


def _yaml(fit: Fit, recipe: Recipe) -> None:
    key = fit.request.key or fit.kept.get("key", "")
    if not key:
        raise UsageError(
            "yaml-update needs to know which value to set", "give key, with dots between its parts: image.tag"
        )
    value = _any_value(fit, recipe)
    url, branch = _checkout(fit, recipe)
    path = fit.path(url, f"stages/{fit.request.name}/values.yaml", "the file")
    if not path.endswith(_FILES):
        raise UsageError(f"path {path}: yaml-update sets a value of one file", "give the file, ending in .yaml or .yml")
    _update(recipe, path, key, value)
    _push(fit, recipe, url, branch, _message(recipe))


def _any_value(fit: Fit, recipe: Recipe) -> str:
    """The version of what the Freight has: the image before the chart before the commit, unless one was named."""
    request = fit.request
    image = None if request.chart and not request.image else fit.image()
    if image is not None:
        return image_value(fit, recipe, image)
    chart = fit.chart()
    if chart is not None:
        return f"quote({_chart_version(fit, recipe, chart)})"
    found = fit.of("git")
    if not found:
        raise missing("an image, a chart or a commit", "yaml-update", fit)
    return f"commitFrom({recipe.var('sourceURL', found[0].repo_url)}{fit.origin_argument(found[0])}).ID"


def _update(recipe: Recipe, file: str, key: str, value: str) -> None:
    updates = [{"key": expression(recipe.var("key", key)), "value": expression(value)}]
    told: dict[Path, str] = {("config", "updates", 0, "value"): _QUOTE} if value.startswith("quote(") else {}
    config = {"path": f"{SOURCE}/{expression(recipe.var('path', file))}", "updates": updates}
    recipe.add(Step("yaml-update", config, alias="update", comments=told))


def _chart_version(fit: Fit, recipe: Recipe, chart: Subscription) -> str:
    name = f", {recipe.var('chart', chart.name)}" if chart.name else ""
    return f"chartFrom({recipe.var('chartRepo', chart.repo_url)}{name}{fit.origin_argument(chart)}).Version"


def _chart(fit: Fit, recipe: Recipe) -> None:
    chart = fit.chart()
    if chart is None:
        raise missing("a chart", "helm-chart", fit)
    url, branch = _checkout(fit, recipe)
    folder = fit.path(url, f"stages/{fit.request.name}", "the umbrella chart")
    _update_chart(fit, recipe, chart, f"{SOURCE}/{expression(recipe.var('path', folder))}")
    _push(fit, recipe, url, branch, _message(recipe))


def _update_chart(fit: Fit, recipe: Recipe, chart: Subscription, folder: str) -> None:
    version = expression(_chart_version(fit, recipe, chart))
    if chart.name:
        repository, name = (
            expression(recipe.var("chartRepo", chart.repo_url)),
            expression(recipe.var("chart", chart.name)),
        )
    else:  # Chart.yaml parts an OCI address, a Warehouse does not
        parent, _, last = chart.repo_url.rpartition("/")
        repository, name = recipe.text("chartParent", parent), recipe.text("chartName", last)
    told: dict[Path, str] = {
        ("config", "charts", 0, "repository"): "Repository and name as Chart.yaml lists the dependency."
    }
    rows = [{"repository": repository, "name": name, "version": version}]
    recipe.add(Step("helm-update-chart", {"path": folder, "charts": rows}, alias="update", comments=told))


def _rendered(fit: Fit, recipe: Recipe) -> None:
    url, request = fit.repository(), fit.request
    branch = clone_rendered(fit, recipe, url)
    folder = f"{SOURCE}/{expression(recipe.var('path', _source_folder(fit, url)))}"
    chart = fit.chart() if request.chart or not request.image else None
    image = None if chart else fit.image()
    if chart is not None:
        _update_chart(fit, recipe, chart, folder)
    elif image is not None and not request.key:
        _set_image(fit, recipe, image, folder)
    if chart is not None or request.key:
        _template(fit, recipe, folder, image)
    else:
        recipe.add(Step("kustomize-build", {"path": folder, "outPath": RENDERED}))
    message = f"{expression('ctx.stage')}: rendered from Freight {expression('ctx.targetFreight.name')}"
    if request.pull_request:
        note_target(fit)
    revision = deliver(fit, recipe, RENDERED, branch, message)
    argocd_steps(fit, recipe, written_revision(fit, recipe, url, revision))
    fit.notes.append(f'The Applications have to track the branch stage/{request.name}, path ".".')


def _source_folder(fit: Fit, url: str) -> str:
    """Never from the Applications: those read what was rendered."""
    if given := fit.request.path or fit.kept.get("path", ""):
        return given.strip("/").removeprefix("./") or "."
    otherwise = f"stages/{fit.request.name}"
    fit.notes.append(f"path: nothing says where to render from in {url}, so {otherwise} is taken.")
    return otherwise


def _template(fit: Fit, recipe: Recipe, folder: str, image: Subscription | None) -> None:
    """helm-template into one file: in all versions, and Argo CD reads it without being told to look into folders."""
    release = fit.apps[0].name if fit.apps else fit.request.project
    config: dict[str, Any] = {"path": folder, "outPath": f"{RENDERED}/manifests.yaml"}
    config["releaseName"] = recipe.text("release", release)
    if fit.request.namespace:
        config["namespace"] = recipe.text("namespace", fit.request.namespace)
    if image is not None:
        key, value = expression(recipe.var("key", fit.request.key)), expression(image_value(fit, recipe, image))
        if fit.world.kargo is None or fit.world.kargo >= SET_VALUES_SINCE:
            config["setValues"] = [{"key": key, "value": value}]
        else:
            updates = [{"key": key, "value": value}]
            recipe.add(Step("yaml-update", {"path": f"{folder}/values.yaml", "updates": updates}, alias="update"))
    recipe.add(Step("helm-template", config))


def _checkout(fit: Fit, recipe: Recipe) -> tuple[str, str]:
    url = fit.repository()
    branch = fit.branch(url)
    clone(fit, recipe, url, branch)
    return url, branch


def _message(recipe: Recipe) -> str:
    return f"{expression('ctx.stage')}: {expression(recipe.output('update') + '.commitMessage')}"


def _push(fit: Fit, recipe: Recipe, url: str, branch: str, message: str) -> None:
    revision = deliver(fit, recipe, SOURCE, expression(recipe.var("branch", branch)), message)
    argocd_steps(fit, recipe, written_revision(fit, recipe, url, revision))


_STYLES: Mapping[Delivery, Callable[[Fit, Recipe], None]] = {
    Delivery.ARGOCD: _argocd,
    Delivery.KUSTOMIZE: _kustomize,
    Delivery.HELM_VALUES: _values,
    Delivery.HELM_CHART: _chart,
    Delivery.YAML: _yaml,
    Delivery.RENDERED: _rendered,
}
