"""The harness itself, with the products' own CRDs: they keep what their version knows, and only that.

Skipped where `GITOPS_MASTER_UPSTREAM` names no folder with them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import worlds
from tests.live import documents, upstream
from tests.live.loading import install_definitions, load, reset
from tests.live.server import ControlPlane
from tests.live.test_loading import differences_of

FORGOTTEN = {".spec.promotionPolicies", ".status.phase"}
"""Fields of Kargo before 1.5, which the CRDs of 1.11 prune."""


@pytest.fixture(scope="module")
def products(control_plane_programs: dict[str, Path]) -> Iterator[ControlPlane]:
    definitions = upstream.definitions()
    if not definitions:
        pytest.skip("GITOPS_MASTER_UPSTREAM names no folder with CRDs of Kargo, Argo CD and Argo Rollouts")
    with ControlPlane(control_plane_programs) as plane:
        install_definitions(plane, definitions)
        yield plane


@pytest.mark.parametrize("name", ["real/21", "real/28", "live/50", "live/42"])
def test_what_real_controllers_wrote_is_kept_whole(name: str, products: ControlPlane) -> None:
    objects = documents.objects_in(_folder(name))
    reset(products)

    loaded = load(products, objects)

    assert loaded.left_out == ()
    assert differences_of(products, objects) == {}


@pytest.mark.parametrize("name", ["dev/k01", "dev/k10"])
def test_what_only_older_versions_wrote_is_pruned(name: str, products: ControlPlane) -> None:
    objects = documents.objects_in(_folder(name))
    reset(products)

    load(products, objects)

    paths = {path for _, path in differences_of(products, objects)}
    assert paths
    assert paths <= FORGOTTEN


def _folder(name: str) -> Path:
    if not name.startswith("real/"):
        return worlds.case_folder(name)
    return next(worlds.REAL.glob(f"{name.removeprefix('real/')}-*"))
