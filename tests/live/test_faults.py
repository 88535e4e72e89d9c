"""Whatever goes wrong on the way to a cluster: every tool ends in time, says what and why, and never that all is well."""

import os
from pathlib import Path

import pytest

from gitops_master.adapters.kubectl_command import KubectlApi, ssh_command
from gitops_master.usecases.size import MOST_BYTES
from tests import worlds
from tests.live import outages
from tests.live.kubeconfig import write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import load_folder
from tests.live.outages import BROKEN, HEALTHY, OUTAGES, RESTS_ON, TOOLS, Cell, Seen
from tests.live.server import ControlPlane
from tools import faults as page

SLACK_S = 15.0
"""Beyond a deadline, for the rules and a busy machine; a tool that hangs would never end."""
SECRETS = ("-----BEGIN", "Traceback", "Bearer ")


@pytest.fixture
def loaded(cluster: ControlPlane, kubelet: Kubelet) -> ControlPlane:
    for case in (HEALTHY, BROKEN):
        load_folder(cluster, kubelet, worlds.case_folder(case.folder))
    return cluster


@pytest.mark.parametrize("outage", OUTAGES)
async def test_every_tool_tells_what_it_could_not_read(outage: str, loaded: ControlPlane, tmp_path: Path) -> None:
    seen = await outages.tried(loaded, outage, tmp_path)

    wrong = {cell: found for cell, one in seen.items() if (found := _wrong(cell, one, loaded))}
    assert not wrong
    told = page.section(outage, seen)
    if os.environ.get("GOLDEN_UPDATE"):
        page.write(outage, told)
    assert page.written()[outage].strip() == told.strip(), "see the difference, then: python -m tools.faults"


def _wrong(cell: Cell, one: Seen, plane: ControlPlane) -> list[str]:
    """What is not as promised."""
    found = []
    if one.seconds > (outages.FOREVER_S if OUTAGES[cell.outage].ends else outages.HANGING_S) + SLACK_S:
        found.append(f"took {one.seconds:.0f} s")
    if one.size >= MOST_BYTES:
        found.append(f"{one.size} bytes")
    found += [f"holds {text!r}" for text in (*SECRETS, *plane.tokens.values()) if text in one.raw]
    if one.error and "\n" not in one.words:
        found.append(f"no next step: {one.words}")
    if _is_missing(cell):
        if one.exit_code == 0 or one.verdict == "healthy":
            found.append(f"all is well, exit code {one.exit_code}")
        is_told = any(_names(gap, cell) for gap in one.gaps) if cell.kind else bool(one.gaps)
        if not (one.error or is_told):
            found.append(f"does not say what it could not read: {one.gaps}")
    return found


def _is_missing(cell: Cell) -> bool:
    """Whether something was not read that the answer rests on. Lists that cannot be gone on with leave single objects."""
    if cell.outage == "410":
        return not cell.kind and "Application" not in cell.tool
    return not cell.kind or cell.kind in RESTS_ON[cell.tool]


def _names(gap: str, cell: Cell) -> bool:
    """`list promotions.kargo.akuity.io in namespace demo: 403 …`, or that there is no such kind."""
    named = any(f"{verb} {cell.kind}" in gap for verb in ("list", "get"))
    return named or (cell.outage == "404" and cell.kind.rstrip("s") in gap.lower())


@pytest.mark.parametrize("tool", TOOLS)
async def test_a_case_in_which_nothing_is_broken_has_no_gaps(tool: str, loaded: ControlPlane, tmp_path: Path) -> None:
    """Without this, the faults would show nothing."""
    reached = outages.Reached(loaded.url)

    one = await outages.see(outages.http(loaded, reached, tmp_path), tool, HEALTHY, outages.FOREVER_S)

    assert (one.exit_code, one.error, one.gaps) == (0, "", ())
    assert one.verdict in ("healthy", "")


@pytest.mark.parametrize("outage", ["401", "403", "503", "refused", "unknown-ca", "silent"])
async def test_through_a_command_it_is_no_different(
    outage: str, loaded: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    broken = OUTAGES[outage]
    async with (broken.way or outages.through)(loaded) as reached:
        if broken.fault is not None and reached.proxy is not None:
            reached.proxy.break_("", broken.fault)
        context = loaded.context()._replace(server=reached.url)
        config = write_kubeconfig(tmp_path / "config", [context])
        environ = {"PATH": f"{kubectl.parent}:/usr/bin:/bin", "KUBECONFIG": str(config), "HOME": str(tmp_path)}
        api = KubectlApi(ssh_command("bash -c"), environ=environ)

        one = await outages.see(api, "analyze_stage of a Stage", HEALTHY, outages.HANGING_S)

    assert one.error in ("Unreachable", "Forbidden")
    assert one.seconds < outages.HANGING_S + SLACK_S
    assert not [text for text in (*SECRETS, *loaded.tokens.values()) if text in one.raw]
