"""That an Application lets the Stage change it: its annotation, or that of the template it is made from."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from gitops_master.facts.authorized_stages import LISTS_SINCE
from gitops_master.manifests.build.applications import AUTHORIZED, App, entries
from gitops_master.manifests.build.existing import editable, edited, mapping
from gitops_master.manifests.build.names import listed
from gitops_master.manifests.request import StageRequest
from gitops_master.manifests.world import APPLICATION, APPLICATION_SET, World
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Draft, Manifest, Path, at, items

_PLACE: Path = ("metadata", "annotations", AUTHORIZED)
_WHY = "Without it argocd-update errors: the Application says itself which Stage may change it (project:stage)."
_HOLE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")


class Template(NamedTuple):
    """Of an ApplicationSet. `values`: what stands in the name for each of its parameters, as they are written."""

    manifest: Manifest
    values: Mapping[str, str]


def authorizations(request: StageRequest, world: World, apps: tuple[App, ...], notes: list[str]) -> list[Draft]:
    """What has to be another so that each Application is the Stage's. Raises UsageError where that takes a newer Kargo."""
    drafts: list[Draft] = []
    sets: dict[str, Draft] = {}
    for app in apps:
        template = _template(app, world)
        if template is not None:
            held = sets.get(template.manifest.title)
            draft = _of_template(request, world, app, template, held, notes)
            if draft is not None:
                sets[template.manifest.title] = draft
        elif app.manifest is None:
            drafts.append(_patch(request, world, app, notes))
        elif (draft := _of_application(request, world, app, app.manifest, notes)) is not None:
            drafts.append(draft)
    return [*drafts, *sets.values()]


def _of_application(request: StageRequest, world: World, app: App, held: Manifest, notes: list[str]) -> Draft | None:
    value = _with(request, world, app.title, held.annotations.get(AUTHORIZED, ""))
    if value is None:
        return None
    if "," in value and world.kargo is None:
        notes.append(
            f"Application {app.title} is given to several Stages, which takes Kargo 1.11: which is installed is not known."
        )
    data = editable(held)
    metadata = {**data["metadata"], "annotations": {**mapping(data["metadata"].get("annotations")), AUTHORIZED: value}}
    return edited(held, {**data, "metadata": metadata}, _file(app), {_PLACE: _WHY})


def _with(request: StageRequest, world: World, title: str, value: str) -> str | None:
    """The annotation with the Stage in it; None where it is there already."""
    wanted, known = f"{request.project}:{request.name}", entries(value)
    if wanted in known:
        return None
    others = [one for one in known if "*" not in one and one.count(":") == 1]  # Kargo takes no globs since 1.0
    if others and world.kargo is not None and world.kargo < LISTS_SINCE:
        raise UsageError(
            f"Application {title} is authorised for {listed(others)}, and Kargo {world.kargo} takes one Stage",
            "give the Stage an Application of its own; a list of Stages came with Kargo 1.11",
        )
    return ", ".join((*others, wanted))


def _patch(request: StageRequest, world: World, app: App, notes: list[str]) -> Draft:
    value = f"{request.project}:{request.name}"
    command = f"kubectl annotate application {app.name} -n {app.namespace} {AUTHORIZED}={value}"
    known = listed(f"{one.namespace}/{one.name}" for one in world.all(APPLICATION))
    gone = world.live_known and world.lacks(APPLICATION, app.namespace, app.name)
    missing = "does not exist" if gone else "is not among what was read"
    notes.append(
        f"Application {app.title} {missing}; Applications that were read: {known}. {_file(app)} is its annotation alone: put it "
        "into the Application's own manifest."
    )
    head = f"No whole Application: only what has to be in it. Put it into its manifest, or:\n{command}"
    data = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": app.name, "namespace": app.namespace, "annotations": {AUTHORIZED: value}},
    }
    return Draft(data, _file(app), {(): head, _PLACE: _WHY})


def _file(app: App) -> str:
    return f"application-{app.namespace}-{app.name}.yaml"


def _template(app: App, world: World) -> Template | None:
    """The ApplicationSet that makes the Application: its owner, or where it is not known, one whose name for it fits."""
    sets = world.all(APPLICATION_SET)
    if app.manifest is not None:
        owners = [str(one.get("name")) for one in items(app.manifest.metadata, "ownerReferences")
                  if one.get("kind") == "ApplicationSet"]  # fmt: skip
        sets = [one for one in sets if one.name in owners and one.namespace in (app.namespace, "")]
    for one in sets:
        name = str(at(one.spec, "template", "metadata", "name") or "")
        values = _values(name, app.name)
        if values is not None or app.manifest is not None:
            return Template(one, values or {})
    return None


def _values(name: str, made: str) -> dict[str, str] | None:
    """What the parameters of the name (`shop-{{env}}`) are in one that was made from it; None where it was not."""
    if not name:
        return None
    pattern = "".join(re.escape(part) if index % 2 == 0 else "(.+)" for index, part in enumerate(_HOLE.split(name)))
    match = re.fullmatch(pattern, made)
    return dict(zip((one.group(0) for one in _HOLE.finditer(name)), match.groups(), strict=True)) if match else None


def _of_template(request: StageRequest, world: World, app: App, template: Template, held: Draft | None,
                 notes: list[str]) -> Draft | None:  # fmt: skip
    data: dict[str, Any] = dict(held.data) if held else editable(template.manifest)
    spec, made = mapping(data.get("spec")), mapping(at(data, "spec", "template"))
    metadata = mapping(made.get("metadata"))
    annotations = mapping(metadata.get("annotations"))
    wanted, value = f"{request.project}:{request.name}", str(annotations.get(AUTHORIZED, ""))
    if wanted in entries(_filled(value, template.values)):
        return held
    hole = next((one for one, part in template.values.items() if part == request.name), "")
    ours = f"{request.project}:{hole or request.name}"
    if value and world.kargo is not None and world.kargo < LISTS_SINCE:
        raise UsageError(
            f"ApplicationSet {template.manifest.name} authorises {value}, and Kargo {world.kargo} takes one Stage",
            "have the Stage's name come from a parameter; a list of Stages came with Kargo 1.11",
        )
    annotations[AUTHORIZED] = f"{value}, {ours}" if value else ours
    if not hole and template.values:
        notes.append(
            f"ApplicationSet {template.manifest.name} makes more Applications than {app.name}: all of them will take {wanted}."
        )
    spec["template"] = {**made, "metadata": {**metadata, "annotations": annotations}}
    file = f"applicationset-{template.manifest.name}.yaml"
    told = f"{_WHY} Here, since what is written into an Application that a template makes is taken out again."
    return edited(template.manifest, {**data, "spec": spec}, file, {("spec", "template", *_PLACE): told})


def _filled(value: str, values: Mapping[str, str]) -> str:
    for hole, part in values.items():
        value = value.replace(hole, part)
    return value
