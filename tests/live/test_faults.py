"""Whatever goes wrong on the way to a cluster: every tool ends in time, says what and why, and never that all is well."""

import os
import re
from pathlib import Path

import pytest

from gitops_master.adapters.kubectl_command import KubectlApi, ssh_command
from gitops_master.usecases.size import MOST_BYTES
from tests import worlds
from tests.live import outages, verifying
from tests.live.kubeconfig import write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import load_folder, reset
from tests.live.outages import BROKEN, HEALTHY, OUTAGES, RESTS_ON, TOOLS, VERIFICATIONS, VERIFIED, Cell, Seen
from tests.live.proxy import Proxy
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


def _load_verified(cluster: ControlPlane, kubelet: Kubelet) -> None:
    """Instead of the cases: what is deployed, and the case in which something is broken."""
    reset(cluster)
    verifying.put(cluster, kubelet)
    load_folder(cluster, kubelet, worlds.case_folder(BROKEN.folder))


@pytest.mark.parametrize("outage", OUTAGES)
async def test_every_tool_tells_what_it_could_not_read(
    outage: str, loaded: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    seen = await outages.tried(loaded, outage, [one for one in TOOLS if one not in VERIFICATIONS], tmp_path)
    _load_verified(loaded, kubelet)
    seen |= await outages.tried(loaded, outage, VERIFICATIONS, tmp_path)

    wrong = {cell: found for cell, one in seen.items() if (found := _wrong(cell, one, loaded))}
    assert not wrong
    told = page.section(outage, seen)
    if os.environ.get("GOLDEN_UPDATE"):
        page.write(outage, told)
    assert page.written()[outage].strip() == told.strip(), "see the difference, then: python -m tools.faults"


def _wrong(cell: Cell, one: Seen, plane: ControlPlane) -> list[str]:
    """What is not as promised."""
    found = []
    if one.seconds > outages.deadline_s(cell.outage) + SLACK_S:
        found.append(f"took {one.seconds:.0f} s")
    if one.size >= MOST_BYTES:
        found.append(f"{one.size} bytes")
    found += [f"holds {text!r}" for text in (*SECRETS, *plane.tokens.values()) if text in one.raw]
    if one.error and "\n" not in one.words:
        found.append(f"no next step: {one.words}")
    if _is_missing(cell):
        if one.exit_code == 0 or one.verdict in ("healthy", "PASS"):
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
async def test_a_case_in_which_nothing_is_broken_has_no_gaps(
    tool: str, loaded: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    """Without this, the faults would show nothing."""
    if tool in VERIFICATIONS:
        _load_verified(loaded, kubelet)
    api = outages.http(loaded, outages.Reached(loaded.url), tmp_path)

    one = await outages.see(api, tool, outages.in_order(tool), outages.FOREVER_S)

    assert (one.exit_code, one.error, one.gaps) == (0, "", ())
    assert one.verdict in ("healthy", "PASS", "")


NO_VERDICT_RESTS_ON = {
    "analysistemplates", "clusteranalysistemplates", "serviceaccounts", "roles", "rolebindings",  # say why a run went wrong
    "promotions",  # which of them Kargo's verification belongs to
    "projects",  # only where none is named
    "replicasets",  # where one is not read, its pods are known by their names
    "storageclasses",  # why a volume waits that does
}  # fmt: skip
"""Resources that are read, and whose absence a verification in order may pass."""


@pytest.mark.parametrize("tool", VERIFICATIONS)
@pytest.mark.parametrize("fault", ["403", "503", "cut"])
async def test_a_verification_does_not_pass_without_what_it_rests_on(
    fault: str, tool: str, cluster: ControlPlane, kubelet: Kubelet, proxy: Proxy, tmp_path: Path
) -> None:
    _load_verified(cluster, kubelet)
    broken = OUTAGES[fault].fault
    assert broken is not None

    async def ask() -> Seen:
        return await outages.see(
            outages.http(cluster, outages.Reached(proxy.url), tmp_path), tool, VERIFIED, outages.FOREVER_S
        )

    assert (await ask()).exit_code == 0
    resources = sorted({_resource(one.target) for one in proxy.requests})
    passed, silent = set(), set()
    for resource in resources:
        proxy.mend()
        proxy.break_(rf"/{resource}(/[^/?]+)?(\?|$)", broken)
        one = await ask()
        assert one.exit_code in (0, 3, 69, 77)
        passed |= {resource} if one.exit_code == 0 else set()
        silent |= {resource} if one.exit_code == 3 and not one.gaps else set()

    # Of what is cut, the status has come: 404, where a group is asked for that is not served.
    absent = {one for one in resources if one.startswith("apis/")} if fault == "cut" else set()
    assert passed - absent == NO_VERDICT_RESTS_ON & set(resources)
    assert silent == set()
    assert len(resources) > 40


def _resource(target: str) -> str:
    """The plural in a path, or all of the path that asks what a group serves."""
    found = re.match(
        r"/(?:api/v1|apis/[^/]+/[^/]+)/(?:namespaces/[^/]+/)?([a-z]+)(?:/[^/]+)?$", target.partition("?")[0]
    )
    return found[1] if found else re.escape(target.strip("/"))


@pytest.mark.parametrize("tool", ["analyze_stage of a Stage", "run_verification of a Stage"])
@pytest.mark.parametrize("outage", ["401", "403", "503", "refused", "unknown-ca", "silent"])
async def test_through_a_command_it_is_no_different(
    outage: str, tool: str, loaded: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    broken = OUTAGES[outage]
    async with (broken.way or outages.through)(loaded) as reached:
        if broken.fault is not None and reached.proxy is not None:
            reached.proxy.break_("", broken.fault)
        context = loaded.context()._replace(server=reached.url)
        config = write_kubeconfig(tmp_path / "config", [context])
        environ = {"PATH": f"{kubectl.parent}:/usr/bin:/bin", "KUBECONFIG": str(config), "HOME": str(tmp_path)}
        api = KubectlApi(ssh_command("bash -c"), environ=environ)

        one = await outages.see(api, tool, HEALTHY, outages.HANGING_S)

    assert one.error in ("Unreachable", "Forbidden")
    assert one.seconds < outages.HANGING_S + SLACK_S
    assert not [text for text in (*SECRETS, *loaded.tokens.values()) if text in one.raw]
