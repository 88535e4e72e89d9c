"""Arguments of verifications: without a value, given in vain, named without being declared."""

from collections.abc import Iterator

from gitops_master.manifests.analysis import (
    declared,
    defaults,
    given_arguments,
    named_arguments,
    template_uses,
    templates,
    users,
)
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.near import is_slip, near
from gitops_master.manifests.pipeline import listed, stages
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level, Manifest

_MERGE = "akuity/kargo v1.11.2 pkg/rollouts/analysis_template.go"


@check(
    "analysis-argument-without-value",
    title="An argument of the verification has no value",
    level=Level.ERROR,
    sources=(f"{_MERGE} validateArgsResolution", f"{_MERGE} flattenArgs"),
)
def without_value(world: World) -> Iterator[Fault]:
    """A template declares an argument without a value, and the Stage gives none; or two templates give it different ones.

    Why: Kargo puts the templates of a Stage together and then wants a value for each argument: the verification ends with phase Error
    (`unresolved argument`, `conflicting values`) before anything is measured. An empty value in the Stage counts as none, one in a template counts.

    How to tell: spec.args of the templates without value and valueFrom, and verification.args of the Stage.

    What to do: give the value in the Stage's verification.args, or a default in the template.

    Not this when: another template of the same Stage gives the argument a value.
    """
    for stage in stages(world):
        found = [use.template for use in template_uses(stage, world) if use.template is not None]
        sent = {name for name, (_, value) in given_arguments(stage).items() if value}
        have = {name for one in found for name, is_set in declared(one).items() if is_set}
        for name in dict.fromkeys(name for one in found for name in declared(one)):
            holder = next(one for one in found if name in declared(one))
            if name not in sent | have:
                yield Fault(
                    stage,
                    ("spec", "verification", "args"),
                    f"{holder.title} wants the argument {name}; {stage.title} does not give it, and it has no default",
                    f"add {name} with its value to verification.args",
                )
            values = {one.name: defaults(one)[name] for one in found if name in defaults(one)}
            if len(set(values.values())) > 1:
                yield Fault(
                    stage,
                    ("spec", "verification", "analysisTemplates"),
                    f"{listed(set(values))} give the argument {name} different values, so no AnalysisRun can be made",
                    f"give {name} the same default in each of them, or none and a value in verification.args",
                )


@check(
    "analysis-argument-not-declared-in-template",
    title="An argument is given to the verification that no template declares",
    level=Level.WARNING,
    sources=(f"{_MERGE} mergeArgs",),
)
def not_declared(world: World) -> Iterator[Fault]:
    """verification.args of a Stage has a name that is under spec.args of none of its templates.

    Why: Kargo drops it without a word, so the template measures with its default, or the value never arrives.

    How to tell: compare the names.

    What to do: correct the name, or declare it in the template.

    Not this when: one of the templates is not known here.
    """
    for stage in stages(world):
        uses = template_uses(stage, world)
        found = [use.template for use in uses if use.template is not None]
        if not uses or len(found) < len(uses):
            continue
        known = {name for one in found for name in declared(one)}
        for name, (path, _) in given_arguments(stage).items():
            if name not in known:
                yield Fault(
                    stage,
                    path,
                    f"{stage.title} gives the argument {name}, which {listed([one.name for one in found])} "
                    f"{'do' if len(found) > 1 else 'does'} not declare: Kargo drops it",
                    near(name, known) or "declare it under spec.args of the template",
                )


@check(
    "analysis-argument-undeclared",
    title="A template names an argument that it does not declare",
    level=Level.ERROR,
    sources=(
        "argoproj/argo-rollouts v1.9.1 utils/analysis/factory.go ResolveMetricArgs",
        "argoproj/argo-rollouts v1.9.1 utils/template/template.go ResolveArgs",
    ),
)
def undeclared(world: World) -> Iterator[Fault]:
    """A metric holds `{{args.…}}` with a name that is not under spec.args.

    Why: arguments are put in by name; one that is not declared cannot be given either, and the measurement ends with
    `failed to resolve`.

    How to tell: the names in the metrics, and spec.args.

    What to do: declare it under spec.args, with a default or without.

    Not this when: each Stage that uses the template uses another one beside it that declares the argument.
    """
    for template in templates(world):
        if template.spec.get("templates"):
            continue  # what others declare counts as well, and they may be anywhere
        mine = declared(template)
        for name, path in named_arguments(template).items():
            if name not in mine and not _from_beside(name, template, world):
                yield Fault(
                    template,
                    path,
                    f"{template.title} uses {{{{args.{name}}}}}, but does not declare the argument",
                    near(name, mine) if is_slip(near(name, mine)) else f"add {name} to spec.args",
                )


def _from_beside(name: str, template: Manifest, world: World) -> bool:
    """Whether every Stage that uses the template takes the argument from another one, or may."""
    found = users(template, world)
    return bool(found) and all(
        any(
            use.template is not template and (use.template is None or name in declared(use.template))
            for use in template_uses(stage, world)
        )
        for stage in found
    )
