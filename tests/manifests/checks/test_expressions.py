"""Expressions where they stand: a fault a test, and what Kargo can evaluate is silent."""

from typing import Any

import pytest

from tests.manifests.checks.faults import STEPS, found, stage, step, task, with_spec

CHECK = "expression-invalid"
VARS = [{"name": "repo", "value": "r"}, {"name": "tag", "value": "t"}]
GOOD = (
    "${{ vars.repo }}",
    "a ${{ vars.repo }} b ${{ vars['tag'] }}",
    "${% {'a': {'b': 1}} %}",
    "${{ ctx.targetFreight.origin.name }}/${{ ctx.meta.promotion.actor }}",
    "${{ imageFrom(vars.repo, warehouse('w')).Tag }}",
    "${{ quote(commitFrom('https://git.example/a').ID[0:7]) }}",
    "${{ outputs.first.commit }} ${{ outputs['first'].commit }}",
    "${{ vars.absent ?? 'x' }}",
    "${{ vars.absent == nil ? 1 : 2 }}",
    "${{ outputs?.absent?.commit }}",
    "${{ vars.repo | split('/') | map(# + 'x') | join('-') }}",
    "${{ let n = vars.repo; n + n }}",
    "${{ secret('a').token }}",
    "${{ status('first') == 'Succeeded' and success() }}",
    "${{ filter([1, 2], {# > 1})[0] }}",
    "${{ semverDiff('1.0.0', '1.1.0') }}",
    "no expression at all: {{ x }} $x",
)
BAD = {
    "${{ vars.repo": "${{ is not closed by }}",
    "${{ }}": "an expression is empty",
    "a${{}}b": "an expression is empty",
    "${{ 'a }}": "a quote is not closed (at 2)",
    "${{ (1 + 2 }}": "')' is missing before the end",
    "${{ vars. }}": "a name is expected after '.', not the end",
    "${{ {'a': {'b': 1}} }}": "'}' is missing before the end",
    "${{ 1 + }}": "ends where a value is expected",
    "${{ vars.repo vars.tag }}": "'vars' is not expected here",
    "${{ a = b }}": "'=' is not expected here",
    "${{ 'a\\q' }}": "\\q is no escape",
    "${{ vars.rpeo }}": "vars has no 'rpeo'; did you mean 'repo'?: no such variable is declared, and Kargo puts null",
    "${{ repo }}": "nothing is called 'repo' here",
    "${{ ctx.stge }}": "ctx has no 'stge'; did you mean 'stage'?",
    "${{ ctx.targetFreight.warehouse }}": "ctx.targetFreight has no 'warehouse'",
    "${{ outputs.frist.commit }}": "outputs has no 'frist'; did you mean 'first'?: no step before 'second' has that alias",
    "${{ outputs.third.commit }}": "outputs has no 'third'",
    "${{ task.outputs.first.commit }}": "nothing is called 'task' here",
    "${{ imgeFrom('a') }}": "no function 'imgeFrom' here; did you mean 'imageFrom'?",
    "${{ imageFrom('a').tag }}": "imageFrom(…) has no 'tag'; did you mean 'Tag'?",
    "${{ imageFrom() }}": "imageFrom takes 1 to 2 arguments, is given 0",
    "${{ quote(vars.repo, 1) }}": "quote takes 1 arguments, is given 2",
    "${{ map(vars.repo) }}": "map takes at least 2 arguments",
    "${{ secrets.a.token }}": "nothing is called 'secrets' here",
    "${{ vars[vars.nope] }}": "vars has no 'nope'",
    "${{ vars.a ?? vars.b + 1 }}": "+ and ?? cannot be mixed without parentheses",
}


def three(text: str) -> Any:
    return stage(step() | {"as": "first"}, step(text) | {"as": "second"}, step() | {"as": "third"}, vars=VARS)


@pytest.mark.parametrize("text", GOOD)
def test_what_kargo_evaluates_is_silent(text: str) -> None:
    assert found(CHECK, three(text)) == []


@pytest.mark.parametrize(("text", "words"), BAD.items())
def test_what_kargo_cannot_evaluate_is_told_where_it_stands(text: str, words: str) -> None:
    problems = found(CHECK, three(text))

    assert problems
    assert {(level, path) for level, path, _ in problems} == {("error", f"{STEPS}[1].config.v")}
    assert words in problems[0][2]


def test_a_condition_must_hold_an_expression() -> None:
    level, path, words = found(CHECK, stage(step(), step() | {"if": "success()"}))[0]

    assert (level, path) == ("error", f"{STEPS}[1].if")
    assert words == "the condition 'success()' holds no expression, and a mere text is neither true nor false"
    assert found(CHECK, stage(step() | {"if": "${{ failure() }}"})) == []


def test_functions_of_status_are_not_there_for_variables() -> None:
    held = stage(step(vars=[{"name": "a", "value": "${{ success() }}"}]))

    assert [one[1] for one in found(CHECK, held)] == [f"{STEPS}[0].vars[0].value"]


def test_a_variable_knows_those_before_it_and_no_outputs() -> None:
    later = stage(step(), vars=[{"name": "a", "value": "${{ vars.b }}"}, {"name": "b", "value": "${{ vars.a }}"}])
    taken = stage(step() | {"as": "one"}, template_vars=[{"name": "a", "value": "${{ outputs.one.x }}"}])

    assert [one[1] for one in found(CHECK, later)] == ["spec.vars[0].value"]
    assert [one[1] for one in found(CHECK, taken)] == ["spec.promotionTemplate.spec.vars[0].value"]


def test_a_version_that_has_not_the_function_yet() -> None:
    held = stage(step("${{ semverParse('1.0.0') }}"))

    assert found(CHECK, held, kargo="1.9.0") == []
    words = found(CHECK, held, kargo="1.8.2")[0][2]
    assert words.endswith("Kargo has semverParse since v1.9; installed is v1.8.2")
    assert found(CHECK, stage(step("${{ secrets.a.b }}")), kargo="1.7.0") == []


def test_a_task_takes_its_own_outputs_and_variables() -> None:
    good = task(
        step() | {"as": "one"},
        step("${{ vars.needed }} ${{ task.outputs.one.x }} ${{ outputs['elsewhere'].x }}"),
        variables=[{"name": "needed"}],
    )
    bad = task(step("${{ task.outputs.two.x }}"), step() | {"as": "two"})

    assert found(CHECK, good) == []
    assert [(level, path) for level, path, _ in found(CHECK, bad)] == [("error", "spec.steps[0].config.v")]


def test_a_variable_that_each_stage_gives_a_task_is_known() -> None:
    shared = task(step("${{ vars.repo }}"))
    user = stage({"task": {"name": "push"}}, vars=VARS)
    other = stage({"task": {"name": "push"}})

    assert found(CHECK, shared, user) == []
    assert [one[0] for one in found(CHECK, shared)] == ["warning"]
    assert [one[0] for one in found(CHECK, shared, other)] == ["warning"]


def test_steps_of_a_task_are_known_under_its_alias() -> None:
    held = stage({"task": {"name": "push"}, "as": "t"}, step("${{ outputs['t::one'].x }} ${{ outputs.t.y }}"))
    shared = task(step() | {"as": "one"})

    assert found(CHECK, held, shared) == []
    assert len(found(CHECK, stage(step("${{ outputs['t::one'].x }}")), shared)) == 1


def test_arguments_of_a_verification_know_only_the_stages_own_variables() -> None:
    args = [{"name": "a", "value": "${{ vars.repo }} ${{ ctx.stage }}"}]
    own = stage(step(), vars=VARS, verification={"args": args})
    of_template = stage(step(), template_vars=VARS, verification={"args": args})
    of_promotion = stage(step(), verification={"args": [{"name": "a", "value": "${{ ctx.promotion }}"}]})

    assert found(CHECK, own) == []
    assert [one[1] for one in found(CHECK, of_template)] == ["spec.verification.args[0].value"]
    assert "ctx has no 'promotion'" in found(CHECK, of_promotion)[0][2]


def test_a_warehouses_expressions_stand_alone() -> None:
    good = with_spec(
        "Warehouse",
        freightCreationCriteria={"expression": "imageFrom('a').Tag == commitFrom('b').Tag"},
        subscriptions=[{"git": {"repoURL": "https://git.example/a", "expressionFilter": "!(subject contains 'ci')"}}],
    )
    bad = with_spec("Warehouse", freightCreationCriteria={"expression": "imageFrom('a').Tag =="}, subscriptions=None)
    unknown = with_spec("Warehouse", freightCreationCriteria={"expression": "secret('a').b"})

    assert found(CHECK, good) == []
    assert "ends where a value is expected" in found(CHECK, bad)[0][2]
    assert "no function 'secret' here" in found(CHECK, unknown)[0][2]


def test_conditions_of_an_http_step_are_expressions_as_a_whole() -> None:
    http = {"uses": "http", "config": {"url": "u", "successExpression": "response.status = 200"}}

    assert [one[1] for one in found(CHECK, stage(http))] == [f"{STEPS}[0].config.successExpression"]


def test_an_argument_that_comes_to_a_number() -> None:
    held = [{"name": "port", "value": "8080"}, {"name": "host", "value": "a.example"}]
    args = [{"name": one, "value": f"${{{{ vars.{one} }}}}"} for one in ("port", "host")]
    quoted = [{"name": "port", "value": "${{ quote(vars.port) }}"}]

    assert found(CHECK, stage(step(), vars=held, verification={"args": quoted})) == []
    ((_, path, words),) = found(CHECK, stage(step(), vars=held, verification={"args": args}))
    assert path == "spec.verification.args[0].value"
    assert words == "vars.port is '8080', which becomes no text once it is evaluated; an argument must be one"
