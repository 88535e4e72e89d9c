"""The harness itself, with the products' own CRDs: they keep what their version knows, and only that.

Skipped where `GITOPS_MASTER_UPSTREAM` names no folder with them.
"""

from pathlib import Path

import pytest

from tests import worlds
from tests.live import documents, upstream
from tests.live.loading import install_definitions, load, reset
from tests.live.server import ControlPlane
from tests.live.test_loading import differences_of

KEPT = ("real/21", "real/28", "live/50", "live/42")
PRUNED = {
    "dev/k01": {("Stage", ".status.phase"), ("Project", ".spec.promotionPolicies")},
    "dev/k10": {("Stage", ".status.phase"), ("Project", ".status.phase")},
}
"""Fields of Kargo before 1.5, which the CRDs of 1.11 do not have."""


def test_all_that_the_installed_version_knows_is_kept_and_nothing_else(control_plane_programs: dict[str, Path]) -> None:
    definitions = upstream.definitions()
    if not definitions:
        pytest.skip("GITOPS_MASTER_UPSTREAM names no folder with CRDs of Kargo, Argo CD and Argo Rollouts")
    differ = {}

    # One server, one test: it works hard on CRDs of this size before it is ready.
    with ControlPlane(control_plane_programs) as plane:
        install_definitions(plane, definitions)
        for name in (*KEPT, *PRUNED):
            objects = documents.objects_in(_folder(name))
            reset(plane)
            assert load(plane, objects).left_out == ()
            differ[name] = set(differences_of(plane, objects))

    assert differ == {name: PRUNED.get(name, set()) for name in (*KEPT, *PRUNED)}


def _folder(name: str) -> Path:
    if not name.startswith("real/"):
        return worlds.case_folder(name)
    return next(worlds.REAL.glob(f"{name.removeprefix('real/')}-*"))
