"""What the tests of this package share: writes, what was seen of the cluster, logins."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import yaml

from gitops_master.adapters.kargo_api import KargoApi
from gitops_master.ports.writing import Premises, Promote
from tests.adapters.kargo_api.server import ADMIN, FREIGHT
from tests.adapters.kube_api.worlds import Waits

NOW = datetime(2026, 11, 23, 5, 0, 2, tzinfo=UTC)
"""By this machine's clock, which is two seconds ahead of the server's."""
SERVER_NOW = datetime(2026, 11, 23, 5, 0, 0, tzinfo=UTC)
WRITE = Promote(namespace="demo", stage="dev", freight=FREIGHT)
SEEN = Premises(project_uid="145a5c5c-eccb-4639-a290-98d0db10ee34")
BY_HAND = f"kargo promote --project=demo --freight={FREIGHT} --stage=dev"


def api(environ: Mapping[str, str], *, now: float = NOW.timestamp()) -> KargoApi:
    return KargoApi.open(environ, home=Path("/nonexistent"), now=lambda: now, sleep=Waits())


def of(url: str, token: str = ADMIN, **more: str) -> dict[str, str]:
    return {"KARGO_API_ADDRESS": url, "KARGO_API_TOKEN": token, **more}


def logged_in(folder: Path, url: str, **more: object) -> dict[str, str]:
    """As `kargo login` leaves it. The environment that leads there."""
    file = folder / "kargo" / "config"
    file.parent.mkdir(exist_ok=True)
    file.write_text(yaml.safe_dump({"apiAddress": url, "bearerToken": ADMIN, "authMethod": "admin", **more}))
    file.chmod(0o600)
    return {"XDG_CONFIG_HOME": str(folder)}
