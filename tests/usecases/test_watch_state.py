"""Following a Stage: every change is shown, the last good state outlives failing reads, and it ends when it is asked to."""

import io
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from gitops_master.adapters.live.reader import LiveReader
from gitops_master.cli.watching import Picture, Printed, PrintedJson, showing
from gitops_master.model.errors import Unreachable, UsageError
from gitops_master.model.state import Standing, StateAnswer
from gitops_master.ports.cluster import ClusterReader
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from gitops_master.usecases.watch_state import Moment, Until, exit_code, watch
from tests.adapters.fake_api import FakeApi

START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
EVERY_S = 5.0
Change = Callable[["Cluster"], None]


class Stopped(Exception):
    """Stands for Ctrl-C."""


class Cluster:
    """A Stage over an API, a clock that moves when somebody sleeps, and what happens meanwhile."""

    def __init__(self, *script: Change) -> None:
        self.now = START
        self.objects = [_object("Stage", "dev", _HEALTHY), _object("Warehouse", "main", {})]
        self.is_down = False
        self.apis: list[FakeApi] = []
        self._script = list(script)

    def reader(self) -> ClusterReader:
        status = 503 if self.is_down else 0
        self.apis.append(FakeApi(deepcopy(self.objects), refuse=lambda _: status))
        return LiveReader(self.apis[-1], now=lambda: self.now)

    async def read(self) -> StateAnswer:
        return await get_state(self.reader(), StateRequest(project="demo", stage="dev"))

    async def sleep(self, seconds: float) -> None:
        assert seconds == EVERY_S
        self.now += timedelta(seconds=seconds)
        if not self._script:
            raise Stopped
        self._script.pop(0)(self)

    async def follow(self, show: Callable[[Moment], None], until: Until | None = None) -> Standing:
        return await watch(self.read, show, until=until, interval_s=EVERY_S, clock=lambda: self.now, sleep=self.sleep)


_SPEC = {
    "requestedFreight": [{"origin": {"name": "main"}, "sources": {"direct": True}}],
    "promotionTemplate": {"spec": {"steps": [{"uses": "git-clone"}]}},
}
_HEALTHY = {
    "freightHistory": [{"id": "c", "items": {"Warehouse/main": {"name": "f1"}}}],
    "health": {"status": "Healthy"},
    "conditions": [{"type": "Ready", "status": "True"}, {"type": "Healthy", "status": "True"}],
    "lastPromotion": {"name": "dev.1", "status": {"phase": "Succeeded"}},
}


def _object(kind: str, name: str, status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "demo"},
        "spec": spec or _SPEC,
        "status": status,
    }


def nothing(_: Cluster) -> None:
    """Happens."""


def goes_down(cluster: Cluster) -> None:
    cluster.is_down = True


def comes_back(cluster: Cluster) -> None:
    cluster.is_down = False


def promotes(cluster: Cluster) -> None:
    cluster.objects.append(_object("Promotion", "dev.2", {"phase": "Running"}, stage="dev", freight="f2"))
    cluster.objects[0]["status"] = {**_HEALTHY, "currentPromotion": {"name": "dev.2"}}


def succeeds(cluster: Cluster) -> None:
    cluster.objects[2]["status"] = {"phase": "Succeeded"}
    last = {"name": "dev.2", "status": {"phase": "Succeeded"}}
    cluster.objects[0]["status"] = {**_HEALTHY, "lastPromotion": last}


def fails(cluster: Cluster) -> None:
    cluster.objects[2]["status"] = {"phase": "Failed", "message": "no"}
    last = {"name": "dev.2", "status": {"phase": "Failed", "message": "no"}}
    cluster.objects[0]["status"] = {**_HEALTHY, "lastPromotion": last}


def is_deleted(cluster: Cluster) -> None:
    del cluster.objects[0]


async def test_piped_the_whole_state_comes_first_and_then_only_what_changed() -> None:
    out = io.StringIO()

    with pytest.raises(Stopped):
        await Cluster(nothing, promotes, nothing).follow(Printed(out))

    first, second, rest = (
        out.getvalue().split("\n\n", 2)[0],
        out.getvalue(),
        out.getvalue().split("2026-11-23T04:00:10Z\n"),
    )
    assert first.startswith("2026-11-23T04:00:00Z\nSTAGE STATE")
    assert "04:00:05Z" not in second
    assert "04:00:15Z" not in second
    assert len(rest) == 2
    assert "- State: fine" in rest[1]
    assert "+ State: promoting" in rest[1]
    assert "Project: demo" not in rest[1]


async def test_while_reads_fail_the_last_good_state_stays_and_is_said_to_be_old() -> None:
    moments: list[Moment] = []
    out = io.StringIO()
    printed = Printed(out)

    def show(moment: Moment) -> None:
        moments.append(moment)
        printed(moment)

    with pytest.raises(Stopped):
        await Cluster(nothing, goes_down, nothing, comes_back).follow(show)

    assert [one.read_at.second for one in moments] == [0, 5, 5, 5, 20]
    assert [one.since.second if one.since else None for one in moments] == [None, None, 10, 10, None]
    assert moments[3].answer == moments[1].answer
    assert out.getvalue().count("not reachable since 2026-11-23T04:00:10Z: nothing could be read of fake") == 1
    assert "shown is the state of 2026-11-23T04:00:05Z" in out.getvalue()
    assert out.getvalue().endswith("2026-11-23T04:00:20Z\nread again\n\n")


async def test_the_picture_in_a_terminal_tells_its_age() -> None:
    cluster = Cluster(goes_down)
    picture = Picture(lambda: cluster.now)
    assert picture.render().plain == "Reading"

    with pytest.raises(Stopped):
        await cluster.follow(picture)
    cluster.now = START + timedelta(seconds=55)

    shown = picture.render().plain
    assert "State: fine" in shown
    assert "not reachable since 2026-11-23T04:00:05Z" in shown
    assert shown.startswith("Read 2026-11-23T04:00:00Z, 55s ago, in fake; Ctrl-C ends\n")


async def test_a_terminal_is_redrawn_in_place(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = Cluster()
    console = Console(file=io.StringIO(), force_terminal=True, width=100)

    with showing(as_json=False, clock=lambda: cluster.now, console=console) as show, pytest.raises(Stopped):
        await cluster.follow(show)

    written = console.file.getvalue()  # type: ignore[attr-defined]
    assert "STAGE STATE" in written
    assert capsys.readouterr().out == ""


async def test_as_json_each_state_that_differs_is_one_line() -> None:
    out, errors = io.StringIO(), io.StringIO()

    with pytest.raises(Stopped):
        await Cluster(nothing, promotes, nothing, goes_down, nothing, comes_back).follow(PrintedJson(out, errors))

    states = [json.loads(line)["stage"]["standing"] for line in out.getvalue().splitlines()]
    assert states == ["fine", "promoting"]
    assert errors.getvalue().count("not reachable") == 1


@pytest.mark.parametrize(
    ("until", "script", "standing", "code"),
    [
        (Until.HEALTHY, (), Standing.FINE, 0),
        (Until.SETTLED, (), Standing.FINE, 0),
        (Until.SETTLED, (promotes, nothing, succeeds), Standing.FINE, 0),
        (Until.SETTLED, (promotes, nothing, fails), Standing.BROKEN, 1),
        (Until.HEALTHY, (promotes, goes_down, comes_back, fails, succeeds), Standing.FINE, 0),
    ],
)
async def test_it_ends_when_what_was_waited_for_has_come(
    until: Until, script: tuple[Change, ...], standing: Standing, code: int
) -> None:
    begins = script[:1]
    cluster = Cluster(*script[1:])
    for change in begins:
        change(cluster)

    ended = await cluster.follow(lambda _: None, until)

    assert (ended, exit_code(ended)) == (standing, code)


async def test_an_old_state_is_not_what_was_waited_for() -> None:
    cluster = Cluster(goes_down, succeeds)
    promotes(cluster)

    with pytest.raises(Stopped):
        await cluster.follow(lambda _: None, Until.SETTLED)


async def test_a_first_read_that_fails_is_an_error() -> None:
    cluster = Cluster()
    goes_down(cluster)

    with pytest.raises(Unreachable):
        await cluster.follow(lambda _: None)


async def test_that_the_stage_is_gone_is_said() -> None:
    moments: list[Moment] = []

    with pytest.raises(Stopped):
        await Cluster(is_deleted).follow(moments.append)

    assert "cannot be read since 2026-11-23T04:00:05Z: no Stage 'dev'" in moments[-1].problem


async def test_a_stage_that_never_was_is_a_usage_error() -> None:
    cluster = Cluster()
    is_deleted(cluster)

    with pytest.raises(UsageError, match="no Stage 'dev'"):
        await cluster.follow(lambda _: None)
