"""What starting costs: nothing is loaded and nothing happens before the first request."""

import subprocess
import sys

_HEAVY = ("kubernetes", "aiohttp", "asyncio.subprocess.Process", "cryptography", "requests", "urllib3")


def test_nothing_heavy_is_loaded_before_the_first_request() -> None:
    code = f"""
import sys
from pathlib import Path
from gitops_master.adapters.kube_api import Access, KubeApi, contexts
api = KubeApi.open(Access(kubeconfig=(Path("/nonexistent"),), context="x"))
assert api.title == "x"
try:
    contexts(Access(kubeconfig=(Path("/nonexistent"),)))
except Exception as error:
    assert "no kubeconfig" in str(error), error
print([name for name in {_HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "[]"


def test_an_api_that_was_closed_leaves_no_warning() -> None:
    code = """
import anyio, pathlib, sys, tempfile
from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.ports.api import Request

async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "config"
        file.write_text('{"contexts": [{"name": "a", "context": {"cluster": "a"}}], "clusters": [{"name": "a", "cluster": {"server": "https://127.0.0.1:1"}}]}')
        api = KubeApi.open(Access(kubeconfig=(file,)))
        [reply] = await api.get([Request("/version")], deadline_s=10)
        await api.close()
        await api.close()
        print(reply.problem)

anyio.run(main)
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert "127.0.0.1:1 cannot be reached" in done.stdout
    assert "gitops_master" not in done.stderr
    assert "nclosed" not in done.stderr
