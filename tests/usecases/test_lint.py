"""Lint as a use case: which problems are told, which are switched off, and what is said to be unknown."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from gitops_master.files.gathering import Gathered, gathered_text
from gitops_master.manifests.checks.registry import Check, Fault
from gitops_master.manifests.world import APPLICATION, PROJECT, STAGE, World
from gitops_master.model.errors import Forbidden, UsageError
from gitops_master.model.finding import NotChecked
from gitops_master.model.manifest import Level, Manifest
from gitops_master.model.setup import SetupAnswer
from gitops_master.model.snapshot import Gap, Place, Snapshot
from gitops_master.model.versions import Version, Versions
from gitops_master.ports.cluster import ReadPlan
from gitops_master.ports.manifests import Held, Tried
from gitops_master.usecases.lint import Known, learn, lint, tried
from gitops_master.usecases.lint_report import fitting_lint
from gitops_master.usecases.size import MOST_BYTES, size_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
STAGE_TEXT = """\
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: {name: test, namespace: demo}
spec:
  shard: one
  requestedFreight:
  - origin: {kind: Warehouse, name: w}
    sources: {direct: true}
  promotionTemplate:
    spec:
      steps:
      - uses: argocd-update
        config: {apps: [{name: web, namespace: apps}]}
  verification:
    analysisTemplates: [{name: smoke}]
"""


def sharded(world: World) -> Iterator[Fault]:
    for one in (*world.given, *world.live):
        if "shard" in one.spec:
            yield Fault(one, ("spec", "shard"), "it has a shard", "take it out")


def stepped(world: World) -> Iterator[Fault]:
    for one in world.given:
        path = ("spec", "promotionTemplate", "spec", "steps", 0)
        yield Fault(one, (*path, "uses"), "it updates", level=Level.NOTE)
        yield Fault(one, (*path, "as"), "it has no alias")


def bug(world: World) -> Iterator[Fault]:
    raise KeyError(world.given[0].name)


SHARDED = Check("sharded", "Has a shard", Level.WARNING, sharded)
STEPPED = Check("stepped", "Has a step", Level.ERROR, stepped)
NEWER = Check("newer", "Is new", Level.WARNING, sharded, ("kargo >= 1.9",))
BUG = Check("bug", "Breaks", Level.ERROR, bug)


def stage(comment: str = "", at: str = "  shard") -> Gathered:
    return gathered_text(STAGE_TEXT.replace(at, f"{comment}\n{at}" if comment else at), "stage.yaml")


def told(answer: SetupAnswer) -> list[tuple[str, int, Level]]:
    return [(one.check, one.line, one.level) for one in answer.problems]


def test_problems_are_told_by_file_line_and_level() -> None:
    answer = lint(stage(), only=(STEPPED, SHARDED))

    assert told(answer) == [
        ("sharded", 5, Level.WARNING),
        ("stepped", 12, Level.ERROR),
        ("stepped", 12, Level.NOTE),
    ]
    assert answer.checked == 1
    assert answer.report.split("\n")[:3] == [
        "stage.yaml:5: warning sharded Stage demo/test spec.shard: it has a shard",
        "  fix: take it out",
        "stage.yaml:12: error stepped Stage demo/test spec.promotionTemplate.spec.steps[0].as: it has no alias",
    ]
    assert answer.report.endswith("\n1 object judged: 1 error, 1 warning, 1 note")


def test_what_the_cluster_holds_is_not_this_answers_matter() -> None:
    live = Manifest({"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Stage", "spec": {"shard": "x"}})

    assert lint(Gathered(), Known(live=(live,), asked=True), only=(SHARDED,)).problems == []


@pytest.mark.parametrize(
    ("comment", "at", "left"),
    [
        ("  # gitops-master: ignore sharded", "  shard", ["stepped", "stepped"]),
        ("  # gitops-master: ignore sharded", "  requestedFreight", ["sharded", "stepped", "stepped"]),
        ("# gitops-master: ignore sharded, stepped", "apiVersion", []),
        ("# gitops-master: ignore stepped -- why", "spec:\n  shard", ["sharded"]),
        ("      # gitops-master: ignore stepped", "      - uses", ["sharded"]),
        ("      # gitops-master: ignore stepped", "      steps", ["sharded"]),
    ],
)
def test_a_comment_switches_a_check_off_for_what_it_stands_above(comment: str, at: str, left: list[str]) -> None:
    answer = lint(stage(comment, at), only=(SHARDED, STEPPED))

    known_here = [one.check for one in answer.problems if one.check != "unknown-check"]
    assert known_here == left
    if len(left) < 3:
        assert any(note.endswith("switched off by comments") for note in answer.notes)


def test_a_comment_that_names_no_check_is_a_problem_itself() -> None:
    answer = lint(stage("  # gitops-master: ignore yaml-invlid"), only=())

    assert told(answer) == [("unknown-check", 5, Level.WARNING)]
    assert answer.problems[0].message == "there is no check 'yaml-invlid'; did you mean 'yaml-invalid'?"


def test_a_comment_without_an_id_is_one_too() -> None:
    assert told(lint(stage("  # gitops-master: ignore"), only=())) == [("unknown-check", 5, Level.WARNING)]


def test_a_check_can_be_switched_off_for_all() -> None:
    broken = gathered_text("apiVersion: [\n", "x.yaml")

    assert [one.check for one in lint(broken, only=()).problems] == ["yaml-invalid"]
    assert lint(broken, ignored=["yaml-invalid"], only=()).problems == []


def test_switching_off_what_is_no_check_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'yaml-invalid'"):
        lint(Gathered(), ignored=["yaml-invlid"])


def test_a_check_for_other_versions_is_left_out() -> None:
    old, new = (Known(versions=Versions(kargo=Version(1, minor, 0))) for minor in (8, 9))

    assert lint(stage(), old, only=(NEWER,)).problems == []
    assert [one.check for one in lint(stage(), new, only=(NEWER,)).problems] == ["newer"]
    assert lint(stage(), new, only=(NEWER,)).notes == []


def test_an_unknown_version_is_said_once() -> None:
    answer = lint(stage(), only=(NEWER, SHARDED))

    assert [one for one in answer.notes if "version" in one] == [
        "the version of Kargo is not known, so what holds for some versions only (newer) may not fit yours: "
        "--kargo-version VERSION or --live says it"
    ]


def test_a_check_that_fails_costs_only_itself() -> None:
    answer = lint(stage(), only=(BUG, SHARDED))

    assert [one.check for one in answer.problems] == ["sharded"]
    assert NotChecked(what="bug", reason="the check failed, which is a bug: KeyError") in answer.not_checked


def test_kinds_of_which_nothing_is_known_are_named_with_what_settles_it() -> None:
    answer = lint(stage(), only=())

    assert [one.what for one in answer.not_checked] == [
        "Applications",
        "Warehouses",
        "AnalysisTemplates and ClusterAnalysisTemplates",
    ]
    assert "--live" in answer.not_checked[0].reason


def test_a_kind_that_the_files_hold_is_not_unknown() -> None:
    warehouse = "---\napiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: w}\n"
    files = gathered_text(STAGE_TEXT + warehouse, "x.yaml")

    assert "Warehouses" not in [one.what for one in lint(files, only=()).not_checked]


def test_a_stage_alone_leaves_its_upstream_open() -> None:
    alone = STAGE_TEXT.replace("{direct: true}", "{stages: [dev]}")
    other = "---\n" + alone.replace("name: test,", "name: dev,").replace("[dev]", "[test]")

    assert lint(gathered_text(alone), only=()).not_checked[-1].what == "Stages upstream"
    assert "Stages upstream" not in lint(gathered_text(alone + other), only=()).report


def test_nothing_at_all_is_told() -> None:
    assert [one.what for one in lint(Gathered()).not_checked] == ["everything"]


def test_an_object_that_stands_in_two_files_is_told() -> None:
    files = gathered_text(f"{STAGE_TEXT}---\n{STAGE_TEXT}", "x.yaml")

    notes = [one for one in lint(files, only=()).notes if one.startswith("Stage demo/test stands in")]
    assert notes[0].startswith("Stage demo/test stands in x.yaml:1 and x.yaml:17")


class Cluster:
    """A reader that has one Stage beside, and a dry runner that takes nothing but Stages."""

    def __init__(self) -> None:
        self.asked: list[Place] = []

    async def held(self, places: Sequence[Place], *, deadline_s: float) -> Held:
        self.asked += places
        other = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Stage", "metadata": {"name": "o"}}
        return Held((Manifest(other),), tuple(places), (Gap("v1/ServiceAccount", "forbidden"),))

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        return Snapshot((), source="fake", observed_at=NOW, versions=Versions(kargo=Version(1, 10, 0)))

    async def dry_run(self, manifests: Sequence[Manifest], *, deadline_s: float) -> list[Tried]:
        return [
            Tried(manifests[0], accepted=False, words="denied by a webhook", allowed=False),
            *(Tried(one, accepted=False, words="timed out", answered=False) for one in manifests[1:]),
        ]


async def test_a_cluster_is_asked_for_what_the_files_refer_to() -> None:
    cluster = Cluster()

    known = await learn(stage().manifests, cluster, cluster, versions=Versions())  # type: ignore[arg-type]
    answer = lint(stage(), known, only=())

    assert Place(PROJECT, "", "demo") in cluster.asked
    assert Place(STAGE, "demo") in cluster.asked
    assert {one.namespace for one in cluster.asked if one.kind == APPLICATION} == {"argocd", "apps"}
    assert answer.not_checked == [NotChecked(what="v1/ServiceAccount", reason="forbidden")]
    assert answer.versions["kargo"] == "v1.10.0"
    assert answer.notes == []


async def test_a_manifest_without_a_namespace_belongs_where_a_flag_says() -> None:
    files = gathered_text(STAGE_TEXT.replace(", namespace: demo", ""), "stage.yaml")

    lost, found = Cluster(), Cluster()
    known = await learn(files.manifests, lost, lost, versions=Versions())  # type: ignore[arg-type]
    await learn(files.manifests, found, found, versions=Versions(), project="demo")  # type: ignore[arg-type]

    assert lost.asked == []
    assert Place(STAGE, "demo") in found.asked
    assert "Stage test" in [one.what for one in lint(files, known, only=()).not_checked]


async def test_versions_that_may_not_be_read_cost_only_themselves() -> None:
    class Closed(Cluster):
        async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
            raise Forbidden("may not list deployments")

    cluster = Closed()
    known = await learn(stage().manifests, cluster, cluster, versions=Versions(kargo=Version(1, 9, 0)))  # type: ignore[arg-type]

    assert (len(known.live), known.versions.kargo) == (1, Version(1, 9, 0))
    assert known.gaps[-1] == Gap("versions", "may not list deployments")


async def test_what_the_api_server_refuses_is_a_problem_and_its_silence_is_none() -> None:
    files = gathered_text(f"{STAGE_TEXT}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: n}}\n", "x.yaml")

    answer = lint(files, await tried(files.manifests, Cluster(), Known()), only=())

    assert told(answer) == [("refused-by-server", 1, Level.ERROR)]
    assert answer.problems[0].message == "denied by a webhook"
    assert [(one.object, one.accepted, one.allowed) for one in answer.trials] == [("Stage demo/test", False, False)]
    assert "server-side dry run of Namespace n" in [one.what for one in answer.not_checked]
    assert any(one.startswith("you may not create or patch Stage demo/test") for one in answer.notes)


def test_an_answer_for_a_host_keeps_the_worst_and_counts_the_rest() -> None:
    def many(world: World) -> Iterator[Fault]:
        for number in range(900):
            level = Level.ERROR if number >= 890 else Level.NOTE
            yield Fault(world.given[0], ("spec", str(number)), f"number {number} of many " * 4, level=level)

    whole = lint(stage(), only=(Check("many", "Many", Level.NOTE, many),))
    answer = fitting_lint(whole)

    assert size_of(answer) <= MOST_BYTES < size_of(whole)
    assert sum(one.level is Level.ERROR for one in answer.problems) == 10
    left = 900 - len(answer.problems)
    assert f"{left} of 900 problems left out for size" in answer.report


def test_a_name_that_obeys_a_terminal_is_made_printable() -> None:
    answer = lint(gathered_text("apiVersion: [\n", "x\x1b[31m\n::error::.yaml"), only=())

    assert "\x1b" not in answer.report
    assert not any(line.startswith("::error::") for line in answer.report.split("\n"))
