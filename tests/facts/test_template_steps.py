"""What a promotion template comes to: tasks put in, names evaluated as far as they stand for themselves."""

from gitops_master.facts.template_steps import TemplateStep, app_targets, evaluated, template_steps
from gitops_master.model.kargo import Step
from gitops_master.model.stage import Stage
from tests.usecases.operating.pipelines import made, stage, updates, world


def _stage(*steps: dict[str, object], **spec: object) -> Stage:
    found = stage(spec={"promotionTemplate": {"spec": {"steps": list(steps), "vars": spec.pop("shared", [])}}, **spec})
    assert isinstance(found, Stage)
    return found


def _var(name: str, value: str = "") -> dict[str, str]:
    return {"name": name, "value": value} if value else {"name": name}


def test_steps_without_a_name_are_counted_as_kargo_does() -> None:
    steps, faults = template_steps(_stage({"uses": "a"}, {"uses": "b", "as": "named"}), world())

    assert [one.alias for one in steps] == ["step-1", "named"]
    assert faults == []


def test_a_task_is_put_in_with_its_variables() -> None:
    task = made("ClusterPromotionTask", "t", "", spec={
        "vars": [_var("app"), _var("env", "default"), _var("shared", "default")],
        "steps": [updates({"name": "${{ vars.app }}-${{ vars.env }}-${{ vars.shared }}"})],
    })  # fmt: skip
    of = _stage(
        {"task": {"name": "t", "kind": "ClusterPromotionTask"}, "as": "r", "vars": [_var("app", "shop")]},
        shared=[_var("shared", "mine")],
    )

    steps, faults = template_steps(of, world(task))

    assert [(one.alias, one.uses, one.task) for one in steps] == [("r::sync", "argocd-update", "t")]
    assert faults == []
    assert [one.name for one in app_targets(steps, of, world(task))] == ["shop-default-mine"]


def test_a_task_of_the_other_kind_is_missing() -> None:
    task = made("PromotionTask", "t", spec={"steps": []})
    of = _stage({"task": {"name": "t", "kind": "ClusterPromotionTask"}, "as": "r"})

    steps, faults = template_steps(of, world(task))

    assert [(one.alias, one.why, one.certain) for one in faults] == [("r", "does not exist", True)]
    assert [one.uses for one in steps] == ["task t"]


def test_only_names_that_stand_for_themselves_are_evaluated() -> None:
    step = TemplateStep("a", "x", Step(), {"one": "${{ vars.two }}", "two": "2", "loop": "${{ vars.loop }}"})
    of = _stage()

    texts = (
        "plain",
        "${{ctx.project}}/${{ ctx.stage }}",
        "${{ vars.one }}",
        "${{ vars.none }}",
        "${{ vars.loop }}",
        "${{ 1 }}",
        "${{",
    )

    assert [evaluated(text, step, of) for text in texts] == ["plain", "p/prod", "2", "", "", "", ""]
